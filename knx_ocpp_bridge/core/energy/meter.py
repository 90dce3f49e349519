"""What the building's own meter says of the current that comes from the grid.

A sign that is doubted counts for nothing: then all of it is taken from the grid.
"""

from collections.abc import Container
from dataclasses import dataclass

from knx_ocpp_bridge.core.energy.readings import of_the_building
from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.inputs import Reading
from knx_ocpp_bridge.core.limits import NOMINAL_VOLTAGE_V
from knx_ocpp_bridge.core.replacing import replace

TOTAL = 3
"""Index of all phases added, after L1, L2, L3."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One phase, or all of them added. A, negative while it feeds in."""

    current_a: float
    is_house: bool
    """It is what counts while nothing is measured: of the house, without cars."""
    at_s: float
    """When it was told, monotonic."""
    spread: bool = False
    """Nobody knows how much of it is on which phase: it is of all of them."""
    added: bool = False
    """No telegram of its own: the sum of the three phases."""
    told_a: float = 0.0
    """By the sign that the meter gives it, also where that is doubted."""
    source: str = ""
    """The name of the input that has the sign; empty: none alone."""


Flows = tuple[Flow | None, Flow | None, Flow | None, Flow | None]
"""Of L1, L2, L3, and of all three added; None: nothing is measured, and nothing stands in for it."""


def flows(scene: Scene, doubted: Container[int] = frozenset()) -> Flows:
    """Currents before powers, phases before their sum. A phase that only the sum speaks of may carry all of it.

    Of a phase with a meter of its own that is silent nothing is known, whatever the sum: what was agreed for that case
    is a better guess than all of it on each phase. `doubted`: the places whose sign is not believed.
    """
    total = _believed(_watts(scene, "grid_power"), TOTAL, doubted)
    phases = [_believed(_phase(scene, place + 1), place, doubted) for place in range(TOTAL)]
    if total is None:
        total = _added(phases)
    spread = None if total is None else Flow(total.current_a, total.is_house, total.at_s, spread=True)
    first, second, third = (
        spread if each is None and not _is_measured(scene, phase) else each for phase, each in enumerate(phases, 1)
    )
    return first, second, third, total


def _is_measured(scene: Scene, phase: int) -> bool:
    """It has inputs of its own, whatever they tell."""
    return any(of_the_building(f"grid_{what}_l{phase}") in scene.readings for what in ("current", "power"))


def _phase(scene: Scene, phase: int) -> Flow | None:
    power = _watts(scene, f"grid_power_l{phase}")
    reading = scene.readings.get(of_the_building(f"grid_current_l{phase}"))
    current = None if reading is None else _flow(reading, 1.0)
    if current is None:
        return power
    if power is None or power.is_house or current.is_house:
        return current
    # A current on the bus has no sign; the power of the same phase has.
    signed_a = abs(current.current_a) * (-1 if power.current_a < 0 else 1)
    return Flow(signed_a, is_house=False, at_s=current.at_s, told_a=signed_a, source=power.source)


def _believed(flow: Flow | None, place: int, doubted: Container[int]) -> Flow | None:
    return flow if flow is None or flow.is_house or place not in doubted else as_taken(flow)


def as_taken(flow: Flow) -> Flow:
    """The same current, taken from the grid."""
    return replace(flow, current_a=abs(flow.current_a))


def _added(phases: list[Flow | None]) -> Flow | None:
    known = [each for each in phases if each is not None]
    if len(known) < len(phases) or len({each.is_house for each in known}) > 1:
        return None
    return Flow(sum(each.current_a for each in known), known[0].is_house, min(each.at_s for each in known), added=True)


def _watts(scene: Scene, key: str) -> Flow | None:
    reading = scene.readings.get(of_the_building(key))
    return None if reading is None else _flow(reading, 1 / NOMINAL_VOLTAGE_V)


def _flow(reading: Reading, factor: float) -> Flow | None:
    if reading.counts is None:
        return None
    at_s = reading.silent_since_s if reading.told is None else reading.told.at.monotonic_s
    current_a = float(reading.counts) * factor
    return Flow(current_a, reading.falls_back, at_s, told_a=current_a, source=reading.terms.key[2])
