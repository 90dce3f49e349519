"""What flows besides the chargers: what the meter says, less what the chargers there draw.

A charger's own measurement is older than the meter's. Where a car may be on its way from one limit to another, nobody
knows what it draws but that it lies between two currents; so the house is known to lie between two as well. It is
reckoned with as more only if it must be more, and as less only if it cannot be as much as it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, inf
from typing import Final

from knx_ocpp_bridge.core.energy.circuits import Tree
from knx_ocpp_bridge.core.energy.guests import Guest
from knx_ocpp_bridge.core.energy.habit import SETTLES_S
from knx_ocpp_bridge.core.energy.meter import TOTAL, Flow, Flows
from knx_ocpp_bridge.core.energy.sharing_state import HouseMemory
from knx_ocpp_bridge.core.energy.slowly import Slow, follow
from knx_ocpp_bridge.core.energy.wiring import SAMPLE_COUNTS_S
from knx_ocpp_bridge.core.limits import NOMINAL_VOLTAGE_V
from knx_ocpp_bridge.core.replacing import replace

Amperes = tuple[float, float, float, float]
"""Of L1, L2, L3, and added."""

_STEP_A: Final = 0.5
"""The house is reckoned with in such steps, upwards: a lamp changes no limit."""
_DRAWS_A: Final = 1.0


@dataclass(frozen=True, slots=True)
class Draw:
    """Between these a charger draws now."""

    least_a: Amperes
    most_a: Amperes
    changed_at_s: float


@dataclass(frozen=True, slots=True)
class House:
    """What is reckoned with; None: nothing is known of it."""

    currents_a: tuple[float | None, float | None, float | None, float | None]
    is_over: bool
    """More is measured than the fuse may carry."""


def house(
    before: HouseMemory, guests: Iterable[Guest], flows: Flows, tree: Tree, times: tuple[float, float]
) -> tuple[HouseMemory, House]:
    """The house in the circuit that is metered; `times`: now, and for how long it is to be less before it counts."""
    now_s, raise_after_s = times
    if tree.metered is None:
        return before, House((None, None, None, None), is_over=False)
    circuit = tree.circuits[tree.metered]
    power_a = inf if circuit.max_power_w is None else circuit.max_power_w / NOMINAL_VOLTAGE_V
    fuses = (*circuit.max_current_a, power_a)
    draws = [draw(each, now_s) for each in guests if tree.is_metered(each.key)]
    slow: list[Slow | None] = []
    is_over = False
    for place, flow in enumerate(flows):
        if flow is None:
            slow.append(before.currents[place])
            continue
        of = TOTAL if flow.spread else place
        fuse_a = sum(circuit.max_current_a) if flow.spread and place != TOTAL else fuses[place]
        over = not flow.is_house and flow.current_a > fuse_a
        is_over = is_over or over
        least_a, most_a = _between(flow, draws, of, over=over)
        slow.append(follow(before.currents[place], _stepped(least_a), _stepped(most_a), now_s, raise_after_s))
    first, second, third, total = slow
    over_since_s = (now_s if before.over_since_s is None else before.over_since_s) if is_over else None
    memory = replace(before, currents=(first, second, third, total), over_since_s=over_since_s)
    known = tuple(None if flow is None or each is None else each.value for flow, each in zip(flows, slow, strict=True))
    return memory, House((known[0], known[1], known[2], known[3]), is_over)


def draw(of: Guest, now_s: float) -> Draw:
    """What the charger draws now, as far as it can be known."""
    view = of.view
    if view is None or not view.online:
        return _spread(of, 0.0, of.floor_a)
    if not view.charging:
        drawn_a = of.floor_a if of.floor_a >= _DRAWS_A else 0.0
        return _spread(of, drawn_a, drawn_a)
    if view.current_a is None or view.measured_at_s is None or now_s - view.measured_at_s > SAMPLE_COUNTS_S:
        return _spread(of, 0.0, of.promised_a)
    measured = measured_a(of)
    if view.measured_at_s >= of.changed_at_s + SETTLES_S:
        return Draw(measured, measured, of.changed_at_s)
    limit_a = min(of.granted_a, of.promised_a if view.in_force_a is None else view.in_force_a)
    least = tuple(min(each, limit_a) for each in measured[:TOTAL])
    most = tuple(max(each, of.promised_a if phase in of.line else 0.0) for phase, each in enumerate(measured[:TOTAL]))
    return Draw(_with_total(least), _with_total(most), of.changed_at_s)


def measured_a(of: Guest) -> Amperes:
    """On the phases of the building; where the charger does not tell them apart, the largest on all that count."""
    view = of.view
    found = [0.0, 0.0, 0.0]
    if view is None or view.current_a is None:
        return _with_total(tuple(found))
    if view.currents_a is None:
        for phase in of.line:
            found[phase] = view.current_a
        return _with_total(tuple(found))
    for phase, each in zip(of.wires, view.currents_a, strict=False):
        found[phase] = view.current_a if each is None else each
    return _with_total(tuple(found))


def _spread(of: Guest, least_a: float, most_a: float) -> Draw:
    least = tuple(least_a if phase in of.line else 0.0 for phase in range(3))
    most = tuple(most_a if phase in of.line else 0.0 for phase in range(3))
    return Draw(_with_total(least), _with_total(most), of.changed_at_s)


def _with_total(phases: tuple[float, ...]) -> Amperes:
    return phases[0], phases[1], phases[2], sum(phases)


def _between(flow: Flow, draws: Iterable[Draw], place: int, *, over: bool) -> tuple[float, float]:
    """The least and the most that the house may take."""
    if flow.is_house:
        return flow.current_a, flow.current_a
    least_a = most_a = forced_a = flow.current_a
    for each in draws:
        least_a -= each.most_a[place]
        most_a -= each.least_a[place]
        # What is on its way to less gets its time; beyond that nothing is hoped for.
        is_on_its_way = flow.at_s < each.changed_at_s + SETTLES_S
        forced_a -= each.most_a[place] if is_on_its_way else each.least_a[place]
    if over:
        least_a = max(least_a, forced_a)
    return least_a, max(least_a, most_a)


def _stepped(current_a: float) -> float:
    return max(0.0, ceil(round(current_a / _STEP_A, 3)) * _STEP_A)
