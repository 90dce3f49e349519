"""How much current a connector may take, in A per phase, and what a received limit means."""

import math
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.facts import Wishes
from knx_ocpp_bridge.core.flags import NO_FLAGS, Flags, listed
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


def wanted(settings: ConnectorSettings, wishes: Wishes, flags: Flags = NO_FLAGS) -> Limit:
    """A limit that is 0 or lies between the minimum and the maximum current of the connector.

    Returns A in multiples of 0.1, never between 0 and 6, and only what a charger with these flags takes (row S9).
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
    limit_a = math.floor(round(base * 10, 3)) / 10
    if not (flags.limits_a or flags.limit_key) and flags.limit_step_a == NO_FLAGS.limit_step_a:
        return Limit(limit_a, reason)
    return _in_steps(limit_a, minimum, settings, flags, reason)


def _in_steps(limit_a: float, minimum_a: float, settings: ConnectorSettings, flags: Flags, reason: str) -> Limit:
    """The next lower current that the charger knows; below the lowest of them as below the minimum."""
    lower_a, lowest_a = _neighbours(flags, limit_a, minimum_a)
    if lower_a >= minimum_a:
        return Limit(lower_a, reason if lower_a == limit_a else f"{reason}, in the steps of this charger")
    if settings.below_minimum is BelowMinimum.MINIMUM and lowest_a <= settings.max_current_a:
        return Limit(lowest_a, f"the lowest step of this charger, as {reason} is below it")
    return Limit(0.0, f"{reason} is below the lowest step of this charger")


def _neighbours(flags: Flags, limit_a: float, minimum_a: float) -> tuple[float, float]:
    """The greatest current it knows up to the limit (0: none), and the least from the minimum on (infinity: none)."""
    known = listed(flags.limits_a)
    if known:
        lower_a = max((one for one in known if one <= limit_a), default=0.0)
        return lower_a, min((one for one in known if one >= minimum_a), default=math.inf)
    step_a = max(flags.limit_step_a, 1 / flags.limit_key_factor if flags.limit_key else 0.0)
    tenths = max(1, round(step_a * 10))
    lower = math.floor(round(limit_a * 10 / tenths, 6)) * tenths
    lowest = math.ceil(round(minimum_a * 10 / tenths, 6)) * tenths
    return lower / 10, lowest / 10


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
