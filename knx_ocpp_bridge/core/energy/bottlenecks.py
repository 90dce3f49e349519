"""Everything that is too narrow: for each circuit what all chargers in it may take, and why it is no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from knx_ocpp_bridge.core.energy.circuits import PHASE_NAMES, Line, Tree
from knx_ocpp_bridge.core.energy.house import House
from knx_ocpp_bridge.core.energy.meter import TOTAL
from knx_ocpp_bridge.core.energy.silence import NOT_HEARD, SILENT
from knx_ocpp_bridge.core.energy.terms import CircuitTerms, Phases
from knx_ocpp_bridge.core.limits import NOMINAL_VOLTAGE_V
from knx_ocpp_bridge.core.status import LimitReason

Load = tuple[int, float]
"""Which bottleneck, and how many A of it each A of the outlet takes."""


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """One of them."""

    circuit: str
    phase: int
    """0 to 2, or `TOTAL`: all phases added."""
    kind: LimitReason
    budget_a: float
    """For all chargers in the circuit together; may be negative."""
    unbalanced: bool = False
    """Only what is on one or two phases counts."""
    missing: str = SILENT
    """What is to be said of the meter, where nothing is measured."""

    @property
    def words(self) -> str:
        """Where, and why: `garage, L1`."""
        place = self.circuit if self.phase == TOTAL else f"{self.circuit}, {PHASE_NAMES[self.phase]}"
        match self.kind:
            case LimitReason.PEAK:
                return f"{self.circuit}: mean power of 15 minutes"
            case LimitReason.UNBALANCED:
                return f"{place}: difference between the phases"
            case LimitReason.FAIL_SAFE:
                return f"{place}: {self.missing}"
            case _:
                return place if self.phase != TOTAL else f"{place}: power"

    def load(self, line: Line) -> float:
        """How much of it each A of an outlet on these phases takes."""
        if self.phase == TOTAL:
            return float(len(line))
        return 1.0 if self.phase in line and not (self.unbalanced and len(line) == 3) else 0.0


@dataclass(frozen=True, slots=True)
class Bottlenecks:
    """All of them, and which outlet goes through which."""

    all: tuple[Bottleneck, ...]
    of: Mapping[str, tuple[int, ...]]
    """Places in `all`, by circuit."""
    is_over: bool = False
    """More is measured than the fuse may carry."""


def bottlenecks(tree: Tree, house: House, peak_w: float | None, balance: Mapping[str, Phases]) -> Bottlenecks:
    """`peak_w`: what may come from the grid by the mean of the quarter; `balance`: budgets by `unbalance`."""
    found: list[Bottleneck] = []
    of: dict[str, tuple[int, ...]] = {}
    with_house = frozenset(tree.with_house)
    for name, circuit in tree.circuits.items():
        here = _fuses(circuit, house, tree) if name in with_house else _static(circuit)
        if name == tree.metered and peak_w is not None:
            here.append(_peak(circuit, house, peak_w))
        here += [
            Bottleneck(name, phase, LimitReason.UNBALANCED, budget_a, unbalanced=True)
            for phase, budget_a in enumerate(balance.get(name, ()))
        ]
        of[name] = tuple(range(len(found), len(found) + len(here)))
        found += here
    return Bottlenecks(tuple(found), of, house.is_over)


def loads(chain: tuple[str, ...], line: Line, narrow: Bottlenecks) -> tuple[Load, ...]:
    """The bottlenecks that an outlet behind these circuits, on these phases, goes through; the nearest first."""
    found = ((place, narrow.all[place].load(line)) for name in chain for place in narrow.of[name])
    return tuple((place, load) for place, load in found if load)


def _static(circuit: CircuitTerms) -> list[Bottleneck]:
    said = partial(Bottleneck, circuit.name, kind=LimitReason.CIRCUIT)
    found = [said(phase=phase, budget_a=limit_a) for phase, limit_a in enumerate(circuit.max_current_a)]
    if circuit.max_power_w is not None:
        found.append(said(phase=TOTAL, budget_a=circuit.max_power_w / NOMINAL_VOLTAGE_V))
    return found


def _fuses(circuit: CircuitTerms, house: House, tree: Tree) -> list[Bottleneck]:
    """Less what the house takes; where nobody knows that, what the installer thinks safe for that case."""
    return [_less_house(each, house, tree) for each in _static(circuit)]


def _less_house(fuse: Bottleneck, house: House, tree: Tree) -> Bottleneck:
    taken_a = house.currents_a[fuse.phase]
    if taken_a is None:
        budget_a = min(fuse.budget_a, _fallback(tree, fuse))
        return Bottleneck(fuse.circuit, fuse.phase, LimitReason.FAIL_SAFE, budget_a, missing=_missing(house))
    return Bottleneck(fuse.circuit, fuse.phase, fuse.kind, fuse.budget_a - taken_a)


def _missing(house: House) -> str:
    return NOT_HEARD if house.silence.startswith(NOT_HEARD) else SILENT


def _fallback(tree: Tree, fuse: Bottleneck) -> float:
    fallback_a = tree.circuits[tree.metered].fallback_current_a if tree.metered is not None else 0.0
    return fallback_a * (3 if fuse.phase == TOTAL else 1)


def _peak(circuit: CircuitTerms, house: House, peak_w: float) -> Bottleneck:
    taken_a, peak_a = house.currents_a[TOTAL], peak_w / NOMINAL_VOLTAGE_V
    if taken_a is None:
        budget_a = min(peak_a, 3 * circuit.fallback_current_a)
        return Bottleneck(circuit.name, TOTAL, LimitReason.FAIL_SAFE, budget_a, missing=_missing(house))
    return Bottleneck(circuit.name, TOTAL, LimitReason.PEAK, peak_a - taken_a)
