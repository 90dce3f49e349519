"""The house on the same fuse: what the meter says, what chargers say later, and what is made of both."""

import pytest

from knx_ocpp_bridge.core.energy.terms import LoadTerms
from knx_ocpp_bridge.core.status import LimitReason
from knx_ocpp_bridge.core.step import AlarmKind
from tests.kit.house_and_cars import World
from tests.kit.parking import Parking, circuit, key, outlet


def home(*outlets, **more):
    site = Parking([circuit("main", 32, metered=True, **more)], outlets or [outlet("A", "main", max_a=32)])
    site.hear(0, 0, 0)
    site.look()
    return site


def test_the_car_gets_what_the_house_leaves():
    site = home()
    world = World(site)
    world.house = [10.0, 12.0, 4.0]
    world.run(30)
    site.plug("A", takes_a=0.0)
    assert world.run(180)["A"] == 20
    assert world.over_s == 0


def test_the_house_takes_more_and_the_car_less_at_once():
    site = home()
    site.plug("A", takes_a=0.0)
    world = World(site)
    assert world.run(120)["A"] == 32
    world.house = [0.0, 20.0, 0.0]
    assert world.run(2)["A"] == 12
    world.run(20)
    assert world.over_s <= 12


def test_the_house_takes_less_and_the_car_more_after_a_while():
    site = home()
    site.plug("A", takes_a=0.0)
    world = World(site)
    world.house = [20.0, 20.0, 20.0]
    assert world.run(180)["A"] == 12
    world.house = [5.0, 5.0, 5.0]
    assert world.run(25)["A"] == 12
    assert world.run(120)["A"] == 27
    assert world.over_s <= 12


def test_slow_samples_of_chargers_are_no_reason_to_swing():
    site = home(outlet("A", "main", max_a=16), outlet("B", "main", max_a=16))
    world = World(site)
    world.house = [6.0, 6.0, 6.0]
    world.run(60)
    site.plug("A", takes_a=0.0)
    world.run(90)
    site.plug("B", takes_a=0.0)
    world.run(300)
    assert site.amperes() == {"A": 13, "B": 13}
    world.changes = 0
    assert world.run(900) == {"A": 13, "B": 13}
    assert world.changes == 0
    assert world.over_s <= 10


def test_a_lamp_changes_no_limit():
    site = home()
    site.plug("A", takes_a=0.0)
    world = World(site)
    world.house = [10.1, 10.1, 10.1]
    world.run(300)
    world.changes = 0
    for minute in range(30):
        world.house = [10.1 + 0.3 * (minute % 2)] * 3
        world.run(40)
    assert world.changes == 0


def test_a_car_that_starts_by_itself_is_not_taken_for_the_house():
    site = home()
    world = World(site, wishes={"A": 0.0})
    world.house = [8.0, 8.0, 8.0]
    site.plug("A", takes_a=0.0)
    world.run(70)
    world.wishes = {"A": 16.0}
    world.run(300)
    assert site.amperes()["A"] >= 16
    assert world.over_s == 0


def test_chargers_that_measure_nothing_share_with_the_house_all_the_same():
    site = home()
    world = World(site, sample_s=10**6)
    world.house = [10.0, 10.0, 10.0]
    world.run(40)
    site.plug("A")
    world.run(200)
    assert site.amperes()["A"] == 22
    world.house = [20.0, 20.0, 20.0]
    world.run(60)
    assert world.over_s <= 12
    assert site.amperes()["A"] <= 12


def test_current_that_feeds_in_is_no_room_for_more():
    site = home()
    site.plug("A", takes_a=0.0)
    site.hear(-4600, -4600, -4600, key_of="grid_power_l{}")
    del_currents(site)
    site.look(1)
    assert site.amperes()["A"] == 32


def del_currents(site):
    for name in list(site.readings):
        if name[2].startswith("grid_current"):
            del site.readings[name]


def test_a_current_whose_power_is_negative_feeds_in():
    site = home()
    site.hear(20, 20, 20)
    site.hear(-4600, -4600, -4600, key_of="grid_power_l{}")
    site.plug("A", takes_a=0.0)
    site.look(1)
    assert site.amperes()["A"] == 32


