"""What the installer decided about the energy of the site, in the core's own words. Built by `config`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, time, tzinfo
from enum import Enum

from knx_ocpp_bridge.core.values import ChargerId, ConnectorId

OutletKey = tuple[ChargerId, ConnectorId]
Phases = tuple[float, float, float]
"""Of the building's L1, L2, L3."""


class Strategy(Enum):
    """Who gets the current of a circuit that is too small for all."""

    EQUAL = "equal"
    """Everybody the same, as far as it is wanted."""
    PRIORITY = "priority"
    """In proportion to `OutletTerms.priority`."""
    FIRST_COME = "first_come"
    """Who came first has all that is wanted, then the next."""
    STRICT = "strict"
    """The highest priority has all that is wanted, then the next; of the same, who came first."""


class LimitPer(Enum):
    """What a power of the grid operator is for."""

    CHARGER = "charger"
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class CircuitTerms:
    """A fuse, or any other bottleneck, with what hangs behind it."""

    name: str
    max_current_a: Phases
    """Of the fuse, for each phase."""
    parent: str = ""
    """The circuit it hangs in; empty: a root."""
    max_power_w: float | None = None
    """Of all phases together; None: there is no such limit."""
    metered: bool = False
    """The inputs `grid_*` measure what flows here, chargers included; of one circuit of the site at most."""
    fallback_current_a: float = 0.0
    """For each phase, for all chargers together, while it is `metered` and nothing is measured."""
    unbalanced_current_a: float | None = None
    """The most by which the phases may differ, as far as the chargers make the difference; None: no matter."""
    peak_power_w: float | None = None
    """The most on average of a quarter of an hour; None: no matter. Only where it is `metered`."""
    strategy: Strategy = Strategy.EQUAL
    overload_s: float = 60.0
    """How long more than `max_current_a` may flow by what nobody could foresee."""


@dataclass(frozen=True, slots=True)
class WeekPlan:
    """So much energy by this time, each of these days."""

    days: frozenset[int]
    """0 is Monday: the days on which it is to be ready."""
    ready_by: time
    """Local time of the site."""
    energy_wh: int | None = None
    """Into the car since it was plugged in; None: `soc` counts, or as much as it takes."""
    soc: float | None = None
    """Percent, where it is known."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """When a session has had enough; None: no such limit."""

    energy_wh: int | None = None
    duration_s: int | None = None
    """Of charging, from the beginning of the first transaction."""
    soc: float | None = None
    cost: float | None = None
    """In the currency of the site."""


NO_LIMITS = SessionLimits()


@dataclass(frozen=True, slots=True)
class OutletTerms:
    """One outlet as the site sees it."""

    key: OutletKey
    circuit: str = ""
    """Empty: it shares no fuse with anything, as far as anybody has said."""
    phases: int = 3
    rotation: str = "RST"
    """Which phases of the building the outlet's L1, L2, L3 are (R, S, T = L1, L2, L3)."""
    min_current_a: float = 6.0
    max_current_a: float = 16.0
    priority: int = 1
    """1 to 10, the greater the more important."""
    fail_safe_current_a: float | None = None
    """What it may take when nobody steers it; None: it stands in no circuit, and keeps what it was told last."""
    can_switch_phases: bool = False
    """It charges on one phase or on all, as the profile says (`numberPhases`)."""
    battery_wh: int | None = None
    """Of the usual car, to make energy of percent."""
    session_limits: SessionLimits = NO_LIMITS
    plans: tuple[WeekPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadTerms:
    """How quickly current is taken and given, in s."""

    raise_after_s: float = 30.0
    """More is given only when there has been more for so long."""
    hold_s: float = 300.0
    """A charge that was let begin is not held back before, unless the fuse asks for it. One that a fuse has held back
    is begun anew after `raise_after_s`; the more often that happens the later, but no later than this."""
    rotate_s: float = 900.0
    """Where not all can charge at once, who charges makes room for who waits after so long."""
    lease_s: float = 180.0
    """So long a charger keeps a limit above `fail_safe_current_a` that is not renewed."""
    disobeyed_s: float = 30.0
    """More than the limit for so long: the charger does not obey."""


@dataclass(frozen=True, slots=True)
class SurplusTerms:
    """When the sun is enough. Powers in W, times in s."""

    start_power_w: float | None = None
    """Feed-in from which a charge begins; None: what the least current of the outlet takes."""
    start_after_s: float = 60.0
    stop_power_w: float = 0.0
    """Power from the grid above which it counts as too little."""
    stop_after_s: float = 180.0
    grid_tolerance_w: float = 0.0
    """Power from the grid that a charge by surplus may use all the same."""
    battery_first_soc: float | None = None
    """Below it the house's battery is filled first; None: what goes into the battery is never taken."""
    switch_phases_after_s: float = 600.0
    """Least time between two changes from one phase to three or back."""


@dataclass(frozen=True, slots=True)
class GridLimitTerms:
    """What the grid operator's signals mean (section 14a EnWG, ripple control)."""

    power_w: float = 4200.0
    """While `grid_limit` is 1."""
    per: LimitPer = LimitPer.CHARGER
    contacts_w: Mapping[int, float] = field(default_factory=dict)
    """While `grid_limit_contact_1` to `_4` is 1; the lowest of those that are closed counts."""
    confirmed_within_s: float = 60.0


@dataclass(frozen=True, slots=True)
class TariffZone:
    """A time of the week with its own price."""

    days: frozenset[int]
    begins: time
    ends: time
    """Local; not after `begins`: on the next day."""
    price: float
    """Of a kWh, in the currency of the site."""


@dataclass(frozen=True, slots=True)
class TariffTerms:
    """What energy costs when. Where quarters of an hour are told (`Scene.prices`), they count before the zones."""

    price: float | None = None
    """Outside of all zones; None: nobody knows."""
    zones: tuple[TariffZone, ...] = ()
    surcharge: float = 0.0
    """Fees and taxes on each kWh of a price that was told."""
    numbers: Mapping[int, float] = field(default_factory=dict)
    """What a kWh costs while the input `tariff` tells this number (of 1.001: 0 and 1), with all that comes on top."""
    late: bool = True
    """Without prices a plan charges as late as it safely can, and not at once."""
    reserve_s: float = 1800.0
    """So much earlier than asked a plan means to be done."""


@dataclass(frozen=True, slots=True)
class SiteTerms:
    """All of it. `circuits` by name, parents before children."""

    circuits: Mapping[str, CircuitTerms] = field(default_factory=dict)
    outlets: Mapping[OutletKey, OutletTerms] = field(default_factory=dict)
    load: LoadTerms = LoadTerms()
    surplus: SurplusTerms = SurplusTerms()
    grid_limit: GridLimitTerms = GridLimitTerms()
    tariff: TariffTerms = TariffTerms()
    zone: tzinfo = UTC
