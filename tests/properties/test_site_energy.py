"""Days of a simulated site that are about energy: the sun, prices, plans, the grid operator, and what a session may."""

from datetime import time, timedelta

import pytest

from knx_ocpp_bridge.core.energy.terms import (
    GridLimitTerms,
    LimitPer,
    SessionLimits,
    TariffTerms,
    TariffZone,
    WeekPlan,
)
from knx_ocpp_bridge.core.status import ChargeMode
from knx_ocpp_bridge.core.values import ChargerId
from tests.kit.site.building import Bay, Building, circuit
from tests.kit.site.cars import VOLTAGE_V, Car
from tests.kit.site.habits import Habits
from tests.kit.site.house import Battery, House, Sun, clear, cloudy, cooking
from tests.kit.site.laws import (
    keeps_its_fuses,
    keeps_the_order,
    never_below_six,
    phase_changes,
    rests_between,
    switches,
)
from tests.kit.site.steered import world
from tests.kit.site.world import MIDNIGHT, Deed, World

EVERY_DAY = frozenset(range(7))
CAR_W = 4200.0
ORDERED_S, RELEASED_S = 700.0, 1300.0
KEPT_AFTER_S = 5.0 + 5.0 + 5.0
"""The building tells each 5 s, all chargers hear it within 5 s, a polite car follows within 5 s."""
STOP_AFTER_S, SWITCH_AFTER_S = 180.0, 600.0


def three(grid_limit: GridLimitTerms | None = None, habits: Habits | None = None) -> World:
    bays = tuple(Bay(f"BAY{number}", habits=habits or Habits()) for number in range(3))
    building = Building((circuit("main", 63.0, metered=True),), bays, grid_limit=grid_limit or GridLimitTerms())
    site = world(building, inputs={"grid_limit": 0.0, "grid_limit_contact_1": 0.0})
    site.tells["grid_limit"] = site.tells["grid_limit_contact_1"] = False
    for point in site.charge_points.values():
        point.plug(Car())
    return site


def orders(value: bool, key: str = "grid_limit") -> Deed:
    return lambda site: site.tells.update({key: value})


def lawful(site: World, more_s: float = 0.0) -> None:
    keeps_its_fuses(site.trace, more_s)
    never_below_six(site)


def test_an_order_of_the_grid_operator_is_kept_by_every_charger_within_seconds_and_given_back() -> None:
    site = three()
    site.deeds = [(ORDERED_S, orders(True)), (RELEASED_S, orders(False))]
    site.runs(2000)
    lawful(site)
    for second in site.trace.between(ORDERED_S + KEPT_AFTER_S, RELEASED_S):
        for spot in second.spots.values():
            assert spot.current_a * len(spot.phases) * VOLTAGE_V <= CAR_W, second.at_s
            assert spot.current_a >= 6.0 or second.at_s < ORDERED_S + 60
    last = site.trace.seconds[-1]
    assert [spot.current_a for spot in last.spots.values()] == pytest.approx([16.0] * 3, abs=0.2)


def test_an_order_for_the_sum_is_shared() -> None:
    site = three(GridLimitTerms(power_w=10_500.0, per=LimitPer.SUM))
    site.deeds = [(ORDERED_S, orders(True)), (RELEASED_S, orders(False))]
    site.runs(1400)
    lawful(site)
    keeps_the_order(site.trace, 10_500.0, ORDERED_S + KEPT_AFTER_S, RELEASED_S)
    ordered = site.trace.between(RELEASED_S - 60, RELEASED_S)
    assert any(spot.current_a > 0.0 for second in ordered for spot in second.spots.values())


def test_a_contact_that_forbids_charging_stops_it() -> None:
    site = three(GridLimitTerms(contacts_w={1: 0.0}))
    site.deeds = [(ORDERED_S, orders(True, "grid_limit_contact_1"))]
    site.runs(1200)
    keeps_the_order(site.trace, 0.0, ORDERED_S + KEPT_AFTER_S, 1200)


def test_an_order_that_came_while_the_bridge_was_down_is_kept_as_soon_as_it_is_back() -> None:
    site = three()
    site.runs(600)
    site.deeds = [(650.0, orders(True))]
    site.kills_the_bridge(for_s=150)
    site.runs(900)
    lawful(site)
    for second in site.trace.between(750 + 60, 1500):
        assert all(spot.current_a * len(spot.phases) * VOLTAGE_V <= CAR_W for spot in second.spots.values())


def test_an_order_outlives_the_bridge() -> None:
    site = three()
    site.deeds = [(ORDERED_S, orders(True))]
    site.runs(900)
    site.kills_the_bridge(for_s=400)
    site.runs(1000)
    for second in site.trace.between(ORDERED_S + KEPT_AFTER_S, site.now_s):
        assert all(spot.current_a * len(spot.phases) * VOLTAGE_V <= CAR_W for spot in second.spots.values())


