"""What flows beyond what a charger may take by what it was told: some round up, some do not follow at all.

A car takes seconds to follow, and the newest measurement may be a minute old. So what was measured before a limit was
lowered, or just after it, shows nothing of what flows now: until it is measured anew, what was known before counts.
"""

from dataclasses import dataclass
from math import inf
from typing import Final

from knx_ocpp_bridge.core.energy.amperes import NO_LESS_A
from knx_ocpp_bridge.core.energy.scene import OutletView
from knx_ocpp_bridge.core.replacing import replace

_FOLLOWS_WITHIN_S: Final = 10.0
"""After its limit was lowered a car may be on its way for so long."""
_MEASURED_WITHIN_A: Final = 0.2
_MEASURED_WITHIN: Final = 0.02
"""So exact are the meters in chargers: no more than that is no excess."""


@dataclass(frozen=True, slots=True)
class Excess:
    """Of one outlet. Currents in A per phase, times of the monotonic clock."""

    promised_a: float = 0.0
    """What it might take at the last look."""
    lowered_at_s: float = -inf
    """When that became less."""
    above_since_s: float | None = None
    """All that was measured since then was above it; None: the newest was not."""
    beyond_a: float = 0.0
    """So much more than that it is known to take."""


NO_EXCESS: Final = Excess()


def excess(before: Excess, view: OutletView, now_s: float, disobeyed_s: float) -> Excess:
    """What is known now; `before` is of the same car, `NO_EXCESS` of another one.

    It is known of what was measured when the car had time to follow, or was above what is promised for `disobeyed_s`.
    """
    if not (view.online and view.charging):
        return NO_EXCESS
    is_less = before is NO_EXCESS or view.promised_a < before.promised_a - NO_LESS_A
    known = replace(before, promised_a=view.promised_a, lowered_at_s=now_s if is_less else before.lowered_at_s)
    at_s, drawn_a = view.measured_at_s, view.current_a
    if at_s is None or drawn_a is None or at_s < known.lowered_at_s:
        return known
    if drawn_a <= view.promised_a + max(_MEASURED_WITHIN_A, _MEASURED_WITHIN * view.promised_a):
        return replace(known, above_since_s=None, beyond_a=0.0)
    since_s = at_s if known.above_since_s is None else known.above_since_s
    if at_s < known.lowered_at_s + _FOLLOWS_WITHIN_S and at_s < since_s + disobeyed_s:
        return replace(known, above_since_s=since_s)
    return replace(known, above_since_s=since_s, beyond_a=drawn_a - view.promised_a)


def flows_beyond_a(known: Excess, view: OutletView) -> float:
    """What is to be reckoned with besides what it may take; no more than was measured in all."""
    drawn_a = view.current_a or 0.0
    return max(0.0, min(known.beyond_a, drawn_a - view.promised_a))
