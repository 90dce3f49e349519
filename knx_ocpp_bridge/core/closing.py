"""The end of a transaction: told, assumed, corrected or recorded without a beginning; and its energy in Wh."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from knx_ocpp_bridge.core import obedience, sampling, signed
from knx_ocpp_bridge.core.connector import Connector, Reminder, Slot
from knx_ocpp_bridge.core.events import MeterReading, TransactionStopped
from knx_ocpp_bridge.core.facts import MeterNoted, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.flags import Flags
from knx_ocpp_bridge.core.metering import digest, merged, nothing_flows
from knx_ocpp_bridge.core.registers import finished
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.settings import StopMode
from knx_ocpp_bridge.core.status import ConnectorStatus, StopReason, ocpp_word
from knx_ocpp_bridge.core.step import AlarmKind, Level
from knx_ocpp_bridge.core.turn import Turn, without
from knx_ocpp_bridge.core.values import CHARGE_POINT, IdTag

_KEPT_ENDED: Final = 8
_OF_A_TRANSACTION: Final = (
    Reminder.STOP_ENDS,
    Reminder.ASSUME_END,
    Reminder.ENFORCE,
    Reminder.OBEY,
    Reminder.RESUME,
    Reminder.LATE,
    Reminder.NOTE_METER,
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a transaction ended. `meter_stop_wh` None: nobody said; the last register counts."""

    at: datetime
    reason: StopReason
    meter_stop_wh: int | None = None
    readings: tuple[MeterReading, ...] = ()
    assumed: bool = False
    clock_sane: bool = True
    """`at` can be believed: the charger's clock was plausible, or else the bridge's own was."""


def close(turn: Turn, connector: Connector, ending: Ending) -> None:
    """The open transaction of this connector is over; the building is told its energy and times once."""
    transaction = connector.transaction
    if transaction is None:
        return
    ended = _ended(turn, transaction, connector, ending)
    turn.facts.append(TransactionRecorded(ended))
    signed.kept_at_the_end(turn, ended.id, ending.readings)
    _tell(turn, ended, "is assumed to have ended" if ending.assumed else "ended")
    if ended.implausible:
        turn.note(Level.WARNING, connector.id, f"meterStop {ending.meter_stop_wh} Wh does not fit: energy from samples")
    connector = obedience.over(turn, connector, "the charge has ended")
    if not connector.hidden and _may_have_left(last_gap(turn, connector), ended):
        connector = replace(connector, session=None)
    if ending.meter_stop_wh is not None and not ended.implausible:
        connector = finished(connector, ending.meter_stop_wh)
    closed = _without_transaction(connector, ended)
    if closed.meter is not None and closed.meter != closed.noted_meter:
        turn.facts.append(MeterNoted(closed.id, closed.meter))
        closed = replace(closed, noted_meter=closed.meter)
    if ended.accepted or ended.energy_wh:
        closed = _told(turn, closed, ended)
    turn.keep(closed)
    _remember(turn, ended)
    if connector.stop is not None and not connector.stop.answered:
        turn.succeed(connector.id, connector.stop.number, f"transaction {ended.id} has ended")


def correct(turn: Turn, ended: Transaction, ending: Ending) -> None:
    """A StopTransaction after an assumed end corrects the journal; the building has been told already."""
    stop_wh = ending.meter_stop_wh
    last_wh = digest(ending.readings, 3, turn.charger.flags).energy_wh
    believed = ending.clock_sane or not ended.clock_sane
    if last_wh is None:
        last_wh = ended.meter_stop_wh
    base_wh = (ended.meter_stop_wh or 0) - (ended.energy_wh or 0)
    energy, implausible = energy_wh(base_wh, stop_wh, last_wh)
    corrected = replace(
        ended,
        stopped_at=_not_before(ended, ending.at) if believed else ended.stopped_at,
        meter_stop_wh=base_wh + energy if implausible or stop_wh is None else stop_wh,
        energy_wh=energy,
        reason=ending.reason,
        implausible=implausible,
        assumed=False,
        meter_serial=ended.meter_serial or sampling.meter_serial(turn),
    )
    corrected = sampling.corrected(turn, ended, corrected, ending.readings, base_wh)
    turn.facts.append(TransactionRecorded(corrected))
    signed.kept_at_the_end(turn, ended.id, ending.readings)
    turn.charger = replace(
        turn.charger, ended=tuple(corrected if one.id == ended.id else one for one in turn.charger.ended)
    )
    turn.note(Level.INFO, ended.connector, f"transaction {ended.id}: the late stop says {corrected.energy_wh} Wh")


