"""The configuration file with some of its values changed, as an installer would: every other byte is as it was."""

import copy
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from knx_ocpp_bridge.config.edit import EditError, meaning
from knx_ocpp_bridge.config.problems import KeyPath, spell
from knx_ocpp_bridge.config.splicing import NoWayError, Splice, composed, dropped, put, spliced

Plain = str | int | float | bool | list["Plain"] | dict[str, "Plain"] | None
"""What may be written: JSON values, and a `SecretName`."""

_PLAIN: Final = re.compile(r"[0-9]{1,5}(/[0-9]{1,4}){1,2}|[a-z][a-z0-9_]*")
_NO_TEXT: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that some reader of YAML takes for a switch."""


class SecretName(str):
    """Written as `!secret NAME`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Put:
    """A value stands at this path. A mapping replaces a mapping key by key, so that its comments stay."""

    path: KeyPath
    value: Plain


@dataclass(frozen=True, slots=True)
class Drop:
    """Nothing stands at this path; mappings that are empty then go as well."""

    path: KeyPath


Change = Put | Drop


def changed(text: str, changes: Iterable[Change]) -> str:
    """The text with these changes. To YAML it says what it said before, and these, or it is not given.

    Raises:
        EditError: the text is broken, or written in a way that leaves no place.
    """
    wanted, problem = meaning(text)
    for change in changes:
        lines = _lines(change)
        if problem:
            raise EditError(f"the file has an error ({problem})", _REMEDY, lines)
        if _stands(wanted, change):
            continue
        _apply(wanted, change)
        try:
            text = spliced(text, _splices(text, change))
        except NoWayError as error:
            raise EditError(str(error), _REMEDY, lines) from None
        if meaning(text) != (wanted, ""):
            way = "an anchor, a merge key, a text of several lines"
            raise EditError(f"the file is written in a way ({way}) in which this would change the rest", _REMEDY, lines)
    return text


_REMEDY: Final = "write this into it yourself and reload"


def written(value: Plain) -> str:
    """The value in one line of YAML."""
    match value:
        case SecretName():
            return f"!secret {value}"
        case str() if _PLAIN.fullmatch(value) and value not in _NO_TEXT:
            return value
        case list():
            return f"[{', '.join(map(written, value))}]"
        case dict():
            return f"{{{', '.join(f'{written(key)}: {written(each)}' for key, each in value.items())}}}"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _splices(text: str, change: Change) -> list[Splice]:
    root = composed(text)
    match change:
        case Put(path, value):
            return put(text, root, path, value, written)
        case Drop(path):
            return dropped(text, root, path)


def _lines(change: Change) -> str:
    match change:
        case Put(path, value):
            return f"  {spell(path)}: {written(value)}"
        case Drop(path):
            return f"  (without {spell(path)})"


def _stands(data: Any, change: Change) -> bool:  # noqa: ANN401 - whatever YAML may say
    """The file says this already, however it writes it; of a secret only its name would be known."""
    if isinstance(change, Drop) or isinstance(change.value, SecretName):
        return False
    for part in change.path:
        if not (isinstance(data, dict) and part in data) and not (isinstance(data, list) and part in range(len(data))):
            return False
        inside: Any = data
        data = inside[part]
    return type(data) is type(change.value) and data == change.value


def _apply(data: dict[str, object], change: Change) -> None:
    """The same to the plain data."""
    *way, last = change.path
    around: list[object] = [data]
    for part in way:
        around.append(_inside(around[-1], part))
    inner = around[-1]
    match change, inner:
        case Put(_, value), dict():
            inner[str(last)] = copy.deepcopy(value)
        case Drop(), dict():
            inner.pop(str(last), None)
            for outer, part in zip(reversed(around[:-1]), reversed(way), strict=True):
                if isinstance(outer, dict) and outer[str(part)] == {}:
                    del outer[str(part)]
        case _:
            return


def _inside(data: object, part: str | int) -> object:
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return data[part]
    if isinstance(data, dict):
        if not isinstance(data.get(str(part)), Mapping | list):
            data[str(part)] = {}
        return data[str(part)]
    return None
