"""Smart charging and the other commands (catalogue rows S3 to S22, O1 to O4)."""

from knx_ocpp_bridge.core.commands import (
    ClearProfile,
    GetConfiguration,
    ProfilePurpose,
    RateUnit,
    RemoteStart,
    RemoteStop,
    ReserveNow,
    Reset,
    SetProfile,
    TriggerMessage,
    UnlockConnector,
)
from knx_ocpp_bridge.core.events import Outcome
from knx_ocpp_bridge.core.settings import BelowMinimum, ChargerSettings, StopMode
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus
from knx_ocpp_bridge.core.values import CHARGE_POINT
from tests.kit.life import BOX, ONE, Life, garage, outlet

S = ConnectorStatus
TX, DEFAULT, MOST = ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT, ProfilePurpose.CHARGE_POINT_MAX


def present(settings: ChargerSettings | None = None) -> Life:
    life = Life(settings or garage())
    life.arrives()
    return life


def profiles(life: Life) -> list[SetProfile]:
    return [one for one in life.commands if isinstance(one, SetProfile)]


def limits(life: Life) -> list[float]:
    return [one.limit for one in profiles(life)]


def ways(life: Life) -> list[tuple[ProfilePurpose, int]]:
    return [(one.purpose, int(one.connector)) for one in profiles(life)]


def test_a_schedule_begins_a_minute_ago():
    """Row S3: absolute, and in the past."""
    life = present()
    (profile,) = profiles(life)
    assert profile.start is not None
    assert 60 <= (life.utc - profile.start).total_seconds() < 66


def test_the_kind_of_profile_that_a_charger_takes_is_the_one_it_is_sent_from_then_on():
    """Row S4: the next value goes the way that worked, not the one that was refused before."""
    life = Life()
    life.silent.add(SetProfile)
    life.connects()
    life.boots()
    life.reports(S.AVAILABLE)
    life.passes(3)
    life.replies("Rejected")
    life.unanswered = type(life.unanswered)(one for one in life.unanswered if isinstance(one, SetProfile))
    life.replies("Accepted")
    life.passes(10)
    life.presses(8.0, "max_current")
    assert ways(life) == [(DEFAULT, 1), (MOST, 0), (MOST, 0)]


def test_a_charger_that_refuses_one_kind_of_profile_is_given_the_next():
    """Row S4: and what it took is remembered over restarts."""
    life = Life()
    life.silent.add(SetProfile)
    life.connects()
    life.boots()
    life.reports(S.AVAILABLE)
    life.passes(3)
    for _ in range(2):
        life.replies("Rejected")
        life.passes(61)
    assert ways(life) == [(DEFAULT, 1), (MOST, 0), (DEFAULT, 0)]
    life.replies("Accepted")
    assert life.state("max_current") == 10
    life.commands.clear()
    life.restarts()
    life.connects()
    life.boots()
    life.reports(S.AVAILABLE)
    life.passes(3)
    assert ways(life) == [(DEFAULT, 0)]


def test_another_firmware_may_do_what_the_old_one_refused():
    """Row S4."""
    life = present()
    assert "limit_by" in life.memory.abilities
    life.boots(type(BOX)(vendor="Box", model="One", firmware="2.0"))
    assert not life.charger.abilities.get("limit_by")


def test_a_running_transaction_has_a_profile_of_its_own():
    """Row S5: and the default stands for the next."""
    life = present()
    number = life.charges()
    life.passes(6)
    life.presses(6.0, "max_current")
    life.passes(12)
    latest = {one.purpose: one for one in profiles(life)}
    assert latest[TX].transaction == number
    assert (latest[TX].limit, latest[DEFAULT].limit) == (6, 6)


def test_a_limit_that_is_not_obeyed_is_told():
    """Row S5: accepted is not obeyed."""
    life = present()
    life.charges()
    life.passes(6)
    life.presses(6.0, "max_current")
    life.passes(12)
    life.meters(2000, 16.0)
    life.words.clear()
    life.passes(31)
    life.meters(2100, 16.0)
    assert [words for words in life.words if "16.0 A flow" in words]


def test_a_charger_that_wants_watt_gets_watt():
    """Row S7: 230 V and the phases of the outlet."""
    life = Life(garage(outlet(phases=3)))
    life.silent |= {SetProfile, GetConfiguration}
    life.connects()
    life.boots()
    life.reports(S.AVAILABLE)
    life.passes(3)
    life.replies("Rejected")
    while not isinstance(life.unanswered[0], GetConfiguration):
        life.unanswered.rotate()
    life.replies("", '{"configurationKey":[{"key":"ChargingScheduleAllowedChargingRateUnit","value":"Power"}]}')
    life.silent.clear()
    life.beats()
    life.passes(61)
    assert (profiles(life)[-1].unit, profiles(life)[-1].limit) == (RateUnit.WATT, 6900)
    assert life.state("max_current") == 10


def test_a_charger_that_refuses_zero_ampere_is_stopped_instead():
    """Row S10: where 0 was to hold 0 A."""
    life = present(garage(outlet(stop_mode=StopMode.PAUSE)))
    number = life.charges()
    life.passes(6)
    life.answers[SetProfile] = "Rejected"
    life.presses(False)
    life.passes(12)
    assert life.told(RemoteStop) == [RemoteStop(number)]


