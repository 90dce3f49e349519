"""A stop that is a pause: 0 A instead of the end of the transaction."""

from dataclasses import replace

from knx_ocpp_bridge.core.commands import RemoteStart, RemoteStop, SetProfile
from knx_ocpp_bridge.core.events import Reconfigured
from knx_ocpp_bridge.core.settings import StopMode
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus
from tests.kit.laws import limits_told
from tests.kit.life import Life, plugged


def paused() -> Life:
    life = plugged(stop_mode=StopMode.PAUSE)
    life.charges()
    life.passes(6)
    life.heard()
    life.presses(False)
    life.passes(6)
    return life


def test_stop_by_pause_holds_0_ampere_and_the_lamp_goes_out_when_it_is_confirmed():
    life = paused()
    assert life.told(RemoteStop) == []
    assert limits_told(life.commands)[-2:] == [0, 0]
    assert life.heard("charging", "max_current", "transaction_energy", "end_time") == [
        ("charging", False),
        ("max_current", 0.0),
    ]


def test_a_charger_that_takes_no_limits_any_more_is_not_shown_as_stopped_by_one():
    life = paused()
    assert life.state("charging") is False
    life.happens(Reconfigured(replace(life.settings, flags={"limit_by": "none"})))
    life.passes(6)
    assert life.state("charging") is True


def test_a_press_after_a_stop_by_pause_restores_the_limit():
    life = paused()
    life.heard()
    life.presses(True)
    life.passes(6)
    assert life.told(RemoteStart) == []
    assert life.heard("charging", "max_current") == [("charging", True), ("max_current", 10.0)]


def test_energy_and_end_of_a_paused_transaction_come_when_it_really_ends():
    life = paused()
    life.heard()
    life.stops(1, 2500)
    assert [key for key, _ in life.heard("transaction_energy", "end_time", "charging")] == [
        "end_time",
        "transaction_energy",
    ]
    assert life.state("transaction_energy") == 1500


def test_the_next_car_after_a_stop_by_pause_is_not_paused():
    life = paused()
    life.stops(1, 2500)
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(6)
    assert limits_told(life.commands)[-1] == 10
    assert life.state("pause") is False


def test_a_pause_that_the_charger_refuses_becomes_a_stop():
    life = plugged(stop_mode=StopMode.PAUSE)
    number = life.charges()
    life.passes(6)
    life.answers[SetProfile] = "Rejected"
    life.presses(False, number=7)
    assert life.told(RemoteStop) == [RemoteStop(number)]
    assert life.verdict(7) is CommandResult.ACCEPTED
