"""Points of the curve of a transaction, and its days: what each reading adds, and what its end does.

A point is due at most once a minute. Its time is that of the reading where the charger's clock can be believed, else
the bridge's; where neither can, there is no point.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from knx_ocpp_bridge.core import curve as curves
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.curve import A_POINT_EVERY, Curve, Known
from knx_ocpp_bridge.core.events import MeterReading
from knx_ocpp_bridge.core.facts import DayEnergy, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.metering import Reading, digest
from knx_ocpp_bridge.core.registers import running_wh
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.step import Sampled
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.values import Clock, Moment

EARLIEST: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""A charger whose clock shows less has never been set."""
LATE_AFTER: Final = timedelta(minutes=5)
MOST_POINTS: Final = 1440
"""One message gives no more: those of a day, or what is left of more when it is thinned evenly."""


def plausible(at: datetime | None, now: Moment) -> bool:
    """True if the charger's clock can be believed: it has been set, and does not show the future.

    While the bridge's own clock is not sane nothing is: the charger may have its time from the bridge.
    """
    if at is None or at < EARLIEST:
        return False
    return now.clock is Clock.SANE and at <= now.utc + LATE_AFTER


def is_behind(turn: Turn, at: datetime) -> bool:
    """True if what is told now was told at once, and yet happened long ago by the charger's clock (row B7).

    It was connected since before, so it cannot have been kept for want of a connection.
    """
    age = turn.now.utc - at
    connected = timedelta(seconds=turn.now.monotonic_s - turn.charger.arrived_at_s)
    return turn.charger.registered and LATE_AFTER < age < connected - LATE_AFTER


def meter_serial(turn: Turn) -> str:
    """The serial number of the meter, as the charger has said so far."""
    identity = turn.charger.identity
    return "" if identity is None else identity.meter_serial


def begun(turn: Turn, transaction: Transaction) -> Curve | None:
    """The curve of a transaction that begins, with its first point."""
    if not transaction.clock_sane:
        return None
    turn.samples.append(Sampled(transaction.id, transaction.started_at, 0, None, None))
    return curves.reached(transaction.started_at, 0, transaction.started_at, turn.charger.settings.zone)


def measured(turn: Turn, connector: Connector, readings: tuple[MeterReading, ...], said: Reading) -> Connector:
    """The connector after a message of meter values that may be worth a point, or end a day.

    `said` is the digest of these readings; the connector has counted them.
    """
    transaction, before = connector.transaction, connector.curve
    if transaction is None or (connector.reading.energy_wh is None and before is not None and not before.whole):
        return connector  # how far it has come is open until the register is told
    pen = _Pen(turn, transaction, before, [])
    told = _believed(turn, transaction, readings) if len(readings) > 1 else []
    if len(told) > 1:
        top_wh = running_wh(connector)
        pen.draw_all(told, transaction.base_wh, top_wh, connector.settings.phases)
    else:
        at = _time(turn, connector, transaction, readings[-1].at)
        if at is not None and pen.wants(at):
            now = said if connector.hidden else connector.reading
            pen.draw(at, None if said.energy_wh is None else running_wh(connector), now)
    if pen.curve is before:
        return connector
    if before is not None and transaction.clock_sane and pen.known and pen.known[-1][0] >= before.midnight:
        known = [(before.at, before.energy_wh), *pen.known]
        days = curves.closed(transaction, known, turn.charger.settings.zone)
        if days != transaction.days:
            transaction = replace(transaction, days=days)
            turn.facts.append(TransactionRecorded(transaction))
    return replace(connector, curve=pen.curve, transaction=transaction)


def finished(
    turn: Turn, connector: Connector, ended: Transaction, readings: tuple[MeterReading, ...], base_wh: int
) -> Transaction:
    """The ended transaction with all its days; its last points are drawn, those of these readings among them."""
    curve = connector.curve
    known = [] if curve is None else [(curve.at, curve.energy_wh)]
    return _with_its_end(turn, ended, curve, ended.days, known, _Tail(readings, base_wh, connector.settings.phases))


def corrected(
    turn: Turn, before: Transaction, ended: Transaction, readings: tuple[MeterReading, ...], base_wh: int
) -> Transaction:
    """The same for one whose end had been assumed before: what was known of its days by then stays."""
    days, known = curves.certain(before, turn.charger.settings.zone)
    return _with_its_end(turn, ended, None, days, known, _Tail(readings, base_wh, 3))


