"""What a charger reports: states and meter values."""

from datetime import datetime
from typing import Final

from knx_ocpp_bridge.core import asking, leases, obedience, sampling, signed
from knx_ocpp_bridge.core.connector import Connector, Reminder, StartStage, StartWish
from knx_ocpp_bridge.core.events import Metered, MeterReading, Notified, Origin, StatusNotified
from knx_ocpp_bridge.core.facts import Transaction, TransactionRecorded
from knx_ocpp_bridge.core.metering import SAYS_NOTHING, Reading, digest, is_whole, merged, nothing_flows
from knx_ocpp_bridge.core.modes import without_session
from knx_ocpp_bridge.core.registers import counted
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import MEANING, ConnectorStatus, ocpp_word
from knx_ocpp_bridge.core.step import ACKNOWLEDGED, AlarmKind, Level
from knx_ocpp_bridge.core.transactions import NOTE_METER_EVERY_S, session_of, show
from knx_ocpp_bridge.core.turn import Turn, with_reminder, without
from knx_ocpp_bridge.core.values import CHARGE_POINT, Clock, IdTag, TransactionId

_ASSUME_END_AFTER_S: Final = 60.0
_RENEW_DROPPED_AFTER_S: Final = 5.0
_SILENT_ABOUT_THE_CABLE: Final = frozenset({ConnectorStatus.UNAVAILABLE, ConnectorStatus.FAULTED})
_NOTHING_CAN_FLOW: Final = frozenset(
    {ConnectorStatus.AVAILABLE, ConnectorStatus.RESERVED, ConnectorStatus.UNAVAILABLE, ConnectorStatus.FAULTED}
)
_NO_CAR: Final = frozenset({ConnectorStatus.AVAILABLE, ConnectorStatus.RESERVED})
"""The state of charge was that of a car that is gone."""
_ON_PLUG: Final = 0


def status(turn: Turn, event: StatusNotified) -> None:
    """StatusNotification: the reported state, whatever its timestamp says (rows B8, B10, B13, B16, F18)."""
    turn.reply(event, ACKNOWLEDGED)
    connector = turn.reported(event.connector)
    if connector is None:
        return
    seen = event.status
    if connector.id == CHARGE_POINT or seen is None:
        if seen is not None:
            _tell_fault(turn, connector, event, seen)
        turn.put(
            replace(
                connector,
                status=connector.status if seen is None else seen,
                fresh=connector.fresh or seen is not None,
                told_on=event.link,
                error_code=event.error_code,
                error_text=_text(event),
            )
        )
        return
    if not _tell_fault(turn, connector, event, seen) and connector.status is not seen:
        turn.note(Level.INFO, connector.id, _in_words(event, seen))
    reported = replace(
        connector,
        status=seen,
        fresh=True,
        told_on=event.link,
        free_at=_free_at(turn, connector, event) if seen in _NO_CAR else connector.free_at,
        plugged=connector.plugged if _tells_no_cable(turn, seen) else MEANING[seen].plugged,
        error_code=event.error_code,
        error_text=_text(event),
        reading=_reading_in(connector, seen),
        # Whoever comes next comes anew, even where this state says nothing of the cable.
        session=None if seen is ConnectorStatus.AVAILABLE else connector.session,
    )
    _changed(turn, connector, _settled(turn, reported, seen), seen)


def notified(turn: Turn, event: Notified) -> None:
    """What the edge has answered already is told (row O6): security events loudly."""
    level = Level.WARNING if event.action == "SecurityEventNotification" else Level.INFO
    turn.note(level, None, f"{event.action}: {event.summary}" if event.summary else event.action)


def metered(turn: Turn, event: Metered) -> None:
    """MeterValues belong to the connector's open transaction, whatever number they name (rows T5, T8, T9)."""
    turn.reply(event, ACKNOWLEDGED)
    if not event.readings:
        return
    connector = _measured(turn) if event.connector == CHARGE_POINT else turn.reported(event.connector)
    if connector is None:
        return
    for one in event.readings:
        if one.signed:
            connector = signed.kept(turn, connector, event)
            break
    reading = digest(event.readings, connector.settings.phases, turn.charger.flags)
    if reading == SAYS_NOTHING:
        return
    number, known = event.transaction, connector.transaction
    turn.flows_only = True
    if number is not None and number > 0 and (known is None or known.id != number):
        meant = _meant(turn, connector, number, reading)
        if meant is None:
            return
        connector = meant
    after = obedience.heard(turn, counted(connector, _flowing(connector, reading)), event.readings, reading)
    if after.transaction is not None:
        after = _drawn(turn, connector, after, event.readings, reading)
    turn.put(after)


