"""Goals and limits of a session: kept at once, said back, gone with the car."""

from datetime import timedelta
from math import inf, nan

import pytest

from knx_ocpp_bridge.core.energy.scene import NO_GOAL, Goal
from knx_ocpp_bridge.core.energy.terms import NO_LIMITS, SessionLimits
from knx_ocpp_bridge.core.energy.view import view
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus, StopReason
from tests.kit.life import ONE, Life, plugged

SET = {
    "session_limit_energy": 20_000.0,
    "session_limit_duration": 14_400.0,
    "session_limit_soc": 80.0,
    "session_limit_cost": 5.5,
    "goal_energy": 15_000.0,
    "goal_soc": 70.0,
    "goal_time": 420.0,
}


def seen(life: Life) -> tuple[SessionLimits, Goal]:
    one = view(life.charger, life.charger.connectors[ONE], life.moment)
    return one.limits, one.goal


def with_all() -> Life:
    life = plugged()
    for key, value in SET.items():
        life.presses(value, key)
    return life


def test_what_is_wanted_of_a_session_is_seen_by_the_site():
    limits, goal = seen(with_all())
    assert limits == SessionLimits(20_000, 14_400, 80.0, 5.5)
    assert goal == Goal(15_000, 70.0, 420)


@pytest.mark.parametrize("key", [key for key in SET if key != "session_limit_cost"])
def test_it_is_said_back_at_once_and_accepted(key: str):
    life = plugged()
    life.presses(SET[key], key, number=1)
    assert life.verdict(1) is CommandResult.ACCEPTED
    assert life.heard(key) == [(key, SET[key])]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("goal_energy", "15 kWh"),
        ("goal_soc", "70 %"),
        ("goal_time", "07:00"),
        ("session_limit_duration", "240 min"),
        ("session_limit_cost", "5.50"),
    ],
)
def test_it_is_said_in_the_units_of_people(key: str, words: str):
    life = plugged()
    life.presses(SET[key], key, number=1)
    assert life.verdicts[-1].reason == f"{words}, until the cable is pulled"


@pytest.mark.parametrize("key", [key for key in SET if key != "goal_time"])
def test_nought_takes_it_away(key: str):
    life = plugged()
    life.presses(SET[key], key)
    life.presses(0.0, key)
    assert seen(life) == (NO_LIMITS, NO_GOAL)


def test_midnight_is_a_time_and_below_it_is_none():
    life = plugged()
    life.presses(0.0, "goal_time")
    assert seen(life)[1] == Goal(ready_minute=0)
    assert life.state("goal_time") == 0
    life.presses(-1.0, "goal_time")
    assert seen(life)[1] == NO_GOAL
    assert life.state("goal_time") is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("session_limit_energy", -1.0),
        ("session_limit_energy", 2e6),
        ("session_limit_duration", 1e9),
        ("session_limit_soc", 101.0),
        ("session_limit_cost", inf),
        ("goal_energy", nan),
        ("goal_soc", 150.0),
        ("goal_time", 1440.0),
        ("goal_time", nan),
    ],
)
def test_nonsense_is_refused_with_a_reason_and_changes_nothing(key: str, value: float):
    life = with_all()
    before = seen(life)
    life.presses(value, key, number=1)
    assert life.verdict(1) is CommandResult.REJECTED
    assert "send" in life.verdicts[-1].reason
    assert seen(life) == before


def test_it_is_over_when_the_cable_is_pulled():
    life = with_all()
    life.charges()
    life.reports(ConnectorStatus.AVAILABLE)
    assert seen(life) == (NO_LIMITS, NO_GOAL)
    assert life.state("goal_energy") == 0


def test_what_is_set_before_the_car_comes_is_for_that_car():
    life = Life()
    life.arrives()
    life.presses(20_000.0, "session_limit_energy")
    life.reports(ConnectorStatus.AVAILABLE)
    life.charges()
    assert seen(life)[0] == SessionLimits(20_000)
    life.reports(ConnectorStatus.AVAILABLE)
    assert seen(life)[0] == NO_LIMITS


def test_it_goes_with_a_car_that_left_while_the_line_was_cut_though_another_one_is_plugged_in_already():
    life = with_all()
    first = life.charges()
    life.disconnects()
    life.passes(60)
    life.returns()
    life.stops(first, 1500, StopReason.EV_DISCONNECTED, ago=timedelta(seconds=30))
    life.reports(ConnectorStatus.PREPARING)
    life.charges(meter_wh=1500)
    assert seen(life) == (NO_LIMITS, NO_GOAL)


def test_it_goes_with_a_car_that_left_while_the_bridge_was_dead():
    life = with_all()
    first = life.charges()
    life.restarts()
    life.passes(60)
    life.returns()
    life.reports(ConnectorStatus.CHARGING)
    life.stops(first, 1500, StopReason.EV_DISCONNECTED, ago=timedelta(seconds=30))
    life.starts(meter_wh=1500)
    assert seen(life) == (NO_LIMITS, NO_GOAL)
    life.restarts()
    assert seen(life) == (NO_LIMITS, NO_GOAL)


def test_it_goes_with_a_car_whose_transaction_was_never_stopped_when_nobody_saw_who_charges_now():
    life = with_all()
    life.charges()
    life.restarts()
    life.passes(60)
    life.returns()
    life.starts(meter_wh=1500)
    assert seen(life) == (NO_LIMITS, NO_GOAL)


def test_it_stays_when_the_car_that_stays_charges_again():
    life = with_all()
    before = seen(life)
    first = life.charges()
    life.disconnects()
    life.passes(20)
    life.returns()
    life.reports(ConnectorStatus.PREPARING)
    life.stops(first, 1500, StopReason.POWER_LOSS, ago=timedelta(seconds=10))
    life.charges(meter_wh=1500)
    assert seen(life) == before


def test_what_is_set_once_a_car_has_left_is_for_the_next_one_though_the_cable_was_never_seen_out():
    life = with_all()
    first = life.charges()
    life.stops(first, 1500, StopReason.EV_DISCONNECTED)
    life.reports(ConnectorStatus.FINISHING)
    assert seen(life) == (NO_LIMITS, NO_GOAL)
    life.presses(20_000.0, "session_limit_energy")
    second = life.charges(meter_wh=1500)
    assert seen(life)[0] == SessionLimits(20_000)
    assert life.memory.transactions[second].session is None


def test_a_late_stop_of_an_end_that_was_assumed_tells_that_the_car_has_left():
    life = with_all()
    first = life.charges()
    life.reports(ConnectorStatus.PREPARING)
    life.passes(70)
    assert life.memory.transactions[first].assumed
    life.stops(first, 1500, StopReason.EV_DISCONNECTED, ago=timedelta(seconds=80))
    assert seen(life) == (NO_LIMITS, NO_GOAL)


def test_it_can_be_set_while_the_charger_is_away_and_outlives_a_power_cut():
    life = plugged()
    life.disconnects()
    life.presses(20_000.0, "goal_energy", number=1)
    assert life.verdict(1) is CommandResult.ACCEPTED
    life.restarts()
    assert seen(life)[1] == Goal(20_000)


def test_what_is_set_already_is_said_again():
    life = with_all()
    life.heard()
    life.presses(20_000.0, "session_limit_energy")
    assert life.heard("session_limit_energy") == [("session_limit_energy", 20_000)]
