"""What ended in a period, added up by the disk itself: a year of a large site is too much to be read row by row."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from knx_ocpp_bridge.store.cells import Cell, Statement

SLOT_S: Final = 900
"""Offsets of time zones are multiples of this."""
_ENDED: Final = "CAST(strftime('%s', t.stopped_at) AS INTEGER)"
_LASTED: Final = f"max(0, {_ENDED} - CAST(strftime('%s', t.started_at) AS INTEGER))"
_COUNTS: Final = (
    "t.stopped_at >= ? AND t.stopped_at < ? AND t.clock_sane AND (t.accepted OR coalesce(t.energy_wh, 0) > 0)"
)
# A session counts where its last part ends.
_IS_LAST: Final = (
    "NOT EXISTS (SELECT 1 FROM transactions AS l INDEXED BY transactions_by_session WHERE l.charger = t.charger"
    " AND l.session = coalesce(t.session, t.id) AND l.stopped_at > t.stopped_at)"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Of which outlets. Chargers are compared without regard to case."""

    charger: str | None = None
    connector: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """What ended in one quarter of an hour; the energy of what ran over a midnight is not in it."""

    at_s: int
    """When it began, in s since 1970."""
    sessions: int
    energy_wh: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Share:
    """The energy of one day, of all that ended in the period and ran over a midnight."""

    day: date
    energy_wh: int


def slots(place: Place, since: datetime, until: datetime) -> Statement:
    """What reads the fields of `Slot`."""
    where, cells = _where(place, since, until)
    sql = (
        f"SELECT {_ENDED} / {SLOT_S} * {SLOT_S} AS at, sum({_IS_LAST}),"
        f" sum(CASE t.days WHEN '[]' THEN coalesce(t.energy_wh, 0) ELSE 0 END), sum({_LASTED})"
        f" FROM transactions AS t WHERE {where} GROUP BY at ORDER BY at"
    )
    return sql, cells


def shares(place: Place, since: datetime, until: datetime) -> Statement:
    """What reads day (ISO 8601) and Wh of `Share`."""
    where, cells = _where(place, since, until)
    sql = (
        "SELECT json_extract(d.value, '$[0]') AS day, sum(json_extract(d.value, '$[1]'))"
        f" FROM transactions AS t, json_each(t.days) AS d WHERE {where} AND t.days <> '[]' GROUP BY day ORDER BY day"
    )
    return sql, cells


def _where(place: Place, since: datetime, until: datetime) -> tuple[str, tuple[Cell, ...]]:
    conditions, cells = [_COUNTS], [_text(since), _text(until)]
    places = [("t.charger = ?", place.charger), ("t.connector = ?", place.connector)]
    known = [(condition, value) for condition, value in places if value is not None]
    where = " AND ".join([*conditions, *(condition for condition, _ in known)])
    return where, (*cells, *(value for _, value in known))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