def _drawn(
    turn: Turn, before: Connector, after: Connector, readings: tuple[MeterReading, ...], said: Reading
) -> Connector:
    """What the readings add to the record and to the curve of the open transaction; mostly nothing."""
    if after.transaction is not None and after.transaction is not before.transaction:
        turn.facts.append(TransactionRecorded(after.transaction))  # where it began in the register is known now
    at, curve = readings[-1].at, after.curve
    if curve is not None:
        if at is not None and curve.at <= at < curve.due_at:
            return after
        if turn.now.utc < curve.due_at and (at is None or at < curve.at):
            return after  # its own time leads back, and by the bridge's no point is due either
    return sampling.measured(turn, after, readings, said)


def _meant(turn: Turn, connector: Connector, number: TransactionId, reading: Reading) -> Connector | None:
    """Whose values of another transaction's number are; None: of one that has ended, and they are dealt with."""
    ended = next((one for one in turn.charger.ended if one.id == number), None)
    elsewhere = any(
        one.transaction is not None and one.transaction.id == number for one in turn.charger.connectors.values()
    )
    runs = connector.transaction is None and connector.fresh and connector.active and not elsewhere
    if ended is not None and not (runs and ended.assumed and ended.connector == connector.id):
        _creep(turn, connector, ended, reading)
        return None
    if not runs:
        return connector
    turn.flows_only = False
    return _followed(turn, connector, ended or _adopted(turn, connector, number, reading))


def _tell_fault(turn: Turn, before: Connector, event: StatusNotified, seen: ConnectorStatus) -> bool:
    """A fault and its end are news for people; the first state after a start of the bridge may be the end of one."""
    faulted = seen is ConnectorStatus.FAULTED
    changed = before.status is not seen or (faulted and before.error_code is not event.error_code)
    if not changed or not turn.charger.settings.configured:
        return False
    if not faulted and before.status is not None and before.status is not ConnectorStatus.FAULTED:
        return False
    turn.alarm(AlarmKind.FAULT, before.id, _in_words(event, seen), over=not faulted)
    return True


def _in_words(event: StatusNotified, seen: ConnectorStatus) -> str:
    code = ocpp_word(event.error_code) if event.error_code else ""
    return ", ".join(filter(None, (ocpp_word(seen), code, _text(event))))


def _measured(turn: Turn) -> Connector | None:
    """Whose the values of connector 0 are: those of the station are of no outlet, unless the flag says so (row T15)."""
    outlets = turn.outlets()
    return outlets[0] if turn.charger.flags.meter_on_0 and len(outlets) == 1 else None


def _creep(turn: Turn, connector: Connector, ended: Transaction, reading: Reading) -> None:
    """After its end a transaction stays as it is, but the register may have gone on a little (rows T9, T14)."""
    if ended.connector == connector.id and connector.transaction is None and reading.energy_wh is not None:
        turn.put(counted(connector, replace(connector.reading, energy_wh=reading.energy_wh)))


def says_nothing_new(connector: Connector, event: StatusNotified) -> bool:
    """The same state as before on the same connection, of a connector that needs no reminder of it (row B16)."""
    return (
        event.status is connector.status
        and connector.fresh
        and connector.told_on == event.link
        and event.status is not None
        and event.error_code is connector.error_code
        and connector.error_text == _text(event)
    )


def _text(event: StatusNotified) -> str:
    if not event.vendor_error_code:
        return event.info
    return f"{event.info} {event.vendor_error_code}" if event.info else event.vendor_error_code


def _changed(turn: Turn, before: Connector, after: Connector, status: ConnectorStatus) -> None:
    after = _plug_seen(turn, before, _session_over(before, after), status)
    without_transaction = before.transaction is None and before.active and not before.opens_transactions
    if status is ConnectorStatus.AVAILABLE and without_transaction and after.wishes.paused:
        # The pause was this car's stop; the next car starts unpaused.
        after = replace(after, wishes=replace(after.wishes, paused=False))
    turn.keep(after)


def _session_over(before: Connector, after: Connector) -> Connector:
    """The car that was plugged in is gone, and what was wanted of its session with it."""
    was_there = before.plugged or before.transaction is not None or before.wishes.session_mode is not None
    if after.plugged is True or not was_there or before.status is after.status:
        return after
    gone = after.plugged is False or (after.status is ConnectorStatus.AVAILABLE and after.transaction is None)
    return replace(after, wishes=without_session(after.wishes)) if gone else after


def _tells_no_cable(turn: Turn, status: ConnectorStatus) -> bool:
    untrusted = status is ConnectorStatus.AVAILABLE and not turn.charger.flags.trust_available
    return status in _SILENT_ABOUT_THE_CABLE or untrusted


def _free_at(turn: Turn, connector: Connector, event: StatusNotified) -> datetime | None:
    """By the charger's own clock if possible: what is delivered later in order is compared with it."""
    at = event.at if sampling.plausible(event.at, turn.now) else None
    if at is None and turn.now.clock is Clock.SANE:
        at = turn.now.utc
    return max((one for one in (connector.free_at, at) if one is not None), default=None)


