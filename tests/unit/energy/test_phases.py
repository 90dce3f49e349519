"""On which phases of the building an outlet counts, and how far the phases may differ."""

from dataclasses import replace

import pytest

from knx_ocpp_bridge.core.energy.circuits import tree, wired
from knx_ocpp_bridge.core.energy.terms import SiteTerms
from knx_ocpp_bridge.core.inputs import InputState
from knx_ocpp_bridge.core.status import ConnectorStatus, LimitReason
from knx_ocpp_bridge.core.values import Clock
from tests.kit.parking import Parking, circuit, key, outlet


@pytest.mark.parametrize(
    ("rotation", "phases", "line"),
    [
        ("RST", 3, (0, 1, 2)),
        ("STR", 3, (1, 2, 0)),
        ("TRS", 3, (2, 0, 1)),
        ("RTS", 3, (0, 2, 1)),
        ("SRT", 3, (1, 0, 2)),
        ("TSR", 3, (2, 1, 0)),
        ("STR", 2, (1, 2)),
        ("T", 1, (2,)),
        ("STR", 1, (1,)),
    ],
)
def test_an_outlet_is_on_the_phases_that_its_rotation_says(rotation, phases, line):
    assert wired(outlet("A", "main", phases=phases, rotation=rotation)) == line


def test_a_circuit_stands_behind_all_that_it_hangs_in():
    circuits = [
        circuit("main", 63),
        circuit("hall", 32, "main"),
        circuit("row", 16, "hall"),
        circuit("lost", 16, "gone"),
    ]
    found = tree(SiteTerms({each.name: each for each in circuits}, {key("A"): outlet("A", "row")}))
    assert found.chain(key("A")) == ("row", "hall", "main")
    assert found.chains["lost"] == ("lost",)


def two(**more):
    site = Parking([circuit("main", 20, **more)], [outlet("A", "main", rotation="STR"), outlet("B", "main")])
    site.look()
    site.plug("A", "B")
    site.pass_time(20)
    return site


