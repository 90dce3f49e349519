"""How much current a connector may take, in A per phase, and what a received limit means."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.facts import Wishes
from knx_ocpp_bridge.core.flags import NO_FLAGS, Flags, listed
from knx_ocpp_bridge.core.modes import mode_of
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.settings import BelowMinimum, ConnectorSettings
from knx_ocpp_bridge.core.status import ChargeMode, LimitReason

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


def wanted(settings: ConnectorSettings, wishes: Wishes, flags: Flags = NO_FLAGS, caps: Iterable[Cap] = ()) -> Limit:
    """The lowest of what the owner allows and of all caps: 0, or between the minimum and the maximum current.

    Returns A in multiples of 0.1, never between 0 and 6, and only what a charger with these flags takes (row S9).
    What the owner allows may be raised to the minimum, a cap never is.
    """
    minimum = max(settings.min_current_a, LOWEST_CURRENT_A)
    allowed = _allowed(settings, wishes, minimum)
    lowest = min(caps, key=_current_a, default=None)
    if lowest is None or lowest.current_a >= allowed.current_a:
        ceiling_a, limit = settings.max_current_a, allowed
    else:
        ceiling_a, limit = lowest.current_a, _capped(lowest, minimum)
    if limit.current_a == 0.0:
        return limit
    limit = Limit(math.floor(round(limit.current_a * 10, 3)) / 10, limit.reason, limit.words)
    if not (flags.limits_a or flags.limit_key) and flags.limit_step_a == NO_FLAGS.limit_step_a:
        return limit
    if lowest is not None:
        ceiling_a = min(ceiling_a, lowest.current_a)
    return _in_steps(limit, minimum, ceiling_a, settings, flags)


def least_a(settings: ConnectorSettings, flags: Flags = NO_FLAGS) -> float:
    """The least current above 0 that this connector takes, in A per phase."""
    minimum = max(settings.min_current_a, LOWEST_CURRENT_A)
    raised = replace(settings, below_minimum=BelowMinimum.MINIMUM)
    return wanted(raised, Wishes(limit_a=minimum, mode=ChargeMode.NORMAL), flags).current_a or minimum


def _current_a(cap: Cap) -> float:
    return cap.current_a


def _allowed(settings: ConnectorSettings, wishes: Wishes, minimum_a: float) -> Limit:
    """What the owner allows: 0, or the minimum at least."""
    mode = mode_of(settings, wishes)
    if mode is ChargeMode.OFF:
        return Limit(0.0, LimitReason.PAUSED, "paused")
    if wishes.limit_a is not None:
        base, reason, words = wishes.limit_a, LimitReason.RECEIVED_LIMIT, "the received limit"
    elif mode is ChargeMode.NORMAL:
        base, reason, words = settings.normal_current_a, LimitReason.NORMAL_CURRENT, "normal current"
    else:
        base, reason, words = settings.fast_current_a, LimitReason.FAST_CURRENT, "fast current"
    if base > settings.max_current_a:
        base, reason, words = settings.max_current_a, LimitReason.CONNECTOR_MAXIMUM, "the connector's maximum"
    if base < minimum_a:
        if settings.below_minimum is BelowMinimum.PAUSE:
            return Limit(0.0, LimitReason.BELOW_THE_MINIMUM, f"{words} is below the minimum")
        # A connector whose maximum is below its minimum cannot be configured.
        return Limit(minimum_a, LimitReason.RAISED_TO_THE_MINIMUM, f"the minimum, as {words} is below it")
    return Limit(base, reason, words)


def _capped(cap: Cap, minimum_a: float) -> Limit:
    """What is left below this cap."""
    words = cap.words or cap.kind.name.lower().replace("_", " ")
    if 0.0 < cap.current_a < minimum_a:
        return Limit(0.0, LimitReason.BELOW_THE_MINIMUM, f"{words}: {cap.current_a:g} A is below the minimum")
    return Limit(max(0.0, cap.current_a), cap.kind, words)


def _in_steps(limit: Limit, minimum_a: float, ceiling_a: float, settings: ConnectorSettings, flags: Flags) -> Limit:
    """The next lower current that the charger knows; below the lowest of them as below the minimum."""
    lower_a, lowest_a = _neighbours(flags, limit.current_a, minimum_a)
    steps, words = LimitReason.STEPS_OF_THE_CHARGER, limit.words
    if lower_a >= minimum_a:
        stepped = Limit(lower_a, steps, f"{words}, in the steps of this charger")
        return limit if lower_a == limit.current_a else stepped
    if settings.below_minimum is BelowMinimum.MINIMUM and lowest_a <= ceiling_a:
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
