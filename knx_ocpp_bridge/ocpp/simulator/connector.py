"""One outlet of the simulated charger: its cable, its car, its transaction, and the status that follows."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus

from knx_ocpp_bridge.ocpp.simulator.records import Record

MINIMUM_A: Final = 6.0
"""Below this the charger pauses (IEC 61851-1)."""
_BATTERY_WH: Final = 60_000
_PLUGGED_IN_AT: Final = 40.0
_FULL: Final = 100.0


class Appetite(Enum):
    """What the car wants."""

    CHARGES = "charges"
    WAITS = "waits"


@dataclass(slots=True)
class Transaction:
    """One transaction of this charger; `id` is None until the Central System has given it a number."""

    connector: int
    id_tag: str
    meter_start_wh: int
    started_at: datetime
    id: int | None = None
    parent: str = ""
    record: Record = field(default_factory=Record)
    """What goes along with its end."""


@dataclass(slots=True)
class Authorized:
    """A card or a remote start that waits for the cable."""

    id_tag: str
    until: datetime
    parent: str = ""


@dataclass(slots=True)
class Reservation:
    """ReserveNow.req of OCPP 1.6 ed. 2 section 6."""

    id: int
    id_tag: str
    expiry: datetime
    parent: str = ""


@dataclass(slots=True)
class Connector:
    """One outlet. Currents in A per phase, energy in Wh."""

    id: int
    plugged: bool = False
    served: bool = False
    """A transaction has ended since the cable was plugged in."""
    appetite: Appetite = Appetite.CHARGES
    full_at_wh: float | None = None
    """The car stops when it has taken this much; None: it never does."""
    taken_wh: float = 0.0
    meter_wh: float = 0.0
    error: ChargePointErrorCode = ChargePointErrorCode.no_error
    info: str = ""
    vendor_error_code: str = ""
    operative: bool = True
    inoperative_next: bool = False
    """ChangeAvailability was Scheduled."""
    transaction: Transaction | None = None
    authorized: Authorized | None = None
    reservation: Reservation | None = None
    metered_at: datetime | None = None

    @property
    def soc(self) -> float | None:
        """State of charge of the car in percent; None: no car. Whoever is to be full at some energy is full then."""
        if not self.plugged:
            return None
        if self.full_at_wh is not None:
            return max(0.0, min(_FULL, _FULL - (self.full_at_wh - self.taken_wh) / _BATTERY_WH * _FULL))
        return min(_FULL, _PLUGGED_IN_AT + self.taken_wh / _BATTERY_WH * _FULL)

    @property
    def began(self) -> datetime | None:
        """When the open transaction did; None: there is none."""
        return None if self.transaction is None else self.transaction.started_at

    def car_wants_energy(self) -> bool:
        """Whether a car is there and would draw current if it were allowed to."""
        hungry = self.full_at_wh is None or self.taken_wh < self.full_at_wh
        return self.plugged and self.appetite is Appetite.CHARGES and hungry

    def current_a(self, limit_a: float, car_a: float) -> float:
        """What flows per phase at this limit."""
        faulted = self.error is not ChargePointErrorCode.no_error
        if self.transaction is None or faulted or limit_a < MINIMUM_A or not self.car_wants_energy():
            return 0.0
        return min(limit_a, car_a)

    def status(self, limit_a: float) -> ChargePointStatus:
        """The status of OCPP 1.6 ed. 2 section 4.9 that follows from all of it."""
        if self.error is not ChargePointErrorCode.no_error:
            return ChargePointStatus.faulted
        if self.transaction is not None:
            if limit_a < MINIMUM_A:
                return ChargePointStatus.suspended_evse
            return ChargePointStatus.charging if self.car_wants_energy() else ChargePointStatus.suspended_ev
        if not self.operative:
            return ChargePointStatus.unavailable
        if self.reservation is not None and self.authorized is None:
            return ChargePointStatus.reserved
        if self.plugged and self.served and self.authorized is None:
            return ChargePointStatus.finishing
        if self.plugged or self.authorized is not None:
            return ChargePointStatus.preparing
        return ChargePointStatus.available

    def objection(self, id_tag: str, parent: str) -> str:
        """Why this accepted card may not charge here now; empty: it may."""
        if not self.operative or self.error is not ChargePointErrorCode.no_error:
            return "out of order"
        reserved = self.reservation
        if reserved is None or id_tag == reserved.id_tag or (parent and parent == reserved.parent):
            return ""
        return "reserved for somebody else"

    def expire(self, now: datetime) -> list[str]:
        """Give up what has waited too long; a sentence for each."""
        said = []
        if self.authorized is not None and now >= self.authorized.until:
            self.authorized = None
            said.append(f"connector {self.id}: nobody plugged in in time")
        if self.reservation is not None and now >= self.reservation.expiry:
            self.reservation = None
            said.append(f"connector {self.id}: the reservation has expired")
        return said
