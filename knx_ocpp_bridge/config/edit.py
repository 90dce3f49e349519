"""The configuration file changed by the bridge as an installer would: one charger more, all else as it was."""

import grp
import os
import pwd
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.config.document import parse, read_text
from knx_ocpp_bridge.config.insertion import NoPlaceError, Place, find
from knx_ocpp_bridge.config.load import Loaded, load_text
from knx_ocpp_bridge.whole_file import open_file, replacing

KEPT: Final = 10
"""Versions of before that are kept."""

_PASTE: Final = "put this under chargers: yourself and reload"


class EditError(Exception):
    """The file is as it was: why, what to do, and `block`, the lines that can be pasted into it."""

    def __init__(self, reason: str, remedy: str, block: str) -> None:
        super().__init__(reason, remedy, block)
        self.reason = reason
        self.remedy = remedy
        self.block = block

    def __str__(self) -> str:
        return f"{self.reason}; {self.remedy}:\n{self.block}"


def read(path: Path) -> str:
    """The text of the file, byte for byte what `write` would write.

    Raises:
        OSError: it cannot be read.
        ValueError: it is too large, or not UTF-8.
    """
    return read_text(path, "utf-8")


def adopt(text: str, charger_id: str, name: str, connectors: int) -> str:
    """The text with this charger behind the others in `chargers`; every other byte is as it was.

    Only the word for an empty list (`[]`, `null`, `~`) makes room. At least one connector is written, and no `name`
    that is empty. To YAML the new text says what the old one said and this charger, or it is not given.

    Raises:
        EditError: the text is broken, or written in a way that leaves no place (`chargers` in brackets, an alias).
    """
    entry = _entry(charger_id, name, max(connectors, 1))
    written, problem = meaning(text)
    if problem:
        raise EditError(f"the file has an error ({problem})", _PASTE, _block(entry, Place(0), "\n"))
    newline = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    try:
        room, place = find(text)
    except NoPlaceError as error:
        raise EditError(str(error), _PASTE, _block(entry, Place(0), "\n")) from None
    block = _block(entry, place, newline)
    new = _inserted(room, place, block, newline)
    chargers = written.get("chargers") or []
    wanted = written | {"chargers": [*chargers, entry] if isinstance(chargers, list) else None}
    if repr(sorted(meaning(new)[0].items())) != repr(sorted(wanted.items())):
        way = "an anchor, a merge key, a text of several lines at its end"
        reason = f"the file is written in a way ({way}) in which a charger more would change the rest"
        raise EditError(reason, _PASTE, block)
    return new


def write(path: Path, new_text: str, environ: Mapping[str, str], backups: Path | None = None) -> Loaded:
    """The file holds the new text, wholly or, after a power cut as well, not at all.

    It keeps its mode, its group, symbolic links to it, and its owner where the bridge's user may give files away.
    The text before is kept as `backups/<name>.1`, and those before it up to `.10`, readable by the owner alone.
    Gives back what was loaded from the new text. A charger that stands in it may be missing there: a variable of
    `environ` overrides the whole list.

    Raises:
        ConfigError: the new text does not load; the file is as it was.
        EditError: the file may not be replaced, or cannot be; it is as it was.
    """
    loaded = load_text(new_text, path, environ)
    old_text, target = read(path), path.resolve()
    what = backups
    try:
        if backups is not None:
            _keep(target, backups)
        what = target
        replace_whole(target, new_text.encode())
    except OSError as error:
        reason = f"{what} cannot be written: {error.strerror or error} ({_rights(target)})"
        right = _right(target) if isinstance(error, PermissionError) else "put that right (docs/install.md)"
        raise EditError(reason, f"{right}, or {_PASTE}", _added(old_text, new_text)) from None
    return loaded


def unwritable(path: Path) -> str:
    """Why the bridge may not replace the file, and what to do; empty: it may."""
    target = path.resolve()
    if os.access(target.parent, os.W_OK | os.X_OK):
        return ""
    return f"{target} cannot be written ({_rights(target)}); {_right(target)}"


