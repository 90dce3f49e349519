"""Any operation of OCPP, asked for by a person: sent as it was written, and its answer given back as it came."""

from typing import Final

from knx_ocpp_bridge.core import by_hand
from knx_ocpp_bridge.core.commands import Call
from knx_ocpp_bridge.core.events import CallAsked, Outcome, Replied
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.setpoints import unreachable
from knx_ocpp_bridge.core.settings import Registration
from knx_ocpp_bridge.core.state import Errand, Waiter
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.values import CHARGE_POINT

MOST_CALLS: Final = 16
KEY: Final = "call"
"""`Errand.key` of calls: no group object has this name."""
_RESULTS: Final = {
    Outcome.NOT_SUPPORTED: CommandResult.NOT_SUPPORTED,
    Outcome.FAILED: CommandResult.REJECTED,
    Outcome.TIMED_OUT: CommandResult.TIMED_OUT,
    Outcome.LOST: CommandResult.OFFLINE,
}
_TRIGGER: Final = "ExtendedTriggerMessage"
_CERTIFICATE: Final = "SignChargePointCertificate"
SIGNS_FOR_S: Final = 120.0
"""For so long after somebody asked for it, a certificate request of the charger is signed."""
_REFUSALS: Final = frozenset(
    {"Rejected", "Failed", "VersionMismatch", "UnlockFailed", "Faulted", "Occupied", "Unavailable"}
)
_NOT_REPEATED: Final = "AuthorizationKey"
_LONGEST_WORD: Final = 32
_NOT_KNOWN: Final = frozenset({"NotSupported", "NotImplemented"})


def asked(turn: Turn, event: CallAsked) -> None:
    """The call goes to the charger if it is there, whatever its registration: a person asked for it."""
    if turn.charger.link is None:
        turn.verdict(event.number, CommandResult.OFFLINE, unreachable(turn.charger))
        return
    if turn.charger.settings.registration is Registration.REJECTED:
        # OCPP 1.6 ed. 2 section 4.2: a rejected charge point may not be sent anything.
        turn.verdict(event.number, CommandResult.NOT_ALLOWED_NOW, "its registration is rejected")
        return
    waiting = sum(errand.key == KEY for errand in turn.charger.errands)
    if waiting >= MOST_CALLS:
        reason = f"{MOST_CALLS} calls are waiting for this charger already"
        turn.verdict(event.number, CommandResult.NOT_ALLOWED_NOW, reason)
        return
    turn.note(Level.INFO, None, f"{event.command.action} from {event.origin.value}")
    if event.command.action == _TRIGGER and _CERTIFICATE in event.command.payload:
        turn.charger = replace(turn.charger, signs_until_s=turn.now.monotonic_s + SIGNS_FOR_S)
    errand = Errand(CHARGE_POINT, KEY, event.command, (Waiter(CHARGE_POINT, event.number),), sent=True)
    turn.charger = replace(turn.charger, errands=(*turn.charger.errands, errand))
    turn.commands.append(event.command)


def answered(turn: Turn, event: Replied, command: Call) -> None:
    """What the charger said, word for word, to whoever asked."""
    errand = next((one for one in turn.charger.errands if one.command is command or one.command == command), None)
    if errand is None:
        return
    errands = list(turn.charger.errands)
    errands.remove(errand)
    turn.charger = replace(turn.charger, errands=tuple(errands))
    result = _RESULTS.get(event.outcome, CommandResult.ACCEPTED)
    if event.outcome is Outcome.ANSWERED and event.status in _REFUSALS:
        result = CommandResult.REJECTED
    if event.outcome is Outcome.ANSWERED and event.status in _NOT_KNOWN:
        result = CommandResult.NOT_SUPPORTED
    if event.outcome is Outcome.ANSWERED:
        by_hand.answered(turn, command, event.status)
    reason = event.status or (event.outcome.value if event.outcome is Outcome.ANSWERED else event.detail)
    answer = event.detail if event.outcome is Outcome.ANSWERED else ""
    told = one_word(event) if _NOT_REPEATED in command.payload else reason or event.outcome.value
    turn.note(Level.INFO, None, f"{command.action}: {told}")
    for waiter in errand.waiters:
        turn.verdict(waiter.number, result, reason or event.outcome.value, answer)


def one_word(event: Replied) -> str:
    """How a charger answered, for the log: what is no word may repeat the password that it was told."""
    told_by_it = event.outcome in {Outcome.ANSWERED, Outcome.NOT_SUPPORTED, Outcome.FAILED}
    if not told_by_it:
        return event.status or event.detail or event.outcome.value
    word = event.status.isalpha() and len(event.status) <= _LONGEST_WORD
    return event.status if word else event.outcome.value


def lost(turn: Turn, errands: tuple[Errand, ...], reason: str) -> None:
    """Whoever waits for a call on a link that is gone is told so."""
    for errand in errands:
        for waiter in errand.waiters if errand.key == KEY else ():
            turn.verdict(waiter.number, CommandResult.OFFLINE, reason)
