"""The rule of the grid operator (section 14a EnWG, contacts of a control box, ripple control).

What is ordered goes to every outlet at once and is held beside the bridge as well. It is written down when it was
ordered, told, confirmed, or not kept to; an outlet that does not keep to it is told 0 A.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy.grid_orders import Order, Orders, heard, of_the_order, restored
from knx_ocpp_bridge.core.energy.grid_proof import Proof, due_s, over, proven
from knx_ocpp_bridge.core.energy.grid_share import Asked, Shares, Turn, divide
from knx_ocpp_bridge.core.energy.ruling import EvidenceRow, Ruling, SiteNote
from knx_ocpp_bridge.core.energy.scene import Evidence, Scene
from knx_ocpp_bridge.core.energy.terms import LimitPer, OutletKey, SiteTerms
from knx_ocpp_bridge.core.status import LimitReason
from knx_ocpp_bridge.core.step import Level


@dataclass(frozen=True, slots=True)
class GridMemory:
    """The orders, who has its turn, and how each outlet keeps to them."""

    orders: Orders = field(default_factory=Orders)
    turns: Mapping[OutletKey, Turn] = field(default_factory=dict)
    single: frozenset[OutletKey] = frozenset()
    waiting: frozenset[OutletKey] = frozenset()
    proofs: Mapping[OutletKey, Proof] = field(default_factory=dict)
    written: frozenset[int] = frozenset()
    """Numbers of the orders of which it was written down that all keep to them."""

    @property
    def limit_w(self) -> float | None:
        """The lowest order that is in force; None: there is none."""
        return min((order.limit_w for order in self.orders.by_scope.values()), default=None)

    @property
    def is_confirmed(self) -> bool:
        """Every outlet keeps to it."""
        return all(proof.is_confirmed for proof in self.proofs.values())


@dataclass(frozen=True, slots=True)
class _Group:
    """Outlets that have this power together."""

    order: Order
    members: tuple[OutletKey, ...]


def restore(rows: Iterable[EvidenceRow]) -> GridMemory:
    """After a start: the orders that the log of evidence leaves open, its rows in order of time."""
    return GridMemory(restored(rows))


def limit_by_grid(
    memory: GridMemory,
    scene: Scene,
    terms: SiteTerms,
    ceilings: Mapping[OutletKey, float] | None = None,
    full: frozenset[OutletKey] = frozenset(),
) -> Ruling[GridMemory]:
    """What each outlet has of the orders in force. `ceilings`: what the other rules allow, A per phase."""
    found = heard(memory.orders, scene, terms)
    groups = tuple(_groups(found.orders, scene, terms))
    asked = Asked(scene, terms, ceilings or {}, full, memory.single, memory.turns)
    shares = _together([divide(group.order.limit_w, group.members, asked) for group in groups])
    orders = _binding(groups)
    proofs, notes, evidence = _proofs(memory, shares, orders, scene, terms)
    after = GridMemory(found.orders, shares.turns, shares.single, shares.waiting, proofs, memory.written)
    written, rows = _confirmed(after, groups)
    within_s = terms.grid_limit.confirmed_within_s
    now_s = scene.now.monotonic_s
    wakes = [at_s for proof in proofs.values() if (at_s := due_s(proof, within_s, now_s)) is not None]
    wakes += [turn.since_s + terms.load.rotate_s for turn in shares.turns.values() if shares.waiting and turn.charges]
    return Ruling(
        GridMemory(after.orders, after.turns, after.single, after.waiting, proofs, written),
        {key: _cap(key, shares, orders[key], proofs[key]) for key in orders},
        dict.fromkeys(shares.single, 1),
        (*found.notes, *notes, *_waits(memory.waiting, shares.waiting)),
        (*found.evidence, *evidence, *rows),
        min((at_s for at_s in wakes if at_s > now_s), default=None),
    )


def _groups(orders: Orders, scene: Scene, terms: SiteTerms) -> Iterable[_Group]:
    outlets = sorted(key for key in terms.outlets if key in scene.outlets)
    for scope, order in orders.by_scope.items():
        members = tuple(key for key in outlets if scope is None or key[0] == scope)
        if scope is None and terms.grid_limit.per is LimitPer.CHARGER:
            for charger in dict.fromkeys(key[0] for key in members):
                yield _Group(order, tuple(key for key in members if key[0] == charger))
        elif members:
            yield _Group(order, members)


def _binding(groups: Iterable[_Group]) -> dict[OutletKey, Order]:
    """Of the orders that an outlet is under, the lowest."""
    found: dict[OutletKey, Order] = {}
    for group in sorted(groups, key=lambda group: group.order.limit_w, reverse=True):
        found |= dict.fromkeys(group.members, group.order)
    return found


def _together(shares: list[Shares]) -> Shares:
    """Where several orders hold, the least of each."""
    current_a: dict[OutletKey, float] = {}
    turns: dict[OutletKey, Turn] = {}
    for each in shares:
        for key, share_a in each.current_a.items():
            current_a[key] = min(share_a, current_a.get(key, share_a))
        for key, turn in each.turns.items():
            turns[key] = turn if key not in turns or not turn.charges else turns[key]
    single = frozenset[OutletKey]().union(*(each.single for each in shares))
    return Shares(current_a, turns, single, frozenset[OutletKey]().union(*(each.waiting for each in shares)))


def _proofs(
    memory: GridMemory, shares: Shares, orders: Mapping[OutletKey, Order], scene: Scene, terms: SiteTerms
) -> tuple[dict[OutletKey, Proof], list[SiteNote], list[EvidenceRow]]:
    proofs: dict[OutletKey, Proof] = {}
    gone = {key: proof for key, proof in memory.proofs.items() if key not in orders}
    notes, evidence = list(over(gone)), list[EvidenceRow]()
    for key, order in orders.items():
        asked = Proof(order.number, shares.current_a[key], order.limit_w, scene.now.monotonic_s)
        found = proven(memory.proofs.get(key), asked, key, scene.outlets[key], terms.grid_limit.confirmed_within_s)
        proofs[key] = found.proof
        notes += found.notes
        evidence += found.evidence
    return proofs, notes, evidence


def _confirmed(memory: GridMemory, groups: Iterable[_Group]) -> tuple[frozenset[int], tuple[EvidenceRow, ...]]:
    """Orders that all their outlets keep to, each written down once."""
    members: dict[int, set[OutletKey]] = {}
    for group in groups:
        members.setdefault(group.order.number, set()).update(group.members)
    open_numbers = {order.number for order in memory.orders.by_scope.values()}
    written = set(memory.written & open_numbers)
    rows = []
    for scope, order in memory.orders.by_scope.items():
        under = members.get(order.number, set())
        if order.number not in written and under and all(memory.proofs[key].is_confirmed for key in under):
            written.add(order.number)
            rows.append(EvidenceRow(Evidence.CONFIRMED, of_the_order(scope), order.limit_w, f"{len(under)} outlets"))
    return frozenset(written), tuple(rows)


def _cap(key: OutletKey, shares: Shares, order: Order, proof: Proof) -> Cap:
    words = f"the grid operator allows {order.limit_w:.0f} W ({', '.join(order.by)})"
    if proof.is_escalated:
        words += ": it did not keep to that, and is told 0 A"
        return Cap(LimitReason.GRID_OPERATOR, 0.0, words=words, lasting=True)
    if key in shares.waiting:
        words += ": not enough for all who want to charge, it waits for its turn"
    return Cap(LimitReason.GRID_OPERATOR, shares.current_a[key], words=words, lasting=True)


def _waits(before: frozenset[OutletKey], now: frozenset[OutletKey]) -> tuple[SiteNote, ...]:
    return tuple(
        SiteNote(Level.INFO, key, "it waits: the grid operator's limit is not enough for all who want to charge")
        for key in sorted(now - before)
    )