def orphan(turn: Turn, event: TransactionStopped, ending: Ending) -> None:
    """A stop whose start never arrived becomes a record of its own, without energy unless its samples tell."""
    outlets = turn.outlets()
    first = _first_register(event.readings, turn.charger.flags)
    stop_wh = event.meter_stop_wh
    if stop_wh is None:
        stop_wh = digest(event.readings, 3, turn.charger.flags).energy_wh
    known = stop_wh is not None and first is not None and stop_wh >= first
    begun = [one.at for one in event.readings if one.at is not None and sampling.plausible(one.at, turn.now)]
    ended = Transaction(
        id=event.fresh,
        connector=outlets[0].id if len(outlets) == 1 else CHARGE_POINT,
        id_tag=event.id_tag or IdTag(""),
        meter_start_wh=first if first is not None else stop_wh or 0,
        started_at=min([ending.at, *begun]) if ending.clock_sane else ending.at,
        late=True,
        clock_sane=ending.clock_sane,
        stopped_at=ending.at,
        meter_stop_wh=stop_wh,
        energy_wh=stop_wh - first if known and stop_wh is not None and first is not None else 0,
        reason=ending.reason,
        implausible=not known,
        orphaned=True,
        meter_serial=sampling.meter_serial(turn),
    )
    ended = sampling.corrected(turn, ended, ended, event.readings, ended.meter_start_wh)
    turn.facts.append(TransactionRecorded(ended))
    signed.kept_at_the_end(turn, ended.id, event.readings)
    _remember(turn, ended)
    if event.transaction is not None and event.transaction > 0:
        # A number of the charger's invention: under it the stop is recognised when it is sent again.
        _remember(turn, replace(ended, id=event.transaction))
    turn.note(Level.WARNING, None, f"stop of unknown transaction {event.transaction}: recorded as {ended.id}")
    _tell(turn, ended, "ended")
    if ended.connector != CHARGE_POINT:
        turn.put(_told(turn, turn.connector(ended.connector), ended))


def last_gap(turn: Turn, connector: Connector) -> datetime | None:
    """The last time at which no car was there, or at which nobody had been able to see it for long.

    None: there is none that anybody knows.
    """
    known = (connector.free_at, turn.charger.there_since)
    return max((one for one in known if one is not None), default=None)


def energy_wh(base_wh: int, stop_wh: int | None, last_wh: int | None) -> tuple[int, bool]:
    """The energy in Wh, never negative, and whether the stop register had to be disbelieved (rows T12, T13)."""
    if stop_wh is not None and stop_wh >= base_wh:
        return stop_wh - base_wh, False
    if last_wh is not None and last_wh >= base_wh:
        return last_wh - base_wh, stop_wh is not None
    return 0, stop_wh is not None


def _tell(turn: Turn, ended: Transaction, words: str) -> None:
    """People are told what was charged, unless it was refused and nothing came of it."""
    taken_wh = ended.energy_wh or 0
    reason = "" if ended.reason is None else ocpp_word(ended.reason)
    text = f"transaction {ended.id} {words} ({reason}): {taken_wh / 1000:.2f} kWh"
    if ended.accepted or taken_wh:
        turn.charge(AlarmKind.CHARGING_STOPPED, ended.connector, text, ended.id)
    else:
        turn.note(Level.INFO, ended.connector, text)


def _may_have_left(gap: datetime | None, ended: Transaction) -> bool:
    """After the last gap nothing proves that the car of this transaction was there; an assumed end proves nothing."""
    if gap is None or ended.stopped_at is None:
        return False
    return ended.started_at < gap if ended.assumed else ended.stopped_at <= gap


def _not_before(transaction: Transaction, at: datetime) -> datetime:
    return max(at, transaction.started_at) if transaction.clock_sane else at


def _ended(turn: Turn, transaction: Transaction, connector: Connector, ending: Ending) -> Transaction:
    last = merged(connector.reading, digest(ending.readings, connector.settings.phases, turn.charger.flags)).energy_wh
    start = transaction.meter_start_wh if transaction.base_wh is None else transaction.base_wh
    energy, implausible = energy_wh(start, ending.meter_stop_wh, last)
    ended = replace(
        transaction,
        stopped_at=_not_before(transaction, ending.at),
        meter_stop_wh=start + energy if implausible or ending.meter_stop_wh is None else ending.meter_stop_wh,
        energy_wh=energy,
        reason=ending.reason,
        assumed=ending.assumed,
        implausible=implausible,
        clock_sane=transaction.clock_sane and ending.clock_sane,
        meter_serial=transaction.meter_serial or sampling.meter_serial(turn),
    )
    return sampling.finished(turn, connector, ended, ending.readings, start)


def _without_transaction(connector: Connector, ended: Transaction) -> Connector:
    wishes, closed_wh = connector.wishes, connector.session_closed_wh
    if connector.settings.stop_mode is StopMode.PAUSE:
        # The pause was this transaction's stop; the next car starts unpaused.
        wishes = replace(wishes, paused=False)
    return replace(
        connector,
        transaction=None,
        was_active=False,
        hidden=False,
        reading=nothing_flows(connector.reading),
        curve=None,
        session=None if connector.status is ConnectorStatus.AVAILABLE else connector.session,
        session_closed_wh=closed_wh if connector.hidden else (closed_wh or 0) + (ended.energy_wh or 0),
        wishes=wishes,
        stop=None,
        tx=Slot(),
        reminders=without(connector.reminders, *_OF_A_TRANSACTION),
    )


def _told(turn: Turn, connector: Connector, ended: Transaction) -> Connector:
    """All of it is of the charge that is told last; where nobody knows its times, those of an older one go."""
    turn.again.add((connector.id, "transaction_energy"))
    start, end = (ended.started_at, ended.stopped_at) if ended.clock_sane else (None, None)
    if connector.transaction is not None:
        start = connector.last_start  # of the one that runs
    if end is not None:
        turn.again.add((connector.id, "end_time"))
    if start is not None and connector.last_start != start:
        turn.again.add((connector.id, "start_time"))
    return replace(connector, last_energy_wh=ended.energy_wh, last_start=start, last_end=end)


def _remember(turn: Turn, ended: Transaction) -> None:
    turn.charger = replace(turn.charger, ended=(*turn.charger.ended, ended)[-_KEPT_ENDED:])


def _first_register(readings: tuple[MeterReading, ...], flags: Flags) -> int | None:
    for reading in readings:
        first = digest((reading,), 3, flags).energy_wh
        if first is not None:
            return first
    return None
