"""A power for several outlets, divided among those that charge: equal shares, and turns where it is not enough.

Nobody is given what another may still draw by what it was told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

from knx_ocpp_bridge.core.energy.amperes import NO_LESS_A, allowed_a, least_a, phases_in_use, watts_per_ampere
from knx_ocpp_bridge.core.energy.scene import OutletView, Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey, OutletTerms, SiteTerms


@dataclass(frozen=True, slots=True)
class Turn:
    """One outlet that wants to charge under an order."""

    charges: bool
    since_s: float
    """Since then it charges, or waits; monotonic."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What an outlet asks of the power."""

    outlet: OutletTerms
    view: OutletView
    wants: bool
    least_w: float
    most_w: float

    @property
    def held_w(self) -> float:
        """What it may draw as long as it has not confirmed anything else; one that is away and does not charge: 0."""
        if not self.view.online and not self.view.charging:
            return 0.0
        held_a = self.view.promised_a
        if self.view.disobeys and self.view.current_a is not None:
            held_a = max(held_a, self.view.current_a)
        return held_a * watts_per_ampere(phases_in_use(self.outlet, self.view))


@dataclass(frozen=True, slots=True)
class Shares:
    """A per phase for each outlet; and who has its turn."""

    current_a: Mapping[OutletKey, float]
    turns: Mapping[OutletKey, Turn]
    single: frozenset[OutletKey] = frozenset()
    """These are to charge on one phase: on all of them there is not enough."""
    waiting: frozenset[OutletKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that a division looks at."""

    scene: Scene
    terms: SiteTerms
    ceilings: Mapping[OutletKey, float]
    """What the other rules allow, A per phase."""
    full: frozenset[OutletKey] = frozenset()
    single: frozenset[OutletKey] = frozenset()
    """They were told to charge on one phase, and stay there as long as the order lasts."""
    turns: Mapping[OutletKey, Turn] = field(default_factory=dict)


def divide(limit_w: float, members: Iterable[OutletKey], asked: Asked) -> Shares:
    """Shares that come to `limit_w` at most together; an outlet that does not charge has what is left over."""
    claims = {key: _claim(key, asked) for key in members}
    turns = _turns(claims, asked)
    order = sorted(
        (key for key, claim in claims.items() if claim.wants), key=lambda key: _place(key, turns[key], asked)
    )
    away, left_w = _kept_by_the_away(limit_w, claims)
    powers, left_w = _filled(left_w, order, claims)
    idle = {key: claim for key, claim in claims.items() if not claim.wants and key not in away}
    powers |= away | _left_over(left_w, idle)
    now_s = asked.scene.now.monotonic_s
    charging = {key: powers[key] > 0 for key in order}
    after = {
        key: turns[key] if turns[key].charges == charges else Turn(charges, now_s) for key, charges in charging.items()
    }
    return Shares(
        _free(limit_w, powers, claims),
        after,
        frozenset(
            key for key, power_w in powers.items() if _is_for_one_phase(power_w, claims[key], was=key in asked.single)
        ),
        frozenset(key for key, charges in charging.items() if not charges),
    )


def _claim(key: OutletKey, asked: Asked) -> Claim:
    outlet, view = asked.terms.outlets[key], asked.scene.outlets[key]
    ceiling_a = min(asked.ceilings.get(key, inf), view.base_a, outlet.max_current_a)
    wants = view.online and view.charging and key not in asked.full and ceiling_a >= least_a(outlet)
    fewest = 1 if outlet.can_switch_phases else phases_in_use(outlet, view)
    phases = 1 if key in asked.single else outlet.phases if outlet.can_switch_phases else fewest
    return Claim(outlet, view, wants, least_a(outlet) * watts_per_ampere(fewest), ceiling_a * watts_per_ampere(phases))


def _turns(claims: Mapping[OutletKey, Claim], asked: Asked) -> dict[OutletKey, Turn]:
    now_s = asked.scene.now.monotonic_s
    return {
        key: asked.turns.get(key, Turn(charges=bool(claim.view.in_force_a), since_s=now_s))
        for key, claim in claims.items()
        if claim.wants
    }


def _place(key: OutletKey, turn: Turn, asked: Asked) -> tuple[int, float, int, float, OutletKey]:
    """Who charges goes on for its time; then who waits, the longest first; of those that wait as long, by priority."""
    view = asked.scene.outlets[key]
    came = 0.0 if view.since is None else view.since.timestamp()
    has_had = turn.charges and asked.scene.now.monotonic_s - turn.since_s >= asked.terms.load.rotate_s
    group = 2 if has_had else 0 if turn.charges else 1
    return group, turn.since_s, -asked.terms.outlets[key].priority, came, key


def _kept_by_the_away(limit_w: float, claims: Mapping[OutletKey, Claim]) -> tuple[dict[OutletKey, float], float]:
    """Who charges and cannot be told anything has what it holds, as far as there is so much; and what is left."""
    powers: dict[OutletKey, float] = {}
    left_w = limit_w
    for key, claim in claims.items():
        if not claim.view.online and claim.held_w > 0:
            powers[key] = min(claim.held_w, left_w)
            left_w -= powers[key]
    return powers, left_w


def _filled(
    budget_w: float, order: list[OutletKey], claims: Mapping[OutletKey, Claim]
) -> tuple[dict[OutletKey, float], float]:
    """The least to as many as possible in this order, the rest in equal shares; and what nobody of them wants."""
    powers: dict[OutletKey, float] = dict.fromkeys(order, 0.0)
    left_w = budget_w
    for key in order:
        if claims[key].least_w <= left_w + 1e-6:
            powers[key] = claims[key].least_w
            left_w -= claims[key].least_w
    left_w = max(0.0, left_w)
    open_keys = [key for key in order if powers[key] > 0]
    level_w = sum(powers.values()) + left_w
    served = sorted(open_keys, key=lambda key: claims[key].most_w)
    for index, key in enumerate(served):
        share_w = min(claims[key].most_w, max(claims[key].least_w, level_w / (len(served) - index)))
        rest_w = sum(claims[each].least_w for each in served[index + 1 :])
        powers[key] = max(claims[key].least_w, min(share_w, level_w - rest_w))
        level_w -= powers[key]
    return powers, max(0.0, level_w) if served else left_w


def _left_over(left_w: float, idle: Mapping[OutletKey, Claim]) -> dict[OutletKey, float]:
    """For those that do not charge now, so that a car that begins finds something if there is something."""
    powers: dict[OutletKey, float] = dict.fromkeys(idle, 0.0)
    if not idle:
        return powers
    each_w = left_w / len(idle)
    return {key: each_w if each_w >= claim.least_w else 0.0 for key, claim in idle.items()}


def _is_for_one_phase(power_w: float, claim: Claim, *, was: bool) -> bool:
    if not claim.outlet.can_switch_phases or claim.outlet.phases == 1:
        return False
    return was or 0.0 < power_w < least_a(claim.outlet) * watts_per_ampere(claim.outlet.phases)


def _free(
    limit_w: float, powers: Mapping[OutletKey, float], claims: Mapping[OutletKey, Claim]
) -> dict[OutletKey, float]:
    """In amperes; less at once, more only as far as all others may not draw it any more."""
    kept_w = {key: max(power_w, claims[key].held_w) for key, power_w in powers.items()}
    all_w = sum(kept_w.values())
    found = {}
    for key, power_w in powers.items():
        claim = claims[key]
        per_a = watts_per_ampere(phases_in_use(claim.outlet, claim.view))
        share_a = allowed_a(min(power_w / per_a, claim.outlet.max_current_a), claim.outlet)
        if share_a > claim.view.promised_a + NO_LESS_A:
            free_a = (limit_w - (all_w - kept_w[key])) / per_a
            share_a = allowed_a(max(min(claim.view.promised_a, share_a), min(free_a, share_a)), claim.outlet)
        found[key] = share_a
    return found
