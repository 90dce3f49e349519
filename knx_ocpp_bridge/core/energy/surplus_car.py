"""One car that charges by the sun: when it begins and stops, on how many phases, with how much."""

from dataclasses import dataclass
from math import inf

from knx_ocpp_bridge.core.energy.amperes import allowed_a, least_a, phases_in_use, watts_per_ampere
from knx_ocpp_bridge.core.energy.scene import OutletView
from knx_ocpp_bridge.core.energy.terms import OutletTerms, SurplusTerms
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import ChargeMode, ConnectorStatus

_WORTH_IT_A = 0.3
"""Smaller changes of the limit are left out."""
_FLOWS_A = 1.0
_SWITCHED_BY_S = 180.0
"""A charger that switches its phases has done so by then."""
_TELLS_FROM_A = 3.0
"""A car that takes so much on one phase, and nothing on another, does not use that one."""


@dataclass(frozen=True, slots=True)
class Car:
    """What is remembered of it. Times are monotonic, None: it is not so."""

    is_on: bool = False
    current_a: float = 0.0
    """Its limit by this rule."""
    is_guess: bool = False
    """It has not been seen yet: whether it is on follows from whether it charges."""
    low_since_s: float | None = None
    """Too little for it since then."""
    high_since_s: float | None = None
    """Enough to begin since then."""
    wide_since_s: float | None = None
    """Enough for all phases since then."""
    phases: int | None = None
    """The number that it is to charge on; None: as wired."""
    phases_at_s: float = -inf
    """When that was changed last."""
    uses: int | None = None
    """The number of phases that the car was seen to use; None: nobody has seen it."""
    given_at_s: float = -inf
    """When its limit was changed last."""
    ignores: bool = False
    """Told to charge on one phase, it did not: until the cable is pulled it is taken as one that cannot."""


@dataclass(frozen=True, slots=True)
class Case:
    """One car now. `rest_w`: what is left for it, tolerance included; None: not known at this moment."""

    outlet: OutletTerms
    view: OutletView
    terms: SurplusTerms
    now_s: float
    rest_w: float | None
    most_a: float
    """What everybody else allows it."""
    is_full: bool

    @property
    def wants(self) -> bool:
        return self.view.charging and self.most_a >= least_a(self.outlet)

    def least_w(self, phases: int) -> float:
        """What it takes at least on so many phases."""
        return least_a(self.outlet) * watts_per_ampere(phases)

    def may_switch(self, car: Car) -> bool:
        """Its last change of phases is long enough ago."""
        able = self.outlet.can_switch_phases and self.outlet.phases > 1 and not car.ignores
        return able and self.now_s - car.phases_at_s >= self.terms.switch_phases_after_s


def begun(case: Case) -> Car:
    """A car that is new to the rule: one that charges goes on with the least, until it is known how much there is."""
    is_narrow = case.outlet.can_switch_phases and phases_in_use(case.outlet, case.view) < case.outlet.phases
    least = allowed_a(least_a(case.outlet), case.outlet) if case.view.charging else 0.0
    car = Car(is_on=case.view.charging, current_a=least, is_guess=True)
    return replace(car, phases=1, phases_at_s=case.now_s) if is_narrow else car


def advanced(before: Car, case: Case) -> Car:
    """One look more."""
    car = _seen(before, case)
    always = case.view.mode is ChargeMode.MINIMUM_AND_SURPLUS
    least = allowed_a(least_a(case.outlet), case.outlet) if always else 0.0
    if not case.wants:
        car = replace(car, is_on=always, is_guess=car.is_guess and not case.view.online, current_a=least)
        return replace(car, low_since_s=None, high_since_s=None, wide_since_s=None)
    if always and not car.is_on:
        car = replace(car, is_on=True, current_a=least)
    if car.is_guess and case.view.online and case.view.status is not None:
        is_on = always or case.view.status is ConnectorStatus.CHARGING
        car = replace(car, is_on=is_on, current_a=car.current_a if is_on else 0.0, is_guess=False)
    if case.rest_w is None:
        return car
    return _on(car, case, case.rest_w) if car.is_on else _off(car, case, case.rest_w)


def phases_for(car: Car, case: Case) -> int:
    """On how many phases watts become amperes: as many as current may flow on now."""
    phases = case.outlet.phases if car.ignores else phases_in_use(case.outlet, case.view)
    return phases if car.uses is None else max(1, min(phases, car.uses))


