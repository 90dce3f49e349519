"""Chargers that know some currents alone, keep their limit in a key, or hold 0 A otherwise (rows S9, S10, S15, K3)."""

import json

import pytest

from knx_ocpp_bridge.core.commands import (
    ChangeAvailability,
    ChangeConfiguration,
    ClearProfile,
    GetConfiguration,
    ProfilePurpose,
    RemoteStop,
    SetProfile,
)
from knx_ocpp_bridge.core.events import Outcome
from knx_ocpp_bridge.core.settings import BelowMinimum
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus
from tests.kit.life import ONE, Life, garage, outlet

S = ConnectorStatus
DEFAULT = ProfilePurpose.TX_DEFAULT
KEY = "OperatorCurrentLimit"


def present(life: Life) -> Life:
    life.arrives()
    return life


def with_flags(**flags: object) -> Life:
    return present(Life(garage(flags=flags)))


def profiles(life: Life) -> list[SetProfile]:
    return [one for one in life.commands if isinstance(one, SetProfile)]


def holding(value: str, *, readonly: bool = False, key: str = KEY) -> str:
    return json.dumps({"configurationKey": [{"key": key, "readonly": readonly, "value": value}], "unknownKey": []})


def by_key(value: str | Outcome, *, readonly: bool = False, **flags: object) -> Life:
    """A charger whose limit is a configuration key that holds this value."""
    life = Life(garage(flags={"limit_key": KEY, **flags}), silent={GetConfiguration})
    life.connects()
    life.boots()
    life.reports(S.AVAILABLE)
    life.passes(3)
    assert life.commands == [GetConfiguration((KEY,))]
    if isinstance(value, Outcome):
        life.replies(value)
    else:
        life.replies("", holding(value, readonly=readonly))
    life.silent.clear()
    return life


def written(life: Life) -> list[str]:
    return [one.value for one in life.commands if isinstance(one, ChangeConfiguration)]


# steps


@pytest.mark.parametrize(
    ("wished", "below", "sent"),
    [
        (16.0, BelowMinimum.PAUSE, 16),
        (15.9, BelowMinimum.PAUSE, 13),
        (9.0, BelowMinimum.PAUSE, 8),
        (6.0, BelowMinimum.PAUSE, 6),
        (5.0, BelowMinimum.PAUSE, 0),
        (5.0, BelowMinimum.MINIMUM, 6),
        (0.0, BelowMinimum.PAUSE, 0),
    ],
)
def test_a_charger_that_knows_some_currents_alone_is_sent_those(wished: float, below: BelowMinimum, sent: float):
    """Row S9: rounded down, and told as what it is."""
    life = present(Life(garage(outlet(below_minimum=below), flags={"limits_a": "6 8 10 13 16"})))
    life.presses(wished, "max_current")
    life.passes(6)
    assert profiles(life)[-1].limit == sent
    assert life.state("max_current") == sent


def test_a_charger_that_knows_whole_steps_is_sent_those():
    """Row S9."""
    life = with_flags(limit_step_a=1)
    life.presses(12.7, "max_current")
    life.passes(6)
    assert profiles(life)[-1].limit == 12


def test_steps_above_the_minimum_current_make_a_pause_of_what_is_below_them():
    """Row S9: 8 A is the lowest multiple of 4 A that is no less than 6 A."""
    for below, sent in ((BelowMinimum.PAUSE, 0), (BelowMinimum.MINIMUM, 8)):
        life = present(Life(garage(outlet(below_minimum=below), flags={"limit_step_a": 4.0})))
        life.presses(7.0, "max_current")
        life.passes(6)
        assert profiles(life)[-1].limit == sent


# by a configuration key


def test_a_limit_by_key_is_read_first_and_not_written_if_it_is_there_already():
    """Rows S15, K3: flash memory wears out."""
    life = by_key("10")
    life.passes(600)
    assert written(life) == []
    assert life.state("max_current") == 10


def test_a_limit_by_key_is_written_in_the_units_of_the_charger():
    """Row S15: 10 for dA, 1000 for mA; never rounded up."""
    life = by_key("320", limit_key_factor=10)
    life.passes(3)
    assert life.commands[-1] == ChangeConfiguration(KEY, "100")
    assert life.state("max_current") == 10
    life.passes(61)
    life.presses(8.26, "max_current")
    assert written(life)[-1] == "83"
    whole = by_key("32")
    whole.passes(61)
    whole.presses(8.9, "max_current")
    assert written(whole)[-1] == "8"
    assert whole.state("max_current") == 8


def test_a_key_is_written_at_most_once_in_a_minute():
    """Row S15: the last value wins, and 0 A waits like the others."""
    life = by_key("32")
    for amperes in (7.0, 9.0, 0.0, 11.0):
        life.presses(amperes, "max_current")
        life.passes(10)
    assert written(life) == ["10"]
    life.passes(30)
    assert written(life) == ["10", "11"]


