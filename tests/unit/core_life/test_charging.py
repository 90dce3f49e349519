"""The wall switch: start, stop, and a lamp that tells the truth."""

import pytest

from knx_ocpp_bridge.core.commands import RemoteStart, RemoteStop, SetProfile
from knx_ocpp_bridge.core.events import Origin, Outcome, Wished
from knx_ocpp_bridge.core.settings import RemoteStartWhen
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus
from knx_ocpp_bridge.core.step import AuthorizationStatus
from tests.kit.laws import limits_told
from tests.kit.life import CARD, ONE, OWN_TAG, STRANGER, Life, garage, outlet, plugged


def test_a_press_starts_a_charge_in_the_bridges_own_name_on_that_connector():
    life = plugged()
    life.presses(True)
    assert life.told(RemoteStart) == [RemoteStart(ONE, OWN_TAG)]
    life.starts(OWN_TAG)
    assert life.heard("charging") == [("charging", True)]
    assert life.state("command_result") == CommandResult.ACCEPTED


def test_the_lamp_is_lit_by_the_transaction_and_not_by_the_press():
    life = plugged()
    life.presses(True)
    assert life.heard("charging") == []


@pytest.mark.parametrize(
    "status", [ConnectorStatus.RESERVED, ConnectorStatus.UNAVAILABLE, ConnectorStatus.FAULTED], ids=lambda one: one.name
)
def test_a_connector_that_cannot_charge_is_not_asked_and_the_lamp_falls_back(status: ConnectorStatus):
    life = plugged()
    life.reports(status)
    life.heard()
    life.presses(True)
    assert life.told(RemoteStart) == []
    assert life.heard("charging", "command_result") == [
        ("charging", False),
        ("command_result", CommandResult.NOT_ALLOWED_NOW),
    ]


def test_a_press_while_the_charger_is_away_is_refused_at_once_and_never_done_later():
    life = plugged()
    life.disconnects()
    life.presses(True, number=7)
    assert life.verdict(7) is CommandResult.OFFLINE
    assert life.heard("charging") == [("charging", False)]
    life.returns()
    life.passes(30)
    assert life.told(RemoteStart) == []


def test_a_press_before_the_cable_waits_for_the_cable():
    life = Life()
    life.arrives()
    life.presses(True, number=7)
    assert life.verdict(7) is CommandResult.ACCEPTED
    assert life.told(RemoteStart) == []
    life.passes(100)
    life.reports(ConnectorStatus.PREPARING)
    assert life.told(RemoteStart) == [RemoteStart(ONE, OWN_TAG)]


def test_a_press_before_the_cable_can_be_taken_back():
    life = Life()
    life.arrives()
    life.presses(True)
    life.presses(False)
    assert life.heard("charging") == [("charging", False)]
    life.reports(ConnectorStatus.PREPARING)
    life.passes(200)
    assert life.told(RemoteStart) == []
    assert life.heard("charging") == []


def test_a_press_that_no_cable_follows_fails_when_the_window_is_over():
    life = Life()
    life.arrives()
    life.presses(True)
    life.heard()
    life.passes(119)
    assert life.heard("charging", "command_result") == []
    life.passes(2)
    assert life.heard("charging", "command_result") == [
        ("charging", False),
        ("command_result", CommandResult.TIMED_OUT),
    ]
    life.reports(ConnectorStatus.PREPARING)
    assert life.told(RemoteStart) == []


def test_a_second_press_begins_the_window_anew_and_tells_the_state():
    life = Life()
    life.arrives()
    life.presses(True)
    life.passes(100)
    life.presses(True)
    assert life.heard("charging") == [("charging", False)]
    life.passes(100)
    life.reports(ConnectorStatus.PREPARING)
    assert life.told(RemoteStart) == [RemoteStart(ONE, OWN_TAG)]


def test_a_second_press_while_it_is_being_started_starts_once():
    life = plugged()
    life.presses(True)
    life.presses(True)
    assert len(life.told(RemoteStart)) == 1
    assert life.heard("charging") == [("charging", False)]


