"""Between one phase and all: nothing flows while they are switched, and a charger that refuses stays as it is wired.

How often it may be done is the site's to guard; a charger that cannot is remembered by its firmware.
"""

from typing import Final

from knx_ocpp_bridge.core import abilities
from knx_ocpp_bridge.core.abilities import NO, PHASE_SWITCHING
from knx_ocpp_bridge.core.commands import GetConfiguration, SetProfile
from knx_ocpp_bridge.core.connector import Connector, Reminder
from knx_ocpp_bridge.core.events import Outcome, Replied
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.state import Charger, Question
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.turn import Turn, with_reminder, without
from knx_ocpp_bridge.core.watch import PhaseChange

_NOTHING_FLOWS_WITHIN_S: Final = 30.0
_GIVEN_UP_AFTER_S: Final = 120.0
_FLOWS_FROM_A: Final = 1.0


def can_switch(charger: Charger, connector: Connector) -> bool:
    """By the configuration, and as far as this firmware is known."""
    return connector.settings.can_switch_phases and charger.abilities.get(PHASE_SWITCHING) != NO


def look(turn: Turn, connector: Connector) -> Connector:
    """The connector on its way to the phases that are wanted of it."""
    change = connector.phase_change
    wanted = connector.phases_wanted if can_switch(turn.charger, connector) else None
    if wanted == change.phases or (wanted is not None and wanted == change.declined):
        return connector if change.begun_at_s is None else _done(connector, change.phases)
    _ask_whether_it_can(turn, connector)
    if change.begun_at_s is not None:
        return _done(connector, wanted) if _is_at_rest(connector) else connector
    if not _flows(connector):
        return _done(connector, wanted)
    now_s = turn.now.monotonic_s
    words = "all phases" if wanted is None else "one phase" if wanted == 1 else f"{wanted} phases"
    turn.note(Level.INFO, connector.id, f"it changes to {words}: 0 A until nothing flows")
    reminders = with_reminder(connector.reminders, Reminder.PHASES, now_s + _NOTHING_FLOWS_WITHIN_S)
    return replace(connector, phase_change=replace(change, begun_at_s=now_s), reminders=reminders)


def waited(turn: Turn, connector: Connector) -> None:
    """Nothing should flow by now; where 0 A is not even confirmed it is waited for a while longer, then given up."""
    change, now_s = connector.phase_change, turn.now.monotonic_s
    if change.begun_at_s is None:
        return
    if connector.in_force_a == 0.0:
        turn.put(_done(connector, connector.phases_wanted))
    elif now_s < change.begun_at_s + _GIVEN_UP_AFTER_S:
        reminders = with_reminder(connector.reminders, Reminder.PHASES, now_s + _NOTHING_FLOWS_WITHIN_S)
        turn.put(replace(connector, reminders=reminders))
    else:
        turn.note(Level.WARNING, connector.id, "its phases are not switched: it has not confirmed 0 A")
        given_up = PhaseChange(change.phases, declined=connector.phases_wanted)
        turn.put(replace(connector, phase_change=given_up))


def answered(turn: Turn, event: Replied, command: SetProfile) -> None:
    """A refusal of `numberPhases` is an ability of this firmware; it is told its limits without from now on."""
    refused = event.outcome is Outcome.FAILED or (event.outcome is Outcome.ANSWERED and event.status != "Accepted")
    if not refused or not command.number_phases or command.limit == 0:
        return
    for connector in turn.outlets():
        if command.number_phases != connector.phase_change.phases or not can_switch(turn.charger, connector):
            continue
        if command.number_phases in {connector.tx.phases, connector.default.phases}:
            continue  # it has taken this number before: it is something else that it refuses
        text = "the charger refuses to be told a number of phases: it stays as it is wired"
        turn.note(Level.WARNING, connector.id, text)
        slots = (replace(slot, rests_until_s=0.0, tries=0) for slot in (connector.tx, connector.default))
        tx, default = slots
        turn.put(replace(connector, tx=tx, default=default))
        abilities.learn(turn, PHASE_SWITCHING, NO)


def key_answered(turn: Turn, event: Replied) -> None:
    """ConnectorSwitch3to1PhaseSupported (OCPP 1.6 ed. 2 section 9.4)."""
    value, _ = abilities.configuration(event.detail).get(Question.PHASES.value.casefold(), ("", True))
    if value.strip().casefold() == "false":
        turn.note(Level.WARNING, None, f"{Question.PHASES.value} is false: its phases are not switched")
        abilities.learn(turn, PHASE_SWITCHING, NO)


def _ask_whether_it_can(turn: Turn, connector: Connector) -> None:
    charger = turn.charger
    if connector.phases_wanted is None or Question.PHASES in charger.asked or charger.settings.quiet:
        return
    if charger.link is None or not charger.registered or charger.ready_at_s is not None:
        return
    turn.charger = replace(charger, asked=charger.asked | {Question.PHASES})
    turn.commands.append(GetConfiguration((Question.PHASES.value,)))


def _done(connector: Connector, phases: int | None) -> Connector:
    reminders = without(connector.reminders, Reminder.PHASES)
    return replace(connector, phase_change=PhaseChange(phases), reminders=reminders)


def _flows(connector: Connector) -> bool:
    charges = connector.transaction is not None or connector.charges_freely
    return charges and (connector.status is ConnectorStatus.CHARGING or _draws(connector))


def _is_at_rest(connector: Connector) -> bool:
    watch = connector.watch
    if connector.in_force_a != 0.0:
        return False
    if connector.fresh and connector.status is not ConnectorStatus.CHARGING:
        return True
    return watch.measured_at_s is not None and watch.measured_at_s >= watch.since_s and not _draws(connector)


def _draws(connector: Connector) -> bool:
    return (connector.reading.current_a or 0.0) > _FLOWS_FROM_A
