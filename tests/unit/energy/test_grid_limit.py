"""What becomes of an order of the grid operator: caps, turns, evidence, and outlets that do not keep to it."""

import pytest

from knx_ocpp_bridge.core.energy.grid_limit import GridMemory, limit_by_grid, restore
from knx_ocpp_bridge.core.energy.ruling import EvidenceRow
from knx_ocpp_bridge.core.energy.scene import Evidence
from knx_ocpp_bridge.core.energy.terms import GridLimitTerms, LimitPer, LoadTerms
from knx_ocpp_bridge.core.inputs import InputState
from knx_ocpp_bridge.core.status import ConnectorStatus, LimitReason
from knx_ocpp_bridge.core.step import AlarmKind
from tests.kit.scenes import key, outlet, reading, readings, scene, terms, view

A, B, C = key("A"), key("B"), key("C")
CLOSED = readings(reading("grid_limit", True))
OPENED = readings(reading("grid_limit", False))


def per_sum(power_w, *outlets, **more):
    return terms(*outlets, grid_limit=GridLimitTerms(power_w=power_w, per=LimitPer.SUM), **more)


class Course:
    """One look after the other."""

    def __init__(self, site, memory=None):
        self.site, self.memory, self.evidence, self.notes = site, memory or GridMemory(), [], []
        self.words = []

    def look(self, seconds, *views, told=CLOSED, **more):
        ruling = limit_by_grid(self.memory, scene(seconds, *views, told=told), self.site, **more)
        self.memory, self.ruling = ruling.memory, ruling
        self.evidence += [(row.what, row.outlet) for row in ruling.evidence]
        self.words += [(row.what, row.detail) for row in ruling.evidence if row.outlet is not None]
        self.notes += ruling.notes
        assert all(cap.lasting and cap.kind is LimitReason.GRID_OPERATOR for cap in ruling.caps.values())
        return {one: cap.current_a for one, cap in ruling.caps.items()}


def obeys(one, current_a, **more):
    return view(one, in_force_a=current_a, promised_a=current_a, **more)


def idle(one, **more):
    return view(one, status=ConnectorStatus.AVAILABLE, plugged=False, charging=False, session=None, **more)


@pytest.mark.parametrize(("phases", "current_a"), [(3, 6.0), (2, 9.1), (1, 18.2)])
def test_a_power_per_charger_becomes_amperes_of_its_phases(phases, current_a):
    course = Course(terms(outlet("A", phases=phases, max_current_a=32.0), outlet("B")))
    caps = course.look(0, view(A, base_a=32.0), idle(B))
    assert caps == {A: current_a, B: 6.0}


def test_a_power_that_is_less_than_the_least_current_pauses():
    site = terms(outlet("A"), grid_limit=GridLimitTerms(power_w=4100.0))
    assert Course(site).look(0, view(A)) == {A: 0.0}


def test_an_outlet_that_can_charge_on_one_phase_does_so_rather_than_pause():
    course = Course(terms(outlet("A", can_switch_phases=True), grid_limit=GridLimitTerms(power_w=3500.0)))
    assert course.look(0, view(A)) == {A: 0.0}
    assert dict(course.ruling.phases) == {A: 1}
    assert course.look(5, obeys(A, 0.0, phases_in_force=1)) == {A: 15.2}


def test_two_connectors_of_a_charger_have_its_power_together():
    site = terms(outlet("A"), outlet("A", key=key("A", 2)), grid_limit=GridLimitTerms(power_w=9000.0))
    assert Course(site).look(0, view(A), view(key("A", 2))) == {A: 6.5, key("A", 2): 6.5}


def test_a_sum_is_shared_equally_by_those_who_charge():
    caps = Course(per_sum(12_000.0, outlet("A"), outlet("B"), outlet("C"))).look(0, view(A), view(B), idle(C))
    assert caps == {A: 8.6, B: 8.6, C: 0.0}


def test_what_one_car_may_not_take_the_others_have():
    site = per_sum(12_000.0, outlet("A"), outlet("B"))
    assert Course(site).look(0, view(A), view(B), ceilings={A: 6.0}) == {A: 6.0, B: 11.3}


