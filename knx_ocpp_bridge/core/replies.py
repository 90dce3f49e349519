"""What the charger said to a call of ours."""

from typing import Final

from knx_ocpp_bridge.core import (
    abilities,
    asking,
    calls,
    escalation,
    local_list,
    phase_switching,
    profiles,
    securing,
    starting,
    stopping,
)
from knx_ocpp_bridge.core.commands import (
    AskForCertificateRequest,
    Call,
    CancelReservation,
    CertificateSigned,
    ChangeAvailability,
    ChangeConfiguration,
    ClearProfile,
    Command,
    DataTransfer,
    GetConfiguration,
    GetLocalListVersion,
    InstallCertificate,
    RemoteStart,
    RemoteStop,
    ReserveNow,
    SendLocalList,
    SetProfile,
    TriggerMessage,
)
from knx_ocpp_bridge.core.connector import Connector, Reminder
from knx_ocpp_bridge.core.events import Outcome, Replied
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.state import Errand
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.turn import Turn, with_reminder
from knx_ocpp_bridge.core.values import CHARGE_POINT
from knx_ocpp_bridge.core.wishes import RESERVED_FOR

_GOOD: Final = frozenset({"Accepted", "Scheduled", "Unlocked"})
_RETRY_RENEWAL_S: Final = 60.0


def replied(turn: Turn, event: Replied) -> None:  # noqa: C901, PLR0912 - one case for each kind of command
    """The reply reaches whatever asked; one that nobody waits for changes nothing (row F12)."""
    command = event.command
    match command:
        case RemoteStart():
            _start_answered(turn, event, command)
        case RemoteStop():
            _stop_answered(turn, event, command)
        case SetProfile():
            profiles.answered(turn, event, command)
            phase_switching.answered(turn, event, command)
        case GetConfiguration(keys=local_list.KEYS) | GetLocalListVersion() | SendLocalList():
            local_list.answered(turn, event, command)
        case GetConfiguration():
            asking.configuration_answered(turn, event, command)
        case TriggerMessage():
            asking.trigger_answered(turn, event, command)
        case ClearProfile() | DataTransfer():
            pass
        case Call():
            calls.answered(turn, event, command)
        case ChangeConfiguration():
            if not asking.configuration_changed(turn, event, command):
                securing.answered(turn, event, command)
        case ChangeAvailability():
            if not (profiles.answered(turn, event, command) or escalation.answered(turn, event, command)):
                _errand_done(turn, event, command)
        case InstallCertificate() | AskForCertificateRequest() | CertificateSigned():
            securing.answered(turn, event, command)
        case _:
            _errand_done(turn, event, command)


def _start_answered(turn: Turn, event: Replied, command: RemoteStart) -> None:
    for connector in turn.outlets():
        if connector.start is not None and command.connector in {None, connector.id}:
            starting.start_answered(turn, connector, event)
            return


def _stop_answered(turn: Turn, event: Replied, command: RemoteStop) -> None:
    for connector in turn.outlets():
        if connector.stop is not None and connector.stop.transaction == command.transaction:
            stopping.stop_answered(turn, connector, event)
            return


def _errand_done(turn: Turn, event: Replied, command: Command) -> None:
    errand = next((one for one in turn.charger.errands if one.sent and one.command == command), None)
    if errand is None:
        return
    errands = list(turn.charger.errands)
    errands.remove(errand)
    turn.charger = replace(turn.charger, errands=tuple(errands))
    abilities.learn_from(turn, event, command)
    connector = turn.connector(errand.connector)
    good = event.outcome is Outcome.ANSWERED and event.status in _GOOD
    if isinstance(command, ReserveNow):
        _reservation_done(turn, connector, event, good=good)
    elif isinstance(command, CancelReservation) and good:
        turn.keep(replace(connector, wishes=replace(connector.wishes, reserved=False), reserved=False))
    elif isinstance(command, ChangeAvailability) and good:
        _unchanged_state_again(turn, connector, command)
    elif (
        isinstance(command, ChangeAvailability)
        and command.connector == CHARGE_POINT
        and _each_connector(turn, errand, event, command)
    ):
        return
    for waiter in errand.waiters:
        if good:
            turn.succeed(waiter.connector, waiter.number, event.status)
        else:
            reason = f"the charger answered {_word(event)}"
            turn.fail(waiter.connector, errand.key, waiter.number, result_of(event), reason)


def _reservation_done(turn: Turn, connector: Connector, event: Replied, *, good: bool) -> None:
    """Keeps what the charger took on; a renewal that failed is tried again."""
    renewal = connector.wishes.reserved
    now_s = turn.now.monotonic_s
    if good:
        reminders = with_reminder(connector.reminders, Reminder.RENEW, now_s + RESERVED_FOR.total_seconds() / 2)
        wishes = replace(connector.wishes, reserved=True)
        turn.keep(replace(connector, wishes=wishes, reserved=True, reminders=reminders))
    elif renewal and event.outcome is Outcome.NOT_SUPPORTED:
        turn.keep(replace(connector, wishes=replace(connector.wishes, reserved=False), reserved=False))
        turn.note(Level.WARNING, connector.id, "reservation: this charger cannot reserve any more")
    elif renewal:
        reminders = with_reminder(connector.reminders, Reminder.RENEW, now_s + _RETRY_RENEWAL_S)
        turn.put(replace(connector, reserved=False, reminders=reminders))
        turn.note(Level.WARNING, connector.id, f"reservation not renewed: {_word(event)}; tried again in a minute")


def _unchanged_state_again(turn: Turn, connector: Connector, command: Command) -> None:
    """An accepted command that changes nothing says the state again; else the state follows the report."""
    if not isinstance(command, ChangeAvailability):
        return
    said = connector.said.get("availability")
    if said is not None and said == command.operative:
        turn.again.add((connector.id, "availability"))


def _each_connector(turn: Turn, errand: Errand, event: Replied, command: ChangeAvailability) -> bool:
    """Row B18: a charger that refuses connector 0 is asked for each of its connectors; the last one is waited for."""
    outlets = turn.outlets()
    if event.status != "Rejected" or not outlets:
        return False
    each = [ChangeAvailability(connector.id, command.operative) for connector in outlets]
    errands = [Errand(CHARGE_POINT, errand.key, one) for one in each[:-1]]
    errands.append(Errand(CHARGE_POINT, errand.key, each[-1], errand.waiters))
    turn.charger = replace(turn.charger, errands=(*turn.charger.errands, *errands))
    return True


def result_of(event: Replied) -> CommandResult:
    """The result of a command that was not accepted."""
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
