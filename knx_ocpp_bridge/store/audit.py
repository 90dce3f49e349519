"""The audit: who did what, from where, and how it ended. The newest rows are kept."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from knx_ocpp_bridge.store.cells import Cell, Statement, cell
from knx_ocpp_bridge.store.users import Shelf

KEPT: Final = 20_000
"""Rows; at most `_TRIMMED_EVERY` more until they are trimmed."""
WAITS_FOR_S: Final = 10.0
"""Until a row is on its way to the disk: a program that commands every second shall not wear it out."""
_TRIMMED_EVERY: Final = 200
_MOST_WAITING: Final = 1000
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Audited:
    """One row of `audit`; its fields are the columns. `at` is UTC in ISO 8601."""

    number: int
    at: str
    origin: str
    who: str
    """The user or token; empty: nobody said who it is."""
    peer: str
    what: str
    charger: str
    details: str
    outcome: str


_COLUMNS: Final = tuple(field.name for field in fields(Audited))
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM audit"
_INSERT: Final = f"REPLACE INTO audit VALUES ({', '.join('?' * len(_COLUMNS))})"
_TRIM: Final = "DELETE FROM audit WHERE number <= ?"


@dataclass(frozen=True, slots=True)
class Sought:
    """Which rows are wanted: numbers above `after` and below `before` (0: all), and whose texts are these, if any."""

    after: int = 0
    before: int = 0
    limit: int = 100
    newest: bool = False
    who: str = ""
    what: str = ""
    charger: str = ""

    def fits(self, row: Audited) -> bool:
        """It is one of them."""
        return (
            row.number > self.after
            and (not self.before or row.number < self.before)
            and self.who.casefold() in {"", row.who.casefold()}
            and self.what in {"", row.what}
            and self.charger.casefold() in {"", row.charger.casefold()}
        )


class AuditBook:
    """Owns the rows. `later` calls back after so many seconds. Nothing here waits; reading may raise a StoreError."""

    def __init__(self, shelf: Shelf, later: Callable[[float, Callable[[], None]], object]) -> None:
        self._shelf = shelf
        self._later = later
        ((last,),) = shelf.read("SELECT max(number) FROM audit")
        self._last_number = int(last or 0)
        self._waiting: dict[int, Audited] = {}
        """Rows that are not on disk."""
        self._unsent: list[Audited] = []
        self._due = False

    def add(self, row: Audited) -> None:
        """The row will be on disk within some seconds; its number is given here."""
        self._last_number += 1
        cut = {name: text[:_LONGEST] for name, text in asdict(row).items() if isinstance(text, str)}
        numbered = Audited(number=self._last_number, **cut)
        self._waiting[numbered.number] = numbered
        self._unsent.append(numbered)
        if len(self._unsent) >= _MOST_WAITING:
            self.write()
        elif not self._due:
            self._due = True
            self._later(WAITS_FOR_S, self._ring)

    def write(self) -> None:
        """All rows are on their way to the disk."""
        rows, self._unsent = self._unsent, []
        if not rows:
            return
        statements: list[Statement] = [(_INSERT, _cells(row)) for row in rows]
        trimmed = [row.number for row in rows if row.number % _TRIMMED_EVERY == 0]
        statements += [(_TRIM, (number - KEPT,)) for number in trimmed]
        self._shelf.write(*statements, done=lambda: self._written(rows))

    def rows(self, sought: Sought) -> list[Audited]:
        """Those that are sought, in order: the first `limit` of them, or the newest."""
        where, cells = _condition(sought)
        sql = f"{_SELECT} WHERE {where} ORDER BY number {'DESC' if sought.newest else 'ASC'} LIMIT ?"
        found = {row[0]: Audited(*row) for row in self._shelf.read(sql, (*cells, sought.limit))}
        found |= {number: row for number, row in self._waiting.items() if sought.fits(row)}
        ordered = [found[number] for number in sorted(found)]
        return ordered[max(0, len(ordered) - sought.limit) :] if sought.newest else ordered[: sought.limit]

    def _ring(self) -> None:
        self._due = False
        self.write()

    def _written(self, rows: list[Audited]) -> None:
        for row in rows:
            self._waiting.pop(row.number, None)


def _cells(row: Audited) -> tuple[Cell, ...]:
    return tuple(cell(getattr(row, name)) for name in _COLUMNS)


def _condition(sought: Sought) -> tuple[str, tuple[Cell, ...]]:
    parts: list[tuple[str, Any]] = [("number > ?", sought.after)]
    if sought.before:
        parts.append(("number < ?", sought.before))
    if sought.who:
        parts.append(("who = ? COLLATE NOCASE", sought.who))
    if sought.what:
        parts.append(("what = ?", sought.what))
    if sought.charger:
        parts.append(("charger = ?", sought.charger))
    return " AND ".join(part for part, _ in parts), tuple(cell(value) for _, value in parts)
