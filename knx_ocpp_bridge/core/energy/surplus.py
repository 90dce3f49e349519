"""The rule of the sun: the modes `surplus` and `minimum_and_surplus`.

What the house feeds in, and what these cars take already, is theirs: the first has as much of it as it takes, then the
next, by priority and then by who came first. A pause is 0 A; the transaction stays open.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Final

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy.amperes import allowed_a, least_a, watts_per_ampere
from knx_ocpp_bridge.core.energy.ruling import Ruling, SiteNote
from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.energy.surplus_car import Car, Case, advanced, begun, phases_for
from knx_ocpp_bridge.core.energy.surplus_flow import Flow, begun_anew, drawn_w, flowing
from knx_ocpp_bridge.core.energy.surplus_supply import Supply, supply
from knx_ocpp_bridge.core.energy.terms import OutletKey, SiteTerms
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import ChargeMode, LimitReason
from knx_ocpp_bridge.core.step import Level

SUNNY: Final = frozenset({ChargeMode.SURPLUS, ChargeMode.MINIMUM_AND_SURPLUS})
_AGAIN_S: Final = 5.0
"""While a car wants to charge by the sun, it is looked at that often."""
_MORE_A: Final = 0.3
"""A car that takes less than its share is left so much to take more."""
_BEGINS_BY_S: Final = 300.0
"""A car that takes nothing of its share by then sleeps, or has a timer of its own."""


@dataclass(frozen=True, slots=True)
class SurplusMemory:
    """The cars in these modes, what was measured, and whether nobody knows how much the sun gives."""

    cars: Mapping[OutletKey, Car] = field(default_factory=dict)
    flow: Flow = field(default_factory=Flow)
    is_blind: bool = False
    power_w: float | None = None
    """What cars could have of the sun; None: it is not measured."""


def charge_by_sun(
    memory: SurplusMemory,
    scene: Scene,
    terms: SiteTerms,
    ceilings: Mapping[OutletKey, float] | None = None,
    full: frozenset[OutletKey] = frozenset(),
    must: Mapping[OutletKey, float] | None = None,
) -> Ruling[SurplusMemory]:
    """`ceilings`: what the other rules allow, A per phase. `must`: what outlets are to have whatever the sun does."""
    keys = _in_order(scene, terms)
    there = supply(scene, terms.surplus)
    flow = flowing(memory.flow, scene, terms, keys, there)
    round_ = _Round(scene, terms, ceilings or {}, full, must or {}, flow.power_w)
    cars = {key: round_.car(key, memory.cars.get(key), there) for key in keys}
    if any(_is_other(cars[key], memory.cars.get(key)) for key in keys):
        flow = begun_anew(flow, scene.now.monotonic_s)
    is_blind = there.power_w is None and not there.is_awaited and bool(keys)
    power_w = round_.power_w
    if power_w is None and there.power_w is not None:
        # Too little was heard to steer by; who looks sees what is known.
        power_w = there.power_w if memory.power_w is None else memory.power_w
    after = SurplusMemory(cars, flow, is_blind, power_w)
    caps = {key: _cap(cars[key], there) for key in keys if key not in round_.must}
    phases = {key: car.phases for key, car in cars.items() if car.phases is not None and key not in round_.must}
    wants = any(scene.outlets[key].charging for key in keys)
    return Ruling(
        after,
        caps,
        phases,
        (*_blind(memory, after, there), *_switched(memory.cars, cars, power_w)),
        wake_at_s=scene.now.monotonic_s + _AGAIN_S if wants else None,
    )


class _Round:
    """One distribution of what there is, from the first car to the last."""

    def __init__(
        self,
        scene: Scene,
        terms: SiteTerms,
        ceilings: Mapping[OutletKey, float],
        full: frozenset[OutletKey],
        must: Mapping[OutletKey, float],
        power_w: float | None,
    ) -> None:
        self._scene, self._terms, self._ceilings, self._full, self.must = scene, terms, ceilings, full, must
        self.power_w = power_w
        self._rest_w = None if power_w is None else power_w + terms.surplus.grid_tolerance_w

    def car(self, key: OutletKey, before: Car | None, there: Supply) -> Car:
        """The next one."""
        outlet, view, now_s = self._terms.outlets[key], self._scene.outlets[key], self._scene.now.monotonic_s
        most_a = min(self._ceilings.get(key, inf), view.base_a, outlet.max_current_a)
        case = Case(outlet, view, self._terms.surplus, now_s, self._rest_w, most_a, key in self._full)
        car = begun(case) if before is None else before
        if key in self.must:
            switched = car.phases is not None
            car = replace(car, is_on=True, current_a=self.must[key], phases=None, low_since_s=None, high_since_s=None)
            car = replace(car, phases_at_s=now_s) if switched else car
        elif there.power_w is None and not there.is_awaited:
            goes_on = view.mode is ChargeMode.MINIMUM_AND_SURPLUS
            least = allowed_a(least_a(outlet), outlet) if goes_on else 0.0
            car = replace(
                car,
                is_on=goes_on,
                is_guess=False,
                current_a=least,
                high_since_s=None,
                low_since_s=None,
                wide_since_s=None,
            )
        else:
            car = advanced(car, case)
        if _is_other(car, before):
            car = replace(car, given_at_s=now_s)
        self._take(car, case)
        return car

    def _take(self, car: Car, case: Case) -> None:
        """What this car leaves for the others."""
        if self._rest_w is None or not car.is_on or not case.wants:
            return
        per_a = watts_per_ampere(1 if car.phases == 1 else phases_for(car, case))
        share_w = min(car.current_a, case.most_a) * per_a
        takes_w = drawn_w(case.outlet, case.view, case.now_s)
        if case.is_full:
            share_w = takes_w
        elif takes_w >= per_a or case.now_s - car.given_at_s >= _BEGINS_BY_S:
            share_w = min(share_w, takes_w + _MORE_A * per_a) if takes_w >= per_a else 0.0
        self._rest_w -= share_w


def _in_order(scene: Scene, terms: SiteTerms) -> tuple[OutletKey, ...]:
    keys = [key for key, view in scene.outlets.items() if key in terms.outlets and view.mode in SUNNY]

    def place(key: OutletKey) -> tuple[int, float, OutletKey]:
        since = scene.outlets[key].since
        return -terms.outlets[key].priority, inf if since is None else since.timestamp(), key

    return tuple(sorted(keys, key=place))


def _is_other(car: Car, before: Car | None) -> bool:
    was = (False, 0.0, None) if before is None else (before.is_on, before.current_a, before.phases)
    return (car.is_on, car.current_a, car.phases) != was


def _cap(car: Car, there: Supply) -> Cap:
    """Its words have no figures: they would be old before anybody reads them."""
    if there.power_w is None and not there.is_awaited:
        return Cap(LimitReason.FAIL_SAFE, car.current_a, words=f"how much the sun gives is not known: {there.words}")
    words = "charges by the sun" if car.is_on else "the sun is not enough, or no car waits for it"
    return Cap(LimitReason.SURPLUS, car.current_a, words=f"{words} ({there.words})")


def _blind(memory: SurplusMemory, after: SurplusMemory, there: Supply) -> tuple[SiteNote, ...]:
    if after.is_blind and not memory.is_blind:
        text = f"charging by the sun pauses, or goes on at the least current: {there.words}"
        return (SiteNote(Level.WARNING, None, text),)
    if memory.is_blind and not after.is_blind:
        return (SiteNote(Level.INFO, None, "how much the sun gives is known again"),)
    return ()


def _switched(
    before: Mapping[OutletKey, Car], cars: Mapping[OutletKey, Car], power_w: float | None
) -> tuple[SiteNote, ...]:
    notes = []
    gives = "" if power_w is None else f": {max(0.0, power_w) / 1000:.1f} kW"
    for key, car in cars.items():
        was = before.get(key, Car(phases=car.phases))
        if car.is_on != was.is_on and key in before:
            text = f"charges by the sun{gives}" if car.is_on else f"pauses, the sun is not enough{gives}"
            notes.append(SiteNote(Level.INFO, key, text))
        if car.ignores and not was.ignores:
            text = "does not charge on one phase although it was told to: `phase_switching` is nothing for this charger"
            notes.append(SiteNote(Level.WARNING, key, text))
        elif car.phases != was.phases:
            on = "one phase" if car.phases == 1 else "all phases"
            notes.append(SiteNote(Level.INFO, key, f"is to charge on {on}{gives}"))
    return tuple(notes)
