"""What people see most, in words: tables by the numbers of the standards, translated where they are shown."""

from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus, ErrorCode, LimitReason


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


STATUS: Final[Mapping[ConnectorStatus, str]] = {
    ConnectorStatus.AVAILABLE: _("Available"),
    ConnectorStatus.PREPARING: _("Plugged in"),
    ConnectorStatus.CHARGING: _("Charging"),
    ConnectorStatus.SUSPENDED_EV: _("Paused by the car"),
    ConnectorStatus.SUSPENDED_EVSE: _("Paused by the charger"),
    ConnectorStatus.FINISHING: _("Ended"),
    ConnectorStatus.RESERVED: _("Reserved"),
    ConnectorStatus.UNAVAILABLE: _("Out of service"),
    ConnectorStatus.FAULTED: _("Fault"),
}
"""In a word or two."""

SENTENCES: Final[Mapping[ConnectorStatus, str]] = {
    ConnectorStatus.AVAILABLE: _("No car is plugged in."),
    ConnectorStatus.PREPARING: _("A car is plugged in, and nobody has started it yet."),
    ConnectorStatus.CHARGING: _("The car is charging."),
    ConnectorStatus.SUSPENDED_EV: _("The car takes nothing at present: it is full, or it waits."),
    ConnectorStatus.SUSPENDED_EVSE: _("The charger gives nothing at present."),
    ConnectorStatus.FINISHING: _("The charge has ended; the cable is still plugged in."),
    ConnectorStatus.RESERVED: _("Reserved: nobody can start until it is freed."),
    ConnectorStatus.UNAVAILABLE: _("The connector was taken out of service."),
    ConnectorStatus.FAULTED: _("The charger reports a fault: %(error)s."),
}
"""What that means for whoever stands before it."""

LIMITED: Final[Mapping[LimitReason, str]] = {
    LimitReason.CONNECTOR_MAXIMUM: _("Limited to %(limit)s A, the most that this connector may take."),
    LimitReason.NORMAL_CURRENT: _("Charging with the normal current, up to %(limit)s A."),
    LimitReason.FAST_CURRENT: _("Charging with the fast current, up to %(limit)s A."),
    LimitReason.RECEIVED_LIMIT: _("Limited to %(limit)s A by the received limit."),
    LimitReason.RAISED_TO_THE_MINIMUM: _(
        "Charging with %(limit)s A: the limit that was received is below the minimum."
    ),
    LimitReason.STEPS_OF_THE_CHARGER: _("Limited to %(limit)s A, the nearest step that this charger knows."),
    LimitReason.CIRCUIT: _("Limited to %(limit)s A, its share of the circuit."),
    LimitReason.GRID_OPERATOR: _("Limited to %(limit)s A by the grid operator until released."),
    LimitReason.SCHEDULE: _("Charging as planned, with up to %(limit)s A."),
    LimitReason.SURPLUS: _("Charging with the sun, up to %(limit)s A."),
    LimitReason.TAG: _("Limited to %(limit)s A, the most for this card."),
    LimitReason.FAIL_SAFE: _(
        "Limited to %(limit)s A for safety: something that must be known is silent, or more could not be taken back."
    ),
    LimitReason.PEAK: _("Limited to %(limit)s A, to keep the peak of this quarter of an hour low."),
    LimitReason.UNBALANCED: _("Limited to %(limit)s A, so that the phases stay in balance."),
}
"""Of a car that charges."""

