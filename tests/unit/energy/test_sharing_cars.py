"""What a car makes of its share, and cars one after the other."""

from itertools import pairwise

import pytest

from knx_ocpp_bridge.core.energy.terms import Strategy
from knx_ocpp_bridge.core.status import ConnectorStatus
from tests.kit.parking import Parking, circuit, key, outlet


def garage(*outlets, current_a=32, **more):
    return Parking([circuit("main", current_a, **more)], outlets)


def three(**more):
    return garage(*(outlet(name, "main", **more) for name in "ABC"))


def after(site, seconds=60.0):
    site.pass_time(seconds)
    return site.amperes()


def charging(site, **currents):
    """All told to take something draw so much, but never more than they may."""
    for name, current_a in currents.items():
        site.measure(name, min(current_a, site.views[key(name)].in_force_a))


def drives(site, seconds, **currents):
    for _ in range(int(seconds / 5)):
        charging(site, **currents)
        site.look(5)
        site.obey()
    return site.amperes()


def test_what_a_car_does_not_take_is_given_to_the_others():
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=20)
    site.plug("A", "B")
    after(site)
    assert drives(site, 130, A=7.0, B=16.0) == {"A": 8, "B": 12}


def test_a_car_that_takes_it_again_has_it_back_at_once():
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=20)
    site.plug("A", "B")
    after(site)
    drives(site, 130, A=7.0, B=16.0)
    charging(site, A=8.0)
    site.look(1)
    assert site.amperes()["B"] == 10
    site.obey()
    site.look(1)
    assert site.amperes()["A"] == 10


def test_a_car_that_takes_less_is_not_bothered_while_there_is_enough():
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=32)
    site.plug("A", "B")
    after(site)
    assert drives(site, 130, A=7.0, B=16.0) == {"A": 16, "B": 16}


def test_a_car_that_sleeps_keeps_what_it_needs_to_begin():
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=20)
    site.plug("A", "B")
    after(site)
    site.set("A", status=ConnectorStatus.SUSPENDED_EV)
    assert drives(site, 200, A=0.0, B=16.0) == {"A": 6, "B": 14}


def test_a_car_that_sleeps_makes_room_for_one_that_waits():
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=10)
    site.look()
    site.plug("A")
    after(site, 10)
    site.plug("B")
    site.set("A", status=ConnectorStatus.SUSPENDED_EV)
    assert drives(site, 200, A=0.0, B=16.0) == {"A": 0, "B": 10}


def test_a_car_that_slept_is_tried_again_after_an_hour():
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=10)
    site.look()
    site.plug("A")
    after(site, 10)
    site.plug("B")
    site.set("A", status=ConnectorStatus.SUSPENDED_EV)
    drives(site, 200, A=0.0, B=16.0)
    began = [drives(site, 5, A=0.0, B=16.0)["A"] for _ in range(1000)]
    assert any(began)
    assert sum(1 for each in began if each) * 5 <= 400


@pytest.mark.parametrize(("session_wh", "tried"), [(0, True), (5000, False)])
def test_a_car_that_has_taken_nothing_yet_is_offered_its_share_again_and_a_full_one_is_not(session_wh, tried):
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=20)
    site.plug("A", "B")
    after(site)
    site.set("A", status=ConnectorStatus.SUSPENDED_EV, session_wh=session_wh)
    drives(site, 200, A=0.0, B=16.0)
    offered = {drives(site, 10, A=0.0, B=16.0)["A"] for _ in range(400)}
    assert (max(offered) > 6) is tried


def sated(*, current_a=20, takes_a=16.0, **more):
    """A has charged, and takes no more; B charges."""
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=current_a, **more)
    site.plug("A", "B")
    after(site)
    site.set("A", status=ConnectorStatus.SUSPENDED_EV, session_wh=5000)
    drives(site, 800, A=0.0, B=takes_a)
    return site


@pytest.mark.parametrize("strategy", [Strategy.EQUAL, Strategy.PRIORITY, Strategy.FIRST_COME, Strategy.STRICT])
def test_a_full_car_keeps_nothing_that_another_one_uses(strategy):
    site = sated(strategy=strategy)
    assert site.amperes() == {"A": 0, "B": 16}
    report = site.look(1).outlets[key("A")]
    assert not report.waiting
    assert site.said[key("A")].words.endswith(": its car takes nothing, others use it")


def test_a_full_car_keeps_what_nobody_else_uses():
    assert sated(current_a=22).amperes() == {"A": 6, "B": 16}
    assert sated(takes_a=10.0).amperes()["A"] >= 6


