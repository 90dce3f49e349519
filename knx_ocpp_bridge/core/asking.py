"""What the bridge asks a charger of its own accord: seldom, once, and never what it was found not to know.

Nothing is ever asked to find out what a charger can do: some restart when they are (rows B2, K1, K2, O4).
"""

from typing import Final

from knx_ocpp_bridge.core import abilities, phase_switching, profiles
from knx_ocpp_bridge.core.commands import ChangeConfiguration, GetConfiguration, TriggerMessage
from knx_ocpp_bridge.core.connector import Connector, Reminder
from knx_ocpp_bridge.core.events import Event, Outcome, Replied
from knx_ocpp_bridge.core.flags import Flags
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.state import Charger, Question
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.turn import Turn, with_reminder, without
from knx_ocpp_bridge.core.values import ConnectorId

_NEXT_QUESTION_AFTER_S: Final = 10.0
"""Triggers upset some chargers: at most one in this time (row C32)."""
_STATE_DERIVED_AFTER_S: Final = 25.0
_METER: Final = "MeterValues"
_NOTHING: Final = Flags(ask_status=False, ask_boot=False, ask_meter_s=0.0)


def ask_for_states(turn: Turn) -> None:
    """Rows B1, B9: what did not come by itself is asked for once, then concluded."""
    charger = turn.charger
    turn.charger = replace(charger, ask_at_s=None)
    if not charger.registered or not charger.settings.configured:
        return
    stale = [one for one in turn.outlets() if not one.fresh and one.id in charger.settings.connectors]
    unasked = [one for one in stale if one.id not in charger.states_asked and _may_ask(charger).ask_status]
    now_s, free_s = turn.now.monotonic_s, charger.triggered_at_s + _NEXT_QUESTION_AFTER_S
    asks_boot = charger.identity is None and Question.BOOT not in charger.asked and _may_ask(charger).ask_boot
    if (unasked or asks_boot) and now_s < free_s:
        turn.charger = replace(turn.charger, ask_at_s=free_s)
    elif unasked:
        _trigger(turn, "StatusNotification", unasked[0].id)
        asked = charger.states_asked | {unasked[0].id}
        turn.charger = replace(turn.charger, states_asked=asked, ask_at_s=now_s + _NEXT_QUESTION_AFTER_S)
    elif asks_boot:
        _trigger(turn, Question.BOOT.value)
        turn.charger = replace(
            turn.charger, asked=charger.asked | {Question.BOOT}, ask_at_s=now_s + _NEXT_QUESTION_AFTER_S
        )
    elif stale and now_s < charger.linked_at_s + _STATE_DERIVED_AFTER_S:
        turn.charger = replace(turn.charger, ask_at_s=charger.linked_at_s + _STATE_DERIVED_AFTER_S)
    else:
        for connector in charger.connectors.values():
            if not connector.fresh:
                turn.put(_derived(connector))


def ask_for_a_boot(turn: Turn) -> None:
    """Row C13: a charger that was told to wait need not do so to the end once it is adopted (OCPP 1.6 ed. 2, section
    4.2: what it is asked for it may send while it is Pending). Where it refuses, it boots again by itself.
    """
    if _may_ask(turn.charger).ask_boot:
        _trigger(turn, Question.BOOT.value)


def says_nothing_of_itself(event: Event) -> bool:
    """True for the answer to whether it will boot anew: only the boot tells that the charger is admitted."""
    match event:
        case Replied(command=TriggerMessage(requested=Question.BOOT.value)):
            return True
        case _:
            return False


def watch_meter(turn: Turn, connector: Connector) -> Connector:
    """The connector, which charges now: whether it says anything of its meter is looked at from time to time."""
    every_s = _may_ask(turn.charger).ask_meter_s
    if not every_s or Reminder.METER in connector.reminders or connector.id not in turn.charger.settings.connectors:
        return connector
    reminders = with_reminder(connector.reminders, Reminder.METER, turn.now.monotonic_s + every_s)
    return replace(connector, reminders=reminders, meter_seen=connector.reading)


