"""Mends JSON as real chargers break it, outside of string literals; inside of them only what no JSON may hold.

What strict JSON accepts keeps its meaning.
"""

import re
from typing import Final

from knx_ocpp_bridge.ocpp.guards import MAX_DIGITS, MAX_NESTING

_PIECE: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{},:]|[^\s"\[\]{},:]+', re.DOTALL)
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_LOOSE_NUMBER: Final = re.compile(r"\+?(-?)0*(\d+)(\.\d+)?\.?", re.ASCII)
_INVISIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufeff]")
_IN_STRING: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|\\u[0-9a-fA-F]{4}"
    r'|\\["\\/bfnrt]'
    r"|(?P<stray>\\)"
    r"|(?P<control>[\x00-\x1f])"
)
_CLOSER: Final = {"[": "]", "{": "}"}


def repair(text: str) -> str | None:
    """Give JSON that says what the text meant to say, or None if that cannot be told.

    Mended: byte order mark, NUL and control characters, stray backslashes, missing values and superfluous commas,
    numbers no JSON parser takes, brackets that are missing at the end, anything behind the end. A text that ends
    within a number or a string was cut there and is not guessed at.
    """
    mender = _Mender()
    for found in _PIECE.finditer(text):
        if not mender.take(found[0]):
            return None
        if mender.complete:
            break
    return mender.finish()


class _Mender:
    """Copies piece by piece, and closes, drops or fills in where the grammar would stumble."""

    __slots__ = ("_open", "_out", "complete")

    def __init__(self) -> None:
        self._out: list[str] = []
        self._open: list[str] = []
        self.complete = False

    def take(self, piece: str) -> bool:
        """False: there is no telling what was meant."""
        if piece in "[{":
            self._open.append(piece)
            self._out.append(piece)
            return len(self._open) <= MAX_NESTING
        if not self._open:
            return not _INVISIBLE.sub("", piece)
        if piece in "]}":
            return self._close(piece)
        if piece == ",":
            self._fill_value()
            if self._out[-1] not in "[{,":
                self._out.append(piece)
            return True
        if piece == ":":
            self._out.append(piece)
            return True
        literal = _string(piece) if piece[0] == '"' else _literal(piece)
        if literal:
            self._out.append(literal)
        return literal is not None

    def _close(self, piece: str) -> bool:
        if piece not in (_CLOSER[bracket] for bracket in self._open):
            return True
        while self._open:
            self._end_element()
            closer = _CLOSER[self._open.pop()]
            self._out.append(closer)
            if closer == piece:
                break
        self.complete = not self._open
        return True

    def _end_element(self) -> None:
        self._fill_value()
        if self._out[-1] == ",":
            self._out.pop()

    def _fill_value(self) -> None:
        if self._out[-1] == ":":
            self._out.append("null")

    def finish(self) -> str | None:
        if not self._out or (self._open and self._out[-1][-1:].isdigit()):
            return None
        while self._open:
            self._end_element()
            self._out.append(_CLOSER[self._open.pop()])
        return "".join(self._out)


def _string(piece: str) -> str | None:
    return _IN_STRING.sub(_mend_in_string, piece) if len(piece) > 1 and piece[-1] == '"' else None


def _mend_in_string(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "lone":
            return "\ufffd"
        case "stray":
            return "\\\\"
        case "control":
            return " " if found[0] in "\t\r\n" else ""
        case _:
            return found[0]


def _literal(piece: str) -> str | None:
    """None: a word; empty: nothing but invisible characters; null: a number that is none, or too long for one."""
    word = _INVISIBLE.sub("", piece)
    if word in ("", "true", "false", "null"):
        return word
    if word.lstrip("+-") in ("NaN", "nan", "Infinity", "inf", "Inf"):
        return "null"
    if sum(map(str.isdigit, word)) > MAX_DIGITS:
        return "null"
    if _NUMBER.fullmatch(word):
        return word
    loose = _LOOSE_NUMBER.fullmatch(word)
    return f"{loose[1]}{loose[2]}{loose[3] or ''}" if loose else None
