"""Cars fall asleep when they get nothing for long; they are woken, but only if it was we who paused them."""

from knx_ocpp_bridge.core.commands import RemoteStart, SetProfile
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.status import ConnectorStatus, LimitReason, StopReason
from tests.kit.laws import Laws, limits_told
from tests.kit.life import CARD, ONE, Life, garage, outlet

S = ConnectorStatus


def charging(**changes: object) -> Life:
    life = Life(garage(outlet(**changes)))
    life.observers.append(Laws())
    life.arrives()
    life.charges()
    life.meters(1000, 9.8)
    life.passes(60)
    return life


def one(life: Life) -> Connector:
    return life.charger.connectors[ONE]


def paused(life: Life, seconds: float = 3600.0) -> None:
    """For so long it is paused; then it is given current again."""
    life.presses(1, "pause")
    life.reports(S.SUSPENDED_EVSE)
    life.passes(seconds)
    life.commands.clear()
    life.presses(0, "pause")


def tx_limits(life: Life) -> list[float]:
    return [it.limit for it in life.told(SetProfile) if isinstance(it, SetProfile) and it.transaction is not None]


def test_a_car_that_sleeps_after_a_pause_is_woken_by_a_moment_of_nothing():
    life = charging()
    paused(life)
    life.reports(S.SUSPENDED_EV)
    life.passes(61)
    assert tx_limits(life) == [10.0, 0.0]
    assert life.state("limit_reason") == LimitReason.WAKING
    life.passes(10)
    assert tx_limits(life) == [10.0, 0.0, 10.0]
    life.reports(S.CHARGING)
    life.meters(1100, 9.8)
    life.passes(600)
    assert tx_limits(life) == [10.0, 0.0, 10.0]


def test_a_car_is_woken_twice_in_a_session_and_not_a_third_time():
    life = charging()
    paused(life)
    life.reports(S.SUSPENDED_EV)
    life.passes(1800)
    assert tx_limits(life) == [10.0, 0.0, 10.0, 0.0, 10.0]
    assert any("although it was woken" in words for words in life.words)
    paused(life)
    life.reports(S.SUSPENDED_EV)
    life.passes(1800)
    assert tx_limits(life) == [10.0]


def test_the_next_car_may_be_woken_again():
    life = charging()
    paused(life)
    life.reports(S.SUSPENDED_EV)
    life.passes(1800)
    life.stops(1)
    life.reports(S.AVAILABLE)
    life.charges()
    life.meters(3000, 9.8)
    paused(life)
    life.reports(S.SUSPENDED_EV)
    life.passes(100)
    assert tx_limits(life) == [10.0, 0.0, 10.0]


def test_a_car_that_is_full_is_left_alone():
    life = charging()
    life.commands.clear()
    life.reports(S.SUSPENDED_EV)
    life.passes(3600)
    assert limits_told(life.commands) == []


def test_a_car_that_was_full_before_the_pause_is_not_woken_after_it():
    life = charging()
    life.reports(S.SUSPENDED_EV)
    life.passes(60)
    paused(life)
    life.reports(S.SUSPENDED_EV)
    life.passes(600)
    assert tx_limits(life) == [10.0]


def test_a_pause_of_some_seconds_puts_no_car_to_sleep():
    life = charging()
    paused(life, 15)
    life.reports(S.SUSPENDED_EV)
    life.passes(600)
    assert tx_limits(life) == [10.0]


def test_where_it_is_not_wanted_no_car_is_woken():
    life = charging(wakes=False)
    paused(life)
    life.reports(S.SUSPENDED_EV)
    life.passes(600)
    assert tx_limits(life) == [10.0]


def test_a_car_that_waited_without_current_from_the_beginning_is_woken():
    life = Life(garage(outlet()))
    life.arrives()
    life.presses(1, "pause")
    life.charges()
    life.reports(S.SUSPENDED_EVSE)
    life.passes(3600)
    life.commands.clear()
    life.presses(0, "pause")
    life.reports(S.SUSPENDED_EV)
    life.passes(75)
    assert tx_limits(life) == [10.0, 0.0, 10.0]


def test_a_transaction_that_the_charger_has_ended_in_the_pause_is_started_again_with_its_card():
    life = charging()
    life.presses(1, "pause")
    life.reports(S.SUSPENDED_EVSE)
    life.passes(3600)
    life.stops(1, reason=StopReason.OTHER)
    life.reports(S.PREPARING)
    life.passes(600)
    assert life.told(RemoteStart) == []
    life.presses(0, "pause")
    assert life.told(RemoteStart) == [RemoteStart(ONE, CARD)]


def test_a_transaction_that_somebody_has_ended_in_the_pause_is_not_started_again():
    life = charging()
    life.presses(1, "pause")
    life.reports(S.SUSPENDED_EVSE)
    life.passes(3600)
    life.stops(1, reason=StopReason.LOCAL)
    life.reports(S.PREPARING)
    life.presses(0, "pause")
    life.passes(600)
    assert life.told(RemoteStart) == []


def test_a_car_that_left_in_the_pause_is_not_started_for():
    life = charging()
    life.presses(1, "pause")
    life.reports(S.SUSPENDED_EVSE)
    life.passes(3600)
    life.stops(1, reason=StopReason.OTHER)
    life.reports(S.AVAILABLE)
    life.presses(0, "pause")
    life.reports(S.PREPARING)
    life.passes(600)
    assert life.told(RemoteStart) == []
    assert one(life).waking.ended is None