def _on(car: Car, case: Case, rest_w: float) -> Car:
    now_s, phases = case.now_s, phases_for(car, case)
    too_little = rest_w < case.least_w(phases) - case.terms.stop_power_w
    low_since_s = (now_s if car.low_since_s is None else car.low_since_s) if too_little else None
    car = _limited(replace(car, low_since_s=low_since_s, high_since_s=None), case, rest_w / watts_per_ampere(phases))
    if low_since_s is not None and now_s - low_since_s >= case.terms.stop_after_s:
        always = case.view.mode is ChargeMode.MINIMUM_AND_SURPLUS
        if phases > 1 and car.phases != 1 and case.may_switch(car) and (always or rest_w >= case.least_w(1)):
            return replace(car, phases=1, phases_at_s=now_s, low_since_s=None, wide_since_s=None)
        return car if always else replace(car, is_on=False, current_a=0.0, low_since_s=None, wide_since_s=None)
    return _widened(car, case, rest_w)


def _off(car: Car, case: Case, rest_w: float) -> Car:
    """It begins on as many phases as there is power for."""
    phases = phases_for(car, case)
    best = phases_in_use(case.outlet, case.view)
    switched = False
    if case.may_switch(car):
        used = case.outlet.phases if car.uses is None else min(car.uses, case.outlet.phases)
        best = case.outlet.phases if rest_w >= case.least_w(used) else 1
        switched, phases = best != phases_in_use(case.outlet, case.view), min(best, used)
    start_w = case.terms.start_power_w
    enough_w = case.least_w(phases) if start_w is None else start_w + case.terms.grid_tolerance_w
    if rest_w < enough_w:
        return replace(car, high_since_s=None)
    high_since_s = case.now_s if car.high_since_s is None else car.high_since_s
    if case.now_s - high_since_s < case.terms.start_after_s:
        return replace(car, high_since_s=high_since_s)
    car = replace(car, is_on=True, high_since_s=None, current_a=allowed_a(least_a(case.outlet), case.outlet))
    if switched:
        return replace(car, phases=1 if best == 1 else None, phases_at_s=case.now_s)
    return _limited(car, case, rest_w / watts_per_ampere(phases))


def _widened(car: Car, case: Case, rest_w: float) -> Car:
    """Back from one phase to all, when there has been enough for all for long enough."""
    if car.phases != 1:
        return replace(car, wide_since_s=None)
    wide_w = max(case.least_w(case.outlet.phases), case.outlet.max_current_a * watts_per_ampere(1))
    if rest_w < wide_w:
        return replace(car, wide_since_s=None)
    since_s = case.now_s if car.wide_since_s is None else car.wide_since_s
    if case.now_s - since_s < case.terms.start_after_s or not case.may_switch(car):
        return replace(car, wide_since_s=since_s)
    least = allowed_a(least_a(case.outlet), case.outlet)
    return replace(car, phases=None, phases_at_s=case.now_s, wide_since_s=None, current_a=least)


def _limited(car: Car, case: Case, current_a: float) -> Car:
    """What is left, at least the least; a full car needs no more than that."""
    most_a = least_a(case.outlet) if case.is_full else case.outlet.max_current_a
    wanted_a = allowed_a(max(least_a(case.outlet), min(current_a, most_a)), case.outlet)
    return car if abs(wanted_a - car.current_a) < _WORTH_IT_A else replace(car, current_a=wanted_a)


def _seen(car: Car, case: Case) -> Car:
    """What its meter tells of the phases."""
    view = case.view
    if not view.plugged and not view.charging:
        return replace(car, uses=None, ignores=False)
    is_wide = phases_in_use(case.outlet, view) == case.outlet.phases
    is_due = car.phases == 1 and car.is_on and view.online and case.now_s - car.phases_at_s >= _SWITCHED_BY_S
    if is_wide and is_due and case.outlet.phases > 1:
        return replace(car, ignores=True, phases=None)
    known = [each for each in view.currents_a or () if each is not None]
    if not view.charging or len(known) < case.outlet.phases or max(known, default=0.0) < _TELLS_FROM_A:
        return car
    flows = sum(each >= _FLOWS_A for each in known)
    if is_wide:
        return replace(car, uses=flows)
    was_measured_late = view.measured_at_s is not None and view.measured_at_s - car.phases_at_s >= _SWITCHED_BY_S
    return replace(car, ignores=True, phases=None) if flows > 1 and was_measured_late else car
