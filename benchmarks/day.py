"""P15: what the energy of cars costs on chosen days, beside what it could have cost at least.

The days are simulated (`tests/kit/site`): the real core decides, once every five seconds of the day.
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from benchmarks.optimum import Slot, Wanted, base_cost, least_cost
from benchmarks.report import Line
from knx_ocpp_bridge.core.energy.scene import PriceSlot
from knx_ocpp_bridge.core.energy.terms import TariffTerms, TariffZone, WeekPlan
from knx_ocpp_bridge.core.status import ChargeMode
from knx_ocpp_bridge.core.values import ChargerId
from tests.kit.site.building import Bay, Building, circuit
from tests.kit.site.cars import VOLTAGE_V, Car
from tests.kit.site.house import House, Sun, clear, cloudy, cooking, no_sun
from tests.kit.site.steered import world
from tests.kit.site.trace import Second
from tests.kit.site.world import MIDNIGHT, World

_GOAL: Final = 1.15
_TICK_S: Final = 5.0
_SLOT_S: Final = 300.0
_FUSE_A: Final = 32.0
_DAYTIME: Final = 0.31
_NIGHT: Final = 0.22
_PAYS: Final = 0.08
_EVERY_DAY: Final = frozenset(range(7))
_HOURLY: Final = (
    0.24, 0.22, 0.21, 0.205, 0.21, 0.23, 0.29, 0.35, 0.36, 0.32, 0.28, 0.26,
    0.25, 0.25, 0.27, 0.30, 0.35, 0.41, 0.43, 0.40, 0.35, 0.31, 0.28, 0.26,
)  # fmt: skip
"""Of a cold day, with the evening that such days have."""


@dataclass(frozen=True, slots=True)
class _Day:
    words: str
    begins_h: float
    lasts_h: float
    tariff: TariffTerms
    bays: tuple[Bay, ...]
    cars: Callable[[], tuple[Car, ...]]
    sun: Sun = no_sun
    hourly: bool = False
    needs_wh: float = 0.0
    """What every car must have at the end."""


def measure() -> list[Line]:
    """A line for each day with its goal, and two for information."""
    if importlib.util.find_spec("scipy") is None:
        print("P15 needs SciPy: pip install --require-hashes -r benchmarks/requirements.txt")
        return []
    return [line for day in _days() for line in _lines(day)]


def _days() -> tuple[_Day, ...]:
    night = TariffTerms(_DAYTIME, (TariffZone(_EVERY_DAY, time(22), time(6), _NIGHT),))
    planned = {"mode": ChargeMode.SCHEDULED, "battery_wh": 60_000}
    by_seven = (WeekPlan(_EVERY_DAY, time(7), energy_wh=20_000),)
    surplus = tuple(Bay(f"SUN{number}", mode=ChargeMode.SURPLUS, switches=True) for number in (1, 2))
    night_bays = tuple(Bay(f"NIGHT{number}", plans=by_seven, **planned) for number in range(4))
    winter_bays = tuple(Bay(f"WINTER{number}", plans=by_seven, **planned) for number in range(3))
    flat = TariffTerms(_DAYTIME)
    return (
        _Day("clear summer day, 2 cars by surplus", 5, 17, flat, surplus, _two_empty, clear(9000.0)),
        _Day("cloudy day, 2 cars by surplus", 5, 17, flat, surplus, _two_empty, cloudy(9000.0, 4)),
        _Day("night zone, 4 cars with 20 kWh by 7", 17, 14, night, night_bays, _commuters(4), needs_wh=20_000),
        _Day(
            "winter, prices by the quarter, 3 cars with 20 kWh by 7", 17, 14, TariffTerms(), winter_bays,
            _commuters(3), hourly=True, needs_wh=20_000,
        ),
    )  # fmt: skip


def _two_empty() -> tuple[Car, ...]:
    return Car(battery_wh=60_000.0, soc=20.0), Car(battery_wh=40_000.0, soc=30.0, max_a=10.0)


def _commuters(count: int) -> Callable[[], tuple[Car, ...]]:
    return lambda: tuple(Car(soc=35.0) for _ in range(count))


def _lines(day: _Day) -> list[Line]:
    site = _lived(day)
    cars_there = [site.trace.taken_wh(bay.key) for bay in day.bays]
    slots, there = _slots(day, site)
    wanted = [
        Wanted((0, 1, 2), bay.max_a * 3 * VOLTAGE_V, took_wh, there)
        for bay, took_wh in zip(day.bays, cars_there, strict=True)
    ]
    ours, least = _cost(day, site) - base_cost(slots), least_cost(slots, wanted) - base_cost(slots)
    met = all(took_wh >= day.needs_wh * 0.995 for took_wh in cars_there)
    remark = f"{sum(cars_there) / 1000:.1f} kWh, {ours:.2f} against {least:.2f}"
    if not met:
        remark += f"; a car has only {min(cars_there) / 1000:.1f} kWh"
    bought_kwh = sum(one.grid_wh for one in site.trace.energy.values()) / 1000
    return [
        Line("P15", f"{day.words}: cost / optimum", ours / least if met else float("inf"), "", _GOAL, remark),
        Line("P15", f"{day.words}: from the grid into cars", bought_kwh, "kWh"),
    ]


def _lived(day: _Day) -> World:
    building = Building((circuit("main", _FUSE_A, metered=True),), day.bays, tariff=day.tariff)
    house = House(steps=cooking(1.5 * 3600.0), sun=day.sun, seed=1)
    begins = MIDNIGHT + timedelta(hours=day.begins_h)
    site = world(building, house, begins=begins, tick_s=_TICK_S, prices=_quarters(begins) if day.hourly else ())
    for bay, car in zip(day.bays, day.cars(), strict=True):
        site.charge_points[ChargerId(bay.name)].plug(car)
    site.runs(day.lasts_h * 3600.0)
    return site


def _quarters(begins: datetime) -> tuple[PriceSlot, ...]:
    first, quarter = begins.replace(minute=0), timedelta(minutes=15)
    return tuple(
        PriceSlot(first + n * quarter, first + (n + 1) * quarter, _price_of_hour(first + n * quarter))
        for n in range(4 * 36)
    )


def _price_of_hour(at: datetime) -> float:
    return _HOURLY[at.hour]


def _price(day: _Day, at: datetime) -> float:
    if day.hourly:
        return _price_of_hour(at)
    if day.tariff.zones:
        return _NIGHT if at.hour >= 22 or at.hour < 6 else _DAYTIME
    return _DAYTIME


def _cost(day: _Day, site: World) -> float:
    """As the meter at the door counts, tick by tick."""
    total = 0.0
    for second in site.trace.seconds:
        kwh = sum(second.grid_a) * VOLTAGE_V * second.lasts_s / 3_600_000.0
        at = site.begins + timedelta(seconds=second.at_s - second.lasts_s)
        total += kwh * (_price(day, at) if kwh > 0 else _PAYS)
    return total


def _slots(day: _Day, site: World) -> tuple[list[Slot], tuple[bool, ...]]:
    per_slot = round(_SLOT_S / _TICK_S)
    seconds = site.trace.seconds
    groups = [seconds[at : at + per_slot] for at in range(0, len(seconds), per_slot)]
    slots = [_slot(day, site, group) for group in groups]
    return slots, tuple(True for _ in slots)


def _slot(day: _Day, site: World, group: list[Second]) -> Slot:
    hours = sum(second.lasts_s for second in group) / 3600.0
    besides = [0.0, 0.0, 0.0]
    for second in group:
        for phase in range(3):
            cars_a = sum(spot.current_a for spot in second.spots.values() if phase in spot.phases)
            besides[phase] += (second.grid_a[phase] - cars_a) * VOLTAGE_V * second.lasts_s / 3600.0
    most_wh = _FUSE_A * VOLTAGE_V * hours
    room_wh = (most_wh - besides[0], most_wh - besides[1], most_wh - besides[2])
    at = site.begins + timedelta(seconds=group[0].at_s - group[0].lasts_s)
    return Slot(hours, sum(besides), room_wh, _price(day, at), _PAYS)