def planned(hours: float, plan: WeekPlan, tariff: TariffTerms, count: int = 3) -> World:
    bays = tuple(
        Bay(f"BAY{number}", mode=ChargeMode.SCHEDULED, plans=(plan,), battery_wh=60_000) for number in range(count)
    )
    building = Building((circuit("main", 32.0, metered=True),), bays, tariff=tariff)
    site = world(building, House(steps=cooking(600.0)), begins=MIDNIGHT + timedelta(hours=21), tick_s=10.0)
    for point in site.charge_points.values():
        point.plug(Car(soc=30.0))
    site.runs(hours * 3600)
    return site


@pytest.mark.parametrize("tariff", [
    TariffTerms(0.31, (TariffZone(EVERY_DAY, time(22), time(6), 0.22),)), TariffTerms(), TariffTerms(late=False),
], ids=["night zone", "no prices, late", "no prices, at once"])  # fmt: skip
def test_every_plan_that_can_be_met_is_met(tariff: TariffTerms) -> None:
    site = planned(4.0, WeekPlan(EVERY_DAY, time(1), energy_wh=10_000), tariff)
    lawful(site, more_s=10.0)
    for bay in site.building.bays:
        assert site.trace.taken_wh(bay.key) >= 9_900


def sunny(sun: Sun, mode: ChargeMode, battery: Battery | None = None, *, switching: bool = True) -> World:
    bays = (Bay("SUN", mode=mode, switches=switching), Bay("MOON", mode=mode, phases=1, rotation="T"))
    building = Building((circuit("main", 35.0, metered=True),), bays)
    house = House(base_w=(150.0, 200.0, 100.0), sun=sun, battery=battery, steps=cooking(4000.0))
    site = world(building, house, begins=MIDNIGHT + timedelta(hours=8), tick_s=2.0)
    for point in site.charge_points.values():
        point.plug(Car(soc=20.0))
    return site


@pytest.mark.parametrize(("sun", "share"), [
    (clear(9000.0), 0.15), (cloudy(9000.0, 3), 0.45), (clear(3500.0, 6.5, 16.0), 0.15),
], ids=["clear", "cloudy", "winter"])  # fmt: skip
def test_surplus_charges_by_the_sun_and_switches_no_more_often_than_its_guards(sun: Sun, share: float) -> None:
    """`share`: what the grid may give. A cloud that is shorter than `stop_after` is bridged."""
    site = sunny(sun, ChargeMode.SURPLUS)
    site.runs(2 * 3600)
    lawful(site)
    for bay in site.building.bays:
        rests_between([at_s for at_s, _ in switches(site.trace, bay.key)], 60.0)
        rests_between(phase_changes(site.trace, bay.key), SWITCH_AFTER_S)
    took = site.trace.energy.values()
    bought_wh, sunny_wh = sum(one.grid_wh for one in took), sum(one.sun_wh for one in took)
    assert bought_wh <= share * (bought_wh + sunny_wh) + 100.0
    shone_wh = sum(sun(8 * 3600.0 + second) for second in range(2 * 3600)) / 3600.0
    assert sunny_wh >= 0.4 * (shone_wh - 900.0), "what the house leaves of it"


def test_minimum_and_surplus_never_pauses() -> None:
    site = sunny(cloudy(6000.0, 5), ChargeMode.MINIMUM_AND_SURPLUS, switching=False)
    site.runs(2 * 3600)
    lawful(site)
    for second in site.trace.between(600, 7200):
        assert all(spot.wire_a >= 6.0 for spot in second.spots.values())


def test_the_sun_fills_the_battery_and_the_car_and_the_battery_is_not_emptied_into_the_car() -> None:
    battery = Battery(soc=50.0)
    site = sunny(clear(9000.0), ChargeMode.SURPLUS, battery)
    site.runs(2 * 3600)
    lawful(site)
    assert battery.soc >= 50.0


@pytest.mark.parametrize("limits", [
    SessionLimits(energy_wh=3000), SessionLimits(duration_s=1200), SessionLimits(soc=35.0),
], ids=["energy", "duration", "percent"])  # fmt: skip
def test_a_session_that_has_had_enough_is_paused(limits: SessionLimits) -> None:
    building = Building((circuit("main", 32.0, metered=True),), (Bay("BAY", limits=limits, battery_wh=60_000),))
    site = world(building)
    site.charge_points[ChargerId("BAY")].plug(Car(soc=30.0, tells_soc=True))
    site.runs(2400)
    lawful(site)
    last = site.trace.seconds[-1].spots[ChargerId("BAY"), building.bays[0].key[1]]
    assert last.current_a == 0.0
    assert last.charging
    assert 2000 <= site.trace.taken_wh(building.bays[0].key) <= 4500


def test_a_car_that_sleeps_after_a_pause_charges_again() -> None:
    site = three(GridLimitTerms(contacts_w={1: 0.0}))
    for point in site.charge_points.values():
        assert point.car is not None
        point.car.sleeps_after_s = 200.0
    site.deeds = [
        (ORDERED_S, orders(True, "grid_limit_contact_1")), (RELEASED_S, orders(False, "grid_limit_contact_1")),
    ]  # fmt: skip
    site.runs(2600)
    lawful(site)
    assert all(spot.current_a > 10.0 for spot in site.trace.seconds[-1].spots.values())
