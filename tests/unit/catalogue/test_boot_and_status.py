"""Boots, states and availability (catalogue rows B1 to B21)."""

from datetime import timedelta

from knx_ocpp_bridge.core.commands import ChangeAvailability, RemoteStart, SetProfile, TriggerMessage, UnlockConnector
from knx_ocpp_bridge.core.events import Notified, StatusNotified
from knx_ocpp_bridge.core.settings import ChargerSettings, Registration, StopMode
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus, ErrorCode
from knx_ocpp_bridge.core.step import BootAnswer
from knx_ocpp_bridge.core.values import CHARGE_POINT
from tests.kit.life import ONE, TWO, Life, garage, outlet

S = ConnectorStatus


def present(settings: ChargerSettings | None = None) -> Life:
    life = Life(settings or garage())
    life.arrives()
    return life


def triggers(life: Life) -> list[tuple[str, int | None]]:
    return [(one.requested, one.connector) for one in life.commands if isinstance(one, TriggerMessage)]


def test_a_charger_that_comes_back_without_a_boot_is_online_as_soon_as_it_speaks():
    """Row B1."""
    life = Life()
    life.connects()
    life.reports(S.AVAILABLE)
    assert life.state("online") is True
    assert life.state("status") == S.AVAILABLE


def test_a_charger_that_comes_back_and_is_silent_is_online_after_ten_seconds():
    """Row B1."""
    life = present()
    life.disconnects()
    life.passes(61)
    assert life.state("online") is False
    life.connects()
    life.passes(9)
    assert life.state("online") is False
    life.passes(2)
    assert life.state("online") is True


def test_a_charger_of_unknown_make_is_asked_for_a_boot_once():
    """Rows B1, B2: a known one is never asked."""
    life = Life()
    life.connects()
    life.reports(S.AVAILABLE)
    life.passes(3600)
    life.returns()
    life.reports(S.AVAILABLE)
    life.passes(3600)
    assert triggers(life).count(("BootNotification", None)) == 1
    known = present()
    known.returns()
    known.passes(3600)
    assert ("BootNotification", None) not in triggers(known)


def test_nothing_is_asked_of_a_charger_before_its_boot_was_accepted():
    """Row B3; that the first call waits for 2 s after the answer is the session's part."""
    life = Life(garage(registration=Registration.PENDING))
    life.connects()
    life.boots()
    life.reports(S.AVAILABLE)
    life.passes(600)
    assert life.commands == []


def test_many_boots_in_a_row_ask_for_nothing_twice():
    """Row B4."""
    life = Life()
    life.connects()
    for _ in range(6):
        life.boots()
        life.passes(1)
    life.reports(S.AVAILABLE)
    life.passes(58)
    assert len(life.told(SetProfile)) == len(set(life.told(SetProfile)))
    assert len(triggers(life)) == len(set(triggers(life)))


def test_the_interval_of_the_boot_is_the_heartbeats():
    """Row B5: 300 s unless configured otherwise."""
    life = Life()
    life.connects()
    life.boots()
    assert life.answered == BootAnswer(Registration.ACCEPTED, 300, life.utc)


def test_a_charger_whose_clock_is_wrong_is_told_by_the_bridges_time():
    """Row B7: never set, or ahead."""
    for wrong in (timedelta(days=20_000), timedelta(hours=-2)):
        life = present()
        life.starts(ago=wrong)
        assert life.state("start_time") == life.utc


def test_a_state_counts_whatever_its_timestamp_says():
    """Row B8."""
    life = present()
    link = life.link
    assert link is not None
    life.happens(StatusNotified(link, "old", ONE, S.PREPARING, ErrorCode.NO_ERROR, at=life.utc - timedelta(days=9999)))
    assert life.state("status") == S.PREPARING


def test_a_state_that_does_not_come_is_asked_for_once_per_connector():
    """Row B9: one at a time."""
    life = Life(garage(outlet(1), outlet(2)))
    life.connects()
    life.boots()
    life.passes(120)
    assert triggers(life) == [("StatusNotification", 1), ("StatusNotification", 2)]


def test_a_connector_that_never_tells_its_state_is_known_by_its_meter():
    """Row B9."""
    life = Life()
    life.answers[TriggerMessage] = "Rejected"
    life.connects()
    life.boots()
    life.meters(1000, current_a=10.0)
    life.passes(30)
    assert life.state("status") == S.CHARGING
    assert life.state("charging") is True


def test_the_state_of_the_charge_point_is_not_that_of_its_connector():
    """Row B10."""
    life = present()
    life.reports(S.PREPARING)
    life.reports(S.AVAILABLE, CHARGE_POINT)
    assert life.state("status") == S.PREPARING
    assert life.state("cable_connected") is True
    assert life.state("status", CHARGE_POINT) == S.AVAILABLE


def test_a_fault_of_the_charge_point_is_apart_and_goes_when_it_is_over():
    """Row B11."""
    life = present()
    life.reports(S.FAULTED, CHARGE_POINT, ErrorCode.OTHER_ERROR, "field bus lost")
    assert life.state("fault", CHARGE_POINT) is True
    assert life.state("error_text", CHARGE_POINT) == "field bus lost"
    assert life.state("fault") is False
    assert life.state("availability") is True
    life.reports(S.AVAILABLE, CHARGE_POINT)
    assert life.state("fault", CHARGE_POINT) is False
    assert life.state("error_code", CHARGE_POINT) == 0


