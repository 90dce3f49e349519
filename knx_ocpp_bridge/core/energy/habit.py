"""What a car makes of what it is offered: whether it takes less than its limit, or nothing at all."""

from typing import Final

from knx_ocpp_bridge.core.energy.scene import OutletView
from knx_ocpp_bridge.core.energy.sharing_state import Habit
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import ConnectorStatus

LESS_FOR_S: Final = 60.0
ASLEEP_AFTER_S: Final = 120.0
TRIED_AGAIN_S: Final = 3600.0
"""A car that is offered nothing cannot show that it is awake, and one that has taken nothing yet may need more than the
least current to begin: after so long it is offered its share again.
"""
SATED_AFTER_S: Final = 600.0
"""A car that has charged and takes nothing for so long is not kept a place: what it would need to begin is others'
while they use it. It is offered something every `TRIED_AGAIN_S`, and whenever there is enough.
"""
SETTLES_S: Final = 10.0
"""So long after its limit has changed a car may still be on its way to it (IEC 61851-1 leaves it some seconds)."""
RESERVE_A: Final = 1.0
_LESS_A: Final = 1.5
_LESS_SHARE: Final = 0.1
_ALL_OF_IT_A: Final = 0.5
_DRAWS_A: Final = 1.0
_NOTHING_A: Final = 0.5

NO_HABIT: Final = Habit()


def habit(before: Habit, view: OutletView, least_a: float, changed_at_s: float, now_s: float) -> Habit:
    """What is known of the car now; `least_a` is the least that it is ever offered."""
    if not (view.online and view.charging):
        return NO_HABIT
    offered_a = 0.0 if view.in_force_a is None else view.in_force_a
    told = view.measured_at_s is not None and view.measured_at_s >= changed_at_s + SETTLES_S
    slept = _sated(_sleep(before, view, least_a, now_s, is_offered=offered_a >= least_a, told=told), now_s)
    if view.current_a is None or not told or offered_a < least_a or slept.asleep:
        return replace(slept, less_since_s=None)
    return _appetite(slept, view.current_a, offered_a, least_a, now_s)


def wake_at_s(known: Habit) -> float | None:
    """When time alone changes what is known; None: it does not."""
    if known.asleep:
        again_s = known.asleep_at_s + TRIED_AGAIN_S
        if known.sated or known.sated_since_s is None:
            return again_s
        return min(again_s, known.sated_since_s + SATED_AFTER_S)
    times = [] if known.idle_since_s is None else [known.idle_since_s + ASLEEP_AFTER_S]
    if known.less_since_s is not None:
        times.append(known.less_since_s + LESS_FOR_S)
    return min(times, default=None)


def _appetite(known: Habit, current_a: float, offered_a: float, least_a: float, now_s: float) -> Habit:
    if known.takes_a is not None and current_a > min(offered_a, known.takes_a) - _ALL_OF_IT_A:
        known = replace(known, takes_a=None)
    if current_a >= offered_a - max(_LESS_A, _LESS_SHARE * offered_a):
        return replace(known, less_since_s=None)
    if known.less_since_s is None:
        return replace(known, less_since_s=now_s, most_a=current_a)
    most_a = max(known.most_a, current_a)
    if now_s - known.less_since_s < LESS_FOR_S:
        return replace(known, most_a=most_a)
    return replace(known, takes_a=max(least_a, most_a + RESERVE_A), less_since_s=now_s, most_a=current_a)


def _sated(known: Habit, now_s: float) -> Habit:
    since_s = known.sated_since_s
    sated = known.asleep and since_s is not None and now_s - since_s >= SATED_AFTER_S
    return known if sated is known.sated else replace(known, sated=sated)


def _sleep(known: Habit, view: OutletView, least_a: float, now_s: float, *, is_offered: bool, told: bool) -> Habit:
    if view.current_a is None:
        draws = None if view.status is ConnectorStatus.SUSPENDED_EV else view.status is ConnectorStatus.CHARGING
    else:
        draws = view.current_a >= _DRAWS_A
    if draws:
        return replace(known, asleep=False, idle_since_s=None, sated_since_s=None)
    if known.asleep:
        if is_offered and view.session_wh:
            return replace(known, asleep_at_s=now_s)
        if now_s - known.asleep_at_s < TRIED_AGAIN_S:
            return known
        # One that has charged needs no more than the least to show that it wants to go on.
        return replace(known, asleep=False, idle_since_s=None, takes_a=least_a if view.session_wh else known.takes_a)
    is_idle = view.status is ConnectorStatus.SUSPENDED_EV or (
        told and view.current_a is not None and view.current_a < _NOTHING_A
    )
    if not (is_offered and is_idle):
        return replace(known, idle_since_s=None)
    since_s = now_s if known.idle_since_s is None else known.idle_since_s
    if now_s - since_s < ASLEEP_AFTER_S:
        return replace(known, idle_since_s=since_s)
    sated_since_s = (known.sated_since_s or since_s) if view.session_wh else None
    return replace(known, takes_a=None, idle_since_s=None, asleep=True, asleep_at_s=now_s, sated_since_s=sated_since_s)