def _entry(charger_id: str, name: str, connectors: int) -> dict[str, object]:
    named = {"name": name} if name else {}
    return {"id": charger_id, **named, "connectors": [{"id": number} for number in range(1, connectors + 1)]}


def meaning(text: str) -> tuple[dict[str, object], str]:
    """What the text says to YAML, and what is wrong with it; a secret stands there by its name."""
    document, problems = parse(text.removeprefix("\ufeff"), "line", lambda name: name)
    if problems:
        return {}, str(problems[0])
    return (document.data if isinstance(document.data, dict) else {}), ""


def _block(entry: Mapping[str, object], place: Place, newline: str) -> str:
    head = [f"{' ' * (place.column - 2)}chargers:"] if place.key else []
    return newline.join((*head, *_lines(entry, " " * place.column, " " * (place.step - 1))))


def _lines(entry: Mapping[str, object], margin: str, gap: str) -> Iterator[str]:
    before = f"{margin}-{gap}"
    for key, value in entry.items():
        if isinstance(value, str):
            yield f"{before}{key}: {_quoted(value)}"
        elif isinstance(value, list):
            yield f"{before}{key}:"
            yield from (f"{before}  - id: {number}" for number in range(1, len(value) + 1))
        before = f"{margin} {gap}"


def _quoted(value: str) -> str:
    """A double-quoted scalar (YAML 1.2 section 7.3.1)."""
    return f'"{"".join(_escaped(char) for char in value)}"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def _inserted(text: str, place: Place, block: str, newline: str) -> str:
    before, after = text[: place.index], text[place.index :]
    bare = not before.removeprefix("\ufeff")
    gap = newline if place.spaced and not bare and not before.endswith(("\n\n", "\n\r\n")) else ""
    if bare or before.endswith("\n"):
        return f"{before}{gap}{block}{newline}{after}"
    return f"{before}{newline}{gap}{block}{after}"


def _keep(target: Path, backups: Path) -> None:
    backups.mkdir(mode=stat.S_IRWXU, exist_ok=True)
    names = [backups / f"{target.name}.{number}" for number in range(1, KEPT + 1)]
    for older, newer in zip(reversed(names), reversed(names[:-1]), strict=False):
        with suppress(FileNotFoundError):
            newer.replace(older)
    with open_file(target) as source, _private(names[0]).open("wb") as copy:
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())


def _private(path: Path) -> Path:
    path.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
    return path


def replace_whole(target: Path, content: bytes) -> None:
    """The file, which is there, holds this; it keeps mode, group and, where that is allowed, owner.

    Raises:
        OSError: it cannot be written; it is as it was.
    """
    was = target.stat()
    with replacing(target, lambda descriptor: _inherit(descriptor, was)) as file:
        file.write(content)


def _inherit(descriptor: int, was: os.stat_result) -> None:
    """Mode and group of the old file, without which others could read it or nobody; the owner where that is allowed."""
    made = os.fstat(descriptor)
    if made.st_uid != was.st_uid:
        with suppress(PermissionError):
            os.fchown(descriptor, was.st_uid, -1)
    if made.st_gid != was.st_gid:
        os.fchown(descriptor, -1, was.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(was.st_mode))


def _rights(target: Path) -> str:
    """Who may do what, in words for the installer."""
    folder, file = (
        f"{_user(each.st_uid)}:{_group(each.st_gid)} {stat.S_IMODE(each.st_mode):o}"
        for each in (target.parent.stat(), target.stat())
    )
    return f"the bridge runs as {_user(os.geteuid())}, the folder is {folder}, the file {file}"


def _right(target: Path) -> str:
    folder = target.parent
    return f"as root: chgrp {_group(os.getegid())} {folder} {target} && chmod 2775 {folder} (docs/install.md)"


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _added(old: str, new: str) -> str:
    """The lines of the new text that the old one has not; they are one piece."""
    before, after = old.splitlines(), new.splitlines()
    start = _alike(before, after)
    tail = _alike(before[start:][::-1], after[start:][::-1])
    return "\n".join(after[start : len(after) - tail]).strip("\n")


def _alike(some: Sequence[str], others: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(some, others, strict=False)))