def _plug_seen(turn: Turn, before: Connector, after: Connector, status: ConnectorStatus) -> Connector:
    """A car that was plugged in begins a session, and may start by itself, once."""
    if not after.plugged or before.plugged is not False or after.transaction is not None:
        return after
    after = replace(after, session_closed_wh=0, session=None)
    settings = after.settings
    by_itself = settings.start_on_plug and not turn.charger.settings.quiet
    if by_itself and status is ConnectorStatus.PREPARING and not after.start and not after.wishes.reserved:
        # Stage ARMED: reconciliation sends it like any other start that waited for the cable.
        wish = StartWish(_ON_PLUG, turn.charger.tag, StartStage.ARMED, Origin.BRIDGE)
        ends_s = turn.now.monotonic_s + settings.start_window_s
        after = replace(after, start=wish, reminders=with_reminder(after.reminders, Reminder.START_ENDS, ends_s))
    return after


def _reading_in(connector: Connector, status: ConnectorStatus) -> Reading:
    """Row M11: chargers leave their last values standing when the current stops."""
    if status is ConnectorStatus.CHARGING:
        return connector.reading
    reading = nothing_flows(connector.reading)
    return replace(reading, soc=None) if status in _NO_CAR else reading


def _settled(turn: Turn, connector: Connector, status: ConnectorStatus) -> Connector:
    """What the new state means for the open transaction and the reservation."""
    now_s = turn.now.monotonic_s
    if connector.transaction is not None:
        if connector.active and (connector.hidden or not connector.was_active):
            connector = replace(show(connector), was_active=True)
        trusted = turn.charger.flags.trust_available
        gone = (status is ConnectorStatus.AVAILABLE and trusted) or (
            status is ConnectorStatus.PREPARING and connector.was_active
        )
        expected = Reminder.ASSUME_END in connector.reminders
        if expected and not gone:
            connector = replace(connector, reminders=without(connector.reminders, Reminder.ASSUME_END))
        elif gone and not expected:
            reminders = with_reminder(connector.reminders, Reminder.ASSUME_END, now_s + _ASSUME_END_AFTER_S)
            connector = replace(connector, reminders=reminders)
    if status is ConnectorStatus.CHARGING:
        connector = asking.watch_meter(turn, connector)
    if connector.reserved and status is ConnectorStatus.AVAILABLE:
        reminders = with_reminder(connector.reminders, Reminder.RENEW, now_s + _RENEW_DROPPED_AFTER_S)
        connector = replace(connector, reminders=reminders)
    return connector


def _adopted(turn: Turn, connector: Connector, number: TransactionId, reading: Reading) -> Transaction:
    """The charger charges under a number of which nothing is known here: from now on it is known."""
    register = reading.energy_wh
    if register is None:
        register = connector.meter.register_wh if connector.meter is not None else 0
    turn.note(Level.WARNING, connector.id, f"transaction {number} was begun elsewhere; it is followed from here on")
    turn.charge(AlarmKind.CHARGING_STARTED, connector.id, f"transaction {number} charges, begun elsewhere", number)
    return Transaction(
        id=number,
        connector=connector.id,
        id_tag=IdTag(""),
        meter_start_wh=register,
        started_at=turn.now.utc,
        clock_sane=turn.now.clock is Clock.SANE,
        session_base_wh=connector.session_closed_wh or 0,
        adopted=True,
        session=connector.session,
        meter_serial=sampling.meter_serial(turn),
    )


def _followed(turn: Turn, connector: Connector, found: Transaction) -> Connector:
    """A transaction that proves to be running is open; one whose end was only assumed has not ended."""
    transaction, curve = sampling.reopened(turn, found)
    if found.stopped_at is not None:
        transaction = replace(transaction, base_wh=(found.meter_stop_wh or 0) - (found.energy_wh or 0))
        text = f"transaction {found.id} goes on: its end had only been assumed"
        turn.charge(AlarmKind.CHARGING_STARTED, connector.id, text, found.id)
    turn.facts.append(TransactionRecorded(transaction))
    turn.charger = replace(turn.charger, ended=tuple(one for one in turn.charger.ended if one.id != found.id))
    return replace(
        connector,
        transaction=transaction,
        curve=curve,
        session=session_of(transaction),
        opens_transactions=True,
        was_active=True,
        session_closed_wh=transaction.session_base_wh,
        last_start=transaction.started_at if transaction.clock_sane else connector.last_start,
        tx=leases.of_before(connector.settings, turn.charger.abilities, transaction.id, turn.now),
        reminders=with_reminder(connector.reminders, Reminder.NOTE_METER, turn.now.monotonic_s + NOTE_METER_EVERY_S),
    )


def _flowing(connector: Connector, reading: Reading) -> Reading:
    """What flows now, unless these are values of a car that is gone: of those only the register counts (M11, M12)."""
    gone = connector.hidden or (connector.fresh and connector.status in _NOTHING_CAN_FLOW)
    if gone:
        return replace(connector.reading, energy_wh=reading.energy_wh)
    if not is_whole(connector.reading, reading):
        return replace(merged(connector.reading, reading), energy_wh=reading.energy_wh)
    return reading
