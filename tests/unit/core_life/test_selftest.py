"""A self-test tries what a charger can, calls nothing passed that it has not seen, and leaves all as it was."""

import pytest

from knx_ocpp_bridge.core.commands import RemoteStart, RemoteStop, UnlockConnector
from knx_ocpp_bridge.core.events import Outcome as Ending
from knx_ocpp_bridge.core.selftest import AskCall, Held, Outcome, Stage, held, refusal
from knx_ocpp_bridge.core.selftest_run import resumed
from knx_ocpp_bridge.core.selftest_trials import NAMES
from knx_ocpp_bridge.core.settings import StopMode
from knx_ocpp_bridge.core.status import ChargeMode, ConnectorStatus
from tests.kit.life import CARD, ONE, Life, garage, plugged
from tests.kit.tried import GOOD_KEYS, Tried

PASSED, FAILED, NOT_TRIED = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_TRIED
CAR = ("start", "limit", "pause", "fast", "stop", "unlock")


def before(life: Life) -> Held:
    return held(life.charger.connectors[ONE])


def test_a_good_charger_with_a_car_passes_every_trial_and_is_left_as_it_was():
    life = plugged()
    life.answers[UnlockConnector] = "Unlocked"
    life.presses(12.0, "max_current")
    life.presses(False, "pause")
    as_it_was = before(life)
    test = Tried(life)
    test.goes()
    assert test.run.stage is Stage.OVER
    assert test.outcomes() == dict.fromkeys(NAMES, PASSED)
    assert before(life) == as_it_was == Held(12.0)
    assert life.charger.connectors[ONE].transaction is None
    assert not test.run.left
    assert test.result("limit").reason == "6 A accepted, 6.0 A flow"
    assert test.result("unlock").answer == "Unlocked"


def test_without_a_car_what_needs_one_is_not_tried_and_nothing_is_commanded():
    life = Life()
    life.arrives()
    test = Tried(life)
    test.goes()
    outcomes = test.outcomes()
    assert [outcomes[name] for name in CAR] == [NOT_TRIED] * 6
    assert test.result("start").reason == "no car is plugged in"
    assert all(isinstance(ask, AskCall) for ask in test.asked)
    assert outcomes["connection"] is outcomes["status"] is outcomes["keys"] is PASSED


def test_a_charger_that_is_away_fails_its_connection_and_is_asked_for_nothing_else():
    life = Life()
    test = Tried(life, ahead_s=None)
    test.goes()
    assert test.outcomes()["connection"] is FAILED
    assert {test.outcomes()[name] for name in CAR} == {NOT_TRIED}
    assert PASSED not in test.outcomes().values()


def test_a_cable_of_the_last_charge_is_no_car_that_could_start():
    life = plugged()
    life.reports(ConnectorStatus.FINISHING)
    test = Tried(life)
    test.goes()
    assert "unplug" in test.result("start").reason


def test_a_charger_that_takes_a_limit_and_ignores_it_fails_that_trial():
    test = Tried(plugged(), obeys=False)
    test.goes()
    assert test.result("limit").reason == "6 A accepted, but 16.0 A flow"
    assert test.outcomes()["limit"] is test.outcomes()["pause"] is FAILED
    assert test.outcomes()["stop"] is PASSED


def test_a_car_that_takes_nothing_shows_neither_that_a_limit_nor_that_fast_is_obeyed():
    test = Tried(plugged(), takes_a=0.0)
    test.goes()
    assert test.outcomes()["limit"] is test.outcomes()["fast"] is Outcome.NOT_SEEN
    assert test.result("fast").reason == "16 A accepted, Charging, but nothing flows: that it obeys was not seen"
    assert test.outcomes()["pause"] is PASSED


def test_a_current_that_is_not_measured_is_not_called_obeyed():
    test = Tried(plugged(), takes_a=None)
    test.goes()
    assert test.outcomes()["limit"] is test.outcomes()["fast"] is Outcome.NOT_SEEN
    assert test.result("limit").reason == "6 A accepted, not measured: it has told no current since"
    assert test.result("pause").reason == "0 A accepted, SuspendedEVSE"
    assert test.outcomes()["pause"] is PASSED