def test_a_press_while_it_charges_says_that_it_charges():
    life = plugged()
    life.charges()
    life.heard()
    life.presses(True)
    assert life.told(RemoteStart) == []
    assert life.heard("charging") == [("charging", True)]


def test_a_charger_that_holds_a_start_itself_is_told_at_once():
    life = Life(garage(outlet(remote_start_when=RemoteStartWhen.AT_ONCE)))
    life.arrives()
    life.presses(True)
    assert life.told(RemoteStart) == [RemoteStart(ONE, OWN_TAG)]


@pytest.mark.parametrize("status", [ConnectorStatus.AVAILABLE, ConnectorStatus.FINISHING], ids=lambda one: one.name)
def test_where_a_cable_is_required_nothing_but_preparing_will_do(status: ConnectorStatus):
    life = plugged(start_requires_cable=True)
    life.reports(status)
    life.heard()
    life.presses(True)
    assert life.told(RemoteStart) == []
    assert life.heard("charging") == [("charging", False)]


def test_in_finishing_the_start_is_sent_and_a_refusal_is_told():
    life = plugged()
    life.answers[RemoteStart] = "Rejected"
    life.reports(ConnectorStatus.FINISHING)
    life.heard()
    life.presses(True, number=7)
    assert life.verdict(7) is CommandResult.REJECTED
    assert life.heard("charging") == [("charging", False)]


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("Rejected", CommandResult.REJECTED),
        (Outcome.NOT_SUPPORTED, CommandResult.NOT_SUPPORTED),
        (Outcome.FAILED, CommandResult.REJECTED),
        (Outcome.TIMED_OUT, CommandResult.TIMED_OUT),
    ],
)
def test_a_start_that_fails_tells_the_lamp_exactly_once(answer: str | Outcome, result: CommandResult):
    life = plugged()
    life.answers[RemoteStart] = answer
    life.presses(True)
    life.passes(300)
    assert life.heard("charging", "command_result") == [("charging", False), ("command_result", result)]


def test_a_start_that_was_accepted_and_never_happened_is_told_when_the_window_is_over():
    life = plugged()
    life.presses(True)
    life.heard()
    life.passes(121)
    assert life.heard("charging", "command_result") == [
        ("charging", False),
        ("command_result", CommandResult.TIMED_OUT),
    ]


def test_a_start_that_is_taken_back_too_late_is_stopped_as_soon_as_it_begins():
    life = plugged()
    life.presses(True)
    life.presses(False)
    number = life.starts(OWN_TAG)
    assert life.told(RemoteStop) == [RemoteStop(number)]


def test_a_start_that_was_taken_back_and_pressed_again_is_welcome():
    life = plugged()
    life.presses(True)
    life.presses(False)
    life.presses(True)
    life.starts(OWN_TAG)
    assert life.told(RemoteStop) == []
    assert len(life.told(RemoteStart)) == 1


def test_a_start_whose_answer_was_lost_with_the_connection_may_still_come_true():
    life = plugged()
    life.silent = {RemoteStart}
    life.presses(True, number=7)
    life.returns()
    life.starts(OWN_TAG)
    assert life.info.status is AuthorizationStatus.ACCEPTED
    assert life.verdict(7) is CommandResult.ACCEPTED
    assert life.state("charging") is True


def test_a_start_in_the_name_of_a_card_needs_a_card_that_may_charge():
    life = plugged()
    life.wishes(Wished(ONE, "charging", True, Origin.CLI, 1, id_tag=STRANGER))
    life.wishes(Wished(ONE, "charging", True, Origin.CLI, 2, id_tag=CARD))
    assert life.verdict(1) is CommandResult.NOT_ALLOWED_NOW
    assert life.told(RemoteStart) == [RemoteStart(ONE, CARD)]