def test_a_full_car_that_is_offered_the_least_again_after_an_hour_may_go_on():
    site = sated()
    offers = [drives(site, 10, A=0.0, B=16.0)["A"] for _ in range(400)]
    assert set(offers) == {0, 6}
    assert 100 <= offers.count(6) * 10 <= 200
    while not drives(site, 10, A=0.0, B=16.0)["A"]:
        pass
    site.set("A", status=ConnectorStatus.CHARGING)
    assert drives(site, 60, A=6.0, B=16.0) == {"A": 10, "B": 10}


def test_a_full_car_is_not_offered_something_with_every_pot_on_the_stove():
    site = sated()
    offers = []
    for minute in range(40):
        site.ceilings[key("B")] = 10.0 if minute % 2 else 16.0
        offers += [bool(drives(site, 5, A=0.0, B=16.0)["A"]) for _ in range(12)]
    assert sum(now and not before for before, now in pairwise(offers)) <= 8


def test_a_car_that_waits_for_its_own_clock_keeps_what_it_needs_to_begin():
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=20)
    site.plug("A", "B")
    after(site)
    site.set("A", status=ConnectorStatus.SUSPENDED_EV, session_wh=0)
    assert drives(site, 1500, A=0.0, B=16.0) == {"A": 6, "B": 14}


# one car after the other


def turns(site, seconds, names):
    """Who charges, in seconds, and how often each began."""
    has = dict.fromkeys(names, 0)
    begins = dict.fromkeys(names, 0)
    before = dict.fromkeys(names, 0.0)
    for _ in range(int(seconds / 5)):
        site.look(5)
        site.obey()
        for name, current_a in site.amperes().items():
            has[name] += 5 if current_a else 0
            begins[name] += 1 if current_a and not before[name] else 0
        before = site.amperes()
    return has, begins


@pytest.mark.parametrize("strategy", [Strategy.EQUAL, Strategy.PRIORITY])
def test_who_waits_has_a_turn(strategy):
    site = garage(*(outlet(name, "main") for name in "ABCDE"), current_a=13, strategy=strategy)
    site.look()
    for name in "ABCDE":
        site.plug(name)
        site.look(1)
        site.obey()
    has, begins = turns(site, 6 * 3600, "ABCDE")
    assert min(has.values()) > 0.3 * 6 * 3600
    assert max(begins.values()) <= 6 * 3600 / 900 + 1


def test_the_order_that_was_chosen_is_kept_for_ever():
    site = garage(*(outlet(name, "main") for name in "ABC"), current_a=13, strategy=Strategy.FIRST_COME)
    site.look()
    for name in "ABC":
        site.plug(name)
        after(site, 10)
    has, _ = turns(site, 3 * 3600, "ABC")
    assert has["A"] == 3 * 3600
    assert not has["B"]
    assert not has["C"]


def test_a_charge_that_has_just_begun_is_not_interrupted_for_a_more_important_one():
    site = garage(
        outlet("A", "main", priority=1), outlet("B", "main", priority=9), current_a=10, strategy=Strategy.STRICT
    )
    site.look()
    site.plug("A")
    after(site, 60)
    site.plug("B")
    assert after(site, 200) == {"A": 10, "B": 0}
    assert after(site, 100) == {"A": 0, "B": 10}


def test_a_charge_that_was_interrupted_does_not_begin_anew_at_once():
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=12)
    site.plug("A", "B")
    after(site)
    site.set("A", disobeys=True, current_a=9.0, measured_at_s=site.now_s)
    site.look(1)
    assert site.amperes()["B"] == 0
    site.obey()
    site.set("A", disobeys=False, current_a=6.0)
    assert after(site, 25)["B"] == 0
    assert after(site, 10)["B"] == 6


def test_a_silent_moment_is_not_polled():
    site = three()
    site.plug("A", "B", "C")
    after(site, 120)
    assert site.look(1).ruling.wake_at_s is None


def test_looking_only_when_it_is_asked_for_misses_nothing():
    site = garage(*(outlet(name, "main") for name in "ABC"), current_a=13)
    site.look()
    for name in "ABC":
        site.plug(name)
        site.look(1)
        site.obey()
    has = dict.fromkeys("ABC", 0.0)
    looks = 0
    while site.now_s < 2 * 3600:
        ruling = site.look()
        looks += 1
        moved = any(site.views[each].in_force_a != cap.current_a for each, cap in site.said.items())
        site.obey()
        wake_at_s = site.now_s if moved else ruling.ruling.wake_at_s
        assert wake_at_s is not None
        for name, current_a in site.amperes().items():
            has[name] += wake_at_s - site.now_s if current_a else 0.0
        site.now_s = max(wake_at_s, site.now_s)
    assert min(has.values()) > 3600
    assert looks < 150
