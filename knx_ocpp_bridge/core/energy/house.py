"""What flows besides the chargers: what the meter says, less what the chargers there drew when it said so.

A charger's own measurement is older than the meter's. Where a car may be on its way from one limit to another, nobody
knows what it draws but that it lies between two currents; so the house is known to lie between two as well. It is
reckoned with as more only if it must be more, and as less only if it cannot be as much as it was. What chargers tell
after a telegram of the meter changes nothing of what it has shown: only the next one does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, inf
from typing import Final

from knx_ocpp_bridge.core.energy.circuits import Tree
from knx_ocpp_bridge.core.energy.draws import Draw, around, draw, past_draws
from knx_ocpp_bridge.core.energy.guests import Guest
from knx_ocpp_bridge.core.energy.habit import SETTLES_S
from knx_ocpp_bridge.core.energy.meter import TOTAL, Flow, Flows, as_taken
from knx_ocpp_bridge.core.energy.sharing_state import Drawn, Heard, HouseMemory
from knx_ocpp_bridge.core.energy.signs import DOUBTED_S, Sign, compared
from knx_ocpp_bridge.core.energy.slowly import Slow, follow
from knx_ocpp_bridge.core.energy.terms import OutletKey
from knx_ocpp_bridge.core.limits import NOMINAL_VOLTAGE_V
from knx_ocpp_bridge.core.replacing import replace

_STEP_A: Final = 0.5
"""The house is reckoned with in such steps, upwards: a lamp changes no limit."""


@dataclass(frozen=True, slots=True)
class House:
    """What is reckoned with; None: nothing is known of it."""

    currents_a: tuple[float | None, float | None, float | None, float | None]
    is_over: bool
    """More is measured than the fuse may carry."""
    silence: str = ""
    """Which telegrams of the meter are missing, and since when."""


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
    draws = {each.key: draw(each, now_s) for each in guests if tree.is_metered(each.key)}
    past = past_draws(before.drawn, draws, now_s)
    look = _Look(before, draws, past, now_s, raise_after_s, list(before.signs))
    is_over = False
    for place, flow in enumerate(flows):
        if flow is None:
            look.heard.append(None)
            look.slow.append(before.currents[place])
            continue
        fuse_a = sum(circuit.max_current_a) if flow.spread and place != TOTAL else fuses[place]
        is_over = _looked(look, place, flow, fuse_a) or is_over
    first, second, third, total = look.slow
    memory = replace(
        before,
        currents=(first, second, third, total),
        heard=(look.heard[0], look.heard[1], look.heard[2], look.heard[3]),
        drawn=past,
        signs=(look.signs[0], look.signs[1], look.signs[2], look.signs[3]),
        over_since_s=(now_s if before.over_since_s is None else before.over_since_s) if is_over else None,
    )
    known = (None if flow is None or each is None else each.value for flow, each in zip(flows, look.slow, strict=True))
    first_a, second_a, third_a, total_a = known
    return memory, House((first_a, second_a, third_a, total_a), is_over)


@dataclass(slots=True)
class _Look:
    """One look at all phases: what is known before, and what is found."""

    before: HouseMemory
    draws: Mapping[OutletKey, Draw]
    past: Mapping[OutletKey, tuple[Drawn, ...]]
    now_s: float
    raise_after_s: float
    signs: list[Sign]
    heard: list[Heard | None] = field(default_factory=list)
    slow: list[Slow | None] = field(default_factory=list)


def _looked(look: _Look, place: int, said: Flow, fuse_a: float) -> bool:
    """Whether more flows there than the fuse may carry."""
    of = TOTAL if said.spread else place
    flow = _counted(said, fuse_a, place)
    told = look.before.heard[place]
    if told is None or told.flow != flow:
        seen = [(each, around(each, look.past[key], flow.at_s)) for key, each in look.draws.items()]
        told = _added(flow, look.heard) or _told(flow, seen, of)
        between_a = [(then.least_a[place], then.most_a[place]) for _, then in seen]
        look.signs[place] = compared(look.signs[place], flow, between_a)
    if flow is not said:
        look.signs[of] = replace(look.signs[of], doubted_until_s=look.now_s + DOUBTED_S)
    over = not flow.is_house and flow.current_a > fuse_a
    least_a = max(told.least_a, told.forced_a) if over else told.least_a
    most_a = max(least_a, told.most_a)
    look.heard.append(told)
    before = look.before.currents[place]
    look.slow.append(follow(before, _stepped(least_a), _stepped(most_a), look.now_s, look.raise_after_s))
    return over


def _counted(flow: Flow, fuse_a: float, place: int) -> Flow:
    """More than the fuse may carry is too much, whichever way it is said to flow."""
    return as_taken(flow) if place != TOTAL and not flow.is_house and flow.current_a < -fuse_a else flow


def _told(flow: Flow, draws: Iterable[tuple[Draw, Draw]], place: int) -> Heard:
    """What the house took; `draws`: what each charger draws by now, and all that it may have drawn then."""
    if flow.is_house:
        return Heard(flow, flow.current_a, flow.current_a, flow.current_a)
    least_a = most_a = forced_a = flow.current_a
    for now, then in draws:
        least_a -= then.most_a[place]
        most_a -= then.least_a[place]
        # What is on its way to less gets its time; beyond that nothing is hoped for.
        is_on_its_way = flow.at_s < now.changed_at_s + SETTLES_S or then != now
        forced_a -= then.most_a[place] if is_on_its_way else then.least_a[place]
    return Heard(flow, least_a, most_a, forced_a)


def _added(flow: Flow, phases: Sequence[Heard | None]) -> Heard | None:
    """Of three telegrams, each of its own time; None: it has one of its own."""
    known = [each for each in phases[:TOTAL] if each is not None]
    if not flow.added or len(known) < TOTAL:
        return None
    return Heard(
        flow,
        sum(each.least_a for each in known),
        sum(each.most_a for each in known),
        sum(each.forced_a for each in known),
    )


def _stepped(current_a: float) -> float:
    return max(0.0, ceil(round(current_a / _STEP_A, 3)) * _STEP_A)
