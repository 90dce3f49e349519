"""What the accounts of a charger begin with: its newest transactions one by one, the sums of all others, the resets."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from knx_ocpp_bridge.core.book import KEPT, Count, Opening, Running, is_charge, seconds_of, session_of
from knx_ocpp_bridge.core.facts import Transaction
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId
from knx_ocpp_bridge.store import points, rows
from knx_ocpp_bridge.store.cells import Cell, Statement, cell

Read = Callable[[str, tuple[Cell, ...]], list[tuple[Any, ...]]]
"""`Journal.read`."""

_CHARGES: Final = "stopped_at IS NOT NULL AND (accepted OR coalesce(energy_wh, 0) > 0)"
# All times are UTC; fractions of a second are cut, as `core.days.seconds_between` does.
_SECONDS: Final = (
    "CASE WHEN clock_sane THEN max(0, CAST(strftime('%s', substr(stopped_at, 1, 19)) AS INTEGER)"
    " - CAST(strftime('%s', substr(started_at, 1, 19)) AS INTEGER)) ELSE 0 END"
)
# Energy in two halves: a charger that invents two of 2^62 Wh would overflow SQLite's sum, which is an error there.
_EVERYTHING: Final = f"""
SELECT connector, count(*), count(DISTINCT CASE WHEN {_CHARGES} THEN coalesce(session, id) END),
  coalesce(sum(CASE WHEN {_CHARGES} THEN 1 END), 0), coalesce(sum(CASE WHEN {_CHARGES} THEN energy_wh >> 32 END), 0),
  coalesce(sum(CASE WHEN {_CHARGES} THEN energy_wh & 0xFFFFFFFF END), 0),
  coalesce(sum(CASE WHEN {_CHARGES} THEN {_SECONDS} END), 0)
FROM transactions WHERE charger = ? GROUP BY connector"""
# A + before `charger` has the index by the end used instead of that by charger.
_RECENT: Final = f"""
WITH recent(session) AS (
  SELECT coalesce(session, id) FROM (
    SELECT session, id FROM transactions WHERE charger = ?1 AND connector = ?2 AND stopped_at IS NOT NULL
    ORDER BY id DESC LIMIT {KEPT})
  UNION SELECT coalesce(session, id) FROM transactions WHERE +charger = ?1 AND connector = ?2 AND stopped_at IS NULL
  UNION SELECT coalesce(session, id) FROM transactions WHERE +charger = ?1 AND connector = ?2 AND stopped_at >= ?3)
SELECT number, {rows.TRANSACTION_COLUMNS} FROM transactions WHERE charger = ?1 AND connector = ?2
  AND (session IN recent OR session IS NULL AND id IN recent) ORDER BY number"""
_LAST: Final = f"""
SELECT number, {rows.TRANSACTION_COLUMNS} FROM transactions WHERE +charger = ? AND connector = ?
  AND {_CHARGES} ORDER BY number DESC LIMIT ?"""
_RESETS: Final = "SELECT connector, sessions, energy_wh, seconds, at FROM counter_resets WHERE charger = ?"


def openings(read: Read, charger: ChargerId, since: datetime) -> dict[ConnectorId, Opening]:
    """For each connector with a past. `since` is the beginning of yesterday in UTC.

    Raises:
        StoreError: the disk cannot be read.
    """
    found = {
        ConnectorId(connector): Opening(reset=Count(sessions, energy_wh, seconds), reset_at=datetime.fromisoformat(at))
        for connector, sessions, energy_wh, seconds, at in read(_RESETS, (cell(charger),))
    }
    for number, rows_, sessions, charges, high, low, seconds in read(_EVERYTHING, (cell(charger),)):
        connector = ConnectorId(number)
        places, recent = _heard(read(_RECENT, (cell(charger), connector, cell(since))))
        charged = [one for one in recent if is_charge(one)]
        ended = [one.id for one in recent if one.stopped_at is not None]
        older = rows_ > len(recent)
        place, last = _last_of_others(read, charger, connector, recent) if older else (0, None)
        found[connector] = replace(
            found.get(connector, Opening()),
            transactions=recent,
            older=Count(sessions, (high << 32) + low, seconds) - _sum(charged),
            older_charges=charges - len(charged),
            # At least as high as the highest of them, which is all that it is used for.
            older_id=sorted(ended)[-KEPT:][0] if older and ended else 0,
            older_last=last,
            older_last_after=sum(each < place for each in places),
            running=_running(read, charger, recent),
        )
    return found


def resetting(charger: ChargerId, connector: ConnectorId, count: Count, at: datetime) -> Statement:
    """What makes `count` the beginning of this connector's totals."""
    cells = (charger, connector, count.sessions, count.energy_wh, count.seconds, at.isoformat(timespec="seconds"))
    return "REPLACE INTO counter_resets VALUES (?, ?, ?, ?, ?, ?)", tuple(map(cell, cells))


def _heard(found: list[tuple[Any, ...]]) -> tuple[tuple[int, ...], tuple[Transaction, ...]]:
    """Their places in the log, and themselves."""
    return tuple(number for number, *_ in found), tuple(rows.transaction(cells) for _, *cells in found)


def _sum(charges: list[Transaction]) -> Count:
    return Count(
        len({session_of(one) for one in charges}),
        sum(one.energy_wh or 0 for one in charges),
        sum(seconds_of(one) or 0 for one in charges),
    )


def _last_of_others(
    read: Read, charger: ChargerId, connector: ConnectorId, recent: tuple[Transaction, ...]
) -> tuple[int, Transaction | None]:
    """The charge that was heard of last, of those that are not among the recent ones; and its place in the log."""
    known = {one.id for one in recent}
    charged = sum(is_charge(one) for one in recent)
    last = zip(*_heard(read(_LAST, (cell(charger), connector, charged + 1))), strict=True)
    return next(((place, one) for place, one in last if one.id not in known), (0, None))


def _running(read: Read, charger: ChargerId, recent: tuple[Transaction, ...]) -> Running | None:
    """The open transaction with the last of its samples: what it has taken since is told by the charger."""
    transaction = next((one for one in reversed(recent) if one.stopped_at is None), None)
    if transaction is None:
        return None
    closed_wh = sum(day.energy_wh for day in transaction.days)
    for at_s, energy_wh in read(*points.last(charger, transaction.id)):
        if energy_wh >= closed_wh:
            return Running(transaction, energy_wh, datetime.fromtimestamp(at_s, UTC))
    return Running(transaction, closed_wh, transaction.started_at)
