"""What a rule says, and what comes out of all of them: values that the daemon carries out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy.scene import Evidence, Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey, SiteTerms
from knx_ocpp_bridge.core.step import AlarmKind, Level

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class SiteNote:
    """A sentence about the site, or about one outlet."""

    level: Level
    outlet: OutletKey | None
    text: str
    alarm: AlarmKind | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One line of the grid operator's log."""

    what: Evidence
    outlet: OutletKey | None
    """None: the order itself."""
    limit_w: float | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Ruling(Generic[M]):
    """What one rule says. An outlet without a cap is not limited by it."""

    memory: M
    """What it wants to be given next time."""
    caps: Mapping[OutletKey, Cap] = field(default_factory=dict)
    phases: Mapping[OutletKey, int] = field(default_factory=dict)
    """On how many phases an outlet that can switch is to charge."""
    notes: tuple[SiteNote, ...] = ()
    evidence: tuple[EvidenceRow, ...] = ()
    wake_at_s: float | None = None
    """Look again then at the latest, monotonic; None: when something happens."""


Rule = Callable[[M, Scene, SiteTerms], Ruling[M]]
"""`rule(memory, scene, terms)`; total, raises nothing."""


@dataclass(frozen=True, slots=True)
class Grant:
    """All that the site says of one outlet from now on."""

    outlet: OutletKey
    caps: tuple[Cap, ...]
    phases: int | None = None
    urgent: bool = False
    """Past any coalescing: a fuse or the grid operator waits."""


@dataclass(frozen=True, slots=True)
class CircuitReport:
    """One circuit as pages and objects show it; currents per phase in A, None: not known."""

    name: str
    limit_a: tuple[float, float, float]
    """What all that hangs in it may take, fuses above and measured or assumed other loads not counted."""
    house_a: tuple[float, float, float] | None
    """What flows besides the chargers, as it is reckoned with."""
    granted_a: tuple[float, float, float]
    """What chargers may take at most by what they were told."""
    drawn_a: tuple[float, float, float]
    """What chargers take, as measured."""
    free_a: tuple[float, float, float]
    words: str = ""
    """What is special: the meter is silent, the peak is near; empty: nothing."""


@dataclass(frozen=True, slots=True)
class OutletReport:
    """Why one outlet has what it has."""

    outlet: OutletKey
    granted_a: float
    waiting: bool
    """It wants to charge and is held back."""
    words: str = ""
    """In what circuit, behind whom, until when."""
    full: bool = False
    """The car takes no more."""
    phases: tuple[int, ...] = (1, 2, 3)
    """Of the building, that it is counted on."""


@dataclass(frozen=True, slots=True)
class PlanReport:
    """The plan of one outlet."""

    outlet: OutletKey
    slots: tuple[tuple[str, str, float], ...]
    """From, until (ISO 8601, UTC), A per phase."""
    ready_by: str
    """ISO 8601, UTC; empty: there is no such time, and it is charged whenever energy is cheap."""
    energy_wh: int
    """Still to be charged; 0: as much as it takes."""
    reachable: bool
    """False: even charging at once is too late."""
    cost: float | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class SiteReport:
    """What is shown of the site."""

    circuits: tuple[CircuitReport, ...] = ()
    outlets: Mapping[OutletKey, OutletReport] = field(default_factory=dict)
    plans: Mapping[OutletKey, PlanReport] = field(default_factory=dict)
    surplus_w: float | None = None
    """What could be charged by the sun now; None: nothing is measured."""
    price: float | None = None
    grid_limit_w: float | None = None
    """The order of the grid operator that is in force; None: there is none."""
    grid_limit_confirmed: bool = True
    settling: bool = False
    """After a start: nothing is given out before all is known again."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows for the site."""

    grants: tuple[Grant, ...] = ()
    """Of outlets of which something else holds than before, reductions first."""
    notes: tuple[SiteNote, ...] = ()
    evidence: tuple[EvidenceRow, ...] = ()
    report: SiteReport = SiteReport()
    wake_at_s: float | None = None
