"""Identifiers, quantities and time as the core sees them."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, NewType

ChargerId = NewType("ChargerId", str)
"""The charge point's identity: the last part of the URL it dials, spelled as in the configuration."""

ConnectorId = NewType("ConnectorId", int)
"""1, 2, ... is an outlet; 0 is the charge point itself (OCPP 1.6 ed. 2 section 2)."""

TransactionId = NewType("TransactionId", int)
IdTag = NewType("IdTag", str)

LinkNumber = NewType("LinkNumber", int)
"""Numbers every WebSocket of this process in order of opening: the higher one is the newer one."""

CHARGE_POINT: Final = ConnectorId(0)

Value = bool | int | float | str | datetime
"""What a group object can say: currents in A, power in W, energy in Wh, durations in s, times in UTC."""


class Clock(Enum):
    """How far the bridge's own wall clock can be believed."""

    SANE = "sane"
    WAITING = "waiting"
    """Not sane yet; a charger that boots is asked to wait."""
    UNKNOWN = "unknown"
    """Not sane, and waited for long enough: chargers are served, times are held back."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of both clocks. Deadlines are on `monotonic_s`; people and chargers read `utc`."""

    monotonic_s: float
    utc: datetime
    clock: Clock = Clock.SANE
