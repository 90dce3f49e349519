"""From what an outlet should have to what it is told: less at once, more only of what nobody is promised any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.energy.amperes import NO_LESS_A, allowed_a
from knx_ocpp_bridge.core.energy.dividing import Party, Share
from knx_ocpp_bridge.core.energy.fair import EPSILON
from knx_ocpp_bridge.core.energy.guests import Guest
from knx_ocpp_bridge.core.energy.terms import OutletKey

WORTH_A: Final = 1.0
"""Less than this is not worth a message, unless nothing is missing then."""


@dataclass(frozen=True, slots=True)
class Given:
    """What one outlet is told, and what is still to come."""

    current_a: float
    more_since_s: float | None = None
    """There is more for it since then; None: there is not."""
    at_once: bool = False
    """That is given as soon as it is free."""
    wake_at_s: float | None = None


def give(of: Party, shares: Mapping[OutletKey, Share]) -> dict[OutletKey, Given]:
    """What each is told from now on."""
    rooms = [each.budget_a for each in of.narrow.all]
    given: dict[OutletKey, Given] = {}
    rising: list[Guest] = []
    for each in of.guests:
        current_a = _kept(each, shares[each.key])
        given[each.key] = Given(current_a)
        taken_a = max(current_a, each.promised_a) if each.is_open else each.promised_a
        for place, load in of.loads[each.key]:
            rooms[place] -= (taken_a + each.beyond_a) * load
        if each.is_open and not _disobeys(each) and _target(each, shares[each.key]) > current_a + NO_LESS_A:
            rising.append(each)
    rising.sort(key=lambda each: _turn(shares[each.key], each))
    for each in rising:
        given[each.key] = _raised(each, given[each.key].current_a, shares[each.key], of, rooms)
    return given


def _disobeys(guest: Guest) -> bool:
    """It takes what it takes. Told so much, it would seem to obey, and be told less again."""
    return guest.view is not None and guest.view.disobeys


def _turn(share: Share, guest: Guest) -> tuple[int, tuple[float, float, str, int]]:
    charger, connector = guest.key
    if share.standing is None:
        return 0, (0.0, 0.0, charger, connector)
    return share.standing.place, share.standing.order


def _target(guest: Guest, share: Share) -> float:
    """Its share, as it can be told."""
    return allowed_a(share.current_a + EPSILON, guest.outlet)


def _kept(guest: Guest, share: Share) -> float:
    """What it keeps of what it was told; never more than its share."""
    if not guest.is_open:
        away = guest.view is not None and guest.view.charging
        return allowed_a(min(guest.granted_a, guest.promised_a), guest.outlet) if away else guest.rest_a
    return min(allowed_a(guest.granted_a, guest.outlet), _target(guest, share))


def _raised(guest: Guest, current_a: float, share: Share, of: Party, rooms: list[float]) -> Given:
    before = guest.before
    since_s = of.now_s if before is None or before.more_since_s is None else before.more_since_s
    demand_a = of.demands[guest.key]
    begins = current_a < guest.least_a
    at_once = begins or is_owed(guest, demand_a)
    if of.narrow.is_over and of.tree.is_metered(guest.key):
        return Given(current_a, at_once=at_once and not begins)  # what one gives back is needed by the fuse
    if not at_once and of.now_s < since_s + of.load.raise_after_s:
        return Given(current_a, since_s, wake_at_s=since_s + of.load.raise_after_s)
    has_a = max(current_a, guest.promised_a)
    loads = of.loads[guest.key]
    more_a = max(0.0, min((rooms[place] / load for place, load in loads), default=0.0))
    new_a = allowed_a(min(_target(guest, share), has_a + more_a), guest.outlet)
    is_worth = new_a - current_a >= WORTH_A - EPSILON or new_a >= demand_a - NO_LESS_A
    if new_a <= current_a or not is_worth:
        return Given(current_a, since_s, at_once and not begins)
    for place, load in loads:
        rooms[place] -= max(0.0, new_a - has_a) * load
    is_done = new_a >= _target(guest, share) - NO_LESS_A
    return Given(new_a, None if is_done else since_s, at_once and not is_done)


def is_owed(guest: Guest, demand_a: float) -> bool:
    """What it has too little is not for want of current: it has just begun, or takes again what it left to others."""
    before = guest.before
    if before is None or before.at_once or not before.charged:
        return True
    wakes = before.habit.asleep and not guest.habit.asleep
    takes_again = before.habit.takes_a is not None and guest.habit.takes_a is None
    wants_more = demand_a > before.wanted_a and before.granted_a >= before.wanted_a - NO_LESS_A
    return wakes or takes_again or wants_more
