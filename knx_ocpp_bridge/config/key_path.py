"""How people and programs name one key of the file: `chargers[GARAGE].name`, entries of lists by their id or name."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.config.problems import KeyPath

_PART: Final = re.compile(r'(?P<key>[^.\[\]"]+)|\["(?P<quoted>(?:[^"\\]|\\.)*)"\]|\[(?P<id>[^\]"]+)\]')
_LISTS: Final = {("chargers",): "id", ("chargers", "connectors"): "id", ("circuits",): "name"}
"""Lists whose entries can be named, and the key that names them."""
_PLAIN_ID: Final = re.compile(r'[^\]"]+')
_PLAIN_KEY: Final = re.compile(r'[^.\[\]"]+')
_LONGEST: Final = 1000


class NoKeyError(ValueError):
    """There is no such key, or the text names none; says in words why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The entry of a list with this `id`, or name where it has no id."""

    id: str


NamedPath = tuple[str | Entry, ...]


def parse_path(text: str) -> NamedPath:
    """The path of `knx.gateway` or `chargers[GARAGE].connectors[1].phases`.

    What has a point or bracket in it is quoted: `log.levels["xknx.log"]`, `chargers["a]b"].name`.

    Raises:
        NoKeyError: it is none.
    """
    parts: list[str | Entry] = []
    at = 0
    while at < len(text) <= _LONGEST:
        if parts and text[at] == ".":
            at += 1
        elif parts and text[at] != "[":
            break
        found = _PART.match(text, at)
        if found is None or not (parts or found["key"]):
            break
        parts.append(_part(found, parts))
        at = found.end()
    if not parts or at < len(text) or isinstance(parts[-1], Entry):
        like = "knx.gateway or chargers[GARAGE].connectors[1].phases"
        raise NoKeyError(f"{text[:80]!r} names no key; write it like {like}")
    return tuple(parts)


def _part(found: re.Match[str], before: Sequence[str | Entry]) -> str | Entry:
    if found["key"] is not None:
        return found["key"]
    try:
        word = found["id"] if found["quoted"] is None else str(json.loads(f'"{found["quoted"]}"'))
    except ValueError as error:
        raise NoKeyError(f"{found[0]!r} is not quoted as JSON is") from error
    keys = tuple(each for each in before if isinstance(each, str))
    return Entry(word) if keys in _LISTS and isinstance(before[-1], str) else word


def spelled(path: NamedPath) -> str:
    """The text that `parse_path` reads as this path."""
    text = ""
    for part in path:
        if isinstance(part, Entry):
            text += f"[{part.id if _PLAIN_ID.fullmatch(part.id) else json.dumps(part.id, ensure_ascii=False)}]"
        elif _PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part, ensure_ascii=False)}]"
    return text


def located(path: NamedPath, data: object) -> KeyPath:
    """Where this path is in `data`, the plain data of a file; its last keys need not be there yet.

    Raises:
        NoKeyError: there is no entry with such an id.
    """
    found: list[str | int] = []
    here = data
    for part in path:
        if isinstance(part, Entry):
            key = _LISTS.get(tuple(each for each in found if isinstance(each, str)), "id")
            position = _position(here, key, part.id)
            if position is None or not isinstance(here, list):
                raise NoKeyError(f"{found[-1] if found else 'the file'} has no entry with the {key} {part.id!r}")
            found.append(position)
            here = here[position]
        else:
            found.append(part)
            here = here.get(part) if isinstance(here, dict) else None
    return tuple(found)


def _position(entries: object, key: str, identity: str) -> int | None:
    if not isinstance(entries, list):
        return None
    ids = [str(each.get(key)) if isinstance(each, dict) else None for each in entries]
    if identity in ids:
        return ids.index(identity)
    folded = [None if each is None else each.casefold() for each in ids]
    return folded.index(identity.casefold()) if identity.casefold() in folded else None
