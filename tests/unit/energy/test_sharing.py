"""Cars on one fuse, or on a tree of them: who gets how much, at once and in the end."""

from knx_ocpp_bridge.core.energy.terms import LoadTerms, Strategy
from knx_ocpp_bridge.core.status import ConnectorStatus, LimitReason
from tests.kit.parking import Parking, circuit, key, outlet


def garage(*outlets, current_a=32, **more):
    return Parking([circuit("main", current_a, **more)], outlets)


def three(**more):
    return garage(*(outlet(name, "main", **more) for name in "ABC"))


def after(site, seconds=60.0):
    site.pass_time(seconds)
    return site.amperes()


def test_a_car_alone_gets_all_that_it_may_take():
    site = three()
    site.plug("A")
    assert site.look(1).ruling.caps[key("A")].current_a == 16


def test_outlets_without_a_car_are_told_their_fail_safe():
    site = three(fail_safe_a=8)
    site.look()
    assert site.amperes() == {"A": 8, "B": 8, "C": 8}


def test_an_outlet_in_no_circuit_is_not_spoken_of():
    site = garage(outlet("A", "main"), outlet("B", ""))
    assert set(site.look().ruling.caps) == {key("A")}


def test_three_cars_share_a_fuse_alike():
    site = three()
    site.plug("A", "B", "C")
    assert after(site) == {"A": 10.6, "B": 10.6, "C": 10.6}


def test_current_is_taken_at_once_and_given_only_when_it_is_free():
    site = three()
    site.plug("A", "B")
    after(site)
    site.plug("C")
    site.look(1)
    assert site.amperes() == {"A": 10.6, "B": 10.6, "C": 0}
    site.obey("A")
    site.look(1)
    assert site.amperes() == {"A": 10.6, "B": 10.6, "C": 0}  # B may still draw its 16 A, and 5.4 A begin nothing
    site.obey("B")
    site.look(1)
    assert site.amperes()["C"] == 10.6


def test_what_a_car_leaves_is_given_to_the_others_only_when_it_has_stayed_free():
    site = three()
    site.plug("A", "B", "C")
    after(site)
    site.unplug("C")
    site.look(1)
    assert site.amperes()["A"] == 10.6
    assert after(site, 29) == {"A": 10.6, "B": 10.6, "C": 0}
    assert after(site, 6) == {"A": 16, "B": 16, "C": 0}


def test_less_than_an_ampere_more_is_not_worth_a_message():
    site = garage(outlet("A", "main", max_a=32), outlet("B", "main", max_a=32), current_a=32)
    site.ceilings[key("B")] = 16.0
    site.plug("A", "B")
    assert after(site) == {"A": 16, "B": 16}
    site.ceilings[key("B")] = 15.5
    assert after(site) == {"A": 16, "B": 15.5}
    site.ceilings[key("B")] = 15.0
    assert after(site) == {"A": 17, "B": 15}


def test_priorities_divide_in_proportion():
    site = garage(
        outlet("A", "main", priority=2, max_a=32),
        outlet("B", "main", max_a=32),
        strategy=Strategy.PRIORITY,
        current_a=30,
    )
    site.plug("A", "B")
    assert after(site) == {"A": 20, "B": 10}


def test_who_came_first_has_all_that_it_wants():
    site = garage(*(outlet(name, "main") for name in "ABC"), strategy=Strategy.FIRST_COME, current_a=25)
    site.look()
    for name in "CBA":
        site.plug(name)
        after(site, 10)
    assert after(site) == {"A": 0, "B": 9, "C": 16}
    assert site.said[key("A")].kind is LimitReason.WAITING


def test_the_greatest_priority_has_all_and_of_the_same_who_came_first():
    site = garage(
        outlet("A", "main", priority=1),
        outlet("B", "main", priority=5),
        outlet("C", "main", priority=5),
        strategy=Strategy.STRICT,
        current_a=25,
    )
    site.look()
    for name in "ACB":
        site.plug(name)
        after(site, 10)
    assert after(site, 400) == {"A": 0, "B": 9, "C": 16}


