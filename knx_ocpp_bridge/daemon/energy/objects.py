"""What the building sees of the energy of the site: pure, but for remembering what was said."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from knx_ocpp_bridge.core.energy.ruling import CircuitReport, PlanReport, SiteReport
from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey, SiteTerms
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.step import Update
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, Value
from knx_ocpp_bridge.daemon.energy.means import Place

SITE: Final[Place] = (None, CHARGE_POINT)
Sight = dict[str, Value | None]
"""Objects by their key; None: unknown."""

_LETTERS: Final = "RST"


def values(scene: Scene, report: SiteReport, terms: SiteTerms) -> dict[Place, Sight]:
    """Every object of the site and of its outlets, as it is."""
    seen: dict[Place, Sight] = {key: _of_outlet(key, scene, report) for key in scene.outlets}
    seen[SITE] = _of_site(scene, report, terms)
    return seen


def _of_site(scene: Scene, report: SiteReport, terms: SiteTerms) -> Sight:
    views = scene.outlets.values()
    root = _first_root(report.circuits, terms)
    drawn = [0.0, 0.0, 0.0]
    for view in views:
        if not view.current_a:
            continue
        for phase, current_a in zip(_phases(view.key, terms), _currents(view.key, scene, terms), strict=False):
            drawn[phase - 1] += current_a
    seen: Sight = {"charging_power": round(sum(view.power_w or 0.0 for view in views), 1)}
    for number in (1, 2, 3):
        seen[f"charging_current_l{number}"] = round(drawn[number - 1], 2)
        seen[f"free_current_l{number}"] = None if root is None else round(max(0.0, root.free_a[number - 1]), 1)
    seen["chargers_charging"] = sum(view.status is ConnectorStatus.CHARGING for view in views)
    seen["chargers_waiting"] = sum(each.waiting for each in report.outlets.values())
    seen["surplus_power"] = report.surplus_w
    seen["grid_limit_active"] = report.grid_limit_w is not None
    seen["grid_limit_confirmed"] = report.grid_limit_confirmed
    seen["price_now"] = report.price
    return seen


def _of_outlet(key: OutletKey, scene: Scene, report: SiteReport) -> Sight:
    outlet, plan = report.outlets.get(key), report.plans.get(key)
    return {
        "waiting": outlet is not None and outlet.waiting,
        "car_full": outlet is not None and outlet.full,
        "next_start": next_start(plan, scene.now.utc),
        "plan_reachable": None if plan is None else plan.reachable,
    }


def next_start(plan: PlanReport | None, now: datetime) -> datetime | None:
    """When charging is planned to begin or go on next; None: nothing is planned, or it is under way."""
    if plan is None:
        return None
    times = (datetime.fromisoformat(begins).astimezone(UTC) for begins, _, current_a in plan.slots if current_a > 0)
    return min((each for each in times if each > now), default=None)


def _first_root(circuits: Iterable[CircuitReport], terms: SiteTerms) -> CircuitReport | None:
    return next((each for each in circuits if not terms.circuits[each.name].parent), None)


def _phases(key: OutletKey, terms: SiteTerms) -> tuple[int, ...]:
    """Of the building, in the order of the outlet's own L1, L2, L3."""
    rotation = terms.outlets[key].rotation
    return tuple(_LETTERS.index(letter) + 1 for letter in rotation if letter in _LETTERS)


def _currents(key: OutletKey, scene: Scene, terms: SiteTerms) -> tuple[float, ...]:
    """Measured, in the order of the outlet's own phases; where only the largest is known, of each that it has."""
    view = scene.outlets[key]
    if view.currents_a is not None and any(each is not None for each in view.currents_a):
        return tuple(each or 0.0 for each in view.currents_a)
    return (view.current_a or 0.0,) * terms.outlets[key].phases


class Board:
    """Says what has changed since it was said last."""

    def __init__(self, offer: Callable[[ChargerId | None, Update], None]) -> None:
        self._offer = offer
        self.said: dict[Place, Sight] = {}

    def show(self, seen: Mapping[Place, Sight]) -> None:
        """The building knows these values."""
        for place in self.said.keys() - seen.keys():
            del self.said[place]
        for place, sight in seen.items():
            said = self.said.setdefault(place, {})
            for key, value in sight.items():
                if key not in said or said[key] != value:
                    said[key] = value
                    self._offer(place[0], Update(place[1], key, value))
