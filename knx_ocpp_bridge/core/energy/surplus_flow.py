"""The power that cars can have of the sun, quiet enough to steer by: what one change of a car does is seen, by the
meter of the house and by that of the charger, before the next one follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final

from knx_ocpp_bridge.core.energy.amperes import phases_in_use, watts_per_ampere
from knx_ocpp_bridge.core.energy.scene import OutletView, Scene
from knx_ocpp_bridge.core.energy.surplus_supply import Supply
from knx_ocpp_bridge.core.energy.terms import OutletKey, OutletTerms, SiteTerms
from knx_ocpp_bridge.core.limits import NOMINAL_VOLTAGE_V
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import ConnectorStatus

WINDOW_S: Final = 30.0
QUIET_S: Final = 12.0
"""So long a car takes to follow its limit; measurements of this time say nothing."""
AT_MOST_S: Final = 90.0
"""A meter that has told nothing new by then is not waited for."""
RESTLESS_S: Final = 180.0
"""Where so many cars come and go that it is never quiet, what is measured counts all the same after this."""
_SPAN_S: Final = 10.0
"""Of so much time values must be there."""
_OLD_S: Final = 300.0
_SLACK: Final = 1.1
"""The voltage is not always the nominal one."""

State = tuple[OutletKey, bool, float | None, int | None, ConnectorStatus | None]


@dataclass(frozen=True, slots=True)
class Flow:
    """What has been measured since something changed. Times are monotonic."""

    samples: tuple[tuple[float, float], ...] = ()
    """When, and how much was there for the cars, in W."""
    states: tuple[State, ...] = ()
    changed_at_s: float = 0.0
    restless_since_s: float | None = None
    """Since then no value could be relied on, because one thing changed after the other; None: one can."""

    @property
    def power_w(self) -> float | None:
        """The median of the last half a minute; None: too little is known yet."""
        if not self.samples or self.samples[-1][0] - self.samples[0][0] < _SPAN_S:
            return None
        return median(power_w for _, power_w in self.samples)


def flowing(before: Flow, scene: Scene, terms: SiteTerms, cars: tuple[OutletKey, ...], supply: Supply) -> Flow:
    """One look more. `cars` charge by the sun."""
    now_s = scene.now.monotonic_s
    views = {key: scene.outlets[key] for key in cars}
    states = tuple(
        (key, view.charging, view.in_force_a, view.phases_in_force, view.status) for key, view in views.items()
    )
    if states != before.states:
        before = _changed(before, states, now_s)
    if supply.power_w is None:
        return Flow((), states, before.changed_at_s)
    if not _is_settled(before, views, supply, now_s):
        return before
    power_w = supply.power_w
    if supply.besides_cars:
        power_w += sum(drawn_w(terms.outlets[key], view, now_s) for key, view in views.items())
    kept = tuple(each for each in before.samples if now_s - WINDOW_S <= each[0] < now_s)
    flow = Flow((*kept, (now_s, power_w)), states, before.changed_at_s, before.restless_since_s)
    return flow if flow.power_w is None else replace(flow, restless_since_s=None)


def begun_anew(flow: Flow, now_s: float) -> Flow:
    """Another limit was given: what was measured before tells nothing of what comes."""
    return Flow((), flow.states, now_s, now_s)


def drawn_w(outlet: OutletTerms, view: OutletView, now_s: float) -> float:
    """What the car takes, as far as anybody knows; never more than its limit allows."""
    if not view.charging:
        return 0.0
    per_a = watts_per_ampere(phases_in_use(outlet, view))
    most_w = outlet.max_current_a * per_a if view.in_force_a is None else view.in_force_a * per_a
    is_fresh = view.measured_at_s is not None and now_s - view.measured_at_s <= _OLD_S
    if is_fresh and view.power_w is not None:
        return max(0.0, min(view.power_w, most_w * _SLACK))
    if is_fresh and view.current_a is not None:
        flows_w = view.current_a * per_a
        if view.currents_a is not None and None not in view.currents_a:
            flows_w = sum(each for each in view.currents_a if each is not None) * NOMINAL_VOLTAGE_V
        return max(0.0, min(flows_w, most_w * _SLACK))
    return most_w if view.status is ConnectorStatus.CHARGING and view.in_force_a is not None else 0.0


def _changed(before: Flow, states: tuple[State, ...], now_s: float) -> Flow:
    """What was measured before tells nothing of what is now, unless there is never anything else."""
    since_s = now_s if before.restless_since_s is None else before.restless_since_s
    if now_s - since_s >= RESTLESS_S:
        return replace(before, states=states)
    return Flow((), states, now_s, since_s)


def _is_settled(before: Flow, views: Mapping[OutletKey, OutletView], supply: Supply, now_s: float) -> bool:
    if before.restless_since_s is not None and now_s - before.restless_since_s >= RESTLESS_S:
        return True
    told_at_s = [supply.told_at_s]
    told_at_s += [view.measured_at_s for view in views.values() if view.charging and view.measured_at_s is not None]
    quiet_s = before.changed_at_s + QUIET_S
    return now_s >= quiet_s and (min(told_at_s) >= quiet_s or now_s >= before.changed_at_s + AT_MOST_S)