def test_a_current_that_feeds_in_while_its_power_does_not_is_taken_from_the_grid():
    site = home()
    site.hear(-20, -20, -20)
    site.hear(4600, 4600, 4600, key_of="grid_power_l{}")
    site.plug("A", takes_a=0.0)
    site.look(1)
    assert site.amperes()["A"] == 12


def test_where_only_the_sum_is_known_each_phase_may_carry_all_of_it():
    site = home()
    del_currents(site)
    site.say("grid_power", 10 * 230.0)
    site.plug("A", takes_a=0.0)
    site.look(1)
    assert site.amperes()["A"] == 22


def test_a_meter_that_is_silent_leaves_the_fallback_current_for_all_chargers_together():
    site = home(outlet("A", "main"), outlet("B", "main"), fallback_a=14)
    site.plug("A", "B", takes_a=0.0)
    site.pass_time(10)
    assert site.amperes() == {"A": 16, "B": 16}
    for phase in (1, 2, 3):
        site.say(f"grid_current_l{phase}", None)
    ruling = site.look(1)
    assert site.amperes() == {"A": 7, "B": 7}
    assert site.said[key("A")].kind is LimitReason.FAIL_SAFE
    assert "silent" in ruling.circuits[0].words
    assert ruling.circuits[0].house_a is None


def test_a_meter_that_is_silent_pauses_all_where_nothing_is_known_to_be_safe():
    site = home()
    site.plug("A", takes_a=0.0)
    site.pass_time(10)
    site.say("grid_current_l2", None)
    site.look(1)
    assert site.amperes()["A"] == 0
    assert site.said[key("A")].kind is LimitReason.FAIL_SAFE


def test_a_reading_that_falls_back_is_the_house_without_cars():
    site = home()
    site.plug("A", takes_a=16.0)
    site.pass_time(10)
    for phase in (1, 2, 3):
        site.say(f"grid_current_l{phase}", None, fallback=25.0)
    site.look(1)
    assert site.amperes()["A"] == 7


def test_the_house_flows_through_the_fuse_above_as_well():
    site = Parking(
        [circuit("street", 40), circuit("main", 32, "street", metered=True), circuit("annex", 32, "street")],
        [outlet("A", "main", max_a=32), outlet("B", "annex", max_a=32)],
    )
    site.hear(20, 20, 20)
    site.plug("A", "B")
    site.pass_time(40)
    site.hear(20 + 10, 20 + 10, 20 + 10)
    assert site.amperes() == {"A": 10, "B": 10}


def test_a_charger_that_keeps_its_limit_for_ever_gets_its_fail_safe_where_the_house_is_measured():
    site = home(outlet("A", "main", fail_safe_a=8))
    site.set("A", leases=False)
    site.plug("A", takes_a=0.0)
    site.pass_time(60)
    assert site.amperes()["A"] == 8
    assert site.said[key("A")].kind is LimitReason.FAIL_SAFE


def test_too_much_on_the_meter_acts_whatever_the_chargers_say():
    site = home()
    site.plug("A", takes_a=0.0)
    site.hear(10, 10, 10)
    site.pass_time(60)
    site.measure("A", 22.0)
    site.pass_time(20)
    assert site.amperes()["A"] == 22
    site.hear(40, 40, 40)
    site.look(1)
    assert site.amperes()["A"] <= 14


def test_too_much_on_the_meter_is_not_explained_away_by_what_a_charger_might_draw():
    site = home()
    site.plug("A", takes_a=0.0)
    site.pass_time(30)
    assert site.amperes()["A"] == 32
    site.measure("A", 10.0)
    site.pass_time(5)
    site.hear(27, 0, 0)  # 17 A of the house; the charger has not measured since its limit was changed to 15 A
    site.look(1)
    site.obey()
    assert site.amperes()["A"] == 15
    site.pass_time(60)
    site.hear(38, 0, 0)
    site.look(15)
    assert site.amperes()["A"] == 0  # it may draw 10 A, so that the house takes 28 A
    assert site.memory.house.over_since_s is not None


