"""What happens when a time has come that a charger or one of its connectors was waiting for."""

from collections.abc import Callable
from typing import Final

from knx_ocpp_bridge.core import (
    asking,
    links,
    obedience,
    phase_switching,
    profiles,
    setpoints,
    starting,
    stopping,
    waking,
    ways,
)
from knx_ocpp_bridge.core.closing import Ending, close
from knx_ocpp_bridge.core.commands import ClearProfile, ProfilePurpose
from knx_ocpp_bridge.core.connector import Connector, Reminder
from knx_ocpp_bridge.core.facts import MeterNoted
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import ConnectorStatus, StopReason
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.transactions import ENFORCE_AFTER_S, NOTE_METER_EVERY_S, show
from knx_ocpp_bridge.core.turn import Turn, with_reminder, without
from knx_ocpp_bridge.core.values import CHARGE_POINT, Clock


def ring(turn: Turn) -> None:
    """Everything that is due at this moment has been seen to."""
    now_s = turn.now.monotonic_s
    if turn.charger.ready_at_s is not None and turn.charger.ready_at_s <= now_s:
        turn.charger = replace(turn.charger, ready_at_s=None)
    if turn.charger.presence_at_s is not None and turn.charger.presence_at_s <= now_s:
        links.presence_due(turn)
    if turn.charger.ask_at_s is not None and turn.charger.ask_at_s <= now_s:
        asking.ask_for_states(turn)
    for number in list(turn.charger.connectors):
        for reminder, at_s in list(turn.connector(number).reminders.items()):
            if at_s <= now_s:
                _ring_one(turn, turn.connector(number), reminder)


def _ring_one(turn: Turn, connector: Connector, reminder: Reminder) -> None:
    silenced = replace(connector, reminders=without(connector.reminders, reminder))
    turn.put(silenced)
    _RULES[reminder](turn, silenced)


def _assume_end(turn: Turn, connector: Connector) -> None:
    sane = turn.now.clock is Clock.SANE
    close(turn, connector, Ending(turn.now.utc, StopReason.EV_DISCONNECTED, assumed=True, clock_sane=sane))


def _enforce(turn: Turn, connector: Connector) -> None:
    """A charger that goes on after its StartTransaction was refused is told to stop, once."""
    transaction = connector.transaction
    settings = turn.charger.settings
    if transaction is None or transaction.accepted or not settings.enforce_authorization or settings.quiet:
        return
    if not connector.active or not turn.charger.reachable:
        again_s = turn.now.monotonic_s + ENFORCE_AFTER_S
        turn.put(replace(connector, reminders=with_reminder(connector.reminders, Reminder.ENFORCE, again_s)))
        return
    if connector.stop is None:
        turn.put(stopping.wanting_a_stop(turn, connector, transaction.id))
    turn.note(Level.WARNING, connector.id, f"transaction {transaction.id} was refused but goes on: it is stopped")


def _resume(turn: Turn, connector: Connector) -> None:
    """Row S12: the limit was raised from 0 A and nothing happened; the profile is cleared and set anew, once.

    Where it is the car that does not go on, it may sleep.
    """
    transaction = connector.transaction
    if connector.status is ConnectorStatus.SUSPENDED_EV:
        waking.resume(turn, connector)
        return
    if transaction is None or connector.status is not ConnectorStatus.SUSPENDED_EVSE or not turn.charger.registered:
        return
    way = ways.way_of(turn.charger)
    if turn.charger.settings.quiet or way is None or way.purpose is None:
        return
    if connector.tx.confirmed_a is not None:
        turn.commands.append(ClearProfile(connector.id, ProfilePurpose.TX))
        turn.put(replace(connector, tx=replace(connector.tx, doubtful=True)))
    else:
        turn.commands.append(ClearProfile(CHARGE_POINT if way.on_charge_point else connector.id, way.purpose))
        turn.put(replace(connector, default=replace(connector.default, doubtful=True)))
    turn.note(Level.INFO, connector.id, "the charger does not go on after the pause: the limit is set anew")


def _renew(turn: Turn, connector: Connector) -> None:
    turn.put(replace(connector, reserved=False))


def _late(turn: Turn, connector: Connector) -> None:
    turn.put(show(connector))


def _note_meter(turn: Turn, connector: Connector) -> None:
    if connector.transaction is None:
        return
    reminders = with_reminder(connector.reminders, Reminder.NOTE_METER, turn.now.monotonic_s + NOTE_METER_EVERY_S)
    if connector.meter is not None and connector.meter != connector.noted_meter:
        turn.facts.append(MeterNoted(connector.id, connector.meter))
    turn.put(replace(connector, noted_meter=connector.meter, reminders=reminders))


def _asked_again(turn: Turn, connector: Connector) -> None:
    """Nothing to do here: reconciliation, which follows, sends what is due."""


_RULES: Final[dict[Reminder, Callable[[Turn, Connector], None]]] = {
    Reminder.START_ENDS: starting.start_ends,
    Reminder.STOP_ENDS: stopping.stop_ends,
    Reminder.ASSUME_END: _assume_end,
    Reminder.ENFORCE: _enforce,
    Reminder.OBEY: obedience.obey,
    Reminder.RESUME: _resume,
    Reminder.RENEW: _renew,
    Reminder.LATE: _late,
    Reminder.PROFILE: _asked_again,
    Reminder.LEASE: profiles.lease_ends,
    Reminder.LIMIT_ENDS: setpoints.limit_ends,
    Reminder.NOTE_METER: _note_meter,
    Reminder.METER: asking.meter_due,
    Reminder.SHUT: _asked_again,
    Reminder.HEED: _asked_again,
    Reminder.WAKE: waking.nap_ends,
    Reminder.PHASES: phase_switching.waited,
}
