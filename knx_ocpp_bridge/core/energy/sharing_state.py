"""What the sharing remembers between two looks at the site, and what it says: values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from knx_ocpp_bridge.core.energy.excess import NO_EXCESS, Excess
from knx_ocpp_bridge.core.energy.meter import Flow
from knx_ocpp_bridge.core.energy.peak import PeakMemory
from knx_ocpp_bridge.core.energy.ruling import CircuitReport, OutletReport, Ruling
from knx_ocpp_bridge.core.energy.signs import NO_SIGNS, Signs
from knx_ocpp_bridge.core.energy.slowly import Slow
from knx_ocpp_bridge.core.energy.terms import OutletKey
from knx_ocpp_bridge.core.status import ConnectorStatus, LimitReason
from knx_ocpp_bridge.core.values import TransactionId

Line = tuple[int, ...]
Amperes = tuple[float, float, float, float]
"""Of L1, L2, L3, and added."""


@dataclass(frozen=True, slots=True)
class PhasesSeen:
    """Which phases of the building a car was seen to use."""

    line: Line
    since_s: float
    is_sure: bool = False
    """It was so for long enough."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What a car does with what it is offered, as measured."""

    takes_a: float | None = None
    """Less than its limit, with some reserve; None: it takes its limit, or nobody knows."""
    less_since_s: float | None = None
    """It has been clearly below its limit since then."""
    most_a: float = 0.0
    """Of what it took since then."""
    idle_since_s: float | None = None
    """It has taken nothing since then, although it might."""
    asleep: bool = False
    """It has taken nothing for minutes."""
    asleep_at_s: float = 0.0
    sated_since_s: float | None = None
    """It has charged, and has taken nothing since then."""
    sated: bool = False
    """For so long that it is left what others do not use."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What has an effect on what a car draws."""

    session: TransactionId | None
    charging: bool
    status: ConnectorStatus | None
    in_force_a: float | None


@dataclass(frozen=True, slots=True)
class OutletMemory:
    """One outlet. Times are of the monotonic clock."""

    seen: Seen
    changed_at_s: float
    """When something of `seen` changed last: what was measured before says little."""
    arrived_at_s: float | None = None
    """When the car was plugged in, as far as that is known; None: there is none."""
    phases: PhasesSeen | None = None
    habit: Habit = Habit()
    wanted_a: float = 0.0
    granted_a: float = 0.0
    """What it was told last."""
    charged: bool = False
    """It was open to charge the last time."""
    admitted_at_s: float | None = None
    """It was let charge, among those who want to, since then; None: it is not."""
    waits_since_s: float | None = None
    """It wants to charge, and has nothing; None: it has, or does not want to."""
    paused_at_s: float = -inf
    """When current was taken from it that it wanted."""
    cools_s: float = 0.0
    """So long after that it is not let begin anew: the longer, the more often it has happened."""
    more_since_s: float | None = None
    """There has been more for it since then."""
    at_once: bool = False
    """What there is more for it, it gets as soon as it is free."""
    held_since_s: float | None = None
    """It may draw more than it was told last since then."""
    kind: LimitReason = LimitReason.CIRCUIT
    since: datetime | None = None
    """Of the limit of this kind."""
    excess: Excess = NO_EXCESS


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a charger drew until a moment not long ago, as far as it was known: between these."""

    least_a: Amperes
    most_a: Amperes
    until_s: float


@dataclass(frozen=True, slots=True)
class Heard:
    """One telegram of the meter, and what the house took when it was sent."""

    flow: Flow
    least_a: float
    most_a: float
    forced_a: float
    """So much at least if it is more than the fuse may carry: then nothing is hoped for."""


@dataclass(frozen=True, slots=True)
class HouseMemory:
    """What flows besides the chargers, in A: on L1, L2, L3, and all three added."""

    currents: tuple[Slow | None, Slow | None, Slow | None, Slow | None] = (None, None, None, None)
    heard: tuple[Heard | None, Heard | None, Heard | None, Heard | None] = (None, None, None, None)
    drawn: Mapping[OutletKey, tuple[Drawn, ...]] = field(default_factory=dict)
    """Of each charger behind the meter the last seconds, the newest last."""
    signs: Signs = NO_SIGNS
    """What is known of the signs of the meter."""
    over_since_s: float | None = None
    """More than the fuse may carry is measured since then."""
    told: bool = False
    """People were told of it."""


@dataclass(frozen=True, slots=True)
class SharingMemory:
    """What it wants to be given next time; new after a start, and when the configuration changes."""

    outlets: Mapping[OutletKey, OutletMemory] = field(default_factory=dict)
    house: HouseMemory = HouseMemory()
    peak: PeakMemory | None = None
    balance: Mapping[str, tuple[Slow, Slow, Slow]] = field(default_factory=dict)
    """Of each circuit with `unbalanced_current_a`: what chargers on one or two phases draw at least, negated."""
    heard: frozenset[OutletKey] = frozenset()
    """Who has said since the start what it does: from then on its promises are known, wherever it goes."""


@dataclass(frozen=True, slots=True)
class SharingRuling:
    """One cap for each outlet that stands in a circuit, and what is shown of it."""

    ruling: Ruling[SharingMemory]
    circuits: tuple[CircuitReport, ...] = ()
    outlets: Mapping[OutletKey, OutletReport] = field(default_factory=dict)
    settling: bool = False
    """After a start: nothing is given out before all is known again."""