def test_a_car_that_begins_slowly_is_asked_again_and_seen():
    test = Tried(plugged(), takes_a=0.0)
    test.goes(until="charge_mode")
    test.takes_a = 12.0
    test.goes()
    assert test.result("fast").reason == "16 A accepted, Charging, 12.0 A flow"


def test_a_charger_that_accepts_the_start_and_does_not_begin_is_told_to_forget_it():
    life = plugged(start_window_s=300.0)
    test = Tried(life, charges=False)
    test.goes()
    assert test.outcomes()["start"] is FAILED
    assert test.result("limit").reason == "it did not start"
    assert test.run.stage is Stage.OVER
    start = life.charger.connectors[ONE].start
    assert start is None or start.cancelled


def test_what_is_not_supported_is_not_tried_and_not_failed():
    life = plugged()
    life.answers[UnlockConnector] = "NotSupported"
    life.answers[RemoteStart] = Ending.NOT_SUPPORTED
    test = Tried(life, charges=False)
    test.goes()
    assert test.outcomes()["unlock"] is NOT_TRIED
    assert test.outcomes()["start"] is NOT_TRIED
    assert "not supported" in test.result("unlock").reason


def test_a_refused_unlock_is_a_failure_with_the_answer():
    life = plugged()
    life.answers[UnlockConnector] = "UnlockFailed"
    test = Tried(life)
    test.goes()
    assert test.outcomes()["unlock"] is FAILED
    assert "UnlockFailed" in test.result("unlock").reason


@pytest.mark.parametrize(
    ("ahead_s", "outcome", "words"),
    [
        (-20.0, PASSED, "20 s from"),
        (7230.0, FAILED, "2:00 h ahead"),
        (-3600.0, FAILED, "1:00 h behind"),
        (None, NOT_TRIED, "no time"),
    ],
)
def test_the_charger_s_clock_is_compared_with_the_bridge_s(ahead_s, outcome, words):
    life = Life()
    life.arrives()
    test = Tried(life, ahead_s=ahead_s)
    test.goes()
    assert test.outcomes()["clock"] is outcome
    assert words in test.result("clock").reason


def test_keys_that_stand_in_the_way_are_named_with_what_is_better():
    life = Life()
    life.arrives()
    test = Tried(life, keys={**GOOD_KEYS, "MeterValueSampleInterval": "0", "LocalPreAuthorize": "true"})
    test.goes()
    assert test.outcomes()["keys"] is FAILED
    assert [one.split(":")[0] for one in test.result("keys").findings] == [
        "MeterValueSampleInterval = 0",
        "LocalPreAuthorize = true",
    ]


def test_a_charger_that_cannot_be_asked_for_its_state_has_told_it_by_itself():
    life = Life()
    life.arrives()
    test = Tried(life, calls={"TriggerMessage": "NotSupported"})
    test.goes()
    assert test.outcomes()["status"] is PASSED
    assert "by itself" in test.result("status").findings[0]


def test_a_faulted_connector_is_no_pass():
    life = Life()
    life.arrives(ConnectorStatus.FAULTED)
    test = Tried(life)
    test.goes()
    assert test.outcomes()["status"] is FAILED
    assert test.result("start").reason == "the connector is Faulted"


def test_a_test_that_is_stopped_ends_its_charge_and_puts_the_limit_back():
    life = plugged()
    test = Tried(life)
    test.goes(until="max_current")
    assert before(life).limit_a == 6.0
    test.aborts()
    assert test.run.stage is Stage.OVER
    assert life.charger.connectors[ONE].transaction is None
    assert before(life) == Held()
    assert test.result("stop").reason == "stopped by CLI"
    assert life.told(RemoteStop)


