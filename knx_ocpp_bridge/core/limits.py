"""How much current a connector may take, in A per phase, and what a received limit means."""

import math
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.facts import Wishes
from knx_ocpp_bridge.core.flags import NO_FLAGS, Flags, listed
from knx_ocpp_bridge.core.settings import BelowMinimum, ConnectorSettings
from knx_ocpp_bridge.core.status import LimitReason

NOMINAL_VOLTAGE_V: Final = 230.0
LOWEST_CURRENT_A: Final = 6.0
"""The least that a control pilot can ask for (IEC 61851-1, Annex A); between 0 and this there is nothing."""
_MORE_THAN_ANY_CABLE_A: Final = 1e6


@dataclass(frozen=True, slots=True)
class Limit:
    """The current wanted, and which rule made it so."""

    current_a: float
    reason: LimitReason
    words: str


def wanted(settings: ConnectorSettings, wishes: Wishes, flags: Flags = NO_FLAGS) -> Limit:
    """A limit that is 0 or lies between the minimum and the maximum current of the connector.

    Returns A in multiples of 0.1, never between 0 and 6, and only what a charger with these flags takes (row S9).
    """
    if wishes.paused:
        return Limit(0.0, LimitReason.PAUSED, "paused")
    if wishes.limit_a is not None:
        base, reason, words = wishes.limit_a, LimitReason.RECEIVED_LIMIT, "the received limit"
    elif wishes.fast:
        base, reason, words = settings.fast_current_a, LimitReason.FAST_CURRENT, "fast current"
    else:
        base, reason, words = settings.normal_current_a, LimitReason.NORMAL_CURRENT, "normal current"
    if base > settings.max_current_a:
        base, reason, words = settings.max_current_a, LimitReason.CONNECTOR_MAXIMUM, "the connector's maximum"
    minimum = max(settings.min_current_a, LOWEST_CURRENT_A)
    if base < minimum:
        if settings.below_minimum is BelowMinimum.PAUSE:
            return Limit(0.0, LimitReason.BELOW_THE_MINIMUM, f"{words} is below the minimum")
        # A connector whose maximum is below its minimum cannot be configured.
        base, reason, words = minimum, LimitReason.RAISED_TO_THE_MINIMUM, f"the minimum, as {words} is below it"
    limit = Limit(math.floor(round(base * 10, 3)) / 10, reason, words)
    if not (flags.limits_a or flags.limit_key) and flags.limit_step_a == NO_FLAGS.limit_step_a:
        return limit
    return _in_steps(limit, minimum, settings, flags)


def _in_steps(limit: Limit, minimum_a: float, settings: ConnectorSettings, flags: Flags) -> Limit:
    """The next lower current that the charger knows; below the lowest of them as below the minimum."""
    lower_a, lowest_a = _neighbours(flags, limit.current_a, minimum_a)
    steps, words = LimitReason.STEPS_OF_THE_CHARGER, limit.words
    if lower_a >= minimum_a:
        stepped = Limit(lower_a, steps, f"{words}, in the steps of this charger")
        return limit if lower_a == limit.current_a else stepped
    if settings.below_minimum is BelowMinimum.MINIMUM and lowest_a <= settings.max_current_a:
        return Limit(lowest_a, steps, f"the lowest step of this charger, as {words} is below it")
    return Limit(0.0, LimitReason.BELOW_THE_MINIMUM, f"{words} is below the lowest step of this charger")


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