def test_a_car_that_is_full_or_paused_by_others_has_no_share():
    site = per_sum(5000.0, outlet("A"), outlet("B"))
    assert Course(site).look(0, view(A), view(B), full=frozenset({A}))[B] == 7.2
    assert Course(site).look(0, view(A), view(B), ceilings={A: 0.0})[B] == 7.2


def test_where_a_sum_is_not_enough_for_all_they_take_turns_and_who_waits_is_told():
    course = Course(per_sum(5000.0, outlet("A"), outlet("B"), load=LoadTerms(rotate_s=900.0)))
    assert course.look(0, view(A), view(B)) == {A: 7.2, B: 0.0}
    assert course.memory.waiting == {B}
    assert any(note.outlet == B and "waits" in note.text for note in course.notes)
    assert course.look(899, obeys(A, 7.2), obeys(B, 0.0)) == {A: 7.2, B: 0.0}
    assert course.look(901, obeys(A, 7.2), obeys(B, 0.0)) == {A: 0.0, B: 0.0}
    assert course.look(903, obeys(A, 0.0), obeys(B, 0.0)) == {A: 0.0, B: 7.2}


def test_a_car_that_comes_has_its_share_only_when_the_other_one_has_given_it_up():
    course = Course(per_sum(9000.0, outlet("A"), outlet("B")))
    assert course.look(0, view(A), idle(B, promised_a=0.0)) == {A: 13.0, B: 0.0}
    assert course.look(60, obeys(A, 13.0), obeys(B, 0.0)) == {A: 6.5, B: 0.0}
    assert course.look(62, obeys(A, 6.5), obeys(B, 0.0)) == {A: 6.5, B: 6.5}


def test_a_charger_that_is_away_while_its_car_charges_counts_with_what_it_was_promised():
    course = Course(per_sum(16_000.0, outlet("A"), outlet("B")))
    assert course.look(0, view(A, online=False, promised_a=10.0), obeys(B, 12.0))[B] == 13.1


def test_an_order_counts_for_cars_that_come_later():
    course = Course(terms(outlet("A")))
    assert course.look(0, idle(A)) == {A: 6.0}
    assert course.look(60, obeys(A, 6.0)) == {A: 6.0}


def test_when_it_is_released_nothing_is_left_of_it():
    course = Course(terms(outlet("A")))
    course.look(0, view(A))
    assert course.look(60, obeys(A, 6.0), told=OPENED) == {}
    assert course.memory.limit_w is None
    assert course.memory.is_confirmed


def test_the_evidence_of_an_order_that_is_kept_to():
    course = Course(terms(outlet("A"), outlet("B")))
    course.look(0, view(A), view(B))
    course.look(3, obeys(A, 6.0), view(B))
    assert not course.memory.is_confirmed
    course.look(5, obeys(A, 6.0), obeys(B, 6.0))
    course.look(9, obeys(A, 6.0), obeys(B, 6.0))
    course.look(900, obeys(A, 6.0), obeys(B, 6.0), told=OPENED)
    assert course.evidence == [
        (Evidence.ORDERED, None),
        (Evidence.SENT, A),
        (Evidence.SENT, B),
        (Evidence.CONFIRMED, A),
        (Evidence.CONFIRMED, B),
        (Evidence.CONFIRMED, None),
        (Evidence.RELEASED, None),
    ]


def test_an_outlet_that_does_not_keep_to_it_in_time_is_held_at_0_with_an_alarm_until_it_does():
    course = Course(terms(outlet("A")))
    course.look(0, view(A))
    assert course.ruling.wake_at_s == 1060.0
    assert course.look(59, view(A)) == {A: 6.0}
    assert course.look(60, view(A)) == {A: 0.0}
    assert course.evidence[-1] == (Evidence.ESCALATED, A)
    assert [(note.alarm, note.over) for note in course.notes if note.alarm] == [(AlarmKind.LOAD, False)]
    assert course.look(120, view(A)) == {A: 0.0}
    assert course.look(130, obeys(A, 0.0)) == {A: 0.0}
    assert course.look(190, obeys(A, 0.0)) == {A: 6.0}
    assert course.evidence[-2:] == [(Evidence.CONFIRMED, A), (Evidence.CONFIRMED, None)]
    assert [note.over for note in course.notes if note.alarm] == [False, True]


