"""What the sharing says of outlets and circuits, in values and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy.amperes import NO_LESS_A
from knx_ocpp_bridge.core.energy.bottlenecks import Bottleneck
from knx_ocpp_bridge.core.energy.circuits import wired
from knx_ocpp_bridge.core.energy.dividing import Party, Share
from knx_ocpp_bridge.core.energy.draws import measured_a
from knx_ocpp_bridge.core.energy.giving import Given
from knx_ocpp_bridge.core.energy.guests import Guest
from knx_ocpp_bridge.core.energy.house import House
from knx_ocpp_bridge.core.energy.queueing import Place
from knx_ocpp_bridge.core.energy.ruling import CircuitReport, OutletReport
from knx_ocpp_bridge.core.energy.silence import SILENT
from knx_ocpp_bridge.core.energy.terms import OutletKey, Phases
from knx_ocpp_bridge.core.status import LimitReason
from knx_ocpp_bridge.core.values import Clock, Moment

_NAMED: Final = 3
"""So many of those who charge are named; of the others the number."""


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that was decided."""

    party: Party
    shares: Mapping[OutletKey, Share]
    given: Mapping[OutletKey, Given]
    restraints: Mapping[OutletKey, str]
    """Of outlets that may be given no more than their fail-safe, or than they have: why."""


def caps(of: Told, now: Moment) -> dict[OutletKey, Cap]:
    """One of each outlet."""
    behind = _Behind(of)
    found = {}
    for guest in of.party.guests:
        kind, words = _why(guest, of, behind)
        before = guest.before
        since = now.utc if now.clock is Clock.SANE else None
        if before is not None and before.kind is kind and before.since is not None:
            since = before.since
        found[guest.key] = Cap(kind, of.given[guest.key].current_a, since, words=words)
    return found


def outlet_reports(of: Told, said: Mapping[OutletKey, Cap]) -> dict[OutletKey, OutletReport]:
    """What each has; why, is said where all rules are known."""
    return {
        guest.key: OutletReport(
            guest.key,
            said[guest.key].current_a,
            is_held_back(guest, said[guest.key].current_a),
            phases=tuple(phase + 1 for phase in wired(guest.outlet) if phase in guest.line),
        )
        for guest in of.party.guests
    }


def circuit_reports(of: Told, house: House) -> tuple[CircuitReport, ...]:
    """All circuits, in the order of the configuration."""
    tree, narrow = of.party.tree, of.party.narrow
    promised = {name: [0.0, 0.0, 0.0] for name in tree.circuits}
    drawn = {name: [0.0, 0.0, 0.0] for name in tree.circuits}
    for guest in of.party.guests:
        may_a = max(of.given[guest.key].current_a if guest.is_open else 0.0, guest.promised_a) + guest.beyond_a
        takes = measured_a(guest)
        for name in tree.chain(guest.key):
            for phase in guest.line:
                promised[name][phase] += may_a
            for phase in range(3):
                drawn[name][phase] += takes[phase]
    found = []
    with_house = frozenset(tree.with_house)
    for name in tree.circuits:
        here = [narrow.all[place] for place in narrow.of[name] if narrow.all[place].phase in range(3)]
        budgets = [
            min(each.budget_a for each in here if each.phase == phase and not each.unbalanced) for phase in range(3)
        ]
        found.append(
            CircuitReport(
                name,
                _limits(of, name),
                _house(house) if name in with_house else None,
                _rounded(promised[name]),
                _rounded(drawn[name]),
                _rounded([max(0.0, budget - taken) for budget, taken in zip(budgets, promised[name], strict=True)]),
                _words(of, name, house),
            )
        )
    return tuple(found)


def is_held_back(guest: Guest, granted_a: float) -> bool:
    """Its car wants to charge, and may not."""
    return guest.is_open and not guest.habit.sated and guest.wanted_a >= guest.least_a and granted_a < guest.least_a


class _Behind:
    """Who charges in a circuit, in words; looked up once for each circuit."""

    def __init__(self, of: Told) -> None:
        self._of = of
        self._known: dict[str, str] = {}

    def words(self, circuit: str) -> str:
        if circuit not in self._known:
            ahead = sorted(
                guest.key
                for guest in self._of.party.guests
                if circuit in self._of.party.tree.chain(guest.key)
                and guest.is_open
                and max(self._of.given[guest.key].current_a, guest.promised_a) >= guest.least_a
            )
            named = [f"{charger} {connector}" for charger, connector in ahead[:_NAMED]]
            more = [f"{len(ahead) - _NAMED} more"] if len(ahead) > _NAMED else []
            self._known[circuit] = ", ".join((*named, *more))
        return self._known[circuit]


def _why(guest: Guest, of: Told, behind: _Behind) -> tuple[LimitReason, str]:
    """What the cap comes from, in words that stay the same while nothing changes."""
    share, restraint = of.shares[guest.key], of.restraints.get(guest.key)
    given_a = of.given[guest.key].current_a
    circuit = guest.outlet.circuit
    if not guest.is_open or guest.wanted_a < guest.least_a:
        return LimitReason.CIRCUIT, circuit
    if restraint is not None and given_a >= of.party.demands[guest.key] - NO_LESS_A:
        return LimitReason.FAIL_SAFE, restraint
    narrow = share.narrow
    kind = LimitReason.CIRCUIT if narrow is None else narrow.kind
    words = circuit if narrow is None else narrow.words
    if given_a >= guest.least_a:
        return kind, words
    if guest.habit.sated:
        return LimitReason.CIRCUIT, f"{words}: its car takes nothing, others use it"
    return (LimitReason.WAITING if kind is LimitReason.CIRCUIT else kind), _waiting(share, narrow, words, behind)


def _waiting(share: Share, narrow: Bottleneck | None, words: str, behind: _Behind) -> str:
    if share.standing is not None and share.standing.place is Place.COOLING:
        return f"{words}: was interrupted, begins again after a while"
    if share.current_a:
        return f"{words}: until the others have made room"
    who = behind.words(narrow.circuit) if narrow is not None else ""
    return f"{words}: behind {who}" if who else f"{words}: too little is left to charge"


def _limits(of: Told, name: str) -> Phases:
    tree = of.party.tree
    first, second, third = (
        min(tree.circuits[above].max_current_a[phase] for above in tree.chains[name]) for phase in range(3)
    )
    return first, second, third


def _house(house: House) -> Phases | None:
    first, second, third, _ = house.currents_a
    return None if first is None or second is None or third is None else (first, second, third)


def _words(of: Told, name: str, house: House) -> str:
    said = []
    if name in of.party.tree.with_house and None in house.currents_a[:3]:
        said.append(f"{house.silence or SILENT}: the fallback current holds")
    if name == of.party.tree.metered and house.is_over:
        said.append("more flows than the fuse may carry")
    kinds = {
        share.narrow.kind for share in of.shares.values() if share.narrow is not None and share.narrow.circuit == name
    }
    if LimitReason.PEAK in kinds:
        said.append("the mean power of 15 minutes is near its limit")
    if LimitReason.UNBALANCED in kinds:
        said.append("the phases differ as much as they may")
    return "; ".join(said)


def _rounded(currents_a: Sequence[float]) -> Phases:
    first, second, third = (round(each, 3) for each in currents_a)
    return first, second, third
