"""Keeps what chargers draw on one phase near to what they draw on the others.

A charger on all three phases changes nothing about the difference; so only those on one or two count.
"""

from collections.abc import Iterable
from math import floor

from knx_ocpp_bridge.core.energy.draws import draw
from knx_ocpp_bridge.core.energy.guests import Guest
from knx_ocpp_bridge.core.energy.slowly import Slow, follow
from knx_ocpp_bridge.core.energy.terms import Phases

Balance = tuple[Slow, Slow, Slow]


def counts(guest: Guest) -> bool:
    """It makes a difference between the phases."""
    return len(guest.line) < 3


def watch(before: Balance | None, guests: Iterable[Guest], now_s: float, raise_after_s: float) -> Balance:
    """What such chargers draw at least on each phase, negated: less counts at once, more only when it stays so.

    Whole amperes: so a car whose current trembles changes no limit of the others.
    """
    least = [0.0, 0.0, 0.0]
    for each in guests:
        if counts(each):
            drawn = draw(each, now_s).least_a
            least = [so_far + drawn[phase] for phase, so_far in enumerate(least)]
    first, second, third = (
        follow(None if before is None else before[phase], -floor(each), -floor(each), now_s, raise_after_s)
        for phase, each in enumerate(least)
    )
    return first, second, third


def budgets(balance: Balance, unbalanced_a: float) -> Phases:
    """What chargers on one or two phases may take of each phase."""
    drawn = [-each.value for each in balance]
    first, second, third = (
        unbalanced_a + min(other for place, other in enumerate(drawn) if place != phase) for phase in range(3)
    )
    return first, second, third
