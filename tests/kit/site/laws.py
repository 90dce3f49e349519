"""What must hold of every second of every site, however its day was."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from knx_ocpp_bridge.core.energy.terms import CircuitTerms, OutletKey
from tests.kit.site.building import Bay
from tests.kit.site.cars import VOLTAGE_V
from tests.kit.site.trace import Second, Trace
from tests.kit.site.world import World

_LEAST_A: Final = 6.0
_SLACK_A: Final = 0.1
"""What a house's noise is within a meter's last digit."""
_CHARGES_A: Final = 0.5


@dataclass(frozen=True, slots=True)
class Overload:
    """A fuse that carried more than it is for, without a pause, while chargers took part in it."""

    circuit: str
    phase: int
    begins_s: float
    lasts_s: float
    worst_a: float


def overloads(trace: Trace, seconds: Iterable[Second] | None = None) -> Iterator[Overload]:
    """All of them, however short. What the house does to its fuse alone is not the chargers' doing."""
    whole = list(trace.seconds if seconds is None else seconds)
    for circuit in trace.building.circuits:
        for phase in range(3):
            yield from _of_one(trace, circuit, phase, whole)


def _of_one(trace: Trace, circuit: CircuitTerms, phase: int, seconds: list[Second]) -> Iterator[Overload]:
    behind = trace.building.behind(circuit.name)
    begins_s, lasts_s, worst_a = 0.0, 0.0, 0.0
    for second in seconds:
        flows_a = trace.through(second, circuit.name)[phase]
        cars_a = sum(_on_phase(second, bay, phase) for bay in behind)
        if flows_a > circuit.max_current_a[phase] + _SLACK_A and cars_a > _CHARGES_A:
            begins_s = begins_s if lasts_s else second.at_s
            lasts_s, worst_a = lasts_s + second.lasts_s, max(worst_a, flows_a)
        elif lasts_s:
            yield Overload(circuit.name, phase, begins_s, lasts_s, worst_a)
            lasts_s = worst_a = 0.0
    if lasts_s:
        yield Overload(circuit.name, phase, begins_s, lasts_s, worst_a)


def _on_phase(second: Second, bay: Bay, phase: int) -> float:
    spot = second.spots[bay.key]
    return spot.current_a if phase in spot.phases else 0.0


def keeps_its_fuses(trace: Trace, more_s: float = 0.0) -> None:
    """No fuse carries too much for longer than its `overload_s`, and what the disturbance of this day allows on top."""
    allowed_s = {circuit.name: circuit.overload_s + more_s for circuit in trace.building.circuits}
    found = [one for one in overloads(trace) if one.lasts_s > allowed_s[one.circuit]]
    assert not found, f"{len(found)} overloads, the longest: {max(found, key=lambda one: one.lasts_s)}"


def never_below_six(world: World) -> None:
    """Nothing between 0 and 6 A is ever said to a charger, or was meant."""
    for point in world.charge_points.values():
        for told in point.told:
            watts = told.unit.value == "W"
            limit_a = told.limit / VOLTAGE_V / (told.number_phases or point.phases) if watts else told.limit
            # a whole W less than 6 A is 5.99 A
            assert limit_a == 0.0 or limit_a >= _LEAST_A - 0.01, f"{point.id} was told {told}"
    for second in world.trace.seconds:
        for key, spot in second.spots.items():
            granted = spot.granted_a
            assert granted is None or granted == 0.0 or granted >= _LEAST_A, f"{key} at {second.at_s}: {granted} A"


def switches(trace: Trace, key: OutletKey) -> list[tuple[float, bool]]:
    """When its limit went from 0 to something (True) or back, while a transaction was open."""
    found: list[tuple[float, bool]] = []
    was: bool | None = None
    for second in trace.seconds:
        spot = second.spots[key]
        if not spot.charging:
            was = None
            continue
        on = spot.wire_a > 0.0
        if was is not None and on is not was:
            found.append((second.at_s, on))
        was = on
    return found


def phase_changes(trace: Trace, key: OutletKey) -> list[float]:
    """When the profile in force said another number of phases."""
    found: list[float] = []
    was: int | None = None
    for second in trace.seconds:
        spot = second.spots[key]
        if spot.wire_phases != was and was is not None:
            found.append(second.at_s)
        was = spot.wire_phases
    return found


def rests_between(times: Iterable[float], least_s: float, slack_s: float = 2.0) -> None:
    """Any two of them are so far apart."""
    listed = list(times)
    near = [(one, other) for one, other in pairwise(listed) if other - one < least_s - slack_s]
    assert not near, f"less than {least_s:g} s apart: {near[:5]}, {len(near)} in all"


def nobody_starves(trace: Trace, longest_s: float) -> None:
    """A car that would take something never waits for longer than this without a break."""
    for bay in trace.building.bays:
        waits_s = 0.0
        for second in trace.seconds:
            spot = second.spots[bay.key]
            waits_s = waits_s + second.lasts_s if spot.charging and spot.hungry and spot.offered_a == 0.0 else 0.0
            assert waits_s <= longest_s, f"{bay.name} has waited for {waits_s:g} s at {second.at_s:g} s"


def falls_to_fail_safe(world: World, from_s: float, until_s: float) -> None:
    """In this time nothing draws more than it may when nobody steers it."""
    for second in world.trace.between(from_s, until_s):
        for bay in world.building.bays:
            most_a = world.building.fail_safe_a(bay)
            spot = second.spots[bay.key]
            assert most_a is None or spot.current_a <= most_a + _SLACK_A, (
                f"{bay.name} draws {spot.current_a:.1f} A at {second.at_s:g} s, {most_a:g} A are its fail-safe"
            )


def cars_w(second: Second) -> float:
    """Of all cars together."""
    return sum(spot.current_a * len(spot.phases) for spot in second.spots.values()) * VOLTAGE_V


def keeps_the_order(trace: Trace, power_w: float, from_s: float, until_s: float) -> None:
    """The cars together take no more than the grid operator allows."""
    found = [(one.at_s, cars_w(one)) for one in trace.between(from_s, until_s) if cars_w(one) > power_w * 1.01 + 5]
    assert not found, f"{len(found)} s above {power_w:g} W, the first: {found[0]}"


def used_share(trace: Trace, from_s: float, until_s: float) -> float:
    """Of the energy that three-phase cars could have had beside this house, the share that they took.

    For one metered circuit with equal phases behind which all of them hang.
    """
    circuit = next(one for one in trace.building.circuits if one.metered or not one.parent)
    took = possible = 0.0
    for second in trace.between(from_s, until_s):
        cars = [spot for spot in second.spots.values() if spot.charging and spot.hungry]
        besides = [
            second.grid_a[phase] - sum(spot.current_a for spot in second.spots.values() if phase in spot.phases)
            for phase in range(3)
        ]
        room_a = min(circuit.max_current_a[phase] - besides[phase] for phase in range(3))
        most_a = sum(bay.max_a for bay in trace.building.bays if second.spots[bay.key] in cars)
        took += sum(spot.current_a for spot in cars) * second.lasts_s
        possible += max(0.0, min(room_a, most_a)) * second.lasts_s
    return took / possible if possible else 1.0
