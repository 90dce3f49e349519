"""Watts and amperes of an outlet, and the currents that a control pilot knows."""

from math import floor
from typing import Final

from knx_ocpp_bridge.core.energy.scene import OutletView
from knx_ocpp_bridge.core.energy.terms import OutletTerms
from knx_ocpp_bridge.core.limits import LOWEST_CURRENT_A, NOMINAL_VOLTAGE_V

NO_LESS_A: Final = 0.05
"""Currents that differ by less are the same: they are told in 0.1 A."""


def least_a(outlet: OutletTerms) -> float:
    """The least current at which it charges; never below 6 A (IEC 61851-1, Annex A)."""
    return max(outlet.min_current_a, LOWEST_CURRENT_A)


def allowed_a(current_a: float, outlet: OutletTerms) -> float:
    """`current_a` rounded down to 0.1 A; 0 where that is below the outlet's least current."""
    rounded = floor(round(current_a * 10, 3)) / 10
    return 0.0 if rounded < least_a(outlet) else rounded


def phases_in_use(outlet: OutletTerms, view: OutletView) -> int:
    """On how many phases it may draw now."""
    return outlet.phases if view.phases_in_force is None else max(1, min(view.phases_in_force, outlet.phases))


def watts_per_ampere(phases: int) -> float:
    """Of that many phases at nominal voltage."""
    return NOMINAL_VOLTAGE_V * phases
