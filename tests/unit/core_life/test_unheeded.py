"""What a charger cannot be told is not left at that: it is stopped, and then made Inoperative."""

from collections.abc import Callable

import pytest

from knx_ocpp_bridge.core.commands import ChangeAvailability, RemoteStart, RemoteStop, SetProfile
from knx_ocpp_bridge.core.energy.view import view
from knx_ocpp_bridge.core.events import Outcome
from knx_ocpp_bridge.core.status import ConnectorStatus, LimitReason, StopReason
from tests.kit.defiance import alarms, one
from tests.kit.laws import Laws
from tests.kit.life import ONE, Life, garage, outlet

S = ConnectorStatus


def refuses(life: Life) -> None:
    life.answers[SetProfile] = "Rejected"


def is_silent(life: Life) -> None:
    life.silent.add(SetProfile)


def flows(life: Life, seconds: float, current_a: float = 16.0) -> None:
    """So much flows for so long; what is not answered within half a minute will not be."""
    for second in range(0, int(seconds), 10):
        life.passes(10)
        life.meters(None, current_a)
        if second % 30 == 20:
            for _ in range(len(life.unanswered)):
                life.replies(Outcome.TIMED_OUT)


def charging(how: Callable[[Life], None], *, escalates: bool = True) -> Life:
    """A car charges with 16 A at a charger that was never told a limit."""
    life = Life(garage(outlet(circuit="main", fail_safe_a=6.0, escalates=escalates)))
    life.observers.append(Laws())
    how(life)
    life.arrives()
    life.caps((LimitReason.CIRCUIT, 10.0))
    life.charges()
    return life


CHARGERS = pytest.mark.parametrize("how", [refuses, is_silent])


@CHARGERS
def test_what_cannot_be_told_is_stopped_within_a_minute_and_then_shut(how):
    life = charging(how)
    number = one(life).transaction.id
    flows(life, 70)
    assert life.told(RemoteStop) == [RemoteStop(number)]
    assert alarms(life) == [False]
    life.stops(number, reason=StopReason.REMOTE)
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=False)]
    life.reports(S.AVAILABLE)
    assert not life.memory.remembered().wishes[ONE].shut
    assert alarms(life) == [False, True]


@CHARGERS
def test_a_stop_that_is_refused_ends_in_inoperative(how):
    life = charging(how)
    life.answers[RemoteStop] = "Rejected"
    flows(life, 120)
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=False)]


@CHARGERS
def test_where_nobody_knows_what_flows_it_counts_as_too_much(how):
    life = charging(how)
    life.passes(80)
    assert life.told(RemoteStop)


@CHARGERS
def test_a_car_that_takes_no_more_than_it_may_is_left_alone(how):
    life = charging(how)
    flows(life, 300, 9.5)
    assert life.told(RemoteStop) == []
    assert alarms(life) == []


@CHARGERS
def test_a_car_that_does_not_charge_is_left_alone(how):
    life = charging(how)
    life.reports(S.SUSPENDED_EV)
    life.passes(300)
    assert life.told(RemoteStop) == []


@CHARGERS
def test_what_it_really_draws_counts(how):
    life = charging(how)
    life.answers[RemoteStop] = "Rejected"
    flows(life, 70)
    seen = view(life.charger, one(life), life.moment)
    assert seen.disobeys
    assert seen.current_a == 16.0


@CHARGERS
def test_without_escalation_it_is_only_told_of(how):
    life = charging(how, escalates=False)
    flows(life, 600)
    assert life.told(RemoteStop) == []
    assert life.told(ChangeAvailability) == []


@CHARGERS
@pytest.mark.parametrize("limit_a", [0.0, 8.0])
def test_an_order_of_the_grid_operator_is_pressed_for_anywhere(how, limit_a):
    life = charging(how, escalates=False)
    flows(life, 100)
    life.caps((LimitReason.GRID_OPERATOR, limit_a))
    flows(life, 70)
    assert life.told(RemoteStop)


def test_an_order_that_is_accepted_and_ignored_is_pressed_for_anywhere():
    life = charging(lambda life: None, escalates=False)
    flows(life, 60, 9.5)
    life.caps((LimitReason.GRID_OPERATOR, 0.0))
    flows(life, 100)
    assert life.told(RemoteStop)


def test_a_pause_that_gets_no_answer_is_reached_by_a_stop():
    life = charging(is_silent)
    life.caps()
    flows(life, 10, 9.0)
    life.presses(1, "pause")
    flows(life, 90, 9.0)
    assert life.told(RemoteStop)


