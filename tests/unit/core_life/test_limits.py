"""The current limit: what is wanted, what is sent, and what the object says."""

from dataclasses import replace
from math import inf, nan

import pytest

from knx_ocpp_bridge.core.commands import GetConfiguration, ProfilePurpose, RateUnit, SetProfile
from knx_ocpp_bridge.core.events import Outcome
from knx_ocpp_bridge.core.settings import BelowMinimum
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus
from tests.kit.laws import limits_told
from tests.kit.life import BOX, Life, garage, outlet


def arrived(**outlet_settings: object) -> Life:
    life = Life(garage(outlet(**outlet_settings)))
    life.arrives()
    return life


def test_on_first_connect_the_normal_current_is_in_force():
    life = Life()
    life.connects()
    life.boots()
    life.passes(1.9)
    assert life.commands == []
    life.passes(0.2)
    assert limits_told(life.commands) == [10.0]
    assert life.state("max_current") == 10.0


def test_the_object_says_only_what_the_charger_has_accepted():
    life = arrived()
    life.silent = {SetProfile}
    life.passes(6)
    life.presses(12.0, "max_current")
    assert life.heard("max_current") == []
    life.replies()
    assert life.heard("max_current") == [("max_current", 12.0)]


@pytest.mark.parametrize(
    ("received", "sent"), [(0, 0), (3, 0), (5.9, 0), (5.9955, 6.0), (6.0, 6.0), (12.34, 12.3), (16.0, 16.0), (40, 16.0)]
)
def test_a_received_limit_is_rounded_cut_and_never_between_0_and_6(received: float, sent: float):
    life = arrived()
    life.passes(6)
    life.presses(received, "max_current")
    assert limits_told(life.commands)[-1] == sent
    assert life.state("max_current") == sent


def test_a_limit_below_the_minimum_can_mean_the_minimum():
    life = arrived(below_minimum=BelowMinimum.MINIMUM, min_current_a=8.0)
    life.passes(6)
    life.presses(3, "max_current")
    assert life.state("max_current") == 8.0


@pytest.mark.parametrize("received", [nan, inf, -inf, -1.0, -6])
def test_what_is_no_limit_is_refused_and_the_limit_in_force_is_said_again(received: float):
    life = arrived()
    before = len(life.commands)
    life.presses(received, "max_current")
    assert life.heard("max_current", "command_result") == [
        ("max_current", 10.0),
        ("command_result", CommandResult.REJECTED),
    ]
    assert len(life.commands) == before


def test_the_limit_in_force_already_is_said_again_and_not_sent():
    life = arrived()
    before = len(life.commands)
    life.presses(10.0, "max_current", number=7)
    assert life.heard("max_current") == [("max_current", 10.0)]
    assert life.verdict(7) is CommandResult.ACCEPTED
    assert len(life.commands) == before


def test_a_limit_above_the_maximum_that_changes_nothing_says_the_maximum_again():
    life = arrived(normal_current_a=16.0)
    life.presses(40, "max_current")
    assert life.heard("max_current") == [("max_current", 16.0)]


@pytest.mark.parametrize(
    ("answer", "result"), [("Rejected", CommandResult.REJECTED), (Outcome.FAILED, CommandResult.REJECTED)]
)
def test_a_refused_limit_is_told_once_and_the_old_one_holds(answer: str | Outcome, result: CommandResult):
    life = arrived()
    life.passes(6)
    life.answers[SetProfile] = answer
    life.presses(12.0, "max_current", number=7)
    life.passes(200)
    assert life.verdict(7) is result
    assert life.heard("max_current") == [("max_current", 10.0)]
    life.answers.clear()
    life.passes(200)
    assert life.state("max_current") == 10.0


def test_a_limit_that_is_not_answered_is_told_and_tried_again():
    life = arrived()
    life.passes(6)
    life.answers[SetProfile] = Outcome.TIMED_OUT
    life.presses(12.0, "max_current", number=7)
    assert life.verdict(7) is CommandResult.TIMED_OUT
    assert life.heard("max_current") == [("max_current", 10.0)]
    life.answers.clear()
    life.passes(61)
    assert life.heard("max_current") == [("max_current", 12.0)]