def measured(site, seconds, *currents_a):
    for _ in range(seconds // 10):
        site.measure("A", *currents_a)
        ruling = site.look(10)
        site.obey()
    return ruling


def test_a_car_that_uses_one_phase_leaves_the_others_free():
    site = two()
    ruling = measured(site, 20, 10.0, 0.0, 0.0)
    assert ruling.outlets[key("A")].phases == (2, 3, 1)
    ruling = measured(site, 20, 10.0, 0.0, 0.0)
    assert ruling.outlets[key("A")].phases == (2,)


def test_one_measurement_is_no_evidence():
    site = two()
    site.measure("A", 10.0, 0.0, 0.0)
    assert site.look(100).outlets[key("A")].phases == (2, 3, 1)


@pytest.mark.parametrize("currents_a", [(2.0, 0.0, 0.0), (10.0, None, 0.0)])
def test_too_little_or_too_few_currents_are_no_evidence(currents_a):
    site = two()
    for _ in range(6):
        site.set("A", current_a=currents_a[0], currents_a=currents_a, measured_at_s=site.now_s)
        ruling = site.look(10)
    assert len(ruling.outlets[key("A")].phases) >= 2


def test_another_phase_that_carries_current_counts_at_once():
    site = two()
    measured(site, 60, 10.0, 0.0, 0.0)
    site.measure("A", 10.0, 10.0, 10.0)
    assert site.look(1).outlets[key("A")].phases == (2, 3, 1)


@pytest.mark.parametrize("change", [{"online": False}, {"session": 99}, {"charging": False}, {"measured_at_s": -500.0}])
def test_a_car_of_which_nothing_is_known_counts_on_all_phases(change):
    site = two()
    measured(site, 60, 10.0, 0.0, 0.0)
    site.set("A", **change)
    assert site.look(1).outlets[key("A")].phases == (2, 3, 1)


def test_a_car_that_pauses_is_still_the_same_car():
    site = two()
    measured(site, 60, 10.0, 0.0, 0.0)
    site.set("A", status=ConnectorStatus.SUSPENDED_EV, currents_a=(0.0, 0.0, 0.0), current_a=0.0)
    assert site.look(300).outlets[key("A")].phases == (2,)


def test_an_outlet_that_was_switched_to_one_phase_counts_on_its_first():
    site = two()
    site.set("A", phases_in_force=1)
    assert site.look(1).outlets[key("A")].phases == (2,)


def test_an_outlet_that_is_to_be_switched_back_counts_on_all_before():
    site = two()
    site.set("A", phases_in_force=1)
    site.phases[key("A")] = 3
    assert site.look(1).outlets[key("A")].phases == (2, 3, 1)


# unbalance


def one_each(*names_and_rotations, unbalanced_a=20):
    site = Parking(
        [circuit("main", 63, unbalanced_a=unbalanced_a)],
        [outlet(name, "main", phases=1, rotation=rotation, max_a=32) for name, rotation in names_and_rotations],
    )
    site.look()
    return site


def drives(site, seconds):
    for _ in range(seconds // 5):
        for each, view in site.views.items():
            if view.charging:
                site.measure(str(each[0]), view.in_force_a)
        site.look(5)
        site.obey()
    return site.amperes()


def test_a_car_on_one_phase_takes_no_more_than_the_phases_may_differ():
    site = one_each(("A", "R"))
    site.plug("A")
    assert drives(site, 60) == {"A": 20}
    assert site.said[key("A")].kind is LimitReason.UNBALANCED


def test_cars_on_all_phases_balance_each_other():
    site = one_each(("A", "R"), ("B", "S"), ("C", "T"))
    site.plug("A", "B", "C")
    assert drives(site, 200) == {"A": 32, "B": 32, "C": 32}


def test_when_one_of_them_leaves_the_others_take_less_at_once():
    site = one_each(("A", "R"), ("B", "S"), ("C", "T"))
    site.plug("A", "B", "C")
    drives(site, 200)
    site.unplug("C")
    site.look(1)
    assert site.amperes() == {"A": 20, "B": 20, "C": 0}


def test_a_car_on_all_phases_makes_no_difference():
    site = Parking(
        [circuit("main", 63, unbalanced_a=20)], [outlet("A", "main", max_a=32), outlet("B", "main", phases=1, max_a=32)]
    )
    site.plug("A", "B")
    assert drives(site, 200) == {"A": 32, "B": 20}


def test_a_current_that_trembles_changes_nothing():
    site = one_each(("A", "R"), ("B", "S"), ("C", "T"))
    site.plug("A", "B", "C")
    drives(site, 200)
    said = set()
    for number in range(60):
        for name in "BC":
            site.measure(name, 9.95 + 0.1 * (number % 2))
        site.look(5)
        site.obey()
        if number > 20:
            said.add(site.amperes()["A"])
    assert len(said) == 1


def test_phases_of_a_scene_without_an_outlet_are_no_matter():
    site = two()
    del site.views[key("B")]
    assert set(site.look(1).ruling.caps) == {key("A")}


# meters of the phases, and of all of them


def test_phases_that_are_silent_are_not_made_up_of_the_sum():
    site = Parking([circuit("main", 32, metered=True, fallback_a=8)], [outlet("A", "main")])
    site.hear(10, 10, 10)
    site.say("grid_power", 30 * 230.0)
    site.plug("A", takes_a=0.0)
    site.pass_time(10)
    assert site.amperes()["A"] == 16
    for phase in (1, 2, 3):
        site.say(f"grid_current_l{phase}", None)
    site.say("grid_power", 73.5 * 230.0)
    ruling = site.look(1)
    assert site.amperes()["A"] == 8
    assert site.said[key("A")].words == "main, L1: the meter is silent"
    assert ruling.circuits[0].house_a is None


def test_a_phase_without_a_meter_of_its_own_may_carry_the_whole_sum():
    site = Parking([circuit("main", 32, metered=True)], [outlet("A", "main", phases=1, rotation="S")])
    site.hear(1)
    site.say("grid_power", 20 * 230.0)
    site.plug("A", takes_a=0.0)
    site.look(1)
    assert site.amperes()["A"] == 12


def test_the_words_of_a_circuit_say_which_meter_is_silent_and_since_when():
    site = Parking([circuit("main", 32, metered=True, fallback_a=8)], [outlet("A", "main")])
    site.hear(10, 10, 10)
    site.pass_time(75)
    last = site.readings[None, 0, "grid_current_l2"]
    site.readings[None, 0, "grid_current_l2"] = replace(last, state=InputState.STALE, counts=None)
    for _ in range(3):
        (report,) = site.look(1).circuits
        assert report.words == "the meter is silent since 12:00:00 (grid_current_l2): the fallback current holds"


def test_a_clock_that_cannot_be_believed_is_not_quoted():
    site = Parking([circuit("main", 32, metered=True)], [outlet("A", "main")], clock=Clock.UNKNOWN)
    site.say("grid_power", 0.0)
    last = site.readings[None, 0, "grid_power"]
    site.readings[None, 0, "grid_power"] = replace(last, state=InputState.STALE, counts=None)
    assert site.look(1).circuits[0].words == "the meter is silent (grid_power): the fallback current holds"


def test_after_a_start_a_meter_is_not_silent_but_was_not_heard_yet():
    site = Parking([circuit("main", 32, metered=True, fallback_a=8)], [outlet("A", "main")])
    for phase in (1, 2, 3):
        site.say(f"grid_current_l{phase}", None)
    site.plug("A", takes_a=0.0)
    (report,) = site.look(1).circuits
    names = "grid_current_l1, grid_current_l2, grid_current_l3"
    assert report.words == f"the meter was not heard yet ({names}): the fallback current holds"
    assert site.said[key("A")].words == "main, L1: the meter was not heard yet"