def test_each_circuit_divides_by_its_own_strategy():
    site = Parking(
        [circuit("main", 63), circuit("yard", 20, "main", strategy=Strategy.FIRST_COME), circuit("hall", 20, "main")],
        [outlet("A", "yard"), outlet("B", "yard"), outlet("C", "hall"), outlet("D", "hall")],
    )
    site.look()
    for name in "ABCD":
        site.plug(name)
        after(site, 10)
    assert after(site) == {"A": 16, "B": 0, "C": 10, "D": 10}


def test_the_deepest_fuse_and_the_one_above_it_both_hold():
    site = Parking(
        [circuit("main", 32), circuit("garage", 20, "main")],
        [outlet("A", "garage"), outlet("B", "garage"), outlet("C", "main")],
    )
    site.plug("A", "B", "C")
    assert after(site) == {"A": 10, "B": 10, "C": 12}


def test_cars_on_different_phases_take_nothing_from_each_other():
    site = garage(
        *(
            outlet(name, "main", phases=1, rotation=rotation)
            for name, rotation in zip("ABC", ["RST", "STR", "TRS"], strict=True)
        ),
        current_a=16,
    )
    site.plug("A", "B", "C")
    assert after(site) == {"A": 16, "B": 16, "C": 16}


def test_a_car_on_one_phase_leaves_the_others_to_those_on_all_of_them():
    site = garage(
        outlet("A", "main", phases=1, max_a=32),
        outlet("B", "main", max_a=32),
        outlet("C", "main", phases=1, rotation="S", max_a=32),
    )
    site.plug("A", "B", "C")
    assert after(site) == {"A": 16, "B": 16, "C": 16}


def test_the_power_of_a_circuit_counts_every_phase():
    site = garage(outlet("A", "main", max_a=32), outlet("B", "main", phases=1, max_a=32), power_w=230 * 40)
    site.plug("A", "B")
    assert after(site) == {"A": 10, "B": 10}


def test_where_not_all_can_charge_who_waits_is_told_behind_whom():
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=10)
    site.look()
    site.plug("A")
    after(site, 10)
    site.plug("B")
    ruling = site.look(1)
    assert site.amperes() == {"A": 10, "B": 0}
    assert site.said[key("B")].kind is LimitReason.WAITING
    assert site.said[key("B")].words == "main, L1: behind A 1"
    assert ruling.outlets[key("B")].waiting
    assert not ruling.outlets[key("A")].waiting


def test_a_reason_that_stays_has_been_there_since_it_came():
    site = three()
    site.plug("A", "B", "C")
    after(site)
    since = site.said[key("A")].since
    assert since is not None
    after(site)
    assert site.said[key("A")].since == since


def test_a_car_that_nobody_lets_charge_takes_nothing_from_the_others():
    site = three()
    site.plug("A", "B", "C")
    site.ceilings[key("C")] = 0.0
    assert after(site) == {"A": 16, "B": 16, "C": 0}


def test_less_than_six_amperes_are_none():
    site = three()
    site.ceilings[key("A")] = 5.9
    site.plug("A")
    assert after(site)["A"] == 0


def test_an_outlet_with_a_greater_least_current_gets_that_or_nothing():
    site = garage(outlet("A", "main", min_a=10), outlet("B", "main"), current_a=17)
    site.plug("A", "B")
    assert after(site) == {"A": 10, "B": 7}


# what cannot be taken back


def test_a_charger_that_is_away_keeps_what_it_was_promised():
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=20)
    site.plug("A")
    after(site)
    site.set("A", online=False)
    site.plug("B")
    assert after(site)["B"] == 0
    site.set("A", promised_a=6.0)  # its lease has run out
    assert after(site)["B"] == 14


def test_a_charger_that_comes_back_goes_on_with_what_it_had():
    site = three()
    site.plug("A")
    after(site)
    site.set("A", online=False)
    assert after(site, 10)["A"] == 16
    site.set("A", online=True)
    assert after(site, 10)["A"] == 16