def flows(current_a, at_s, **more):
    """It has accepted 6 A."""
    return view(A, in_force_a=6.0, promised_a=6.0, current_a=current_a, measured_at_s=1000.0 + at_s, **more)


def kept_words(course):
    return [detail for what, detail in course.words if what is Evidence.CONFIRMED]


def test_what_was_measured_before_the_order_reached_the_charger_is_not_in_its_confirmation():
    course = Course(terms(outlet("A")))
    course.look(0, view(A, current_a=16.0, measured_at_s=990.0))
    for seconds in (2, 61):
        course.look(seconds, flows(16.0, -10))
        assert not course.memory.is_confirmed
    assert course.ruling.wake_at_s == 1062.0
    course.look(62, flows(16.0, -10))
    assert course.memory.is_confirmed
    assert kept_words(course) == ["accepted: at most 6.0 A by what it was told"]


def test_a_measurement_after_the_order_confirms_it_and_adds_its_proof_to_one_that_was_only_accepted():
    course = Course(terms(outlet("A")))
    course.look(0, view(A))
    course.look(2, flows(16.0, -10))
    course.look(5, flows(5.9, 4))
    assert kept_words(course) == ["measured: 5.9 A flow"]
    course = Course(terms(outlet("A")))
    for seconds, seen in ((0, view(A)), (2, obeys(A, 6.0)), (50, flows(6.2, 49)), (60, flows(6.1, 59))):
        course.look(seconds, seen)
    assert kept_words(course) == ["accepted: at most 6.0 A by what it was told", "measured: 6.2 A flow"]


def test_a_car_has_some_seconds_to_follow_what_its_charger_has_accepted():
    course = Course(terms(outlet("A")))
    course.look(0, view(A))
    for seconds in range(50, 59):
        course.look(seconds, flows(16.0 - seconds + 50, seconds - 0.5))
    course.look(61, flows(6.0, 60.5))
    assert kept_words(course) == ["measured: 6.0 A flow"]
    assert Evidence.ESCALATED not in {what for what, _ in course.words}


def test_more_flow_than_the_order_is_never_confirmed():
    course = Course(terms(outlet("A")))
    course.look(0, view(A))
    for seconds in range(2, 60):
        assert course.look(seconds, flows(16.0, seconds - 0.5)) == {A: 6.0}
        assert not course.memory.is_confirmed
    assert course.look(60, flows(16.0, 59.5)) == {A: 0.0}
    assert course.words == [
        (Evidence.SENT, "6.0 A"),
        (Evidence.ESCALATED, "measured: 16.0 A flow, accepted: at most 6.0 A by what it was told"),
    ]


def test_a_confirmation_is_taken_back_when_more_is_measured():
    course = Course(terms(outlet("A")))
    course.look(0, view(A))
    course.look(2, obeys(A, 6.0))
    assert course.memory.is_confirmed
    course.look(30, flows(16.0, 29))
    assert not course.memory.is_confirmed
    course.look(40, flows(6.0, 39))
    assert course.memory.is_confirmed
    assert [what for what, _ in course.words] == [Evidence.SENT, Evidence.CONFIRMED, Evidence.CONFIRMED]


def test_what_is_said_of_a_charger_that_goes_on_is_true_whatever_it_does():
    course = Course(terms(outlet("A")))
    course.look(0, view(A))
    course.look(60, view(A))
    (alarm,) = [note.text for note in course.notes if note.alarm]
    assert "not accepted: at most 16.0 A" in alarm
    assert "it is told 0 A until it has kept to it for 60 s" in alarm
    assert "switch the charger off" in alarm
    assert course.ruling.caps[A].words.endswith("it did not keep to that, and is told 0 A")