def test_the_house_has_to_take_less_for_a_while_before_it_counts():
    site = home()
    site.plug("A", takes_a=0.0)
    site.hear(20, 20, 20)
    site.pass_time(10)
    assert site.amperes()["A"] == 12
    for _ in range(5):
        site.hear(5, 5, 5)
        site.pass_time(20)
        assert site.memory.house.currents[0].value == 20
        site.hear(20, 20, 20)
        site.pass_time(1)


def test_an_overload_that_lasts_is_an_alarm_and_its_end_as_well():
    site = home()
    site.hear(40, 0, 0)
    assert site.look(1).ruling.notes == ()
    notes = site.look(61).ruling.notes
    assert [(each.alarm, each.over) for each in notes] == [(AlarmKind.LOAD, False)]
    assert site.look(30).ruling.notes == ()
    site.hear(20, 0, 0)
    assert [(each.alarm, each.over) for each in site.look(1).ruling.notes] == [(AlarmKind.LOAD, True)]


def test_what_a_house_leaves_is_reported():
    site = home()
    site.hear(10, 5, 0)
    site.plug("A", takes_a=0.0)
    site.pass_time(5)
    (report,) = site.look(1).circuits
    assert report.house_a == (10, 5, 0)
    assert report.granted_a == (22, 22, 22)
    assert report.free_a == (0, 5, 10)
    assert report.limit_a == (32, 32, 32)


@pytest.mark.parametrize("house_a", [33.0, 60.0])
def test_a_house_that_takes_all_of_it_leaves_nothing(house_a):
    site = home()
    site.plug("A", takes_a=0.0)
    site.hear(house_a, 0, 0)
    site.look(1)
    assert site.amperes()["A"] == 0
    assert site.said[key("A")].kind is LimitReason.WAITING
    assert site.said[key("A")].words == "main, L1: too little is left to charge"


def test_a_charge_does_not_begin_and_end_with_every_pot_on_the_stove():
    site = home()
    site.plug("A", takes_a=0.0)
    world = World(site)
    begins = 0
    for minute in range(60):
        world.house = [30.0 if minute % 2 else 5.0] * 3
        for _ in range(60):
            was = site.amperes()["A"]
            begins += bool(world.run(1)["A"]) and not was
    assert begins <= 3600 / LoadTerms().hold_s + 1


def test_a_cut_that_turns_out_needless_does_not_hold_cars_for_long():
    site = home()
    site.plug("A", takes_a=0.0)
    world = World(site)
    world.run(400)
    world.house = [30.0, 30.0, 30.0]
    assert world.run(3)["A"] == 0
    world.house = [0.0, 0.0, 0.0]
    assert world.run(25)["A"] == 0
    assert world.run(15)["A"] >= 6
    assert world.run(210)["A"] == 32


def test_the_more_often_a_charge_is_interrupted_the_later_it_begins_anew():
    site = home()
    site.plug("A", takes_a=0.0)
    world = World(site)
    world.run(400)
    waits_s = []
    for _ in range(6):
        world.house = [30.0, 30.0, 30.0]
        world.run(3)
        world.house = [0.0, 0.0, 0.0]
        waits_s.append(0)
        while not world.run(1)["A"]:
            waits_s[-1] += 1
        world.run(20)
    assert waits_s == sorted(waits_s)
    assert waits_s[0] < 40
    assert waits_s[1] >= 50
    assert LoadTerms().hold_s - 5 <= waits_s[-1] <= LoadTerms().hold_s + 5


def test_a_charge_that_has_lasted_is_not_held_back_for_what_was_long_ago():
    site = home()
    site.plug("A", takes_a=0.0)
    world = World(site)
    for _ in range(4):
        world.house = [0.0, 0.0, 0.0]
        world.run(400)
        world.house = [30.0, 30.0, 30.0]
        world.run(3)
    world.house = [0.0, 0.0, 0.0]
    assert world.run(40)["A"] >= 6
