"""Who may have no more than is safe without anybody steering: after a start, and chargers that cannot be relied on."""

from collections.abc import Mapping, Sequence
from typing import Final

from knx_ocpp_bridge.core.energy.amperes import allowed_a
from knx_ocpp_bridge.core.energy.circuits import Tree
from knx_ocpp_bridge.core.energy.guests import Guest
from knx_ocpp_bridge.core.energy.terms import OutletKey

_NAMED: Final = 3

Settling = Mapping[str, str]
"""Root circuits in which nothing is given out yet, and why."""


def settling(
    guests: Sequence[Guest], heard: frozenset[OutletKey], tree: Tree, since_start_s: float, lease_s: float
) -> Settling:
    """Until every outlet has said what it does, or whatever it was lent before the start has run out."""
    if since_start_s >= lease_s:
        return {}
    missing: dict[str, list[str]] = {}
    for each in guests:
        if each.key not in heard:
            charger, connector = each.key
            missing.setdefault(tree.root(each.key), []).append(f"{charger} {connector}")
    return {root: _words(sorted(names)) for root, names in missing.items()}


def demands(
    guests: Sequence[Guest], tree: Tree, unsettled: Settling
) -> tuple[dict[OutletKey, float], dict[OutletKey, str]]:
    """What each may be given at most, and of those that may have less than they want: why."""
    found: dict[OutletKey, float] = {}
    why: dict[OutletKey, str] = {}
    for each in guests:
        demand_a, words = _demand(each, tree, unsettled)
        found[each.key] = demand_a
        if words:
            why[each.key] = words
    return found, why


def _demand(guest: Guest, tree: Tree, unsettled: Settling) -> tuple[float, str]:
    demand_a, words = guest.wanted_a, ""
    if demand_a < guest.least_a or guest.view is None:
        return 0.0, ""
    if tree.is_metered(guest.key) and not guest.view.leases and guest.rest_a < demand_a:
        demand_a, words = guest.rest_a, "this charger takes no limit that ends by itself"
    waits_for = unsettled.get(tree.root(guest.key))
    if waits_for is not None:
        has_a = guest.rest_a if guest.view.in_force_a is None else guest.view.in_force_a
        if has_a < demand_a:
            demand_a, words = has_a, waits_for
    return allowed_a(demand_a, guest.outlet), words


def _words(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"after a start: waits for {', '.join(names[:_NAMED])}{more}"