def test_start_on_plug_starts_once_per_plug_in():
    life = Life(garage(outlet(start_on_plug=True)))
    life.arrives()
    life.reports(ConnectorStatus.PREPARING)
    assert life.told(RemoteStart) == [RemoteStart(ONE, OWN_TAG)]
    number = life.starts(OWN_TAG)
    life.reports(ConnectorStatus.CHARGING)
    life.stops(number)
    life.reports(ConnectorStatus.PREPARING)
    life.reports(ConnectorStatus.FAULTED)
    life.reports(ConnectorStatus.PREPARING)
    life.passes(300)
    assert len(life.told(RemoteStart)) == 1
    life.reports(ConnectorStatus.AVAILABLE)
    life.reports(ConnectorStatus.PREPARING)
    assert len(life.told(RemoteStart)) == 2


def test_start_on_plug_does_not_start_a_car_that_was_there_before_the_bridge():
    life = Life(garage(outlet(start_on_plug=True)))
    life.arrives(ConnectorStatus.PREPARING)
    life.passes(30)
    assert life.told(RemoteStart) == []


def test_a_press_stops_the_open_transaction_and_the_lamp_goes_out_when_it_has_ended():
    life = plugged()
    number = life.charges()
    life.heard()
    life.presses(False)
    assert life.told(RemoteStop) == [RemoteStop(number)]
    assert life.heard("charging") == []
    life.stops(number)
    assert life.heard("charging") == [("charging", False)]


def test_a_press_stops_a_transaction_that_began_before_the_bridge_was_killed():
    life = plugged()
    number = life.charges()
    life.restarts()
    life.connects()
    life.reports(ConnectorStatus.CHARGING)
    assert life.state("charging") is True
    life.passes(3)
    life.presses(False)
    assert life.told(RemoteStop) == [RemoteStop(number)]


def test_a_stop_that_is_refused_tells_the_lamp_once():
    life = plugged()
    life.charges()
    life.heard()
    life.answers[RemoteStop] = "Rejected"
    life.presses(False)
    life.passes(200)
    assert life.heard("charging") == [("charging", True)]


def test_a_stop_that_is_accepted_and_not_done_is_told_after_a_minute():
    life = plugged()
    life.charges()
    life.presses(False)
    life.heard()
    life.passes(61)
    assert life.heard("charging", "command_result") == [("charging", True), ("command_result", CommandResult.TIMED_OUT)]


def test_a_stop_whose_answer_was_lost_is_asked_again_when_the_charger_is_back():
    life = plugged()
    number = life.charges()
    life.silent = {RemoteStop}
    life.presses(False)
    life.disconnects()
    life.silent = set()
    life.returns()
    life.passes(3)
    assert life.told(RemoteStop) == [RemoteStop(number)] * 2


def test_a_press_to_stop_what_does_not_charge_says_so():
    life = plugged()
    life.presses(False)
    assert life.commands == [one for one in life.commands if isinstance(one, SetProfile)]
    assert life.heard("charging") == [("charging", False)]


def test_a_charger_that_opens_no_transactions_charges_by_its_state():
    life = plugged()
    life.reports(ConnectorStatus.CHARGING)
    assert life.state("charging") is True
    life.presses(False)
    life.passes(10)
    assert limits_told(life.commands)[-1] == 0
    assert life.state("charging") is False
    life.presses(True)
    life.passes(10)
    assert limits_told(life.commands)[-1] == 10
    assert life.state("charging") is True


def test_a_press_after_a_start_that_was_not_answered_asks_once_more():
    life = plugged()
    life.answers[RemoteStart] = Outcome.TIMED_OUT
    life.presses(True, number=1)
    life.answers.clear()
    life.presses(True, number=2)
    assert (life.verdict(1), life.verdict(2)) == (CommandResult.TIMED_OUT, CommandResult.ACCEPTED)
    assert len(life.told(RemoteStart)) == 2


def test_a_press_while_a_refused_card_holds_the_charger_is_sent():
    life = plugged()
    life.starts(STRANGER)
    life.presses(True)
    assert life.told(RemoteStart) == [RemoteStart(ONE, OWN_TAG)]
