"""What each outlet should have, if all could be told at once: by the strategy of the circuits that are too narrow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from knx_ocpp_bridge.core.energy.bottlenecks import Bottleneck, Bottlenecks, Load, loads
from knx_ocpp_bridge.core.energy.circuits import Line, Tree, deepest_first
from knx_ocpp_bridge.core.energy.fair import EPSILON, Claim, admit, rise, serve, take
from knx_ocpp_bridge.core.energy.guests import Guest
from knx_ocpp_bridge.core.energy.queueing import IN_TURN, Place, Standing, standing
from knx_ocpp_bridge.core.energy.terms import LoadTerms, OutletKey, Strategy
from knx_ocpp_bridge.core.replacing import replace


@dataclass(frozen=True, slots=True)
class Share:
    """Of one outlet."""

    current_a: float
    narrow: Bottleneck | None
    """What keeps it from more; None: it has all that it wants, or nothing is wanted."""
    standing: Standing | None
    """None: it wants nothing."""


@dataclass(frozen=True, slots=True)
class Party:
    """All who share, and what they share."""

    guests: Sequence[Guest]
    demands: Mapping[OutletKey, float]
    """What each may be given at most; 0: nothing is wanted."""
    tree: Tree
    narrow: Bottlenecks
    load: LoadTerms
    now_s: float
    loads: Mapping[OutletKey, tuple[Load, ...]]


def party(
    guests: Sequence[Guest],
    demands: Mapping[OutletKey, float],
    tree: Tree,
    narrow: Bottlenecks,
    load: LoadTerms,
    now_s: float,
) -> Party:
    """With the ways of all through the bottlenecks."""
    known: dict[tuple[str, Line], tuple[Load, ...]] = {}
    ways = {}
    for each in guests:
        place = (each.outlet.circuit, each.line)
        if place not in known:
            known[place] = loads(tree.chain(each.key), each.line, narrow)
        ways[each.key] = known[place]
    return Party(guests, demands, tree, narrow, load, now_s, ways)


def divide(of: Party) -> dict[OutletKey, Share]:
    """The share of each guest: 0 or not below its least current."""
    rooms = [each.budget_a for each in of.narrow.all]
    left = list(rooms)
    roots: dict[str, list[_Seat]] = {}
    shares: dict[OutletKey, Share] = {}
    priorities = [each.outlet.priority for each in of.guests if of.demands[each.key]]
    lowest = min(priorities, default=1)
    for each in of.guests:
        for place, load in of.loads[each.key]:
            rooms[place] -= (each.floor_a + each.beyond_a) * load
        if of.demands[each.key] < each.least_a - EPSILON:
            for place, load in of.loads[each.key]:
                left[place] -= each.floor_a * load
            shares[each.key] = Share(0.0, None, None)
            continue
        strategy = of.tree.circuits[of.tree.root(each.key)].strategy
        stands = standing(each, strategy, of.load, of.now_s, lowest)
        demand_a = of.demands[each.key]
        seat = _Seat(each, stands, _appetite(each, demand_a), demand_a, of.loads[each.key])
        roots.setdefault(of.tree.root(each.key), []).append(seat)
    for seats in roots.values():
        seats.sort(key=lambda seat: (seat.standing.place, seat.standing.order))
        strategies = {of.tree.circuits[name].strategy for seat in seats for name in of.tree.chain(seat.guest.key)}
        claims = _by_one(seats, strategies.pop(), rooms) if len(strategies) == 1 else _by_many(seats, of, rooms)
        for seat, claim in zip(seats, claims, strict=True):
            narrow = None if claim.narrow is None else of.narrow.all[claim.narrow]
            shares[seat.guest.key] = Share(_fitting(seat, claim.base_a, left), narrow, seat.standing)
    return shares


@dataclass(frozen=True, slots=True)
class _Seat:
    guest: Guest
    standing: Standing
    appetite_a: float
    """What its car makes use of."""
    demand_a: float
    loads: tuple[Load, ...]


def _fitting(seat: _Seat, share_a: float, left: list[float]) -> float:
    """What cannot be taken back from somebody is not told to him beyond what there is; `left` is written."""
    fits_a = min((max(0.0, left[place]) / load for place, load in seat.loads), default=share_a)
    share_a = share_a if share_a <= fits_a + EPSILON else fits_a
    for place, load in seat.loads:
        left[place] -= share_a * load
    return share_a


def _appetite(guest: Guest, demand_a: float) -> float:
    """A car that sleeps needs the least to begin; one that takes less than it may, that and a reserve."""
    if guest.habit.asleep:
        return guest.least_a
    takes_a = guest.habit.takes_a
    return demand_a if takes_a is None else max(guest.least_a, min(demand_a, takes_a))


def _claim(seat: _Seat, strategy: Strategy) -> Claim:
    weight = float(max(1, seat.guest.outlet.priority)) if strategy is Strategy.PRIORITY else 1.0
    return Claim(seat.loads, 0.0, 0.0, seat.guest.floor_a, weight, seat.guest.least_a)


def _by_one(seats: Sequence[_Seat], strategy: Strategy, rooms: list[float]) -> list[Claim]:
    """All circuits agree on how to divide; `rooms` are written. First what cars make use of, then what is left."""
    claims = [_claim(seat, strategy) for seat in seats]
    pairs = [
        (seat, claim) for seat, claim in zip(seats, claims, strict=True) if seat.standing.place is not Place.COOLING
    ]
    if strategy in IN_TURN:
        _rise_in_turn(pairs, rooms)
        return claims
    admit([claim for seat, claim in pairs if seat.standing.place is Place.HELD], rooms)
    pairs.sort(key=lambda pair: (pair[0].standing.place is Place.ASLEEP, pair[0].standing.order))
    appetites, wants = [seat.appetite_a for seat, _ in pairs], [seat.demand_a for seat, _ in pairs]
    for tops in (wants,) if appetites == wants else (appetites, wants):
        for (_, claim), top_a in zip(pairs, tops, strict=True):
            claim.top_a = top_a
        serve([claim for _, claim in pairs], rooms)
    return claims


def _rise_in_turn(pairs: Sequence[tuple[_Seat, Claim]], rooms: list[float]) -> None:
    """All the same; a car that is sated has what the others make no use of."""
    groups = []
    for sated in (False, True):
        group = [(seat, claim) for seat, claim in pairs if seat.guest.habit.sated is sated]
        admit([claim for _, claim in group], rooms)
        groups.append([(seat, claim) for seat, claim in group if claim.base_a >= claim.least_a])
        _rise(groups[-1], [seat.appetite_a for seat, _ in groups[-1]], rooms)
    for group in groups:
        if any(seat.demand_a != seat.appetite_a for seat, _ in group):
            _rise(group, [seat.demand_a for seat, _ in group], rooms)


def _rise(group: Sequence[tuple[_Seat, Claim]], tops_a: Sequence[float], rooms: list[float]) -> None:
    for (_, claim), top_a in zip(group, tops_a, strict=True):
        claim.top_a = top_a
    rise([claim for _, claim in group], rooms)


def _by_many(seats: Sequence[_Seat], of: Party, rooms: list[float]) -> list[Claim]:
    """Each circuit divides what it has by its own strategy, the deepest first; what is left over then is for all."""
    allowed = {seat.guest.key: seat.demand_a for seat in seats}
    names = {name for seat in seats for name in of.tree.chain(seat.guest.key)}
    for name in deepest_first(names, of.tree.chains):
        places = frozenset(of.narrow.of[name])
        inside = [
            _within(seat, allowed[seat.guest.key], places) for seat in seats if name in of.tree.chain(seat.guest.key)
        ]
        inside = [seat for seat in inside if seat.demand_a >= seat.guest.least_a - EPSILON]
        for seat, claim in zip(inside, _by_one(inside, of.tree.circuits[name].strategy, list(rooms)), strict=True):
            allowed[seat.guest.key] = claim.base_a
    claims = [_claim(seat, Strategy.EQUAL) for seat in seats]
    for seat, claim in zip(seats, claims, strict=True):
        claim.top_a = seat.demand_a
        take(claim, rooms, allowed[seat.guest.key])
    admit([claim for seat, claim in zip(seats, claims, strict=True) if seat.standing.place is not Place.COOLING], rooms)
    rise([claim for claim in claims if claim.base_a >= claim.least_a], rooms)
    return claims


def _within(seat: _Seat, allowed_a: float, places: Iterable[int]) -> _Seat:
    """As the circuit with these bottlenecks sees it."""
    here = tuple([each for each in seat.loads if each[0] in places])
    return replace(seat, demand_a=min(seat.demand_a, allowed_a), appetite_a=min(seat.appetite_a, allowed_a), loads=here)
