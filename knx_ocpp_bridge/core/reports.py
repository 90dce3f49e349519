"""What a charger reports: states and meter values."""

from dataclasses import replace
from typing import Final

from knx_ocpp_bridge.core.connector import Alarm, Connector, Slot, StartStage, StartWish
from knx_ocpp_bridge.core.events import Metered, StatusNotified
from knx_ocpp_bridge.core.facts import Transaction, TransactionRecorded
from knx_ocpp_bridge.core.metering import NOTHING_FLOWS, Reading, advance_meter, digest, merged, rebase
from knx_ocpp_bridge.core.status import MEANING, ConnectorStatus
from knx_ocpp_bridge.core.step import EmptyAnswer, Level
from knx_ocpp_bridge.core.transactions import NOTE_METER_EVERY_S, show
from knx_ocpp_bridge.core.turn import Turn, with_alarm, without
from knx_ocpp_bridge.core.values import CHARGE_POINT, Clock, IdTag, TransactionId

_ASSUME_END_AFTER_S: Final = 60.0
_RENEW_DROPPED_AFTER_S: Final = 5.0
_NO_SESSION_REGISTER_WH: Final = 50_000
"""No car takes this much before its first sample: a first register above it is an absolute one."""
_ON_PLUG: Final = 0


def status(turn: Turn, event: StatusNotified) -> None:
    """StatusNotification: the reported state, whatever its timestamp says (rows B8, B10, B13, B16, F18)."""
    turn.reply(event, EmptyAnswer())
    connector = turn.connector(event.connector)
    text = " ".join(part for part in (event.info, event.vendor_error_code) if part)
    reported = replace(
        connector,
        status=connector.status if event.status is None else event.status,
        fresh=connector.fresh or event.status is not None,
        error_code=event.error_code,
        error_text=text,
    )
    if connector.id == CHARGE_POINT or event.status is None:
        turn.put(reported)
        return
    if connector.status is not event.status:
        turn.note(
            Level.INFO, connector.id, f"{event.status.name}" + (f", {event.error_code.name}" * bool(event.error_code))
        )
    _changed(turn, connector, _settled(turn, reported, event.status), event.status)


def metered(turn: Turn, event: Metered) -> None:
    """MeterValues belong to the connector's open transaction, whatever number they name (rows T5, T8, T9)."""
    turn.reply(event, EmptyAnswer())
    if event.connector == CHARGE_POINT or not event.readings:
        return
    connector = turn.connector(event.connector)
    reading = digest(event.readings, connector.settings.phases)
    if reading == Reading():
        return
    if connector.transaction is None and event.transaction is not None and event.transaction > 0:
        if any(one.id == event.transaction for one in turn.charger.ended):
            return
        if connector.fresh and connector.active:
            connector = _adopted(turn, connector, event.transaction, reading)
    turn.put(_counted(connector, reading))


def _changed(turn: Turn, before: Connector, after: Connector, status: ConnectorStatus) -> None:
    plugged_before = before.status is not None and MEANING[before.status].plugged
    if MEANING[status].plugged and before.status is not None and not plugged_before and after.transaction is None:
        after = replace(after, session_closed_wh=0)
        if after.settings.start_on_plug and status is ConnectorStatus.PREPARING and after.start is None:
            # Stage ARMED: reconciliation sends it like any other start that waited for the cable.
            after = replace(
                after,
                start=StartWish(_ON_PLUG, turn.charger.tag, StartStage.ARMED),
                alarms=with_alarm(after.alarms, Alarm.START_ENDS, turn.now.monotonic_s + after.settings.start_window_s),
            )
    turn.put(after)


def _settled(turn: Turn, connector: Connector, status: ConnectorStatus) -> Connector:
    """What the new state means for the reading, the open transaction and the reservation."""
    now_s = turn.now.monotonic_s
    if status is not ConnectorStatus.CHARGING:
        # Row M11: chargers leave their last values standing when the current stops.
        connector = replace(connector, reading=replace(NOTHING_FLOWS, energy_wh=connector.reading.energy_wh))
    if connector.transaction is not None:
        if connector.active:
            connector = replace(show(connector), was_active=True)
        gone = status is ConnectorStatus.AVAILABLE or (status is ConnectorStatus.PREPARING and connector.was_active)
        if not gone:
            connector = replace(connector, alarms=without(connector.alarms, Alarm.ASSUME_END))
        elif Alarm.ASSUME_END not in connector.alarms:
            alarms = with_alarm(connector.alarms, Alarm.ASSUME_END, now_s + _ASSUME_END_AFTER_S)
            connector = replace(connector, alarms=alarms)
    if connector.reserved and status is ConnectorStatus.AVAILABLE:
        alarms = with_alarm(connector.alarms, Alarm.RENEW, now_s + _RENEW_DROPPED_AFTER_S)
        connector = replace(connector, alarms=alarms)
    return connector


def _adopted(turn: Turn, connector: Connector, number: TransactionId, reading: Reading) -> Connector:
    """The charger charges under a number of which nothing is known here: from now on it is known."""
    register = reading.energy_wh
    if register is None:
        register = connector.meter.register_wh if connector.meter is not None else 0
    transaction = Transaction(
        id=number,
        connector=connector.id,
        id_tag=IdTag(""),
        meter_start_wh=register,
        started_at=turn.now.utc,
        clock_sane=turn.now.clock is Clock.SANE,
        assumed=True,
    )
    turn.facts.append(TransactionRecorded(transaction))
    turn.note(Level.WARNING, connector.id, f"transaction {number} was begun elsewhere; it is followed from here on")
    return replace(
        connector,
        transaction=transaction,
        opens_transactions=True,
        was_active=True,
        session_closed_wh=connector.session_closed_wh or 0,
        last_start=transaction.started_at if transaction.clock_sane else connector.last_start,
        tx=Slot(transaction=number),
        alarms=with_alarm(connector.alarms, Alarm.NOTE_METER, turn.now.monotonic_s + NOTE_METER_EVERY_S),
    )


def _counted(connector: Connector, reading: Reading) -> Connector:
    """The reading and the registers after these values; a hidden transaction's values only count energy."""
    if connector.hidden:
        reading = Reading(energy_wh=reading.energy_wh)
    merged_reading = merged(connector.reading, reading)
    register = reading.energy_wh
    if register is None or register < 0:
        return replace(connector, reading=merged_reading)
    transaction = connector.transaction
    first = transaction is not None and connector.base_wh is None
    base_wh = connector.base_wh
    meter, lower = connector.meter, connector.lower_registers
    if first and transaction is not None:
        absolute = transaction.meter_start_wh == 0 and register > _NO_SESSION_REGISTER_WH
        base_wh = register if absolute else transaction.meter_start_wh
        if transaction.meter_start_wh == 0 and meter is not None and register < meter.register_wh:
            # Row T13: this charger's register begins anew with each session.
            meter, lower = rebase(meter, 0), 0
    meter, lower = advance_meter(meter, register, lower)
    return replace(connector, reading=merged_reading, base_wh=base_wh, meter=meter, lower_registers=lower)
