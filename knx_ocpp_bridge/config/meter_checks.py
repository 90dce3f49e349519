"""What is unsafe about the inputs that measure the house, where a fuse relies on them."""

from collections.abc import Iterator, Sequence
from typing import Final

from knx_ocpp_bridge.config import meters
from knx_ocpp_bridge.config.addresses import format_address
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.models import Bridge
from knx_ocpp_bridge.config.objects import Placed
from knx_ocpp_bridge.config.problems import Problem
from knx_ocpp_bridge.config.site_models import Circuit
from knx_ocpp_bridge.core.limits import NOMINAL_VOLTAGE_V

MOST_SILENT_S: Final = 600.0
"""A meter that has been silent for longer says nothing of the fuse."""


def problems(bridge: Bridge, placed: Sequence[Placed], document: Document) -> Iterator[Problem]:
    """Two that share an address; one that counts for long after it fell silent."""
    metered = _metered(bridge)
    first: dict[int, BoundObject] = {}
    for bound, path in placed:
        if bound.row.key not in meters.METERS or bound.charger is not None:
            continue
        for address in bound.addresses:
            other = first.setdefault(address, bound)
            if other is not bound:
                shown = format_address(address, bridge.knx.style)
                reason = f"{shown} is also what {other.row.key} ({other.where}) is measured by"
                remedy = "give each its own group address; where only the power of all phases is told, bind grid_power"
                yield document.problem((*path, "address"), reason, remedy)
                break
        if metered is not None and bound.timeout_s > MOST_SILENT_S:
            reason = (
                f"the fuse of {metered.name} relies on {bound.row.key}, and what it told last would count for "
                f"{bound.timeout_s:g} s after it fell silent"
            )
            remedy = (
                f"write a little more than its cycle, {MOST_SILENT_S:g} at most, or leave it out: "
                f"then it is {meters.SILENT_S:g}"
            )
            yield document.problem((*path, "timeout"), reason, remedy)


def advice(bridge: Bridge, objects: Sequence[BoundObject]) -> Iterator[str]:
    """Sentences that begin with `file:line`: a fallback that leaves chargers more than `fallback_current`."""
    metered = _metered(bridge)
    if metered is None:
        return
    for bound in objects:
        if bound.row.key not in meters.METERS or bound.charger is not None or bound.fallback is None:
            continue
        left_a = _left_a(bound.row.key, bound.fallback, metered)
        if left_a > metered.fallback_current:
            yield (
                f"{bound.where}: while {bound.row.key} is silent, the house counts with its fallback of "
                f"{bound.fallback:g}, which leaves chargers {left_a:g} A per phase: fallback_current of {metered.name} "
                f"({metered.fallback_current:g} A) never counts then; leave fallback out, or write what the house "
                "takes at most"
            )


def _metered(bridge: Bridge) -> Circuit | None:
    return next((each for each in bridge.circuits if each.metered), None)


def _left_a(key: str, fallback: float, circuit: Circuit) -> float:
    """The most that it leaves on a phase that it is about; a power of all phases may flow on any one of them."""
    house_a = fallback if key in meters.CURRENTS else fallback / NOMINAL_VOLTAGE_V
    phases = range(3) if key == meters.TOTAL else (int(key[-1]) - 1,)
    return round(max(0.0, max(circuit.max_current[phase] for phase in phases) - house_a), 1)
