"""One number for off, normal and fast, and one for where the limit in force comes from."""

from math import nan

import pytest

from knx_ocpp_bridge.core.commands import SetProfile
from knx_ocpp_bridge.core.settings import BelowMinimum
from knx_ocpp_bridge.core.status import CommandResult, LimitReason
from tests.kit.laws import limits_told
from tests.kit.life import Life, garage, outlet


def arrived(**outlet_settings: object) -> Life:
    life = Life(garage(outlet(**outlet_settings)))
    life.arrives()
    life.passes(6)
    life.heard()
    return life


def test_a_new_charger_is_in_the_normal_mode():
    assert arrived().state("charge_mode") == 1


def test_fast_off_and_normal_are_what_the_charger_is_told():
    life = arrived()
    for mode, limit_a in ((2, 16.0), (0, 0.0), (1, 10.0)):
        life.presses(float(mode), "charge_mode")
        life.passes(6)
        assert limits_told(life.commands)[-1] == limit_a
        assert life.state("charge_mode") == mode


def test_off_is_the_pause_and_keeps_the_fast_switch():
    life = arrived()
    life.presses(2.0, "charge_mode")
    life.passes(6)
    life.presses(0.0, "charge_mode")
    life.passes(6)
    assert [life.state(key) for key in ("pause", "fast_charging", "charge_mode")] == [True, True, 0]
    life.presses(False, "pause")
    life.passes(6)
    assert life.state("charge_mode") == 2


def test_normal_and_fast_override_a_received_limit():
    life = arrived()
    life.presses(8.0, "max_current")
    life.passes(6)
    assert life.state("charge_mode") == 1
    life.presses(1.0, "charge_mode")
    life.passes(6)
    assert life.state("max_current") == 10.0


def test_the_mode_is_what_the_charger_has_accepted():
    life = arrived()
    life.silent = {SetProfile}
    life.presses(2.0, "charge_mode")
    assert life.heard("charge_mode", "limit_reason") == []
    life.replies()
    assert life.heard("charge_mode", "limit_reason") == [("charge_mode", 2), ("limit_reason", LimitReason.FAST_CURRENT)]


def test_a_refused_mode_puts_the_panel_back():
    life = arrived()
    life.answers = {SetProfile: "Rejected"}
    life.presses(2.0, "charge_mode", number=1)
    life.passes(300)
    assert life.verdict(1) is not CommandResult.ACCEPTED
    assert ("charge_mode", 1) in life.heard("charge_mode")


@pytest.mark.parametrize("mode", [3.0, 4.0, 5.0])
def test_a_mode_that_the_site_decides_about_has_nothing_before_the_site_has_looked(mode: float):
    life = arrived()
    life.presses(mode, "charge_mode", number=1)
    life.passes(6)
    assert life.verdict(1) is CommandResult.ACCEPTED
    assert (life.state("charge_mode"), life.state("max_current")) == (mode, 0.0)
    assert life.state("limit_reason") == LimitReason.FAIL_SAFE
    assert life.state("pause") is False, "nobody has paused it"


@pytest.mark.parametrize("mode", [6.0, 255.0, 1.5, -1.0, nan])
def test_a_number_that_is_no_mode_is_refused(mode: float):
    life = arrived()
    life.presses(mode, "charge_mode")
    assert life.heard() == [("charge_mode", 1), ("command_result", CommandResult.REJECTED)]


def test_the_mode_in_force_asks_the_charger_nothing():
    life = arrived()
    before = len(life.commands)
    life.presses(1.0, "charge_mode")
    assert life.heard() == [("charge_mode", 1), ("command_result", CommandResult.ACCEPTED)]
    assert len(life.commands) == before


def test_a_mode_for_an_absent_charger_is_set_when_it_is_back():
    life = arrived()
    life.disconnects()
    life.presses(2.0, "charge_mode")
    assert ("command_result", CommandResult.OFFLINE) in life.heard()
    life.returns()
    life.passes(6)
    assert (life.state("charge_mode"), life.state("max_current")) == (2, 16.0)


R = LimitReason


@pytest.mark.parametrize(
    ("received_a", "settings", "reason"),
    [
        (40.0, {}, R.CONNECTOR_MAXIMUM),
        (12.0, {}, R.RECEIVED_LIMIT),
        (16.0, {}, R.RECEIVED_LIMIT),
        (3.0, {}, R.BELOW_THE_MINIMUM),
        (3.0, {"below_minimum": BelowMinimum.MINIMUM}, R.RAISED_TO_THE_MINIMUM),
        (7.0, {"min_current_a": 8.0}, R.BELOW_THE_MINIMUM),
    ],
)
def test_the_reason_is_that_of_the_limit_in_force(received_a: float, settings: dict[str, object], reason: LimitReason):
    life = arrived(**settings)
    assert life.state("limit_reason") == R.NORMAL_CURRENT
    life.presses(received_a, "max_current")
    life.passes(6)
    assert life.state("limit_reason") == reason


def test_a_pause_is_the_reason_whatever_was_received():
    life = arrived()
    life.presses(12.0, "max_current")
    life.passes(6)
    life.presses(True, "pause")
    life.passes(6)
    assert life.state("limit_reason") == R.PAUSED


@pytest.mark.parametrize(
    ("received_a", "below", "reason"),
    [
        (12.0, BelowMinimum.PAUSE, R.STEPS_OF_THE_CHARGER),
        (13.0, BelowMinimum.PAUSE, R.RECEIVED_LIMIT),
        (7.0, BelowMinimum.PAUSE, R.BELOW_THE_MINIMUM),
        (7.0, BelowMinimum.MINIMUM, R.STEPS_OF_THE_CHARGER),
    ],
)
def test_a_charger_of_few_steps_is_a_reason(received_a: float, below: BelowMinimum, reason: LimitReason):
    life = Life(garage(outlet(below_minimum=below), flags={"limits_a": "10,13,16"}))
    life.arrives()
    life.passes(6)
    life.presses(received_a, "max_current")
    life.passes(6)
    assert life.state("limit_reason") == reason


def test_the_reason_waits_for_the_charger():
    life = arrived()
    life.silent = {SetProfile}
    life.presses(12.0, "max_current")
    assert life.state("limit_reason") == R.NORMAL_CURRENT
    life.replies()
    assert life.state("limit_reason") == R.RECEIVED_LIMIT


def test_another_reason_for_the_same_current_is_told_at_once():
    life = arrived()
    life.presses(10.0, "max_current")
    assert life.state("limit_reason") == R.RECEIVED_LIMIT


def test_a_charger_that_cannot_be_limited_has_no_reason():
    life = Life(garage(outlet(), flags={"limit_by": "none"}))
    life.arrives()
    life.passes(6)
    assert life.state("limit_reason") is None