def reopened(turn: Turn, found: Transaction) -> tuple[Transaction, Curve | None]:
    """One whose end was only assumed and that goes on: its last day is not over, and its curve goes on from there."""
    zone = turn.charger.settings.zone
    days, known = curves.certain(found, zone)
    again = replace(found, stopped_at=None, meter_stop_wh=None, energy_wh=None, reason=None, assumed=False, days=days)
    if found.stopped_at is None:
        return again, begun(turn, again)
    if known:
        at, energy_wh = known[0]
        return again, curves.reached(at, energy_wh, at, zone)
    return again, curves.remembered(again, None, zone)


@dataclass(frozen=True, slots=True)
class _Tail:
    """What came with the end."""

    readings: tuple[MeterReading, ...]
    base_wh: int
    phases: int


def _with_its_end(
    turn: Turn, ended: Transaction, curve: Curve | None, days: tuple[DayEnergy, ...], known: list[Known], tail: _Tail
) -> Transaction:
    pen = _Pen(turn, ended, curve, known)
    energy_wh = ended.energy_wh or 0
    if ended.clock_sane and ended.stopped_at is not None:
        inside = [
            (at, one) for at, one in _believed(turn, ended, tail.readings) if ended.started_at <= at < ended.stopped_at
        ]
        pen.draw_all(inside, tail.base_wh, energy_wh, tail.phases)
        if not ended.assumed:  # else the last reading is the last that is known
            shown_wh = energy_wh if pen.curve is None else max(energy_wh, pen.curve.energy_wh)
            turn.samples.append(Sampled(ended.id, ended.stopped_at, shown_wh, None, None))
    return replace(ended, days=curves.complete(ended, days, pen.known, turn.charger.settings.zone))


class _Pen:
    """Owns one curve while one message is worked on."""

    __slots__ = ("_transaction", "_turn", "curve", "known")

    def __init__(self, turn: Turn, transaction: Transaction, curve: Curve | None, known: list[Known]) -> None:
        self._turn = turn
        self._transaction = transaction
        self.curve = curve
        self.known = known

    def wants(self, at: datetime) -> bool:
        """A reading of this time is news: the next point is due, or the day is over."""
        return self.curve is None or at >= self.curve.due_at

    def draw_all(
        self, told: Iterable[tuple[datetime, MeterReading]], base_wh: int | None, top_wh: int, phases: int
    ) -> None:
        """Readings in order of time; no register of theirs counts for more than `top_wh`."""
        for at, reading in told:
            if self.wants(at):
                said = digest((reading,), phases, self._turn.charger.flags)
                told_wh = None if said.energy_wh is None or base_wh is None else said.energy_wh - base_wh
                self.draw(at, None if told_wh is None else min(top_wh, told_wh), said)

    def draw(self, at: datetime, energy_wh: int | None, said: Reading) -> None:
        """One reading; the energy of the transaction never falls, None: the reading does not tell it."""
        curve, zone = self.curve, self._turn.charger.settings.zone
        so_far_wh = max(0, energy_wh or 0) if curve is None else max(curve.energy_wh, energy_wh or 0)
        is_point = curve is None or at >= curve.sampled_at + A_POINT_EVERY
        if is_point:
            self._turn.samples.append(Sampled(self._transaction.id, at, so_far_wh, said.power_w, said.current_a))
        sampled_at = at if curve is None or is_point else curve.sampled_at
        if energy_wh is not None or curve is None:
            self.known.append((at, so_far_wh))
            self.curve = curves.reached(at, so_far_wh, sampled_at, zone)
        elif is_point:
            self.curve = replace(curve, sampled_at=at, due_at=min(at + A_POINT_EVERY, curve.midnight))


def _tells_its_own_time(transaction: Transaction) -> bool:
    """False: its clock was not believed when it began, and nobody knows since when it can be."""
    return transaction.charger_time is None or transaction.charger_time == transaction.started_at


def _time(turn: Turn, connector: Connector, transaction: Transaction, own: datetime | None) -> datetime | None:
    """The first time that can be believed and does not lead back: the reading's own, or the bridge's."""
    now, curve = turn.now, connector.curve
    bridges = now.utc if now.clock is Clock.SANE and not connector.hidden else None
    believed = plausible(own, now) and _tells_its_own_time(transaction)
    for at in (own if believed else None, bridges):
        if at is not None and (curve is None or at >= curve.at):
            return at
    return None


def _believed(
    turn: Turn, transaction: Transaction, readings: tuple[MeterReading, ...]
) -> list[tuple[datetime, MeterReading]]:
    """The readings whose time can be believed, in its order, thinned evenly if there are very many."""
    if not _tells_its_own_time(transaction):
        return []
    told = [(one.at, one) for one in readings if one.at is not None and plausible(one.at, turn.now)]
    told.sort(key=lambda one: one[0])
    return told[:: len(told) // MOST_POINTS + 1]
