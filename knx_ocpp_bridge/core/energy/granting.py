"""All caps of an outlet become what its charger's core is told: only news, and what takes current away first."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from math import inf
from typing import Any, Final

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy.ruling import Grant, Ruling
from knx_ocpp_bridge.core.energy.terms import OutletKey
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import LimitReason
from knx_ocpp_bridge.core.values import Clock, Moment

_PRESSING: Final = frozenset(
    {
        LimitReason.CIRCUIT,
        LimitReason.WAITING,
        LimitReason.PEAK,
        LimitReason.UNBALANCED,
        LimitReason.FAIL_SAFE,
        LimitReason.GRID_OPERATOR,
        LimitReason.NOT_RELEASED,
    }
)
"""Of these less is urgent: a fuse, or somebody outside, waits for it. The sun, the plan and the session can wait."""

Given = Mapping[OutletKey, Grant]
"""What every outlet was told last."""


def lowest_a(caps: Iterable[Cap]) -> float:
    """What all of them together allow; infinite where there is none."""
    return min((cap.current_a for cap in caps), default=inf)


def ceilings(already: Mapping[OutletKey, float], rulings: Iterable[Ruling[Any]]) -> dict[OutletKey, float]:
    """What all these rules together allow each outlet that one of them limits, or that is limited `already`."""
    found = dict(already)
    for ruling in rulings:
        for key, cap in ruling.caps.items():
            found[key] = min(cap.current_a, found.get(key, inf))
    return found


def fewest_phases(rulings: Iterable[Ruling[Any]]) -> dict[OutletKey, int]:
    """On how many phases these rules together let an outlet charge, where one of them says something."""
    found: dict[OutletKey, int] = {}
    for ruling in rulings:
        for key, phases in ruling.phases.items():
            found[key] = min(phases, found.get(key, phases))
    return found


def of_kind(given: Given, kind: LimitReason) -> dict[OutletKey, float]:
    """What outlets were allowed last by this kind of limit."""
    return {key: cap.current_a for key, grant in given.items() for cap in grant.caps if cap.kind is kind}


def both(one: Mapping[OutletKey, float], other: Mapping[OutletKey, float]) -> dict[OutletKey, float]:
    """The lower of each."""
    return {key: min(one.get(key, inf), other.get(key, inf)) for key in one.keys() | other.keys()}


def gathered(
    rulings: Iterable[Ruling[Any]],
    outlets: Iterable[OutletKey],
    given: Given,
    now: Moment,
) -> dict[OutletKey, Grant]:
    """What each outlet has by all rules."""
    rulings = tuple(rulings)
    since = now.utc if now.clock is Clock.SANE else None
    phases = fewest_phases(rulings)
    grants = {}
    for key in outlets:
        before = given.get(key)
        caps = tuple(
            _dated(ruling.caps[key], () if before is None else before.caps, since)
            for ruling in rulings
            if key in ruling.caps
        )
        grants[key] = Grant(key, caps, phases.get(key), urgent=_is_urgent(caps, before))
    return grants


def news(grants: Mapping[OutletKey, Grant], given: Given) -> tuple[Grant, ...]:
    """Those that say something else than before, whatever their words; reductions first, the greatest of them first."""
    changed = [grant for key, grant in grants.items() if not is_same(grant, given.get(key))]
    return tuple(sorted(changed, key=lambda grant: _rise_a(grant, given.get(grant.outlet))))


def is_same(grant: Grant, before: Grant | None) -> bool:
    """Nothing holds now that did not hold before."""
    return before is not None and (_meaning(grant), grant.phases) == (_meaning(before), before.phases)


def _meaning(grant: Grant) -> list[tuple[LimitReason, float, bool, datetime | None]]:
    return [(cap.kind, cap.current_a, cap.lasting, cap.until) for cap in grant.caps]


def _dated(cap: Cap, before: tuple[Cap, ...], since: datetime | None) -> Cap:
    """A limit that holds as it did has held since then."""
    if cap.since is not None:
        return cap
    same = next((one for one in before if one.kind is cap.kind and one.current_a == cap.current_a), None)
    return replace(cap, since=since if same is None else same.since)


def _rise_a(grant: Grant, before: Grant | None) -> float:
    was_a = inf if before is None else lowest_a(before.caps)
    now_a = lowest_a(grant.caps)
    return 0.0 if now_a == was_a else now_a - was_a


def _is_urgent(caps: tuple[Cap, ...], before: Grant | None) -> bool:
    was = {} if before is None else {cap.kind: cap.current_a for cap in before.caps}
    return any(cap.kind in _PRESSING and cap.current_a < was.get(cap.kind, inf) for cap in caps)