def test_a_key_is_not_written_again_after_a_boot():
    """Rows S15, S19: unlike a profile it survives."""
    life = by_key("32")
    life.passes(100)
    life.commands.clear()
    for _ in range(5):
        life.boots()
        life.charges()
        life.passes(100)
    assert not [one for one in life.commands if isinstance(one, ChangeConfiguration | GetConfiguration | SetProfile)]


def test_a_key_that_was_not_answered_is_read_before_it_is_written_again():
    """Rows S15, K3."""
    life = by_key("32")
    life.passes(100)
    life.silent |= {ChangeConfiguration, GetConfiguration}
    life.presses(8.0, "max_current", number=1)
    life.replies(Outcome.TIMED_OUT)
    assert life.verdict(1) is CommandResult.TIMED_OUT
    life.commands.clear()
    life.passes(70)
    assert life.commands == [GetConfiguration((KEY,))]
    life.replies("", holding("8"))
    life.passes(600)
    assert written(life) == []
    assert life.state("max_current") == 8


def test_a_key_that_is_refused_is_not_written_again_without_news():
    """Row S15: what held before holds again."""
    life = by_key("10")
    life.answers[ChangeConfiguration] = "Rejected"
    life.presses(8.0, "max_current", number=1)
    assert life.verdict(1) is CommandResult.REJECTED
    life.passes(86_400)
    assert written(life) == ["8"]
    assert life.state("max_current") == 10


def test_a_key_that_acts_after_a_restart_is_told_and_read_after_the_next_boot():
    """Row K3: nobody restarts a charger by himself."""
    life = by_key("10")
    life.answers[ChangeConfiguration] = "RebootRequired"
    life.presses(8.0, "max_current", number=1)
    assert life.verdict(1) is CommandResult.REJECTED
    assert [words for words in life.words if "when the charger is restarted" in words]
    life.passes(3600)
    assert written(life) == ["8"]
    life.silent.add(GetConfiguration)
    life.boots()
    life.passes(3)
    life.replies("", holding("8"))
    assert written(life) == ["8"]
    assert life.state("max_current") == 8


def test_a_key_that_cannot_be_written_is_no_limit():
    """Row S15."""
    life = by_key("32", readonly=True)
    life.passes(600)
    life.presses(8.0, "max_current", number=1)
    assert written(life) == []
    assert life.verdict(1) is CommandResult.NOT_SUPPORTED


def test_a_key_that_cannot_be_read_is_written():
    """Row S15."""
    life = by_key(Outcome.FAILED)
    life.passes(3)
    assert written(life) == ["10"]


def test_a_limit_by_key_needs_no_profiles():
    """Row S15."""
    life = by_key("10")
    life.charges()
    life.passes(100)
    assert profiles(life) == []


# 0 A


def test_zero_by_inoperative_takes_the_connector_out_of_service_and_back():
    """Row S10."""
    life = with_flags(zero_by_inoperative=True)
    life.presses(True, "pause", number=1)
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=False)]
    assert life.verdict(1) is CommandResult.ACCEPTED
    assert life.state("max_current") == 0
    life.reports(S.UNAVAILABLE)
    life.passes(100)
    life.commands.clear()
    life.presses(False, "pause", number=2)
    assert life.commands[0] == ChangeAvailability(ONE, operative=True)
    assert [(one.purpose, one.limit) for one in profiles(life)] == [(DEFAULT, 10)]
    assert life.verdict(2) is CommandResult.ACCEPTED


def test_zero_by_inoperative_stops_a_transaction_that_goes_on():
    """Row S10: Scheduled means after the transaction."""
    life = with_flags(zero_by_inoperative=True)
    number = life.charges()
    life.passes(10)
    life.answers[ChangeAvailability] = "Scheduled"
    life.presses(0.0, "max_current")
    assert life.told(RemoteStop) == [RemoteStop(number)]
    assert [one for one in profiles(life) if one.limit == 0] == []


def test_zero_by_inoperative_does_not_open_what_somebody_has_closed():
    """Rows B19, S10: a reconnect is no reason; a wish for current is."""
    life = Life(garage(flags={"zero_by_inoperative": True}))
    life.arrives(S.UNAVAILABLE)
    life.passes(100)
    assert life.told(ChangeAvailability) == []
    life.presses(8.0, "max_current")
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=True)]


def test_zero_that_is_refused_in_every_form_leaves_what_was():
    """Row S10."""
    life = with_flags(zero_by_inoperative=True)
    life.answers[ChangeAvailability] = "Rejected"
    life.presses(True, "pause", number=1)
    assert life.verdict(1) is CommandResult.REJECTED
    assert life.state("max_current") == 10


def test_the_default_is_cleared_where_the_transaction_has_no_profile_of_its_own():
    """Row S12."""
    life = with_flags(tx_profile=False)
    life.charges()
    life.presses(True, "pause")
    life.passes(6)
    life.reports(S.SUSPENDED_EVSE)
    life.presses(False, "pause")
    life.passes(6)
    life.commands.clear()
    life.passes(130)
    assert life.told(ClearProfile) == [ClearProfile(ONE, DEFAULT)]
    assert [(one.purpose, one.limit) for one in profiles(life)] == [(DEFAULT, 10)]
