"""The general log: lines wait in memory for a COMMIT that is due anyhow, and the oldest on disk are let go.

What a power cut takes with it are the lines of the last minute; facts are never among them.
"""

import sqlite3
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from knx_ocpp_bridge.core.step import Level, Note
from knx_ocpp_bridge.store.cells import cell

KEPT: Final = 50_000
"""Lines on disk, about 8 MB; up to `TRIMMED_EVERY` more until they are trimmed."""
TRIMMED_EVERY: Final = 1000
ENOUGH: Final = 200
"""So many lines wait for no COMMIT of anything else."""
MOST_WAITING: Final = 1000
MOST_ON_THEIR_WAY: Final = 2000
_LONGEST_TEXT: Final = 500
_LONGEST_WORD: Final = 64
_COLUMNS: Final = ("number", "at", "charger", "connector", "level", "about", "text")
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM log"
_INSERT: Final = f"INSERT INTO log VALUES ({', '.join('?' * len(_COLUMNS))})"
_TRIM: Final = "DELETE FROM log WHERE number <= ?"
_NAMES: Final = {level.value: level.name for level in Level}


@dataclass(frozen=True, slots=True)
class Line:
    """One line; its fields are the columns of the table `log`, in order. `at` is UTC in ISO 8601."""

    number: int
    at: str
    charger: str
    connector: int | None
    level: int
    about: str
    text: str

    def row(self) -> dict[str, Any]:
        """Plain JSON; the level is its name."""
        return {name: getattr(self, name) for name in _COLUMNS} | {"level": _NAMES.get(self.level, str(self.level))}


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Which lines are wanted; None and 0: all."""

    charger: str | None = None
    """Compared without regard to case."""
    about: str | None = None
    after: int = 0
    before: int = 0


class Lines:
    """The lines that are not on disk yet, numbered in order, never more than 3000: the oldest waiting go first."""

    def __init__(self, last_number: int) -> None:
        self._last_number = last_number
        self._waiting: deque[Line] = deque()
        self._on_their_way: deque[Line] = deque()
        self._lost = 0

    @property
    def waiting(self) -> int:
        """How many nobody has taken to be written."""
        return len(self._waiting)

    def add(self, charger: str, note: Note, at: datetime) -> None:
        """The note waits; if too many do, the oldest is lost, which is told in its place."""
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._lost += 1
        self._last_number += 1
        self._waiting.append(
            Line(
                self._last_number,
                at.isoformat(timespec="seconds"),
                _text(charger, _LONGEST_WORD),
                note.connector,
                note.level.value,
                _text(note.about, _LONGEST_WORD),
                _text(note.text, _LONGEST_TEXT),
            )
        )

    def take(self) -> tuple[Line, ...]:
        """All that wait, to be written now; none while too many are on their way already."""
        if not self._waiting or len(self._on_their_way) >= MOST_ON_THEIR_WAY:
            return ()
        lines = (*self._gap(), *self._waiting)
        self._waiting.clear()
        self._lost = 0
        self._on_their_way.extend(lines)
        return lines

    def written(self, lines: tuple[Line, ...]) -> None:
        """These are on disk."""
        while lines and self._on_their_way and self._on_their_way[0].number <= lines[-1].number:
            self._on_their_way.popleft()

    def forget(self, charger: str) -> None:
        """Nothing of this charger waits; what is on its way is erased on disk by `strangers.forgetting`."""
        self._waiting = _without(self._waiting, charger)
        self._on_their_way = _without(self._on_their_way, charger)

    def matching(self, wanted: Excerpt) -> list[Line]:
        """What is not on disk yet, in order."""
        charger = None if wanted.charger is None else _folded(wanted.charger)
        return [
            line
            for line in (*self._on_their_way, *self._gap(), *self._waiting)
            if line.number > wanted.after
            and (not wanted.before or line.number < wanted.before)
            and (charger is None or _folded(line.charger) == charger)
            and (wanted.about is None or line.about == wanted.about)
        ]

    def _gap(self) -> tuple[Line, ...]:
        """One line in place of those that were lost, under the number of the last of them."""
        if not self._lost or not self._waiting:
            return ()
        first = self._waiting[0]
        text = f"{self._lost} lines are missing here: more was logged than the disk takes"
        return (Line(first.number - 1, first.at, "", None, Level.WARNING.value, "log", text),)


def last_number(connection: sqlite3.Connection) -> int:
    """The number of the newest line on disk; 0: there is none."""
    (number,) = connection.execute("SELECT max(number) FROM log").fetchone()
    return int(number or 0)


def read(connection: sqlite3.Connection, wanted: Excerpt, limit: int, *, newest: bool) -> list[Line]:
    """At most `limit` of the lines on disk, in order: the first, or the newest."""
    conditions, cells = ["number > ?"], [cell(wanted.after)]
    if wanted.before:
        conditions.append("number < ?")
        cells.append(cell(wanted.before))
    for name, value in (("charger", wanted.charger), ("about", wanted.about)):
        if value is not None:
            conditions.append(f"{name} = ?")
            cells.append(cell(_text(value, _LONGEST_WORD)))
    order = "DESC" if newest else "ASC"
    sql = f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY number {order} LIMIT ?"
    lines = [Line(*row) for row in connection.execute(sql, (*cells, limit))]
    return lines[::-1] if newest else lines


def write(connection: sqlite3.Connection, lines: Iterable[Line]) -> None:
    """The lines are in the transaction that is open; now and then those beyond `KEPT` go."""
    for line in lines:
        connection.execute(_INSERT, tuple(cell(getattr(line, name)) for name in _COLUMNS))
        if line.number % TRIMMED_EVERY == 0:
            connection.execute(_TRIM, (line.number - KEPT,))


def _without(lines: deque[Line], charger: str) -> deque[Line]:
    gone = _folded(charger)
    return deque(line for line in lines if _folded(line.charger) != gone)


def _folded(charger: str) -> str:
    """As SQLite compares with NOCASE: only ASCII has a case."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in _text(charger, _LONGEST_WORD))


def _text(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
