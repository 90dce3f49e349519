"""What the charger said to a call of ours."""

from dataclasses import replace
from typing import Final

from knx_ocpp_bridge.core import profiles, starting
from knx_ocpp_bridge.core.commands import (
    ChangeAvailability,
    ChangeConfiguration,
    ClearProfile,
    Command,
    DataTransfer,
    GetConfiguration,
    RemoteStart,
    RemoteStop,
    ReserveNow,
    SetProfile,
    TriggerMessage,
)
from knx_ocpp_bridge.core.connector import Alarm, Connector
from knx_ocpp_bridge.core.events import Outcome, Replied
from knx_ocpp_bridge.core.state import Errand
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.turn import Turn, with_alarm
from knx_ocpp_bridge.core.values import CHARGE_POINT
from knx_ocpp_bridge.core.wishes import RESERVED_FOR

_GOOD: Final = frozenset({"Accepted", "Scheduled", "Unlocked"})
_RETRY_RENEWAL_S: Final = 60.0


def replied(turn: Turn, event: Replied) -> None:
    """The reply reaches whatever asked; one that nobody waits for changes nothing (row F12)."""
    command = event.command
    match command:
        case RemoteStart():
            for connector in turn.outlets():
                if connector.start is not None and command.connector in {None, connector.id}:
                    starting.start_answered(turn, connector, event)
                    return
        case RemoteStop():
            for connector in turn.outlets():
                if connector.stop is not None and connector.stop.transaction == command.transaction:
                    starting.stop_answered(turn, connector, event)
                    return
        case SetProfile():
            profiles.answered(turn, event, command)
        case GetConfiguration():
            profiles.unit_answered(turn, event)
        case ClearProfile() | TriggerMessage() | ChangeConfiguration() | DataTransfer():
            pass
        case _:
            _errand_done(turn, event, command)


def _errand_done(turn: Turn, event: Replied, command: Command) -> None:
    errand = next((one for one in turn.charger.errands if one.command == command), None)
    if errand is None:
        return
    errands = list(turn.charger.errands)
    errands.remove(errand)
    turn.charger = replace(turn.charger, errands=tuple(errands))
    connector = turn.connector(errand.connector)
    good = event.outcome is Outcome.ANSWERED and event.status in _GOOD
    if isinstance(command, ReserveNow) and not _reservation_done(turn, connector, errand, event, good=good):
        return
    if good:
        _unchanged_state_again(turn, connector, command)
        turn.succeed(connector.id, errand.number, event.status)
        return
    if isinstance(command, ChangeAvailability) and command.connector == CHARGE_POINT and event.status == "Rejected":
        _each_connector(turn, errand, command)
        return
    result = _result(event)
    turn.fail(connector.id, errand.key, errand.number, result, f"the charger answered {_word(event)}")


def _reservation_done(turn: Turn, connector: Connector, errand: Errand, event: Replied, *, good: bool) -> bool:
    """Keeps what the charger took on. Returns whether this was a command whose end is to be told."""
    renewal = connector.wishes.reserved
    now_s = turn.now.monotonic_s
    if good:
        alarms = with_alarm(connector.alarms, Alarm.RENEW, now_s + RESERVED_FOR.total_seconds() / 2)
        wishes = replace(connector.wishes, reserved=True)
        turn.keep(replace(connector, wishes=wishes, reserved=True, alarms=alarms))
    elif renewal and event.outcome is Outcome.NOT_SUPPORTED:
        turn.keep(replace(connector, wishes=replace(connector.wishes, reserved=False), reserved=False))
    elif renewal:
        alarms = with_alarm(connector.alarms, Alarm.RENEW, now_s + _RETRY_RENEWAL_S)
        turn.put(replace(connector, reserved=False, alarms=alarms))
        turn.note(Level.WARNING, connector.id, f"reservation not renewed: {_word(event)}; tried again in a minute")
    return bool(errand.number) or not renewal


def _unchanged_state_again(turn: Turn, connector: Connector, command: Command) -> None:
    """An accepted command that changes nothing says the state again; else the state follows the report."""
    if not isinstance(command, ChangeAvailability):
        return
    said = connector.said.get("availability")
    if said is not None and said == command.operative:
        turn.again.add((connector.id, "availability"))


def _each_connector(turn: Turn, errand: Errand, command: ChangeAvailability) -> None:
    """Row B18: a charger that refuses connector 0 is asked for each of its connectors."""
    number = errand.number
    for connector in turn.outlets():
        each = ChangeAvailability(connector.id, command.operative)
        turn.charger = replace(
            turn.charger, errands=(*turn.charger.errands, Errand(CHARGE_POINT, errand.key, number, each))
        )
        turn.commands.append(each)
        number = 0


def _result(event: Replied) -> CommandResult:
    match event.outcome:
        case Outcome.NOT_SUPPORTED:
            return CommandResult.NOT_SUPPORTED
        case Outcome.TIMED_OUT:
            return CommandResult.TIMED_OUT
        case Outcome.LOST:
            return CommandResult.OFFLINE
        case Outcome.ANSWERED | Outcome.FAILED:
            return CommandResult.NOT_SUPPORTED if event.status == "NotSupported" else CommandResult.REJECTED


def _word(event: Replied) -> str:
    return event.status or event.detail or event.outcome.value
