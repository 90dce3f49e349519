"""The log of the grid operator's orders: what was ordered, when it was sent, and when each charger confirmed it.

Whoever runs a controllable load has to be able to show for two years that its orders were kept; here they are kept for
three. Nothing but their age shortens the log (`store.upkeep`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from knx_ocpp_bridge.core.energy.ruling import EvidenceRow
from knx_ocpp_bridge.core.energy.scene import Evidence
from knx_ocpp_bridge.core.values import ChargerId, Clock, ConnectorId, Moment
from knx_ocpp_bridge.store.cells import Cell, Statement, cell
from knx_ocpp_bridge.store.users import Shelf

KEPT_MONTHS: Final = 36
_LONGEST: Final = 500
_SELECT: Final = "SELECT id, at, sane, what, charger, connector, limit_w, detail FROM grid_evidence"
_INSERT: Final = "REPLACE INTO grid_evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_OLD: Final = """DELETE FROM grid_evidence
WHERE id <= (SELECT max(id) FROM grid_evidence WHERE sane AND at < ?)"""
_OF_ORDERS: Final = f"""{_SELECT} WHERE id IN (
  SELECT max(id) FROM grid_evidence WHERE connector = 0 AND what IN ('ORDERED', 'RELEASED') GROUP BY charger
) AND what = 'ORDERED' ORDER BY id"""


@dataclass(frozen=True, slots=True)
class Kept:
    """One row as it is kept. `at` is UTC in ISO 8601, by a clock that could be believed if `sane`."""

    number: int
    at: str
    sane: bool
    what: Evidence
    charger: str
    """Empty: the order itself, for all chargers."""
    connector: int
    """0: the order itself, for this charger."""
    limit_w: float | None
    detail: str

    @property
    def row(self) -> EvidenceRow:
        """As it was given."""
        outlet = (ChargerId(self.charger), ConnectorId(self.connector)) if self.charger else None
        return EvidenceRow(self.what, outlet, self.limit_w, self.detail)


@dataclass(frozen=True, slots=True)
class Sought:
    """Numbers above `after`, times from `since` on and before `until` (UTC, ISO 8601; empty: all)."""

    after: int = 0
    since: str = ""
    until: str = ""
    limit: int = 100
    newest: bool = False

    def fits(self, row: Kept) -> bool:
        """It is one of them."""
        return row.number > self.after and row.at >= self.since and (not self.until or row.at < self.until)


def erasing(before: str) -> Statement:
    """Everything up to the newest row that is older than this time by a clock that could be believed."""
    return _OLD, (before,)


class GridEvidence:
    """Owns the rows. Nothing here waits; reading may raise a StoreError."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        ((last,),) = shelf.read("SELECT max(id) FROM grid_evidence")
        self._last_number = int(last or 0)
        self._waiting: dict[int, Kept] = {}
        """Rows that are not on disk."""

    def add(self, rows: Iterable[EvidenceRow], now: Moment) -> None:
        """The rows are on their way to the disk at once, all or none."""
        kept = [self._numbered(row, now) for row in rows]
        if kept:
            self._waiting |= {row.number: row for row in kept}
            self._shelf.write(*((_INSERT, _cells(row)) for row in kept), done=lambda: self._written(kept))

    def rows(self, sought: Sought) -> list[Kept]:
        """Those that are sought, in order: the first `limit` of them, or the newest."""
        until = sought.until or "~"
        order = "DESC" if sought.newest else "ASC"
        sql = f"{_SELECT} WHERE id > ? AND at >= ? AND at < ? ORDER BY id {order} LIMIT ?"
        given = (sought.after, sought.since, until, sought.limit)
        found = {row[0]: _kept(row) for row in self._shelf.read(sql, given)}
        found |= {number: row for number, row in self._waiting.items() if sought.fits(row)}
        ordered = [found[number] for number in sorted(found)]
        return ordered[max(0, len(ordered) - sought.limit) :] if sought.newest else ordered[: sought.limit]

    def orders(self) -> list[Kept]:
        """The orders on disk that were not released, for all chargers or for one: the newest of each, in order."""
        return [_kept(row) for row in self._shelf.read(_OF_ORDERS)]

    def _numbered(self, row: EvidenceRow, now: Moment) -> Kept:
        self._last_number += 1
        charger, connector = row.outlet if row.outlet is not None else (ChargerId(""), ConnectorId(0))
        at, sane = now.utc.isoformat(), now.clock is Clock.SANE
        detail = row.detail[:_LONGEST]
        return Kept(self._last_number, at, sane, row.what, charger, int(connector), row.limit_w, detail)

    def _written(self, rows: Iterable[Kept]) -> None:
        for row in rows:
            self._waiting.pop(row.number, None)


def _cells(row: Kept) -> tuple[Cell, ...]:
    values = (row.number, row.at, row.sane, row.what, row.charger, row.connector, row.limit_w, row.detail)
    return tuple(map(cell, values))


def _kept(row: tuple[Any, ...]) -> Kept:
    number, at, sane, what, charger, connector, limit_w, detail = row
    return Kept(number, at, bool(sane), Evidence[what], charger, connector, limit_w, detail)