def test_a_faulted_charger_is_online_and_can_be_commanded():
    """Row B12."""
    life = present()
    life.reports(S.FAULTED, error_code=ErrorCode.GROUND_FAILURE)
    assert life.state("online") is True
    life.presses(True, "unlock", number=1)
    assert life.verdict(1) is CommandResult.ACCEPTED
    life.presses(True, "charging", number=2)
    assert life.verdict(2) is CommandResult.NOT_ALLOWED_NOW


def test_a_car_that_is_gone_without_a_stop_is_assumed_to_have_ended_after_a_minute():
    """Row B13; a stop that comes after all corrects the journal and not the bus."""
    life = present()
    number = life.charges()
    life.meters(1700)
    life.reports(S.AVAILABLE)
    life.passes(59)
    assert life.state("charging") is True
    life.heard()
    life.passes(2)
    assert life.state("charging") is False
    assert life.state("transaction_energy") == 700
    life.heard()
    life.stops(number, 1800)
    assert life.heard("charging", "transaction_energy") == []
    assert life.memory.transactions[number].energy_wh == 800


def test_a_transaction_that_a_charger_has_forgotten_over_a_boot_is_assumed_to_have_ended():
    """Row B13: the power went before it could tell that it charges, and it is Available again, as it was."""
    life = present()
    life.starts()
    assert life.state("charging") is True
    life.returns()
    life.boots()
    life.reports(S.AVAILABLE)
    life.passes(61)
    assert life.state("charging") is False
    assert life.charger.connectors[ONE].transaction is None


def test_preparing_before_it_ever_charged_ends_nothing():
    """Row B13."""
    life = present()
    life.reports(S.PREPARING)
    life.starts()
    life.reports(S.PREPARING)
    life.passes(300)
    assert life.state("charging") is True


def test_a_cable_is_seen_in_every_state_that_needs_one():
    """Row B14."""
    life = present()
    for status in (S.PREPARING, S.CHARGING, S.SUSPENDED_EV, S.SUSPENDED_EVSE, S.FINISHING):
        life.reports(S.AVAILABLE)
        assert life.state("cable_connected") is False
        life.reports(status)
        assert life.state("cable_connected") is True


def test_a_charger_that_hesitates_after_the_start_is_left_alone():
    """Row B15."""
    life = present()
    life.reports(S.PREPARING)
    life.starts()
    life.passes(3)
    life.reports(S.SUSPENDED_EVSE)
    life.commands.clear()
    life.heard()
    life.passes(180)
    assert life.commands == []
    assert life.heard("charging", "command_result") == []


def test_the_same_state_again_is_no_news():
    """Row B16."""
    life = present()
    life.reports(S.PREPARING)
    life.heard()
    for _ in range(10):
        life.passes(60)
        life.reports(S.PREPARING)
    assert life.heard("status", "error_code", "availability", "cable_connected") == []


def test_a_car_that_must_not_be_stopped_is_paused():
    """Rows B17, T25: `stop_mode: pause` holds 0 A, and 1 goes on without a new start."""
    life = present(garage(outlet(stop_mode=StopMode.PAUSE)))
    life.charges()
    life.passes(6)
    life.presses(False)
    life.passes(6)
    assert life.state("charging") is False
    assert life.state("max_current") == 0
    life.presses(True)
    life.passes(6)
    assert life.state("charging") is True
    assert life.told(RemoteStart) == []


def test_a_change_of_availability_that_is_scheduled_is_accepted():
    """Row B18: the state follows what the charger reports."""
    life = present()
    life.answers[ChangeAvailability] = "Scheduled"
    life.charges()
    life.presses(False, "availability", number=1)
    assert life.verdict(1) is CommandResult.ACCEPTED
    assert life.state("availability") is True
    life.reports(S.UNAVAILABLE)
    assert life.state("availability") is False


def test_a_charger_that_refuses_connector_0_is_asked_for_each_connector():
    """Row B18."""
    life = present(garage(outlet(1), outlet(2)))
    life.silent.add(ChangeAvailability)
    life.presses(False, "availability", CHARGE_POINT, number=1)
    life.replies("Rejected")
    assert life.told(ChangeAvailability)[1:] == [ChangeAvailability(ONE, False), ChangeAvailability(TWO, False)]
    life.replies()
    life.replies()
    assert life.verdict(1) is CommandResult.ACCEPTED


def test_nobody_touches_the_availability_of_a_charger_that_connects():
    """Row B19."""
    life = Life()
    life.connects()
    life.boots()
    life.reports(S.UNAVAILABLE)
    life.passes(600)
    assert life.told(ChangeAvailability) == []


def test_availability_says_what_is_and_not_what_was_wished():
    """Row B20."""
    life = present()
    life.heard()
    life.presses(False, "availability")
    assert life.heard("availability") == []
    life.reports(S.UNAVAILABLE)
    assert life.heard("availability") == [("availability", False)]


def test_any_message_is_a_sign_of_life():
    """Row B21: a charger without heartbeats is online by whatever else it says."""
    life = Life()
    life.connects()
    assert life.link is not None
    life.happens(Notified(life.link, "FirmwareStatusNotification", "Idle"))
    assert life.state("online") is True


def test_an_unlock_is_only_asked_for_when_somebody_wants_it():
    """Row O4."""
    life = present()
    life.charges()
    life.passes(3600)
    assert life.told(UnlockConnector) == []
