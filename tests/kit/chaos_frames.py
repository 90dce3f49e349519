"""How the chaos charger writes its frames: what is said stays, its spelling does not."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.kit.quirks import Quirk

Json = dict[str, Any]
Spell = Callable[[str], str]

_EMPTY: Final = re.compile(r",\{\}\]$")
_NUMBER: Final = re.compile(r'"transactionId":-?\d+')


def _commas(text: str) -> str:
    return text.replace('"sampledValue":[', '"sampledValue":[,').replace('"}', '",}').replace("}]", "},]")


def _nul(text: str) -> str:
    return text.replace('"timestamp":"', '"timestamp":"\0').replace('"idTag":"', '"idTag":"\0') + "\0\0"


_SPELLINGS: Final[dict[Quirk, Spell]] = {
    Quirk.F26: lambda text: json.dumps(json.loads(text), indent=2),
    Quirk.F2: lambda text: _NUMBER.sub('"transactionId":', text),
    Quirk.F5: lambda text: text.replace('"idTag":"', '"idTag":"\\') if '"Authorize"' in text else text,
    Quirk.F1: _commas,
    Quirk.F4: _nul,
}
"""Applied in this order: the first ones still need what is well-formed."""


def request(on: set[Quirk], id_: str | int, action: str, payload: object, count: Iterator[int]) -> str:
    """The text of a CALL."""
    text = json.dumps([2, id_, action, payload], separators=(",", ":"))
    if Quirk.F8 in on and payload == {}:
        text = _EMPTY.sub(",null]" if next(count) % 2 else "]", text)
    return _spelled(on, text)


def result(on: set[Quirk], id_: str, action: str, payload: Json, count: Iterator[int]) -> str:
    """The text of a CALLRESULT."""
    parts: list[object] = [3, id_, action, payload] if Quirk.F13 in on else [3, id_, payload]
    text = _spelled(on - {Quirk.F5}, json.dumps(parts, separators=(",", ":")))
    if Quirk.F3 not in on:
        return text
    return text.rstrip("\0")[:-2] if next(count) % 2 else text[: len(text) // 2]


def refusal(on: set[Quirk], id_: str, code: str, count: Iterator[int]) -> str:
    """The text of a CALLERROR."""
    parts: list[object] = [4, id_, code, "", {}]
    if Quirk.F13 in on:
        parts = ([4, id_, code], [4, id_, "Whatever", None, None])[next(count) % 2]
    return _spelled(on, json.dumps(parts, separators=(",", ":")))


def noise(on: set[Quirk], count: Iterator[int]) -> list[str]:
    """Frames that are no requests of anybody."""
    frames = [""] if Quirk.F6 in on else []
    if Quirk.F7 in on:
        number = next(count)
        frames.append(("{{{{", "hello", "[2]", '[2,{"a":1},"Heartbeat",{}]', "[9,1,2]", '["2"', "\x00\x01")[number % 7])
    if Quirk.F12 in on:
        frames += ['[3,"never asked",{"status":"Accepted"}]', '[4,"never asked","GenericError","",{}]']
    return frames


def _spelled(on: set[Quirk], text: str) -> str:
    for quirk, spell in _SPELLINGS.items():
        if quirk in on:
            text = spell(text)
    return text