HELD: Final[Mapping[LimitReason, str]] = {
    LimitReason.PAUSED: _("Paused; it goes on when the pause is ended."),
    LimitReason.BELOW_THE_MINIMUM: _("Paused: the limit that was received is below the least a car can charge with."),
    LimitReason.CIRCUIT: _("Waiting for current in the circuit."),
    LimitReason.WAITING: _("Waiting for current in the circuit."),
    LimitReason.GRID_OPERATOR: _("Held by the grid operator until released."),
    LimitReason.SCHEDULE: _("Waiting: the plan charges later."),
    LimitReason.SURPLUS: _("Waiting for more sun."),
    LimitReason.FAIL_SAFE: _(
        "Held for safety: something that must be known is silent, or the current could not be taken back."
    ),
    LimitReason.SESSION_LIMIT: _("Paused: this session has had what it was to have."),
    LimitReason.PEAK: _("Paused, to keep the peak of this quarter of an hour low."),
    LimitReason.UNBALANCED: _("Paused, so that the phases stay in balance."),
    LimitReason.NOT_RELEASED: _("Waiting: the building has not released it."),
    LimitReason.DISOBEDIENCE: _("Held at 0 A: the charger does not keep to its limits."),
    LimitReason.WAKING: _("The current is off for a moment, to wake the car."),
    LimitReason.SWITCHING_PHASES: _("The current is off for a moment, to change the number of phases."),
}
"""Of a connector that is held at 0 A."""

WAITING: Final = _("Waiting")
HELD_IN_A_WORD: Final[Mapping[LimitReason, tuple[str, str]]] = {
    **dict.fromkeys(
        (
            LimitReason.CIRCUIT,
            LimitReason.WAITING,
            LimitReason.GRID_OPERATOR,
            LimitReason.FAIL_SAFE,
            LimitReason.PEAK,
            LimitReason.UNBALANCED,
        ),
        ("warn", WAITING),
    ),
    **dict.fromkeys(
        (
            LimitReason.SCHEDULE,
            LimitReason.SURPLUS,
            LimitReason.NOT_RELEASED,
            LimitReason.WAKING,
            LimitReason.SWITCHING_PHASES,
        ),
        ("info", WAITING),
    ),
    LimitReason.PAUSED: ("info", _("Paused")),
    LimitReason.SESSION_LIMIT: ("info", _("Paused")),
    LimitReason.DISOBEDIENCE: ("bad", _("Does not obey")),
}
"""The same as a badge with its tone, where it is the bridge that holds it back and not the charger."""

OFFLINE: Final = _("Offline")
OFFLINE_SINCE: Final = _("Offline since %(since)s.")
OFFLINE_SENTENCE: Final = _("Offline: the charger is not connected.")
UNHEARD: Final = _("Not heard of")
UNHEARD_SENTENCE: Final = _("Not heard of since the bridge was started.")
UNTOLD: Final = _("Unknown")
UNTOLD_SENTENCE: Final = _("The charger has not told the state of this connector yet.")
ARMED: Final = _("Armed")
ARMED_SENTENCE: Final = _("Armed: plug in within %(left)s.")
STARTING_SENTENCE: Final = _("The start is on its way to the charger.")
NOT_ACCEPTED: Final = _("The card was refused; the charger should stop by itself.")

ERRORS: Final[Mapping[ErrorCode, str]] = {
    ErrorCode.NO_ERROR: _("it does not say which"),
    ErrorCode.CONNECTOR_LOCK_FAILURE: _("the cable cannot be locked or released"),
    ErrorCode.EV_COMMUNICATION_ERROR: _("it cannot talk to the car"),
    ErrorCode.GROUND_FAILURE: _("the residual current device has tripped"),
    ErrorCode.HIGH_TEMPERATURE: _("it is too hot"),
    ErrorCode.INTERNAL_ERROR: _("an internal error"),
    ErrorCode.LOCAL_LIST_CONFLICT: _("its list of cards contradicts the bridge's"),
    ErrorCode.OTHER_ERROR: _("something that OCPP has no word for"),
    ErrorCode.OVER_CURRENT_FAILURE: _("the car takes too much current"),
    ErrorCode.OVER_VOLTAGE: _("the voltage is too high"),
    ErrorCode.POWER_METER_FAILURE: _("its meter cannot be read"),
    ErrorCode.POWER_SWITCH_FAILURE: _("its power switch does not work"),
    ErrorCode.READER_FAILURE: _("its card reader does not work"),
    ErrorCode.RESET_FAILURE: _("it could not restart"),
    ErrorCode.UNDER_VOLTAGE: _("the voltage is too low"),
    ErrorCode.WEAK_SIGNAL: _("its wireless signal is weak"),
}
"""What is wrong (OCPP 1.6 ed. 2 section 7.6), to stand behind a colon."""