def test_a_charger_that_does_not_obey_counts_with_what_it_draws():
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=20)
    site.plug("A", "B")
    after(site)
    site.set("A", disobeys=True, current_a=14.0, measured_at_s=site.now_s)
    site.look(1)
    assert site.amperes()["B"] == 6
    assert site.amperes()["A"] < 14


def test_a_charger_that_does_not_obey_is_not_told_what_it_takes():
    """Told that, it would seem to obey, and take too much for ever."""
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=20)
    site.plug("A", "B")
    told_a = after(site)["A"]
    site.set("A", disobeys=True, current_a=16.0, measured_at_s=site.now_s)
    assert after(site, 600)["A"] <= told_a


def test_a_charger_that_takes_no_limit_is_allowed_no_more_than_there_is():
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=10)
    site.plug("A", "B")
    site.set("A", can_limit=False, promised_a=16.0, in_force_a=None)
    told = after(site)
    assert told["A"] <= 10
    assert told["B"] == 0


def test_two_chargers_that_take_no_limit_are_not_both_allowed_what_one_may_have():
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=20)
    site.plug("A", "B")
    for name in ("A", "B"):
        site.set(name, can_limit=False, promised_a=16.0, in_force_a=None)
    assert sum(after(site).values()) <= 20


def test_a_charger_that_takes_no_limit_counts_with_its_maximum():
    site = garage(outlet("A", "main"), outlet("B", "main"), current_a=25)
    site.plug("A", "B")
    site.set("A", can_limit=False, promised_a=16.0)
    assert after(site)["B"] == 9


def test_what_is_not_given_back_in_time_is_not_reckoned_with():
    site = garage(outlet("A", "main"), outlet("B", "main"), outlet("C", "main"), current_a=32)
    site.plug("A", "B")
    after(site)
    site.plug("C")
    for _ in range(40):
        site.look(1)
        site.obey("B", "C")
    assert site.amperes()["C"] == 8  # half of the 16 A that A does not cling to


# after a start


def test_after_a_start_nothing_is_given_out_before_everybody_has_spoken():
    site = Parking([circuit("main", 32)], [outlet(name, "main") for name in "AB"], started_at_s=0.0)
    site.plug("A")
    site.set("A", in_force_a=8.0, promised_a=8.0)
    site.set("B", online=False, status=None, promised_a=16.0)
    ruling = site.look(1)
    assert ruling.settling
    assert site.amperes()["A"] == 8
    assert site.said[key("A")].kind is LimitReason.FAIL_SAFE
    assert site.said[key("A")].words == "after a start: waits for B 1"
    site.set("B", online=True, status=ConnectorStatus.AVAILABLE, promised_a=0.0)
    assert not site.look(1).settling
    assert after(site)["A"] == 16


def test_who_has_spoken_since_the_start_is_known_wherever_it_goes():
    site = Parking([circuit("main", 32)], [outlet(name, "main") for name in "AB"], started_at_s=0.0)
    site.plug("A", "B")
    assert not site.look(1).settling
    site.set("B", online=False)
    assert not site.look(1).settling


def test_after_a_start_silence_is_waited_for_no_longer_than_a_lease():
    site = Parking([circuit("main", 32)], [outlet(name, "main", fail_safe_a=6) for name in "AB"], started_at_s=0.0)
    site.plug("A")
    site.set("B", online=False, status=None, promised_a=16.0)
    ruling = site.look(1)
    assert site.amperes()["A"] == 6
    assert ruling.ruling.wake_at_s <= LoadTerms().lease_s + 1
    assert after(site, 240)["A"] == 16


def test_another_tree_is_not_waited_for():
    site = Parking(
        [circuit("house", 32), circuit("shed", 32)], [outlet("A", "house"), outlet("B", "shed")], started_at_s=0.0
    )
    site.set("B", online=False, status=None)
    site.plug("A")
    assert after(site, 10)["A"] == 16


def test_a_tree_that_was_never_seen_before_takes_over_what_is_charging():
    site = three()
    site.plug("A", "B")
    for name in "AB":
        site.set(name, in_force_a=16.0, promised_a=16.0)
    site.look()
    assert site.amperes() == {"A": 16, "B": 16, "C": 0}
