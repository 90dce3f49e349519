"""What is asked of one outlet: so much energy, by this time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from knx_ocpp_bridge.core.energy.scene import NO_GOAL, OutletView
from knx_ocpp_bridge.core.energy.terms import OutletTerms
from knx_ocpp_bridge.core.energy.zones import last_time, next_time

EFFICIENCY: Final = 0.9
"""So much of what is drawn arrives in the battery of a car."""
WITHOUT_TIME: Final = timedelta(days=1)
"""Energy that is asked for without a time is to be charged so long after the car came."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be done next."""

    need_wh: float | None = None
    """Still to be drawn; None: as much as the car takes."""
    ready: datetime | None = None
    """UTC; None: there is no such time."""
    is_late: bool = False
    """`ready` is over."""
    fixed: bool = False
    """Somebody has named the time."""
    asked: str = ""
    """What was asked for in all, like `20 kWh`; empty: nothing."""

    @property
    def is_done(self) -> bool:
        """What was asked for is in the car."""
        return self.need_wh is not None and self.need_wh <= 0


AS_IT_COMES: Final = Target()


@dataclass(frozen=True, slots=True)
class _Wish:
    at: time | None
    days: frozenset[int] | None
    energy_wh: int | None
    soc: float | None

    @property
    def words(self) -> str:
        if self.energy_wh is not None:
            return f"{self.energy_wh / 1000:g} kWh"
        return "as much as it takes" if self.soc is None else f"{self.soc:g} %"


def is_asked(view: OutletView, terms: OutletTerms) -> bool:
    """Somebody wants something of this session, or of every week."""
    return view.goal != NO_GOAL or bool(terms.plans)


def target(view: OutletView, terms: OutletTerms, asked_at: datetime, now: datetime, zone: tzinfo) -> Target:
    """The first of what was asked for that is not done, or what comes next if all is.

    A time that has passed since `asked_at` without what was to be done by it still counts: the car is late, not free.
    """
    timed, untimed = [], None
    for wish in _wishes(view, terms):
        if wish.at is None:
            untimed = wish
            continue
        need_wh = _need_wh(wish, view, terms)
        passed = last_time(wish.at, now, zone, wish.days)
        if passed is not None and passed > asked_at and need_wh is not None and need_wh > 0:
            return Target(need_wh, passed, is_late=True, fixed=True, asked=wish.words)
        timed.append(Target(need_wh, next_time(wish.at, now, zone, wish.days), fixed=True, asked=wish.words))
    if timed:
        return min(timed, key=lambda each: (each.is_done, each.ready))
    need_wh = None if untimed is None else _need_wh(untimed, view, terms)
    if untimed is None or need_wh is None:
        return AS_IT_COMES
    ready = (view.since or asked_at) + WITHOUT_TIME
    return Target(need_wh, ready, is_late=ready <= now and need_wh > 0, asked=untimed.words)


def _wishes(view: OutletView, terms: OutletTerms) -> Iterator[_Wish]:
    """A time of its own makes a goal stand alone; without one it is for the times of the weekly plans."""
    goal = view.goal
    plans = [each for each in terms.plans if each.days]
    if goal.ready_minute is not None:
        hour, minute = divmod(goal.ready_minute % (24 * 60), 60)
        yield _Wish(time(hour, minute), None, goal.energy_wh, goal.soc)
    elif goal == NO_GOAL:
        yield from (_Wish(each.ready_by, each.days, each.energy_wh, each.soc) for each in plans)
    elif plans:
        yield from (_Wish(each.ready_by, each.days, goal.energy_wh, goal.soc) for each in plans)
    else:
        yield _Wish(None, None, goal.energy_wh, goal.soc)


def _need_wh(wish: _Wish, view: OutletView, terms: OutletTerms) -> float | None:
    if wish.energy_wh is not None:
        return max(wish.energy_wh - view.session_wh, 0)
    if wish.soc is None:
        return None
    if view.soc is not None and view.soc >= wish.soc:
        return 0
    if terms.battery_wh is None:
        return None
    if view.soc is None:
        return max(wish.soc / 100 * terms.battery_wh / EFFICIENCY - view.session_wh, 0)
    return (wish.soc - view.soc) / 100 * terms.battery_wh / EFFICIENCY
