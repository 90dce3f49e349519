"""Max-min fairness: nobody can be given more without taking from somebody who has as little or less.

All grow at the same pace, or in proportion to their weights. What goes through a bottleneck that is used up stops
growing; what has all that it wants stops as well. Each stop is met once, so that the whole costs little more than
sorting.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Final

from knx_ocpp_bridge.core.energy.bottlenecks import Load

EPSILON: Final = 1e-6
_SATISFIED: Final = 0
_STARTS: Final = 1
_USED_UP: Final = 2


@dataclass(slots=True)
class Claim:
    """One who wants. Currents in A."""

    loads: tuple[Load, ...]
    top_a: float
    """It wants no more."""
    base_a: float = 0.0
    """It has so much already; `rooms` are without it."""
    floor_a: float = 0.0
    """It takes so much whatever it is given; `rooms` are without it."""
    weight: float = 1.0
    least_a: float = 0.0
    """Less than this is nothing."""
    narrow: int | None = None
    """The bottleneck that keeps it from more; None: it has what it wants."""

    @property
    def used_a(self) -> float:
        """What is taken out of `rooms`."""
        return max(self.base_a, self.floor_a)


class _Rise:
    """One run of it. `rooms` is written."""

    def __init__(self, claims: Sequence[Claim], rooms: list[float]) -> None:
        self._claims = claims
        self._rooms = rooms
        self._pace = [0.0] * len(rooms)
        self._at = [0.0] * len(rooms)
        self._members: dict[int, list[int]] = {}
        self._stopped = [False] * len(claims)
        self._grows = [False] * len(claims)
        self._events: list[tuple[float, int, int]] = []

    def run(self) -> None:
        for number, claim in enumerate(self._claims):
            claim.narrow = None
            if claim.top_a <= claim.base_a + EPSILON:
                self._stopped[number] = True
                continue
            for place, _ in claim.loads:
                self._members.setdefault(place, []).append(number)
            self._events.append((claim.top_a / claim.weight, _SATISFIED, number))
            if claim.top_a > claim.used_a:
                self._events.append((claim.used_a / claim.weight, _STARTS, number))
        heapify(self._events)
        while self._events:
            level, what, number = heappop(self._events)
            if what == _USED_UP:
                self._look(number, level)
            elif not self._stopped[number]:
                if what == _SATISFIED:
                    self._stop(number, self._claims[number].top_a, level)
                else:
                    self._start(number, level)

    def _start(self, number: int, level: float) -> None:
        """With all that start at the same level, so that a bottleneck is looked at once."""
        touched: set[int] = set()
        numbers = [number]
        while self._events and self._events[0][:2] == (level, _STARTS):
            numbers.append(heappop(self._events)[2])
        for each in numbers:
            if self._stopped[each]:
                continue
            claim = self._claims[each]
            self._grows[each] = True
            for place, load in claim.loads:
                self._advance(place, level)
                self._pace[place] += load * claim.weight
                touched.add(place)
        for place in touched:
            heappush(self._events, (self._used_up_at(place), _USED_UP, place))

    def _stop(self, number: int, current_a: float, level: float) -> None:
        claim = self._claims[number]
        self._stopped[number] = True
        claim.base_a = current_a
        if self._grows[number]:
            for place, load in claim.loads:
                self._advance(place, level)
                self._pace[place] -= load * claim.weight

    def _look(self, place: int, level: float) -> None:
        """Its time has come, unless fewer go through it by now."""
        self._advance(place, level)
        if self._pace[place] <= EPSILON:
            return
        if self._rooms[place] > EPSILON:
            heappush(self._events, (self._used_up_at(place), _USED_UP, place))
            return
        for number in self._members[place]:
            if not self._stopped[number]:
                claim = self._claims[number]
                claim.narrow = place
                self._stop(number, min(claim.top_a, max(claim.base_a, level * claim.weight)), level)

    def _advance(self, place: int, level: float) -> None:
        self._rooms[place] -= self._pace[place] * (level - self._at[place])
        self._at[place] = level

    def _used_up_at(self, place: int) -> float:
        return self._at[place] + max(0.0, self._rooms[place]) / self._pace[place]


def rise(claims: Sequence[Claim], rooms: list[float]) -> None:
    """Raises `base_a` of all towards `top_a`, as fairly as `rooms` allow, which are written."""
    _Rise(claims, rooms).run()


def admit(claims: Sequence[Claim], rooms: list[float]) -> None:
    """Gives each in turn `least_a`, if there is room; `rooms` are written."""
    for claim in claims:
        claim.narrow = None
        place, most_a = narrowest(claim, rooms)
        if claim.base_a < claim.least_a:
            if claim.used_a + max(0.0, most_a) >= claim.least_a - EPSILON:
                take(claim, rooms, claim.least_a)
            else:
                claim.narrow = place


def serve(claims: Sequence[Claim], rooms: list[float]) -> None:
    """Raises `base_a` of each in turn as far as it wants and there is room, or not at all; `rooms` are written."""
    for claim in claims:
        claim.narrow = None
        place, most_a = narrowest(claim, rooms)
        got_a = claim.base_a if most_a <= EPSILON and claim.floor_a <= claim.base_a else claim.used_a + max(0.0, most_a)
        got_a = min(claim.top_a, got_a)
        if got_a < claim.top_a - EPSILON:
            claim.narrow = place
        if got_a > claim.base_a + EPSILON and got_a >= claim.least_a - EPSILON:
            take(claim, rooms, got_a)


def narrowest(claim: Claim, rooms: Sequence[float]) -> tuple[int | None, float]:
    """The bottleneck that allows it the least more, and how much that is."""
    found, least_a = None, float("inf")
    for place, load in claim.loads:
        more_a = rooms[place] / load
        if more_a < least_a:
            found, least_a = place, more_a
    return found, least_a


def take(claim: Claim, rooms: list[float], current_a: float) -> None:
    """It has `current_a` from now on; `rooms` are written."""
    more_a = max(current_a, claim.floor_a) - claim.used_a
    claim.base_a = current_a
    if more_a:
        for place, load in claim.loads:
            rooms[place] -= more_a * load