def meter_due(turn: Turn, connector: Connector) -> None:
    """Row M10: a charger that charges and has said nothing new for long is asked for its meter values."""
    charger = turn.charger
    every_s = _may_ask(charger).ask_meter_s
    if not every_s or connector.status is not ConnectorStatus.CHARGING:
        return
    now_s, free_s = turn.now.monotonic_s, charger.triggered_at_s + _NEXT_QUESTION_AFTER_S
    asks = charger.registered and connector.reading == connector.meter_seen
    if asks and now_s < free_s:
        turn.put(replace(connector, reminders=with_reminder(connector.reminders, Reminder.METER, free_s)))
        return
    if asks:
        _trigger(turn, _METER, connector.id)
    reminders = with_reminder(connector.reminders, Reminder.METER, now_s + every_s)
    turn.put(replace(connector, reminders=reminders, meter_seen=connector.reading))


def trigger_answered(turn: Turn, event: Replied, command: TriggerMessage) -> None:
    """What it cannot be asked for it is not asked for again; a refusal holds until it charges anew (rows B9, K9)."""
    abilities.trigger_answered(turn, event, command)
    refused = event.outcome is Outcome.ANSWERED and event.status != "Accepted"
    if refused and command.requested == _METER and command.connector is not None:
        connector = turn.connector(command.connector)
        turn.put(replace(connector, reminders=without(connector.reminders, Reminder.METER)))


def start_refused(turn: Turn, connector: Connector) -> None:
    """Row T17: chargers that ask themselves whether a remote start is allowed may refuse each of them."""
    charger, key = turn.charger, Question.AUTHORIZE_REMOTE.value
    if charger.flags.sets_authorize_remote:
        if Question.AUTHORIZE_REMOTE not in charger.asked:
            turn.charger = replace(charger, asked=charger.asked | {Question.AUTHORIZE_REMOTE})
            turn.commands.append(GetConfiguration((key,)))
    elif key not in charger.hinted:
        turn.charger = replace(charger, hinted=charger.hinted | {key})
        text = f"if it refuses every start, its {key} may have to be false: flags.sets_authorize_remote does that"
        turn.note(Level.INFO, connector.id, text)


def configuration_answered(turn: Turn, event: Replied, command: GetConfiguration) -> None:
    """The value of a key that was asked for: a limit that is kept in one, or what a refusal has led to."""
    if profiles.answered(turn, event, command):
        return
    if command.keys == (Question.RATE_UNIT.value,):
        profiles.unit_answered(turn, event)
    elif command.keys == (Question.PHASES.value,):
        phase_switching.key_answered(turn, event)
    elif command.keys == (Question.AUTHORIZE_REMOTE.value,):
        value, readonly = abilities.configuration(event.detail).get(command.keys[0].casefold(), ("", True))
        if value.strip().casefold() == "true" and not readonly:
            turn.commands.append(ChangeConfiguration(command.keys[0], "false"))
        else:
            words = "is read-only" if value and readonly else f"is {value or 'not known to it'}"
            turn.note(Level.INFO, None, f"{command.keys[0]} {words}: its refusal has another reason")


def configuration_changed(turn: Turn, event: Replied, command: ChangeConfiguration) -> bool:
    """The answer to a key that the bridge has written of its own accord. False: it is none of these."""
    if profiles.answered(turn, event, command):
        return True
    if command.key != Question.AUTHORIZE_REMOTE.value:
        return False
    word = event.status or event.detail or event.outcome.value
    turn.note(Level.WARNING, None, f"{command.key} was set to false so that it takes remote starts: {word}")
    return True


def _may_ask(charger: Charger) -> Flags:
    """The flags of what may be asked: of a charger that is to be left in peace nothing is (row K11)."""
    return _NOTHING if charger.settings.quiet else charger.flags


def _trigger(turn: Turn, requested: str, connector: ConnectorId | None = None) -> None:
    turn.commands.append(TriggerMessage(requested, connector))
    turn.charger = replace(turn.charger, triggered_at_s=turn.now.monotonic_s)


def _derived(connector: Connector) -> Connector:
    """The state of a connector of which the charger says nothing: what its transaction and meter show."""
    if connector.transaction is not None or (connector.reading.current_a or 0.0) > 0:
        return replace(connector, status=ConnectorStatus.CHARGING, fresh=True)
    return replace(connector, fresh=connector.status is not None)
