"""How much current a connector may take, in A per phase, and what a received limit means."""

import math
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.facts import Wishes
from knx_ocpp_bridge.core.settings import BelowMinimum, ConnectorSettings

NOMINAL_VOLTAGE_V: Final = 230.0
LOWEST_CURRENT_A: Final = 6.0
"""The least that a control pilot can ask for (IEC 61851-1, Annex A); between 0 and this there is nothing."""
_MORE_THAN_ANY_CABLE_A: Final = 1e6


@dataclass(frozen=True, slots=True)
class Limit:
    """The current wanted, and which rule made it so."""

    current_a: float
    reason: str


def wanted(settings: ConnectorSettings, wishes: Wishes) -> Limit:
    """A limit that is 0 or lies between the minimum and the maximum current of the connector.

    Returns A in multiples of 0.1, never between 0 and 6.
    """
    if wishes.paused:
        return Limit(0.0, "paused")
    if wishes.limit_a is not None:
        base, reason = wishes.limit_a, "the received limit"
    elif wishes.fast:
        base, reason = settings.fast_current_a, "fast current"
    else:
        base, reason = settings.normal_current_a, "normal current"
    if base > settings.max_current_a:
        base, reason = settings.max_current_a, "the connector's maximum"
    minimum = max(settings.min_current_a, LOWEST_CURRENT_A)
    if base < minimum:
        if settings.below_minimum is BelowMinimum.PAUSE:
            return Limit(0.0, f"{reason} is below the minimum")
        # A connector whose maximum is below its minimum cannot be configured.
        base, reason = minimum, f"the minimum, as {reason} is below it"
    return Limit(math.floor(round(base * 10, 3)) / 10, reason)


def received(current_a: float) -> float | None:
    """The limit that a telegram means, in A rounded to 0.1; None: no limit (NaN, infinity, negative).

    DPT 9.021 decodes 6 A as 5.9955 A, so rounding comes before every comparison.
    """
    if not -1.0 < current_a < math.inf:
        return None
    rounded = round(min(current_a, _MORE_THAN_ANY_CABLE_A), 1)
    return None if rounded < 0 else rounded + 0.0


def in_watts(current_a: float, phases: int) -> float:
    """The power of that current on all phases at nominal voltage, in whole W, rounded down."""
    return float(math.floor(current_a * NOMINAL_VOLTAGE_V * phases))