def test_nothing_between_zero_and_six_ampere_is_ever_sent():
    """Row S11."""
    for below, sent in ((BelowMinimum.PAUSE, 0), (BelowMinimum.MINIMUM, 6)):
        life = present(garage(outlet(below_minimum=below)))
        for amperes in (0.1, 3.0, 5.9):
            life.presses(amperes, "max_current")
            life.passes(6)
        assert limits(life)[-1] == sent
        assert not [limit for limit in limits(life) if 0 < limit < 6]


def test_a_car_that_does_not_go_on_after_a_pause_is_helped_once():
    """Row S12: the profile is cleared and set anew."""
    life = present()
    life.charges()
    life.passes(6)
    life.presses(True, "pause")
    life.passes(6)
    life.reports(S.SUSPENDED_EVSE)
    life.presses(False, "pause")
    life.passes(6)
    life.commands.clear()
    life.passes(70)
    assert life.told(ClearProfile) == [ClearProfile(ONE, TX)]
    assert [one.limit for one in profiles(life) if one.purpose is TX] == [10]


def test_a_pause_is_zero_ampere_and_no_stop():
    """Row S13."""
    life = present()
    life.charges()
    life.passes(6)
    life.presses(True, "pause")
    life.passes(6)
    assert limits(life)[-1] == 0
    assert life.told(RemoteStop) == []
    assert life.state("pause") is True


def test_the_limit_is_set_again_after_a_boot_and_not_after_a_bare_reconnect():
    """Row S19."""
    life = present()
    life.passes(100)
    life.commands.clear()
    life.returns()
    life.passes(100)
    assert profiles(life) == []
    life.boots()
    life.passes(10)
    assert limits(life) == [10]


def test_the_limit_is_set_again_when_a_transaction_begins():
    """Row S19."""
    life = present()
    life.passes(100)
    life.commands.clear()
    life.charges()
    life.passes(10)
    assert (TX, 10) in [(one.purpose, one.limit) for one in profiles(life)]


def test_of_many_limits_in_a_row_the_last_is_sent():
    """Row S21: five seconds apart at least, the same not within a minute, 0 A at once."""
    life = present()
    life.passes(100)
    life.commands.clear()
    for amperes in (7.0, 8.0, 9.0, 11.0, 12.0):
        life.presses(amperes, "max_current")
        life.passes(0.5)
    life.passes(6)
    assert limits(life) == [7, 12]
    life.presses(0.0, "max_current")
    assert limits(life) == [7, 12, 0]


def test_a_profile_that_was_not_there_is_as_good_as_cleared():
    """Row S22."""
    life = present()
    life.answers[ClearProfile] = "Unknown"
    life.charges()
    life.passes(6)
    life.presses(True, "pause")
    life.passes(6)
    life.reports(S.SUSPENDED_EVSE)
    life.presses(False, "pause")
    life.passes(70)
    life.heard()
    assert life.told(ClearProfile)
    assert life.state("max_current") == 10
    assert ("command_result", 1) not in life.telegrams


def test_a_tethered_cable_cannot_be_unlocked_and_that_is_said():
    """Row O1: not supported, which is no fault."""
    life = present()
    life.answers[UnlockConnector] = "NotSupported"
    life.presses(True, "unlock", number=1)
    assert life.verdict(1) is CommandResult.NOT_SUPPORTED
    assert life.state("command_result") == CommandResult.NOT_SUPPORTED
    assert life.state("fault") is False


def test_a_charger_that_cannot_reserve_is_not_pretended_to_have_reserved():
    """Row O2."""
    life = present()
    for number, answer in ((1, Outcome.NOT_SUPPORTED), (2, "Rejected")):
        life.answers[ReserveNow] = answer
        life.presses(True, "reservation", number=number)
    assert life.verdict(1) is CommandResult.NOT_SUPPORTED
    assert life.verdict(2) is CommandResult.REJECTED
    life.reports(S.PREPARING)
    life.presses(True)
    assert len(life.told(RemoteStart)) == 1, "and nobody is kept from starting"


def test_a_soft_reset_and_a_hard_reset_are_two_wishes():
    """Row O3: a refusal is told; nobody goes on to a hard reset by himself."""
    life = present()
    life.answers[Reset] = "Rejected"
    life.presses(True, "reset", number=1)
    assert life.verdict(1) is CommandResult.REJECTED
    assert life.told(Reset) == [Reset(hard=False)]
    life.answers[Reset] = "Accepted"
    life.presses(True, "hard_reset", CHARGE_POINT, number=2)
    assert life.verdict(2) is CommandResult.ACCEPTED
    assert life.told(Reset)[1:] == [Reset(hard=True)]


def test_a_charger_that_tells_all_by_itself_is_told_its_limit_and_asked_nothing():
    """Row O4: unasked-for requests make some chargers reboot."""
    life = present()
    life.charges()
    for minute in range(120):
        life.meters(1000 + 100 * minute, 9.8)
        life.passes(60)
    assert life.told(TriggerMessage) == []
    assert life.told(GetConfiguration) == []
    assert {type(command) for command in life.commands} == {SetProfile}