def test_a_connector_that_charges_by_the_sun_does_so_again_after_a_test():
    life = plugged()
    life.caps()
    life.presses(True, "surplus_mode")
    life.passes(6)
    test = Tried(life)
    test.goes()
    assert test.run.stage is Stage.OVER
    assert life.state("charge_mode") == ChargeMode.SURPLUS
    assert before(life) == Held(managed=ChargeMode.SURPLUS)


def test_a_lost_charger_is_waited_for_and_its_charge_is_ended_when_it_is_back():
    life = plugged()
    test = Tried(life)
    test.goes(until="pause")
    life.disconnects()
    test.goes(300)
    assert test.run.stage is Stage.PUTTING_BACK
    assert before(life) == Held()
    life.returns()
    life.reports(ConnectorStatus.SUSPENDED_EVSE)
    test.goes()
    assert test.run.stage is Stage.OVER
    assert life.charger.connectors[ONE].transaction is None


def test_after_a_restart_of_the_bridge_all_is_put_back_from_the_notes():
    life = plugged()
    test = Tried(life)
    test.goes(until="max_current")
    life.restarts()
    test.run = resumed(test.run, "the bridge was started anew", life.moment)
    life.connects()
    life.beats()
    life.reports(ConnectorStatus.CHARGING)
    life.passes(10)
    test.goes()
    assert test.run.stage is Stage.OVER
    assert before(life) == Held()
    assert life.charger.connectors[ONE].transaction is None
    assert test.result("pause").reason == "the bridge was started anew"


def test_a_charge_that_began_while_the_bridge_was_away_is_known_by_the_bridge_s_own_tag():
    life = plugged()
    test = Tried(life, charges=False)
    test.goes(until="charging")
    life.restarts()
    test.run = resumed(test.run, "the bridge was started anew", life.moment)
    life.connects()
    life.beats()
    life.starts(life.charger.tag)
    life.reports(ConnectorStatus.CHARGING)
    life.passes(10)
    test.goes()
    assert life.charger.connectors[ONE].transaction is None
    assert test.run.transaction is not None


def test_somebody_who_begins_to_charge_meanwhile_is_left_alone():
    life = plugged()
    test = Tried(life, charges=False)
    test.goes(until="charging")
    life.starts(CARD)
    life.reports(ConnectorStatus.CHARGING)
    test.goes()
    transaction = life.charger.connectors[ONE].transaction
    assert transaction is not None
    assert transaction.id_tag == CARD
    assert "somebody else" in test.result("limit").reason
    assert not life.told(RemoteStop)


def test_a_current_that_somebody_has_set_meanwhile_stays():
    life = plugged()
    test = Tried(life)
    test.goes(until="pause")
    life.presses(9.0, "max_current")
    test.aborts()
    assert before(life).limit_a == 9.0
    assert "left so" in test.run.left[0]


def test_a_connector_whose_stop_is_a_pause_is_not_left_with_an_open_transaction():
    life = plugged(stop_mode=StopMode.PAUSE)
    test = Tried(life)
    test.goes()
    assert test.outcomes()["stop"] is PASSED
    assert "transaction goes on" in test.result("stop").reason
    assert test.outcomes()["unlock"] is NOT_TRIED
    assert life.charger.connectors[ONE].transaction is None
    assert before(life) == Held()


def test_a_pause_of_before_is_taken_off_for_the_test_and_set_again():
    life = plugged()
    life.presses(True, "pause")
    test = Tried(life)
    test.goes()
    assert test.outcomes()["start"] is PASSED
    assert before(life) == Held(paused=True)


def test_no_test_begins_where_somebody_charges_or_has_reserved():
    life = Life()
    life.arrives()
    assert not refusal(life.charger, ONE)
    life.charges()
    assert "somebody charges" in refusal(life.charger, ONE)
    life = Life(garage())
    life.arrives()
    life.presses(True, "reservation")
    assert "reserved" in refusal(life.charger, ONE)
    assert "not in the configuration" in refusal(life.charger, 7)
