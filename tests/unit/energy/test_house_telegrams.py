"""Between two telegrams of the meter: what chargers tell meanwhile is not taken for the house."""

import pytest

from knx_ocpp_bridge.core.status import ConnectorStatus
from tests.kit.house_and_cars import World
from tests.kit.parking import Parking, circuit, outlet


def home(*outlets):
    site = Parking([circuit("main", 32, metered=True)], outlets or [outlet("A", "main", max_a=32)])
    site.hear(0, 0, 0)
    site.look()
    return site


def three_prompt_cars(meter_s):
    """On one meter that tells seldom; chargers tell at once what flows, as after a change of their status."""
    site = home(outlet("A", "main"), outlet("B", "main", rotation="STR"), outlet("C", "main", phases=1, rotation="S"))
    world = World(site, meter_s=meter_s, prompt=True)
    world.house = [3.0, 2.0, 1.0]
    world.run(40)
    site.plug("A", "B", "C", takes_a=0.0)
    world.run(120)
    assert site.amperes() == {"A": 10, "B": 10, "C": 10}
    return site, world


@pytest.mark.parametrize("meter_s", [2, 5, 10])
def test_chargers_that_obey_before_the_meter_tells_again_are_not_taken_for_the_house(meter_s):
    site, world = three_prompt_cars(meter_s)
    world.house = [18.0, 2.0, 1.0]
    for _ in range(60):
        told = world.run(1)
        assert site.memory.house.currents[0].value <= 18
    assert told == {"A": 7, "B": 7, "C": 16}
    assert world.longest_over_s <= meter_s + 5


@pytest.mark.parametrize("meter_s", [1, 5, 10])
def test_cars_that_leave_are_not_taken_for_the_house(meter_s):
    site, world = three_prompt_cars(meter_s)
    for second in range(2 * meter_s):
        if second == meter_s // 2:
            world.leave("B")
            world.leave("C")
        world.run(1)
        assert [each.value for each in site.memory.house.currents[:3]] == [3, 2, 1]
    assert world.run(45)["A"] == 16


def test_a_house_that_takes_more_while_chargers_obey_is_seen_by_the_next_telegram():
    site, world = three_prompt_cars(5)
    world.house = [18.0, 2.0, 1.0]
    world.run(5)
    world.house = [26.0, 2.0, 1.0]
    world.run(20)
    assert site.memory.house.currents[0].value == 26
    assert world.longest_over_s <= 20


def test_a_meter_that_measures_a_little_before_it_tells_does_not_show_a_car_that_has_left():
    site, world = three_prompt_cars(5)
    stale = world.flow()
    world.leave("C")
    world.run(1)
    site.hear(*stale)
    site.look(0.5)
    assert site.memory.house.currents[1].value == 2


def test_what_one_gives_back_is_given_to_nobody_while_more_flows_than_the_fuse_carries():
    site = home(outlet("A", "main"), outlet("B", "main"))
    site.hear(22, 0, 0)
    site.look(1)
    site.plug("A", takes_a=0.0)
    site.pass_time(40)
    site.measure("A", 10.0)
    site.hear(32, 0, 0)
    site.pass_time(15)
    site.plug("B", takes_a=0.0)
    site.look(1)
    assert site.amperes() == {"A": 10, "B": 0}
    site.unplug("A")
    site.now_s += 0.5
    site.hear(34, 0, 0)  # whether A draws some of it nobody knows yet
    site.look()
    assert site.amperes()["B"] == 0
    site.hear(22, 0, 0)
    site.look(1)
    assert site.amperes()["B"] >= 6


def test_a_charger_that_pauses_and_measures_no_more_hides_nothing_of_the_house():
    site = home()
    site.plug("A", takes_a=0.0)
    site.hear(10, 10, 10)
    site.pass_time(40)
    site.measure("A", 22.0)
    site.hear(32, 32, 32)
    site.pass_time(20)
    site.set("A", status=ConnectorStatus.SUSPENDED_EVSE, in_force_a=0.0, promised_a=0.0)
    site.look(1)
    site.look(2)
    site.hear(25, 25, 25)
    site.look(1)
    assert site.memory.house.currents[0].value == 25
