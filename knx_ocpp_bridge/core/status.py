"""Connector states, error codes and results: the numbers a panel shows, and what each state implies."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class ConnectorStatus(IntEnum):
    """ChargePointStatus of OCPP 1.6 ed. 2 section 7; the value is the one of DPT 5.010 on the bus."""

    AVAILABLE = 0
    PREPARING = 1
    CHARGING = 2
    SUSPENDED_EV = 3
    SUSPENDED_EVSE = 4
    FINISHING = 5
    RESERVED = 6
    UNAVAILABLE = 7
    FAULTED = 8


class ErrorCode(IntEnum):
    """ChargePointErrorCode of OCPP 1.6 ed. 2 section 7; the value is the one of DPT 5.010 on the bus."""

    NO_ERROR = 0
    CONNECTOR_LOCK_FAILURE = 1
    EV_COMMUNICATION_ERROR = 2
    GROUND_FAILURE = 3
    HIGH_TEMPERATURE = 4
    INTERNAL_ERROR = 5
    LOCAL_LIST_CONFLICT = 6
    OTHER_ERROR = 7
    OVER_CURRENT_FAILURE = 8
    OVER_VOLTAGE = 9
    POWER_METER_FAILURE = 10
    POWER_SWITCH_FAILURE = 11
    READER_FAILURE = 12
    RESET_FAILURE = 13
    UNDER_VOLTAGE = 14
    WEAK_SIGNAL = 15


class StopReason(IntEnum):
    """Reason of OCPP 1.6 ed. 2 section 7, numbered as on the bus."""

    DE_AUTHORIZED = 0
    EMERGENCY_STOP = 1
    EV_DISCONNECTED = 2
    HARD_RESET = 3
    LOCAL = 4
    OTHER = 5
    POWER_LOSS = 6
    REBOOT = 7
    REMOTE = 8
    SOFT_RESET = 9
    UNLOCK_COMMAND = 10


def ocpp_word(value: ConnectorStatus | ErrorCode | StopReason) -> str:
    """As OCPP 1.6 ed. 2 section 7 spells it, e.g. SuspendedEV."""
    return "".join(word if word in {"EV", "EVSE"} else word.capitalize() for word in value.name.split("_"))


class CommandResult(IntEnum):
    """What became of a command: the value of the object `command_result` (DPT 5.010)."""

    ACCEPTED = 0
    REJECTED = 1
    NOT_SUPPORTED = 2
    TIMED_OUT = 3
    OFFLINE = 4
    NOT_ALLOWED_NOW = 5


class ChargeMode(IntEnum):
    """How a car is to be charged: the value of the object `charge_mode` (DPT 5.010)."""

    OFF = 0
    NORMAL = 1
    FAST = 2
    SURPLUS = 3
    MINIMUM_AND_SURPLUS = 4
    SCHEDULED = 5


NEEDS_LOAD_MANAGEMENT: Final = frozenset({ChargeMode.SURPLUS, ChargeMode.MINIMUM_AND_SURPLUS, ChargeMode.SCHEDULED})
"""Modes in which the energy of the site decides how much flows, and when."""


class LimitReason(IntEnum):
    """What the current limit in force comes from: the value of the object `limit_reason` (DPT 5.010)."""

    CONNECTOR_MAXIMUM = 0
    NORMAL_CURRENT = 1
    FAST_CURRENT = 2
    RECEIVED_LIMIT = 3
    PAUSED = 4
    BELOW_THE_MINIMUM = 5
    RAISED_TO_THE_MINIMUM = 6
    STEPS_OF_THE_CHARGER = 7
    CIRCUIT = 8
    """Its share of a circuit."""
    WAITING = 9
    """Held back: the circuit is too small for all who want to charge."""
    GRID_OPERATOR = 10
    SCHEDULE = 11
    SURPLUS = 12
    TAG = 13
    """Of the card that charges."""
    FAIL_SAFE = 14
    """Something that is needed to know more is missing: a meter, the bus, a charger after a start."""
    SESSION_LIMIT = 15
    """The session has had its energy, time, percent or money."""
    PEAK = 16
    UNBALANCED = 17
    NOT_RELEASED = 18
    """The input `release` is 0."""
    DISOBEDIENCE = 19
    """The charger did not keep to a limit and is held at 0 A."""
    WAKING = 20
    """0 A for a moment, so that a car that sleeps wakes up."""
    SWITCHING_PHASES = 21
    """0 A while it changes between one phase and all."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a connector state implies for the building."""

    plugged: bool
    active: bool
    """Energy flows, or would flow if car and charger allowed it."""
    startable: bool
    """A remote start may be sent (Available has its own rule: the wish waits for the cable)."""


MEANING: Final[dict[ConnectorStatus, Meaning]] = {
    ConnectorStatus.AVAILABLE: Meaning(plugged=False, active=False, startable=True),
    ConnectorStatus.PREPARING: Meaning(plugged=True, active=False, startable=True),
    ConnectorStatus.CHARGING: Meaning(plugged=True, active=True, startable=True),
    ConnectorStatus.SUSPENDED_EV: Meaning(plugged=True, active=True, startable=True),
    ConnectorStatus.SUSPENDED_EVSE: Meaning(plugged=True, active=True, startable=True),
    ConnectorStatus.FINISHING: Meaning(plugged=True, active=False, startable=True),
    ConnectorStatus.RESERVED: Meaning(plugged=False, active=False, startable=False),
    ConnectorStatus.UNAVAILABLE: Meaning(plugged=False, active=False, startable=False),
    ConnectorStatus.FAULTED: Meaning(plugged=False, active=False, startable=False),
}