def test_a_charger_that_answers_no_profile_at_all_is_not_sent_the_same_one_within_a_minute():
    life = Life()
    life.answers[SetProfile] = Outcome.TIMED_OUT
    life.arrives()
    sent: list[tuple[float, ProfilePurpose, int]] = []
    for _ in range(200):
        before = len(life.commands)
        life.passes(1)
        sent += [
            (life.now_s, command.purpose, command.connector)
            for command in life.commands[before:]
            if isinstance(command, SetProfile)
        ]
    for index, (at_s, purpose, connector) in enumerate(sent):
        earlier = [then for then, *what in sent[:index] if what == [purpose, connector]]
        assert all(at_s - then >= 60 for then in earlier)
    assert len(sent) > 3


def test_a_limit_for_a_charger_that_is_away_is_told_offline_and_set_when_it_is_back():
    life = arrived()
    life.disconnects()
    life.presses(12.0, "max_current", number=7)
    assert life.verdict(7) is CommandResult.OFFLINE
    assert life.heard("max_current") == [("max_current", 10.0)]
    life.returns()
    life.passes(10)
    assert life.heard("max_current") == [("max_current", 12.0)]


def test_a_limit_whose_answer_is_lost_with_the_connection_is_told_and_set_later():
    life = arrived()
    life.passes(6)
    life.silent = {SetProfile}
    life.presses(12.0, "max_current", number=7)
    life.disconnects()
    assert life.verdict(7) is CommandResult.OFFLINE
    life.silent = set()
    life.returns()
    life.passes(61)
    assert life.state("max_current") == 12.0


def test_a_received_limit_holds_until_the_fast_switch_is_used():
    life = arrived()
    life.passes(6)
    life.presses(12.0, "max_current")
    life.passes(6)
    life.presses(True, "fast_charging")
    life.passes(6)
    assert (life.state("max_current"), life.state("fast_charging")) == (16.0, True)
    life.presses(False, "fast_charging")
    life.passes(6)
    assert (life.state("max_current"), life.state("fast_charging")) == (10.0, False)


def test_limit_and_switch_survive_a_restart_of_the_bridge():
    life = arrived()
    life.passes(6)
    life.presses(True, "fast_charging")
    life.passes(6)
    life.presses(7.5, "max_current")
    life.restarts()
    life.arrives()
    assert (life.state("max_current"), life.state("fast_charging")) == (7.5, True)


def test_pause_holds_0_ampere_and_goes_on_with_what_was():
    life = arrived()
    life.passes(6)
    life.presses(True, "pause")
    assert (life.state("pause"), life.state("max_current")) == (True, 0.0)
    life.passes(6)
    life.presses(False, "pause")
    assert (life.state("pause"), life.state("max_current")) == (False, 10.0)


def test_a_pause_by_its_own_object_does_not_switch_the_lamp_of_a_charger_that_stops_by_transaction():
    life = arrived()
    life.charges()
    life.passes(6)
    life.presses(True, "pause")
    life.passes(6)
    assert (life.state("pause"), life.state("charging")) == (True, True)


def test_a_running_transaction_gets_its_own_profile_and_the_next_one_the_default():
    life = arrived()
    number = life.charges()
    life.passes(6)
    life.commands.clear()
    life.presses(12.0, "max_current")
    told = [(one.purpose, one.transaction) for one in life.commands if isinstance(one, SetProfile)]
    assert told == [(ProfilePurpose.TX, number), (ProfilePurpose.TX_DEFAULT, None)]


def test_the_limit_is_sent_again_after_a_boot_but_not_after_a_bare_reconnect():
    life = arrived()
    life.passes(100)
    life.commands.clear()
    life.returns()
    life.passes(100)
    assert life.commands == []
    life.boots()
    life.passes(3)
    assert limits_told(life.commands) == [10.0]


def test_boots_in_a_row_repeat_a_profile_no_more_often_than_the_charger_boots():
    life = arrived()
    life.commands.clear()
    for boots in range(1, 11):
        life.boots()
        life.passes(5)
        assert limits_told(life.commands) == [10.0] * boots
    life.passes(300)
    assert limits_told(life.commands) == [10.0] * 10
    life.boots()
    life.boots()
    life.passes(5)
    assert limits_told(life.commands) == [10.0] * 11, "two boots before it may be told anything are one"


def test_of_many_limits_in_a_row_the_last_arrives_and_each_wish_is_told_once():
    life = arrived()
    life.passes(6)
    life.silent = {SetProfile}
    for number, amperes in enumerate((11.0, 12.0, 13.0), start=1):
        life.presses(amperes, "max_current", number=number)
    life.replies()
    life.passes(6)
    life.replies()
    assert limits_told(life.commands)[1:] == [11.0, 13.0]
    results = [life.verdict(number) for number in (1, 2, 3)]
    assert results == [CommandResult.REJECTED, CommandResult.REJECTED, CommandResult.ACCEPTED]


