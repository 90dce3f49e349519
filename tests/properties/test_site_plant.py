"""The simulated site itself: cars, stations and a house behave like those of the world, whoever steers them."""

from dataclasses import replace

import pytest

from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.values import ChargerId
from tests.kit.site import plain
from tests.kit.site.bridge import Bridge
from tests.kit.site.building import Bay, Building, circuit
from tests.kit.site.cars import Car
from tests.kit.site.habits import Habits
from tests.kit.site.house import Battery, House, clear
from tests.kit.site.laws import keeps_its_fuses, never_below_six, overloads
from tests.kit.site.world import World

EAST, WEST = ChargerId("EAST"), ChargerId("WEST")


def site(*bays: Bay, fuse_a: float = 32.0, house: House | None = None) -> World:
    building = Building((circuit("main", fuse_a),), bays or (Bay("EAST"), Bay("WEST")))
    bridge = Bridge(building.terms(), building.settings(), plain.look, plain.steering)
    return World(building, bridge, house or House())


def test_a_car_takes_what_is_offered_within_seconds_and_no_more() -> None:
    car = Car(max_a=16.0)
    for _ in range(20):
        car.feels(10.0, 3, 1.0)
    assert car.current_a == 10.0
    car.feels(6.0, 3, 1.0)
    assert car.current_a == 6.0
    car.feels(0.0, 3, 1.0)
    assert car.current_a == 0.0


def test_a_car_that_begins_at_eight_amperes_goes_on_at_six() -> None:
    car = Car(starts_from_a=8.0)
    car.feels(6.0, 3, 1.0)
    assert car.current_a == 0.0
    for offered_a in (8.0, 8.0, 8.0, 6.0):
        car.feels(offered_a, 3, 3.0)
    assert car.current_a == 6.0


def test_a_sleeping_car_wakes_at_the_second_offer() -> None:
    car = Car(sleeps_after_s=60.0)
    car.feels(0.0, 3, 61.0)
    car.feels(10.0, 3, 30.0)
    assert car.current_a == 0.0
    car.feels(0.0, 3, 5.0)
    car.feels(10.0, 3, 30.0)
    assert car.current_a == 10.0


def test_a_full_car_takes_nothing() -> None:
    car = Car(soc=99.9, battery_wh=10_000.0)
    for _ in range(600):
        car.feels(16.0, 3, 1.0)
    assert car.full
    assert car.current_a == 0.0


def test_a_battery_covers_the_house_and_is_filled_by_the_sun() -> None:
    battery = Battery(soc=50.0)
    for _ in range(60):
        battery.feels(2000.0 - battery.now_w, 1.0)
    assert battery.now_w == pytest.approx(2000.0, rel=0.01)
    for _ in range(60):
        battery.feels(-3000.0 - battery.now_w, 1.0)
    assert battery.now_w == pytest.approx(-3000.0, rel=0.01)


def test_the_sun_stands_highest_at_noon() -> None:
    sun = clear(8000.0, 6.0, 18.0)
    assert sun(0.0) == 0.0
    assert sun(12 * 3600.0) == pytest.approx(8000.0)
    assert 0.0 < sun(8 * 3600.0) < sun(11 * 3600.0)


def test_cars_charge_with_the_current_that_they_are_allowed() -> None:
    world = site(Bay("EAST", max_a=10.0), Bay("WEST", max_a=10.0), fuse_a=20.0)
    for point in world.charge_points.values():
        point.plug(Car())
    trace = world.runs(120)
    last = trace.seconds[-1]
    assert [spot.current_a for spot in last.spots.values()] == [10.0, 10.0]
    assert {spot.status for spot in last.spots.values()} == {ConnectorStatus.CHARGING}
    keeps_its_fuses(trace)
    never_below_six(world)
    assert trace.taken_wh((EAST, Bay("EAST").key[1])) > 150.0


def test_one_phase_of_a_turned_outlet_is_another_phase_of_the_building() -> None:
    world = site(Bay("EAST", phases=1, rotation="S"))
    world.charge_points[EAST].plug(Car(phases=1))
    last = world.runs(60).seconds[-1]
    assert last.spots[EAST, Bay("EAST").key[1]].phases == (1,)
    assert last.grid_a[1] > 14.0 > last.grid_a[0]


def test_a_station_that_ignores_profiles_overloads_the_fuse() -> None:
    world = site(Bay("EAST", habits=Habits(ignores=True)), Bay("WEST"), fuse_a=20.0)
    for point in world.charge_points.values():
        point.plug(Car())
    trace = world.runs(180)
    assert any(one.worst_a > 25.0 for one in overloads(trace))
    with pytest.raises(AssertionError, match="overloads"):
        keeps_its_fuses(trace)


def test_a_station_that_forgets_offers_all_it_has_until_it_is_told_again() -> None:
    world = site(Bay("EAST", max_a=10.0, habits=Habits(forgets=True)), Bay("WEST"), fuse_a=20.0)
    world.charge_points[EAST].plug(Car())
    world.runs(60)
    world.reboots("EAST")
    world.runs(10)
    assert world.charge_points[EAST].offered_a == 0.0
    trace = world.runs(60)
    assert world.charge_points[EAST].offered_a == 10.0
    assert max(second.spots[EAST, Bay("EAST").key[1]].wire_a for second in trace.seconds[60:]) == 16.0


def test_whoever_charges_goes_on_while_the_bridge_is_dead_and_is_known_again_after_it() -> None:
    world = site(fuse_a=20.0)
    world.charge_points[EAST].plug(Car())
    world.runs(60)
    number = world.charge_points[EAST].transaction
    world.kills_the_bridge(for_s=60)
    world.runs(59)
    assert world.charge_points[EAST].current_a > 0.0
    world.runs(60)
    after = world.bridge.chargers[EAST].connectors[Bay("EAST").key[1]].transaction
    assert after is not None
    assert after.id == number


def test_the_building_learns_nothing_from_a_silent_meter() -> None:
    world = site()
    world.bridge.inputs = {"grid_current_l1": 30.0}
    world.bridge.start(world.now)
    world.runs(10)
    world.outside.meter_silent_until_s = 100.0
    world.runs(60)
    (reading,) = world.bridge.scene(world.now).readings.values()
    assert reading.counts is None
    world.runs(60)
    (reading,) = world.bridge.scene(world.now).readings.values()
    assert reading.counts is not None


def test_the_same_seed_is_the_same_house() -> None:
    one, other = House(seed=7), House(seed=7)
    assert [one.load_w(s) for s in range(100)] == [other.load_w(s) for s in range(100)]
    assert replace(one, seed=8).load_w(0) != other.load_w(0)
