"""On which phases of the building an outlet counts: those it is wired to, or fewer if its car was seen to use fewer."""

from typing import Final

from knx_ocpp_bridge.core.energy.circuits import Line
from knx_ocpp_bridge.core.energy.scene import OutletView
from knx_ocpp_bridge.core.energy.sharing_state import OutletMemory, PhasesSeen
from knx_ocpp_bridge.core.status import ConnectorStatus

SEEN_FOR_S: Final = 30.0
SAMPLE_COUNTS_S: Final = 180.0
"""An older measurement says nothing of what flows now."""
_EVIDENCE_A: Final = 3.0
"""Some phase carries so much: then one that carries next to nothing is not used."""
_FLOWS_A: Final = 1.0


def phases_seen(before: OutletMemory | None, view: OutletView, line: Line, now_s: float) -> PhasesSeen | None:
    """What is known of the phases that the car uses; None: nothing, so that all count."""
    known = None if before is None else before.phases
    same_car = before is not None and before.seen.session == view.session and before.seen.charging
    if not (view.online and view.charging and same_car):
        return None
    flowing = _flowing(view, line)
    is_fresh = view.measured_at_s is not None and now_s - view.measured_at_s <= SAMPLE_COUNTS_S
    if flowing is None or view.measured_at_s is None or not is_fresh:
        return known if is_fresh or view.status is not ConnectorStatus.CHARGING else None
    if flowing == line:
        return None
    if known is None or known.line != flowing:
        return PhasesSeen(flowing, view.measured_at_s)
    return (
        known if known.is_sure else PhasesSeen(flowing, known.since_s, view.measured_at_s - known.since_s >= SEEN_FOR_S)
    )


def counted(seen: PhasesSeen | None, view: OutletView, line: Line, switching_to: int | None) -> Line:
    """The phases of the building on which the outlet counts."""
    told = len(line) if view.phases_in_force is None else view.phases_in_force
    if switching_to is not None:
        told = max(told, switching_to)
    line = line[: max(1, told)]
    if seen is None:
        return line
    if not set(seen.line) <= set(line):
        return tuple(sorted({*seen.line, *line}))
    return seen.line if seen.is_sure else line


def _flowing(view: OutletView, line: Line) -> Line | None:
    """The phases that carry current, those that nobody measures included; None: too little flows to tell."""
    if view.currents_a is None:
        return None
    measured = view.currents_a[: len(line)]
    if max((each for each in measured if each is not None), default=0.0) < _EVIDENCE_A:
        return None
    return tuple(phase for phase, each in zip(line, measured, strict=False) if each is None or each >= _FLOWS_A)