RESULTS: Final[Mapping[CommandResult, str]] = {
    CommandResult.ACCEPTED: _("Done."),
    CommandResult.REJECTED: _("The charger refused it."),
    CommandResult.NOT_SUPPORTED: _("This charger cannot do that."),
    CommandResult.TIMED_OUT: _("The charger did not do it in time."),
    CommandResult.OFFLINE: _("The charger is offline."),
    CommandResult.NOT_ALLOWED_NOW: _("That is not possible now."),
}
"""How a command ended."""

COMMANDS: Final[Mapping[str, str]] = {
    "charging": _("Start or stop"),
    "pause": _("Pause"),
    "fast_charging": _("Normal or fast"),
    "charge_mode": _("Charge mode"),
    "session_limit_energy": _("Limit of the session"),
    "session_limit_duration": _("Limit of the session"),
    "session_limit_soc": _("Limit of the session"),
    "goal_energy": _("Goal"),
    "goal_soc": _("Goal"),
    "goal_time": _("Goal"),
    "max_current": _("Limit"),
    "unlock": _("Unlock"),
    "reservation": _("Reservation"),
}
"""What is commanded at a connector, by the key of its object."""

REASONS: Final[Mapping[str, str]] = {
    "DeAuthorized": _("card no longer valid"),
    "EmergencyStop": _("emergency stop"),
    "EVDisconnected": _("car unplugged"),
    "HardReset": _("hard restart"),
    "Local": _("at the charge point"),
    "Other": _("another reason"),
    "PowerLoss": _("power cut"),
    "Reboot": _("restart of the charge point"),
    "Remote": _("remote command"),
    "SoftReset": _("soft restart"),
    "UnlockCommand": _("unlocked"),
}
"""Why a transaction ended (OCPP 1.6 ed. 2 section 7.37)."""

NUMBERS: Final[Mapping[str, str]] = {
    "no error": _("no error"),
    "off": _("Off"),
    "normal": _("Normal"),
    "fast": _("Fast"),
    "accepted": _("accepted"),
    "rejected": _("rejected"),
    "not supported": _("not supported"),
    "timed out": _("timed out"),
    "offline": _("Offline"),
    "not allowed now": _("not allowed now"),
    "connector maximum": _("maximum of the connector"),
    "normal current": _("normal current"),
    "fast current": _("fast current"),
    "received limit": _("received limit"),
    "paused": _("paused"),
    "below the minimum": _("below the minimum"),
    "raised to the minimum": _("raised to the minimum"),
    "steps of the charger": _("steps of the charger"),
    "surplus": _("Sun"),
    "minimum and surplus": _("Minimum and sun"),
    "scheduled": _("Plan"),
    "circuit": _("circuit"),
    "waiting": _("waiting"),
    "grid operator": _("grid operator"),
    "schedule": _("plan"),
    "tag": _("card"),
    "fail safe": _("safety"),
    "session limit": _("limit of the session"),
    "peak": _("peak"),
    "unbalanced": _("balance of the phases"),
    "not released": _("not released"),
    "disobedience": _("does not obey"),
    "waking": _("wakes the car"),
    "switching phases": _("changes the phases"),
}
"""What stands beside a number of an object, as the group monitor has it."""

PHRASES: Final = (
    _("Bad Request"),
    _("Unauthorized"),
    _("Forbidden"),
    _("Not Found"),
    _("Method Not Allowed"),
    _("Content Too Large"),
    _("Request Entity Too Large"),
    _("Too Many Requests"),
    _("Service Unavailable"),
    _("Internal Server Error"),
)
"""Of HTTP (RFC 9110 section 15), as a page that was refused shows them."""