def test_the_last_time_it_is_told_0_until_the_order_is_over():
    course, seconds = Course(terms(outlet("A"))), 0
    for _ in range(3):
        course.look(seconds, view(A))
        course.look(seconds + 60, view(A))
        course.look(seconds + 61, obeys(A, 0.0))
        course.look(seconds + 121, obeys(A, 0.0))
        seconds += 122
    begun = [note.text for note in course.notes if note.alarm and not note.over]
    assert ["until the order is over" in text for text in begun] == [False, False, True]


def test_a_charger_that_accepts_and_takes_more_does_not_keep_to_it():
    course = Course(terms(outlet("A")))
    for seconds in (0, 30, 60):
        caps = course.look(seconds, obeys(A, 6.0, disobeys=True))
    assert caps == {A: 0.0}


def test_an_outlet_that_begins_to_take_more_later_is_given_the_same_time():
    course = Course(terms(outlet("A")))
    course.look(0, obeys(A, 6.0))
    course.look(1000, view(A))
    assert course.look(1059, view(A)) == {A: 6.0}
    assert course.look(1060, view(A)) == {A: 0.0}


def test_a_charger_that_obeys_at_0_alone_stays_there_after_the_third_time():
    course, seconds = Course(terms(outlet("A"))), 0
    for _ in range(5):
        course.look(seconds, view(A))
        course.look(seconds + 60, view(A))
        course.look(seconds + 61, obeys(A, 0.0))
        caps = course.look(seconds + 121, obeys(A, 0.0))
        seconds += 122
    assert caps == {A: 0.0}
    assert course.evidence.count((Evidence.ESCALATED, A)) == 3


def test_the_end_of_the_order_ends_the_alarm():
    course = Course(terms(outlet("A")))
    course.look(0, view(A))
    course.look(60, view(A))
    course.look(70, view(A), told=OPENED)
    assert [note.over for note in course.notes if note.alarm] == [False, True]


@pytest.mark.parametrize(
    "seen",
    [
        idle(A, current_a=0.0),
        view(A, current_a=5.0, measured_at_s=1030.0),
        view(A, online=False, promised_a=6.0),
    ],
)
def test_it_is_kept_to_where_nothing_more_can_flow_or_does(seen):
    course = Course(terms(outlet("A")))
    course.look(0, seen)
    course.look(31, seen)
    course.look(61, seen)
    assert course.memory.is_confirmed


def test_a_charger_that_is_away_and_may_take_more_is_not_confirmed_and_not_told_until_it_is_back():
    course = Course(terms(outlet("A")))
    course.look(0, view(A, online=False))
    course.look(60, view(A, online=False))
    assert [what for what, one in course.evidence if one == A] == [Evidence.ESCALATED]
    course.look(90, view(A))
    assert course.evidence[-1] == (Evidence.SENT, A)


def test_after_a_start_an_open_order_holds_before_any_signal_is_heard():
    rows = [EvidenceRow(Evidence.ORDERED, None, 4200.0, "grid_limit")]
    course = Course(terms(outlet("A")), restore(rows))
    never = readings(reading("grid_limit", None, state=InputState.UNKNOWN))
    assert course.look(0, view(A), told=never) == {A: 6.0}
    assert (Evidence.UNKNOWN, None) in course.evidence


def test_an_order_of_one_charge_point_leaves_the_others_alone():
    course = Course(terms(outlet("A"), outlet("B")))
    told = readings(reading("grid_limit", True, charger="A"))
    assert course.look(0, view(A), view(B), told=told) == {A: 6.0}
    assert course.evidence[0] == (Evidence.ORDERED, key("A", 0))


def test_of_two_orders_over_an_outlet_the_lower_one_counts():
    course = Course(terms(outlet("A"), outlet("B")))
    told = readings(reading("grid_limit", True, charger="A"), reading("grid_limit_power", 9000.0))
    assert course.look(0, view(A), view(B), told=told) == {A: 6.0, B: 13.0}