def test_a_wish_ends_when_the_transaction_it_was_sent_for_ends():
    life = arrived()
    number = life.charges()
    life.passes(6)
    life.silent = {SetProfile}
    life.presses(12.0, "max_current", number=7)
    life.stops(number)
    life.unanswered.popleft()
    life.replies()
    assert life.verdict(7) is CommandResult.ACCEPTED


def test_a_charger_without_smart_charging_cannot_be_limited_and_says_so():
    life = Life(answers={SetProfile: Outcome.NOT_SUPPORTED})
    life.arrives()
    life.presses(12.0, "max_current", number=7)
    assert life.verdict(7) is CommandResult.NOT_SUPPORTED
    assert life.state("max_current") is None
    assert len(life.told(SetProfile)) == 1


def test_the_ways_of_limiting_are_tried_in_order_and_the_one_that_works_is_kept():
    life = Life(silent={SetProfile, GetConfiguration})
    life.arrives()
    life.replies("Rejected")
    life.replies("Rejected")  # the key
    life.replies("Accepted")
    assert [one.purpose for one in life.commands if isinstance(one, SetProfile)] == [
        ProfilePurpose.TX_DEFAULT,
        ProfilePurpose.CHARGE_POINT_MAX,
    ]
    assert life.state("max_current") == 10.0
    life.restarts()
    life.arrives()
    assert life.commands[-1].purpose is ProfilePurpose.CHARGE_POINT_MAX


def test_a_charger_that_knows_only_watts_gets_watts():
    life = Life(silent={SetProfile, GetConfiguration})
    life.arrives()
    life.replies("Rejected")
    keys = next(one for one in life.unanswered if isinstance(one, GetConfiguration))
    life.unanswered.remove(keys)
    life.unanswered.appendleft(keys)
    life.replies("", '{"configurationKey":[{"key":"ChargingScheduleAllowedChargingRateUnit","value":"Power"}]}')
    last = life.commands[-1]
    assert isinstance(last, SetProfile)
    assert (last.unit, last.limit) == (RateUnit.WATT, 6900.0)


def test_a_pause_that_is_refused_is_told_and_the_limit_of_before_holds():
    life = arrived()
    life.charges()
    life.passes(6)
    life.answers[SetProfile] = "Rejected"
    life.presses(True, "pause", number=7)
    assert life.verdict(7) is CommandResult.REJECTED
    assert life.heard("pause")[-1:] == [("pause", False)]


def test_a_limit_that_was_there_before_the_car_must_be_obeyed_too_and_is_told_once():
    life = arrived()
    life.passes(60)
    life.charges()
    life.meters(1100, 9.9)
    life.passes(100)
    assert not any("does not obey" in words for words in life.words)
    life.meters(1200, 16.0)
    life.passes(200)
    assert sum("does not obey" in words for words in life.words) == 1


def test_a_limit_that_is_not_obeyed_within_half_a_minute_is_told():
    life = arrived()
    life.charges()
    life.meters(1100, 10.0)
    life.passes(6)
    life.presses(6.0, "max_current")
    life.meters(1200, 10.0)
    life.passes(31)
    life.meters(1300, 10.0)
    assert any("does not obey" in words for words in life.words)


def test_a_connector_that_is_not_configured_is_not_steered():
    life = arrived()
    life.reports(ConnectorStatus.AVAILABLE, type(life.charger.connectors[1].id)(2))
    life.presses(12.0, "max_current", connector=2, number=7)
    assert life.verdict(7) is CommandResult.REJECTED


def test_new_currents_in_the_configuration_come_into_force_live():
    life = arrived()
    life.passes(6)
    settings = life.settings.connectors[1]
    life.reconfigured(garage(replace(settings, normal_current_a=8.0)))
    assert life.state("max_current") == 8.0


def test_a_charger_with_another_firmware_may_be_limited_after_all():
    life = Life(answers={SetProfile: Outcome.NOT_SUPPORTED})
    life.arrives()
    life.answers.clear()
    life.boots(replace(BOX, firmware="2.0"))
    life.passes(70)
    assert life.state("max_current") == 10.0


def test_a_limit_that_the_charger_does_not_take_any_more_is_not_shown_any_more():
    life = Life()
    life.arrives()
    assert life.state("max_current") == 10.0
    life.answers[SetProfile] = "Rejected"
    life.memory.abilities.clear()
    life.boots(replace(BOX, firmware="2.0"))
    life.passes(600)
    assert life.state("max_current") is None
