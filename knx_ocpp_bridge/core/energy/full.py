"""Whether a car takes no more: it has charged, is offered current, and has drawn none of it for ten minutes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from knx_ocpp_bridge.core.energy.ruling import Ruling, SiteNote
from knx_ocpp_bridge.core.energy.scene import OutletView, Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey, SiteTerms
from knx_ocpp_bridge.core.limits import LOWEST_CURRENT_A
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.values import TransactionId

FULL_AFTER_S: Final = 600.0
_DRAWS_A: Final = 1.0
_DRAWS_SHARE: Final = 0.05
"""Of what is offered; less is what a car takes to stay awake."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One car that is plugged in."""

    session: TransactionId | None
    charged: bool = False
    idle_since_s: float | None = None
    """It has been offered current since then, and has drawn none; monotonic."""
    is_full: bool = False


@dataclass(frozen=True, slots=True)
class FullMemory:
    """The cars that are there. A restart of the bridge begins to watch anew."""

    cars: Mapping[OutletKey, Watched] = field(default_factory=dict)

    @property
    def full(self) -> frozenset[OutletKey]:
        """Of these outlets the car takes no more."""
        return frozenset(key for key, car in self.cars.items() if car.is_full)


def watch(memory: FullMemory, scene: Scene, terms: SiteTerms) -> Ruling[FullMemory]:
    """No caps, only what is remembered: `full`."""
    now_s = scene.now.monotonic_s
    cars = {
        key: _watched(memory.cars.get(key), view, now_s)
        for key, view in scene.outlets.items()
        if key in terms.outlets and (view.plugged or view.charging)
    }
    found = FullMemory(cars)
    notes = [SiteNote(Level.INFO, key, "the car takes no more: it is full") for key in sorted(found.full - memory.full)]
    notes += [
        SiteNote(Level.INFO, key, "the car charges again") for key in sorted(memory.full - found.full & cars.keys())
    ]
    wakes = [
        car.idle_since_s + FULL_AFTER_S for car in cars.values() if car.idle_since_s is not None and not car.is_full
    ]
    return Ruling(found, notes=tuple(notes), wake_at_s=min(wakes, default=None))


def draws(view: OutletView) -> bool | None:
    """The car takes some of what it is offered; None: nobody knows."""
    if not view.charging:
        return False
    if view.current_a is not None:
        offered_a = 0.0 if view.in_force_a is None else view.in_force_a
        return view.current_a >= max(_DRAWS_A, _DRAWS_SHARE * offered_a)
    return False if view.status is ConnectorStatus.SUSPENDED_EV else None


def _watched(before: Watched | None, view: OutletView, now_s: float) -> Watched:
    car = Watched(view.session) if before is None or before.session != view.session else before
    if draws(view):
        return Watched(view.session, charged=True)
    is_offered = view.charging and view.online and view.in_force_a is not None and view.in_force_a >= LOWEST_CURRENT_A
    charged = car.charged or view.session_wh > 0
    if not is_offered or draws(view) is None or not charged:
        return replace(car, charged=charged, idle_since_s=None)
    since_s = now_s if car.idle_since_s is None else car.idle_since_s
    return replace(car, charged=True, idle_since_s=since_s, is_full=car.is_full or now_s - since_s >= FULL_AFTER_S)