def test_a_charger_that_answers_late_is_waited_for():
    life = charging(lambda life: None)
    life.passes(10)
    life.silent.add(SetProfile)
    life.caps((LimitReason.CIRCUIT, 6.0))
    flows(life, 20, 9.9)
    life.replies()
    flows(life, 200, 5.9)
    assert life.told(RemoteStop) == []
    assert alarms(life) == []


def test_limits_that_fall_faster_than_they_can_be_told_are_no_reason():
    """The sun goes down: every few seconds less, and each value is confirmed."""
    life = charging(lambda life: None)
    for tenth in range(100, 61, -1):
        life.caps((LimitReason.SURPLUS, tenth / 10))
        life.passes(3)
        life.meters(None, tenth / 10)
    assert life.told(RemoteStop) == []
    assert alarms(life) == []


def test_a_charger_that_is_away_is_not_judged():
    life = charging(is_silent)
    flows(life, 20)
    life.disconnects()
    life.passes(300)
    assert alarms(life) == []
    life.returns()
    flows(life, 20)
    assert life.told(RemoteStop) == []


def test_a_charger_that_takes_its_limit_after_all_is_over_when_it_is_seen_to_obey():
    life = charging(is_silent)
    life.answers[RemoteStop] = "Rejected"
    flows(life, 70)
    assert alarms(life) == [False]
    life.answers.clear()
    life.silent.clear()
    life.presses(1, "availability")  # nobody presses it any more
    life.alarms.clear()
    flows(life, 200, 9.0)
    assert life.state("max_current") == 10.0
    assert not one(life).disobeys


# 0 A that is refused


def refusing_zero(*, escalates: bool = True) -> Life:
    life = Life(garage(outlet(circuit="main", fail_safe_a=0.0, escalates=escalates)), takes_zero=False)
    life.observers.append(Laws())
    life.arrives()
    life.caps((LimitReason.CIRCUIT, 10.0))
    life.charges()
    flows(life, 60, 9.5)
    return life


@pytest.mark.parametrize("escalates", [True, False])
def test_zero_that_is_refused_becomes_the_end_of_the_transaction(escalates):
    life = refusing_zero(escalates=escalates)
    number = one(life).transaction.id
    life.caps((LimitReason.WAITING, 0.0))
    flows(life, 20, 5.9)
    assert life.state("max_current") == 6.0, "the least that it takes, meanwhile"
    assert life.told(RemoteStop) == []
    flows(life, 20, 5.9)
    assert life.told(RemoteStop) == [RemoteStop(number)]
    life.stops(number, reason=StopReason.REMOTE)
    life.passes(100)
    assert life.told(ChangeAvailability) == []
    assert alarms(life) == []


def test_zero_that_lasts_for_a_moment_ends_nothing():
    life = refusing_zero()
    life.caps((LimitReason.WAITING, 0.0))
    flows(life, 20, 5.9)
    life.caps((LimitReason.CIRCUIT, 8.0))
    flows(life, 100, 7.9)
    assert life.told(RemoteStop) == []


def test_a_full_car_at_the_least_current_is_left_alone():
    life = refusing_zero()
    life.caps((LimitReason.WAITING, 0.0))
    flows(life, 300, 0.2)
    assert life.told(RemoteStop) == []


def test_a_charger_that_takes_neither_zero_nor_the_stop_is_shut():
    life = refusing_zero()
    life.answers[RemoteStop] = "Rejected"
    life.caps((LimitReason.WAITING, 0.0))
    flows(life, 240, 5.9)
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=False)]
    assert alarms(life) == [False]


def test_what_was_stopped_for_an_order_begins_again_when_the_order_is_over():
    life = refusing_zero(escalates=False)
    number = one(life).transaction.id
    life.caps((LimitReason.GRID_OPERATOR, 0.0))
    flows(life, 40, 5.9)
    life.stops(number, reason=StopReason.REMOTE)
    life.reports(S.PREPARING)
    life.passes(600)
    assert life.told(RemoteStart) == []
    life.caps((LimitReason.CIRCUIT, 10.0))
    assert [start.connector for start in life.told(RemoteStart) if isinstance(start, RemoteStart)] == [ONE]


def test_what_a_person_has_ended_does_not_begin_again():
    life = refusing_zero()
    life.caps((LimitReason.WAITING, 0.0))
    flows(life, 40, 5.9)
    life.stops(one(life).transaction.id, reason=StopReason.REMOTE)
    life.reports(S.PREPARING)
    number = life.charges()  # somebody holds a card to it all the same
    life.caps((LimitReason.CIRCUIT, 10.0))
    life.passes(10)
    life.stops(number, reason=StopReason.LOCAL)
    life.reports(S.PREPARING)
    life.passes(300)
    assert life.told(RemoteStart) == []
