"""Files put in the place of others: what was there gets another name, and all is undone if one step fails."""

import os
import pwd
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

USER: Final = "knx-ocpp-bridge"
"""The user of the service (docs/install.md)."""
_FOLDER_MODE: Final = 0o2775
_FILE_MODE: Final = 0o640


@dataclass(frozen=True, slots=True)
class Owner:
    """Who the service runs as; known to root alone, who else may give nothing away."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """The path, and all in it, belongs to the service."""
        for each in (path, *path.rglob("*")):
            os.chown(each, self.uid, self.gid, follow_symlinks=False)


def owner_of(state: Path) -> Owner | None:
    """Whose the state is, or should be; None: files belong to whoever restores."""
    if os.geteuid() != 0:
        return None
    if state.is_dir():
        there = state.stat()
        return Owner(there.st_uid, there.st_gid)
    with suppress(KeyError):
        user = pwd.getpwnam(USER)
        return Owner(user.pw_uid, user.pw_gid)
    return None


@dataclass(frozen=True, slots=True)
class Move:
    """A file or folder that is ready, and where it belongs."""

    ready: Path
    target: Path


class Moves:
    """Renames that can be taken back. `asides` says where what was there before has gone."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._done: list[Move] = []
        self.asides: list[Path] = []

    def aside(self, path: Path, name: str) -> None:
        """What is at `path` has the name `<name>.before-restore-<n>`, and behind it what `path` has behind `name`."""
        if not os.path.lexists(path):
            return
        new = path.with_name(aside_name(name, self._number) + path.name.removeprefix(name))
        path.rename(new)
        self._done.append(Move(path, new))
        self.asides.append(new)

    def place(self, move: Move) -> None:
        """What was ready is in its place."""
        move.ready.rename(move.target)
        self._done.append(move)

    def undo(self) -> None:
        """Everything is as it was."""
        for move in reversed(self._done):
            move.target.rename(move.ready)


def aside_name(name: str, number: int) -> str:
    """E.g. `bridge.db.before-restore-1`."""
    return f"{name}.before-restore-{number}"


def free_number(paths: Iterable[Path]) -> int:
    """The first number under which none of these was moved aside."""
    paths, number = list(paths), 1
    while any(os.path.lexists(path.with_name(aside_name(path.name, number))) for path in paths):
        number += 1
    return number


def ready_beside(source: Path, target: Path, owner: Owner | None) -> Move:
    """A copy of `source` in the folder of `target`, with the rights of what is there, else those of a configuration."""
    _make_folder(target.parent, owner)
    with source.open("rb") as file, NamedTemporaryFile(dir=target.parent, prefix=".restore-", delete=False) as new:
        ready = Path(new.name)
        try:
            shutil.copyfileobj(file, new)
            new.flush()
            os.fsync(new.fileno())
            _inherit(new.fileno(), target, owner)
        except OSError:
            ready.unlink()
            raise
    return Move(ready, target)


def _inherit(descriptor: int, target: Path, owner: Owner | None) -> None:
    if target.exists():
        was = target.stat()
        with suppress(PermissionError):
            os.fchown(descriptor, was.st_uid, was.st_gid)
        os.fchmod(descriptor, was.st_mode & 0o777)
        return
    if owner is not None:
        os.fchown(descriptor, -1, owner.gid)
    os.fchmod(descriptor, _FILE_MODE)


def _make_folder(folder: Path, owner: Owner | None) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent, owner)
    folder.mkdir()
    if owner is not None:
        os.chown(folder, -1, owner.gid)
        folder.chmod(_FOLDER_MODE)
