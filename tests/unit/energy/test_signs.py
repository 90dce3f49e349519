"""A meter whose sign is the wrong way round, and one whose sign is right whatever the sun does."""

import pytest

from knx_ocpp_bridge.core.energy.meter import Flow
from knx_ocpp_bridge.core.energy.signs import Sign, compared
from knx_ocpp_bridge.core.step import Level
from tests.kit.house_and_cars import World
from tests.kit.parking import Parking, circuit, outlet

VOLTAGE_V = 230.0


class Metered(Parking):
    """Its meter tells powers of this sign; with `currents` also currents, which have none."""

    sign = -1.0
    currents = False

    def __post_init__(self):
        super().__post_init__()
        self.notes = []

    def hear(self, *grid_a, key_of="grid_power_l{}"):
        super().hear(*(self.sign * VOLTAGE_V * each for each in grid_a), key_of=key_of)
        if self.currents:
            super().hear(*(abs(each) for each in grid_a))

    def look(self, after_s=0.0):
        found = super().look(after_s)
        self.notes += found.ruling.notes
        return found


def wrongly_metered(*, currents=False, sign=-1.0):
    site = Metered([circuit("main", 32, metered=True)], [outlet(name, "main", max_a=32) for name in "AB"])
    site.currents, site.sign = currents, sign
    world = World(site, sample_s=20)
    world.house = [2.0, 2.0, 2.0]
    return site, world


def comes_and_goes(site, world, times=4):
    for _ in range(times):
        site.plug("A", takes_a=0.0)
        world.run(200)
        world.leave("A")
        world.run(60)


@pytest.mark.parametrize("currents", [True, False])
def test_more_than_the_fuse_is_too_much_whatever_the_sign_says(currents):
    site, world = wrongly_metered(currents=currents)
    site.plug("A", "B", takes_a=0.0)
    world.run(120)
    world.house = [20.0, 20.0, 20.0]
    world.run(900)
    assert world.longest_over_s <= 15
    assert sum(world.flow()) <= 96.0


@pytest.mark.parametrize("currents", [True, False])
def test_a_sign_that_is_wrong_is_told_once_with_what_to_do_and_counts_no_more(currents):
    site, world = wrongly_metered(currents=currents)
    comes_and_goes(site, world)
    assert all(each.is_wrong for each in site.memory.house.signs[:3])
    told = [note for note in site.notes if "wrong sign" in note.text]
    assert [note.level for note in told] == [Level.WARNING] * 3
    assert "grid_power_l1" in told[0].text
    assert "ETS parameters" in told[0].text
    world.house = [20.0, 20.0, 20.0]
    world.run(60)
    site.plug("A", takes_a=0.0)
    world.over_s = 0
    assert world.run(200)["A"] == 12
    assert world.over_s == 0


def test_a_sign_that_was_put_right_counts_again():
    site, world = wrongly_metered()
    comes_and_goes(site, world)
    site.sign = 1.0
    comes_and_goes(site, world)
    assert not any(each.is_wrong for each in site.memory.house.signs)
    assert "right sign again" in site.notes[-1].text


def test_a_sign_that_is_right_is_never_doubted_though_the_roof_feeds_in():
    site, world = wrongly_metered(sign=1.0)
    world.house = [-15.0, -15.0, -15.0]
    comes_and_goes(site, world)
    assert not any(each.is_wrong or each.rises or each.falls for each in site.memory.house.signs)
    assert site.notes == []


def steps(*points, source="grid_power"):
    """What is known after cars drew and the meter told so much, each half a minute later."""
    sign = Sign()
    for number, (drawn_a, told_a) in enumerate(points):
        flow = Flow(told_a, is_house=False, at_s=30.0 * number, told_a=told_a, source=source)
        sign = compared(sign, flow, [(drawn_a, drawn_a)])
    return sign


def test_one_coincidence_proves_nothing():
    assert not steps((0, 0), (10, -10)).is_wrong
    assert not steps((0, 0), (10, -10), (0, 0)).is_wrong
    assert steps((0, 0), (10, -10), (0, 0), (10, -10)).is_wrong


def test_what_agrees_in_between_takes_it_back():
    assert not steps((0, 0), (10, -10), (0, 0), (10, 10), (0, 10), (10, 0), (0, 10)).is_wrong


def test_cars_that_only_ever_take_more_while_the_sun_comes_out_prove_nothing():
    assert not steps(*((5 * number, -5 * number) for number in range(8))).is_wrong


def test_of_a_current_without_a_sign_nothing_is_wrong():
    assert not steps(*((10 * (number % 2), 20 - 10 * (number % 2)) for number in range(9))).is_wrong


def test_what_is_long_past_or_small_is_not_compared():
    assert steps(*((3 * (number % 2), -3 * (number % 2)) for number in range(9))).rises == 0
    late = Flow(-10.0, is_house=False, at_s=1000.0, told_a=-10.0, source="grid_power")
    assert compared(steps((0, 0)), late, [(10.0, 10.0)]).rises == 0


def test_nothing_is_compared_while_nobody_knows_what_cars_draw():
    flow = Flow(-10.0, is_house=False, at_s=30.0, told_a=-10.0, source="grid_power")
    before = steps((0, 0))
    assert compared(before, flow, [(0.0, 10.0)]) == before
