"""A backup put back: everything is checked before anything is changed, and what was there is moved aside."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.store import archive, copies, files, placing
from knx_ocpp_bridge.store.archive import ArchiveError, Manifest
from knx_ocpp_bridge.store.backup import CERTIFICATES, DATABASE
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.placing import Move, Moves, Owner
from knx_ocpp_bridge.store.sealed import MARK, Opener, SealError, WrongPasswordError
from knx_ocpp_bridge.whole_file import settle

_SQLITE_FILES: Final = ("-wal", "-shm", "")


@dataclass(frozen=True, slots=True)
class Places:
    """Where things go, and which of both parts are put back."""

    state: Path
    """The directory in which the bridge remembers."""
    configuration: Path
    with_state: bool = True
    with_configuration: bool = True


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, what was moved aside for it, and the number that transactions go on after."""

    manifest: Manifest
    asides: tuple[Path, ...]
    after_transaction: int | None


def is_sealed(file: Path) -> bool:
    """The backup is under a password.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        with file.open("rb") as source:
            return source.read(len(MARK)) == MARK
    except OSError as error:
        raise StoreError(f"it cannot be read ({error.strerror})", file, "name the file of the backup") from error


def restore(file: Path, places: Places, password: str | None, now: datetime) -> Restored:
    """The bridge starts with what the backup holds.

    Raises:
        StoreError: a bridge runs, the backup is not sound or fits not, or the disk refuses; nothing was changed.
    """
    owner = placing.owner_of(places.state)
    with _in_words(file, places), _alone(places.state), _staging(places) as staged:
        manifest = _judged(file, staged, places, password)
        number = None
        if places.with_state:
            number = copies.go_on_after(staged / archive.DATABASE, places.state / DATABASE, now)
        asides = _put(staged, manifest, places, owner)
        return Restored(manifest, asides, number)


def check(file: Path, places: Places, password: str | None, judge: Callable[[Path], None]) -> Manifest:
    """`restore` would put this back, as far as can be told while a bridge runs. Nothing is changed.

    `judge` is given the configuration of the backup, with the files that belong to it beside it for so long.

    Raises:
        StoreError: the backup is not sound or fits not, or there is no room.
    """
    with _in_words(file, places), _staging(places) as staged:
        manifest = _judged(file, staged, places, password)
        if places.with_configuration:
            judge(staged / manifest.configuration)
        return manifest


@contextmanager
def _staging(places: Places) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=_existing(_target(places))) as staging:
        yield Path(staging)


def _target(places: Places) -> Path:
    return places.state if places.with_state else places.configuration.parent


def _judged(file: Path, staged: Path, places: Places, password: str | None) -> Manifest:
    manifest = _unpacked(file, staged, password)
    copies.examine(staged / archive.DATABASE, from_elsewhere=True)
    _fits(manifest, places)
    return manifest


@contextmanager
def _in_words(file: Path, places: Places) -> Iterator[None]:
    try:
        yield
    except (ArchiveError, SealError) as error:
        remedy = "try again" if isinstance(error, WrongPasswordError) else "take another copy of it, or another backup"
        raise StoreError(str(error), file, f"{remedy}; nothing was changed") from error
    except OSError as error:
        where = Path(str(error.filename or _target(places)))
        remedy = "look at space and permissions (with the service: as root); nothing was changed"
        raise StoreError(f"the backup cannot be put back ({error.strerror or error})", where, remedy) from error


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """No bridge runs here. Where there is no directory yet there can be none."""
    if not state.is_dir():
        yield
        return
    beside = state / f"{DATABASE}.lock"
    made = not beside.exists()
    descriptor = files.lock(state / DATABASE)
    try:
        yield
    finally:
        if made:
            beside.unlink()
        os.close(descriptor)


def _existing(folder: Path) -> Path:
    folder = folder.absolute()
    while not folder.is_dir():
        folder = folder.parent
    return folder


def _unpacked(file: Path, folder: Path, password: str | None) -> Manifest:
    with file.open("rb") as source:
        return archive.read(source if password is None else Opener(source, password), folder)


def _fits(manifest: Manifest, places: Places) -> None:
    """The configuration in it remembers where the state is going to be."""
    if not manifest.storage_path or not (places.with_state and places.with_configuration):
        return
    wanted = (places.configuration.parent / manifest.storage_path).absolute()
    if os.path.normpath(wanted) != os.path.normpath(places.state.absolute()):
        raise StoreError(
            f"the configuration in the backup remembers in another directory (storage.path): {wanted}",
            places.state,
            f"say that it shall go there: --state {wanted}; nothing was changed",
        )


def _put(staged: Path, manifest: Manifest, places: Places, owner: Owner | None) -> tuple[Path, ...]:
    ready: list[Move] = []
    moves: Moves | None = None
    try:
        if places.with_configuration:
            ready.extend(_configuration(staged, manifest, places, owner))
        wanted = (*_state(staged, places, owner), *ready) if places.with_state else (*ready,)
        moves = Moves(placing.free_number(move.target for move in wanted))
        for move in wanted:
            _exchange(move, moves)
    except OSError:
        if moves is not None:
            moves.undo()
        for move in ready:
            move.ready.unlink(missing_ok=True)
        raise
    for folder in {move.target.parent for move in wanted}:
        settle(folder)
    return tuple(moves.asides)


def _exchange(move: Move, moves: Moves) -> None:
    for suffix in _SQLITE_FILES if move.target.name == DATABASE else ("",):
        moves.aside(move.target.with_name(move.target.name + suffix), move.target.name)
    moves.place(move)


def _state(staged: Path, places: Places, owner: Owner | None) -> Iterator[Move]:
    if not places.state.is_dir():
        places.state.mkdir(mode=0o700, parents=True)
        if owner is not None:
            owner.own(places.state)
    for name in (DATABASE, CERTIFICATES):
        ready = staged / "state" / name
        if ready.exists():
            if owner is not None:
                owner.own(ready)
            yield Move(ready, places.state / name)


def _configuration(staged: Path, manifest: Manifest, places: Places, owner: Owner | None) -> Iterator[Move]:
    for each in manifest.members:
        folder, _, name = each.name.partition("/")
        if folder == "config":
            beside = places.configuration.parent / name
            target = places.configuration if each.name == manifest.configuration else beside
            yield placing.ready_beside(staged / each.name, target, owner)
