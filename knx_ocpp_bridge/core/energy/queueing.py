"""Who is let charge first where not all can: nobody waits for ever, and nobody begins and ends all the time."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from knx_ocpp_bridge.core.energy.guests import Guest
from knx_ocpp_bridge.core.energy.terms import LoadTerms, Strategy

IN_TURN: Final = frozenset({Strategy.EQUAL, Strategy.PRIORITY})
"""Strategies by which everybody gets something, if need be one after the other."""


class Place(IntEnum):
    """In the queue, the first first."""

    HELD = 0
    """It has just begun, and is not interrupted but by the fuse."""
    CHARGING = 1
    WAITING = 2
    TURN_IS_OVER = 3
    """It has charged for long, and makes room for who waits."""
    ASLEEP = 4
    """Its car takes nothing, but may begin to."""
    COOLING = 5
    """It was just interrupted, and does not begin anew yet."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one stands. Compares as the queue does."""

    place: Place
    order: tuple[float, float, str, int]
    until_s: float | None = None
    """It stands elsewhere then, if somebody waits; monotonic."""


def standing(guest: Guest, strategy: Strategy, load: LoadTerms, now_s: float, lowest_priority: int) -> Standing:
    """Of an outlet that wants current."""
    before = guest.before
    arrived_s = now_s if before is None or before.arrived_at_s is None else before.arrived_at_s
    charger, connector = guest.key
    rank = -float(guest.outlet.priority) if strategy is Strategy.STRICT else 0.0

    def stands(place: Place, first: float, until_s: float | None = None) -> Standing:
        return Standing(place, (first, arrived_s, charger, connector), until_s)

    if guest.habit.asleep:
        rests_until_s = guest.habit.asleep_at_s + load.hold_s
        rests = guest.habit.sated and guest.granted_a < guest.least_a and now_s < rests_until_s
        return stands(Place.COOLING, rank, rests_until_s) if rests else stands(Place.ASLEEP, rank)
    if before is None:
        return stands(Place.CHARGING, rank)
    if before.admitted_at_s is None:
        cool_at_s = before.paused_at_s + before.cools_s
        if now_s < cool_at_s:
            return stands(Place.COOLING, rank, cool_at_s)
        waits_since_s = now_s if before.waits_since_s is None else before.waits_since_s
        return stands(Place.WAITING, waits_since_s if strategy in IN_TURN else rank)
    held_until_s = before.admitted_at_s + load.hold_s
    if now_s < held_until_s:
        return stands(Place.HELD, rank, held_until_s)
    if strategy not in IN_TURN:
        return stands(Place.CHARGING, rank)
    turns = guest.outlet.priority / max(1, lowest_priority) if strategy is Strategy.PRIORITY else 1.0
    over_at_s = before.admitted_at_s + max(load.hold_s, load.rotate_s * turns)
    if now_s < over_at_s:
        return stands(Place.CHARGING, before.admitted_at_s, over_at_s)
    return stands(Place.TURN_IS_OVER, -before.admitted_at_s)
