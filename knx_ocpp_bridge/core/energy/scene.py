"""What is seen of the site at one moment: everything that a rule about energy may look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from knx_ocpp_bridge.core.energy.terms import NO_LIMITS, OutletKey, SessionLimits
from knx_ocpp_bridge.core.inputs import InputKey, Reading
from knx_ocpp_bridge.core.metering import ByPhase
from knx_ocpp_bridge.core.status import ChargeMode, ConnectorStatus
from knx_ocpp_bridge.core.values import Moment, TransactionId


@dataclass(frozen=True, slots=True)
class Goal:
    """What somebody wants of the running session, or of the next one."""

    energy_wh: int | None = None
    """Into the car since it was plugged in; None: `soc` counts, or as much as it takes."""
    soc: float | None = None
    ready_minute: int | None = None
    """Minute of the local day by which it is to be done; None: the weekly plan says when."""


NO_GOAL = Goal()


@dataclass(frozen=True, slots=True)
class OutletView:
    """One outlet. Currents are A per phase, times of the monotonic clock in s."""

    key: OutletKey
    online: bool
    """Its charger is connected, admitted, and has said what it is doing."""
    status: ConnectorStatus | None
    plugged: bool
    """A car is there; where nobody knows, it is not."""
    charging: bool
    """A transaction is open (or, for a charger that opens none, current may flow)."""
    mode: ChargeMode
    """What is wanted of it: by the card of this session, by whoever chose a mode, or by the configuration."""
    base_a: float
    """What everybody but the rules of this package allows: mode normal or fast, the received limit, the connector's
    maximum; 0 while it is paused or off. In the modes 3 to 5 as in fast."""
    in_force_a: float | None
    """What the charger has confirmed for what flows now; None: nobody knows."""
    promised_a: float
    """The most that it may draw by what it was told and may still hold: confirmed, not answered yet, or a lease that
    has not run out. Where nothing is known, its maximum."""
    resting_a: float | None
    """What it has confirmed for the time when nobody steers it; None: nothing."""
    leases: bool
    """It takes limits that end by themselves; else `promised_a` stays when the bridge falls silent."""
    can_limit: bool
    disobeys: bool
    """More flows than it has accepted."""
    current_a: float | None = None
    """Measured: the largest of its phases."""
    currents_a: ByPhase | None = None
    """Measured, as the charger names its phases."""
    measured_at_s: float | None = None
    power_w: float | None = None
    session: TransactionId | None = None
    """The first transaction since the cable was plugged in: another one is another session."""
    session_wh: int = 0
    session_s: float = 0.0
    soc: float | None = None
    limits: SessionLimits = NO_LIMITS
    """What somebody has set for this session."""
    goal: Goal = NO_GOAL
    tag_limit_a: float | None = None
    """Of the card that charges."""
    phases_in_force: int | None = None
    """The `numberPhases` that it has confirmed; None: as wired."""
    since: datetime | None = None
    """When the session began, UTC."""


@dataclass(frozen=True, slots=True)
class PriceSlot:
    """Energy costs this much from `begins` until `ends` (UTC), in the currency of the site for each kWh."""

    begins: datetime
    ends: datetime
    price: float


@dataclass(frozen=True, slots=True)
class Scene:
    """The whole site now."""

    now: Moment
    outlets: Mapping[OutletKey, OutletView]
    readings: Mapping[InputKey, Reading] = field(default_factory=dict)
    """The inputs that are bound, as they stand (`core.inputs`)."""
    prices: tuple[PriceSlot, ...] = ()
    """What was told, in order of time, without overlaps."""
    started_at_s: float = 0.0
    """When the bridge was started, monotonic."""


class Evidence(Enum):
    """What is written down of an order of the grid operator."""

    ORDERED = "ordered"
    SENT = "sent"
    CONFIRMED = "confirmed"
    ESCALATED = "escalated"
    """Not confirmed in time: stronger means were used."""
    RELEASED = "released"
    UNKNOWN = "unknown"
    """Its signal has fallen silent, or the bridge was away: the last order counts on."""
