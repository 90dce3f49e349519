"""Connections: what shows on the bus, and what does not."""

from dataclasses import replace

import pytest

from knx_ocpp_bridge.core.commands import RemoteStart, RemoteStop, SetProfile, TriggerMessage, UnlockConnector
from knx_ocpp_bridge.core.events import Identity, LinkOpened, Notified
from knx_ocpp_bridge.core.facts import AbilityLearned
from knx_ocpp_bridge.core.settings import ChargerSettings, Registration
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus, ErrorCode
from knx_ocpp_bridge.core.step import AuthorizationStatus, BootAnswer
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, Clock, ConnectorId, LinkNumber
from tests.kit.life import CARD, CARDS, ONE, OWN_TAG, TWO, Life, garage, outlet

AWAY = {"online": False, "availability": False, "status": 7, "fault": True, "error_text": "offline"}
NOTHING_SET = {
    "goal_energy": 0,
    "goal_soc": 0,
    "session_limit_energy": 0,
    "session_limit_duration": 0,
    "session_limit_soc": 0,
    "waiting": False,
}


def charging() -> Life:
    life = Life()
    life.arrives()
    life.charges()
    life.meters(1200, 10.0)
    life.passes(70)
    life.telegrams.clear()
    return life


def test_before_the_first_report_nothing_is_said():
    life = Life()
    life.connects()
    assert life.telegrams == []
    life.passes(3)
    assert life.telegrams == []


@pytest.mark.parametrize("gap_s", [0, 1, 59])
def test_a_reconnect_in_a_session_shows_nothing_on_the_bus(gap_s: float):
    life = charging()
    if gap_s:
        life.disconnects()
        life.passes(gap_s)
    life.returns()
    life.reports(ConnectorStatus.CHARGING)
    life.meters(1200, 10.0)
    life.passes(100)
    assert life.telegrams == []


def test_a_boot_in_a_session_shows_nothing_on_the_bus_by_itself():
    life = charging()
    life.connects()
    life.boots()
    life.passes(100)
    assert life.telegrams == []


def test_a_charger_that_is_away_for_a_minute_is_offline_unavailable_and_still_charging():
    life = charging()
    life.disconnects()
    life.passes(61)
    assert dict(life.heard()) == AWAY
    assert (life.state("charging"), life.state("current"), life.state("power")) == (True, None, None)


def test_a_charger_that_is_back_says_its_state_again():
    life = charging()
    life.disconnects()
    life.passes(61)
    life.heard()
    life.returns()
    assert {"online", "current", "power", "meter", "session_energy"} == {key for key, _ in life.heard()}
    life.reports(ConnectorStatus.CHARGING)
    assert (life.state("status"), life.state("availability")) == (2, True)


def test_a_charger_that_comes_back_and_says_nothing_is_asked_and_then_believed():
    life = charging()
    life.disconnects()
    life.passes(61)
    life.returns()
    life.passes(40)
    assert life.told(TriggerMessage) == [TriggerMessage("StatusNotification", ONE)]
    assert (life.state("status"), life.state("availability")) == (2, True)


def test_a_charge_point_that_never_reports_itself_is_available_when_it_is_back():
    life = charging()
    life.disconnects()
    life.passes(61)
    assert life.state("status", CHARGE_POINT) == 7
    life.returns()
    assert life.state("availability", CHARGE_POINT) is True
    assert life.state("status", CHARGE_POINT) is None


def test_after_a_start_of_the_bridge_an_absent_charger_is_offline_after_a_minute():
    life = Life()
    life.passes(59)
    assert life.telegrams == []
    life.passes(2)
    assert dict(life.heard()) == AWAY | NOTHING_SET


def test_an_open_transaction_is_shown_after_a_restart_as_soon_as_the_charger_speaks():
    life = charging()
    started = life.state("start_time")
    life.restarts()
    life.returns()
    assert (life.state("charging"), life.state("start_time")) == (True, started)


def test_the_old_connections_end_is_not_the_end_of_the_new_one():
    life = charging()
    old = life.link
    life.returns()
    new, life.link = life.link, old
    life.disconnects()
    life.link = new
    life.passes(100)
    assert life.telegrams == []


def test_error_and_text_of_connector_and_charge_point_are_apart():
    life = Life()
    life.arrives()
    life.reports(ConnectorStatus.FAULTED, ONE, ErrorCode.GROUND_FAILURE, "RCD")
    life.reports(ConnectorStatus.AVAILABLE, CHARGE_POINT)
    seen = (life.state("status"), life.state("error_code"), life.state("fault"), life.state("error_text"))
    assert seen == (8, 3, True, "RCD")
    assert (life.state("status", CHARGE_POINT), life.state("fault", CHARGE_POINT)) == (0, False)


@pytest.mark.parametrize(("status", "text"), [(ConnectorStatus.FAULTED, "RCD"), (ConnectorStatus.AVAILABLE, "")])
def test_a_fault_that_is_the_absence_says_so_and_the_old_text_is_back_with_the_charger(status, text):
    life = Life()
    life.arrives()
    life.reports(status, info=text)
    life.disconnects()
    life.passes(400)
    for number in (ONE, CHARGE_POINT):
        assert (life.state("fault", number), life.state("error_text", number)) == (True, "offline")
    life.telegrams.clear()
    life.returns()
    life.reports(status, info=text)
    assert [value for key, value in life.heard() if key == "error_text"] == [text]
    assert life.state("error_text", CHARGE_POINT) == ""


def test_where_absence_is_no_fault_the_text_stays_what_the_charger_said():
    life = Life(garage(offline_is_fault=False))
    life.arrives()
    life.reports(ConnectorStatus.FAULTED, info="RCD")
    life.disconnects()
    life.passes(400)
    assert (life.state("fault"), life.state("error_text")) == (True, "RCD")


def test_a_fault_does_not_unplug_the_cable():
    life = Life()
    life.arrives(ConnectorStatus.PREPARING)
    assert life.state("cable_connected") is True
    life.reports(ConnectorStatus.FAULTED)
    assert life.state("cable_connected") is True


def test_nonsense_connectors_make_no_more_than_a_few():
    life = Life()
    life.arrives()
    for number in range(-100, 200):
        life.reports(ConnectorStatus.AVAILABLE, ConnectorId(number))
        life.meters(100, connector=ConnectorId(number))
        life.starts(connector=ConnectorId(number))
    assert len(life.charger.connectors) <= 33


# the clock of the bridge


def test_while_the_bridge_does_not_know_the_time_a_boot_is_pending():
    life = Life(clock=Clock.WAITING)
    life.connects()
    life.boots()
    assert isinstance(life.answered, BootAnswer)
    assert (life.answered.registration, life.answered.interval_s) == (Registration.PENDING, 10)
    life.clock = Clock.UNKNOWN
    life.boots()
    assert isinstance(life.answered, BootAnswer)
    assert life.answered.registration is Registration.ACCEPTED


def test_a_charger_that_came_back_without_a_boot_while_the_clock_was_waited_for_is_admitted_afterwards():
    life = Life(clock=Clock.WAITING)
    life.returns()
    life.passes(60)
    assert life.commands == []
    life.clock = Clock.SANE
    life.passes(20)
    assert life.state("online") is True
    assert life.told(SetProfile) != []


# strangers


def stranger(registration: Registration) -> Life:
    life = Life(ChargerSettings(ChargerId("NEW"), configured=False, registration=registration, tag_book=CARDS))
    life.connects()
    life.boots()
    return life


@pytest.mark.parametrize("registration", [Registration.PENDING, Registration.REJECTED])
def test_nobody_charges_at_a_charger_that_is_not_admitted(registration: Registration):
    life = stranger(registration)
    assert isinstance(life.answered, BootAnswer)
    assert (life.answered.registration, life.answered.interval_s) == (registration, 60)
    life.presents(CARD)
    assert life.info.status is AuthorizationStatus.INVALID
    life.starts(CARD)
    assert life.info.status is AuthorizationStatus.INVALID
    life.starts(OWN_TAG)
    life.reports(ConnectorStatus.CHARGING)
    life.passes(600)
    assert life.commands == []


def test_a_stranger_that_is_accepted_is_served_and_not_steered():
    life = stranger(Registration.ACCEPTED)
    life.reports(ConnectorStatus.PREPARING)
    life.starts(CARD)
    assert life.info.status is AuthorizationStatus.ACCEPTED
    life.passes(100)
    assert life.commands == []


BOOT = TriggerMessage("BootNotification", None)


def adopted(**settings: object) -> Life:
    life = stranger(Registration.PENDING)
    life.silent = {TriggerMessage}
    life.reconfigured(replace(garage(**settings), id=ChargerId("NEW")))
    return life


def test_a_stranger_that_is_adopted_is_asked_to_boot_at_once_and_steered_after_it():
    life = adopted()
    assert life.commands == [BOOT]
    life.passes(20)
    assert life.commands == [BOOT]
    assert life.state("online") is not True
    life.boots()
    life.passes(3)
    assert life.state("max_current") == 10.0


@pytest.mark.parametrize("status", ["Accepted", "Rejected", "NotImplemented"])
def test_a_stranger_that_is_adopted_is_there_when_it_boots_whatever_it_answers_to_being_asked(status: str):
    life = adopted()
    life.replies(status)
    assert life.state("online") is not True
    life.boots()
    assert life.state("online") is True


def test_a_stranger_that_boots_when_it_is_asked_is_not_asked_when_that_is_forbidden():
    assert adopted(flags={"ask_boot": False}).commands == []


def test_the_switch_of_a_charger_that_was_just_adopted_is_carried_out_when_it_has_booted():
    life = adopted()
    life.presses(True, number=7)
    assert life.commands == [BOOT]
    life.boots()
    life.reports(ConnectorStatus.PREPARING)
    life.passes(5)
    assert any(isinstance(command, RemoteStart) for command in life.commands)


def test_a_charger_that_is_put_away_is_told_nothing_more():
    life = charging()
    life.silent = {SetProfile}
    life.presses(12.0, "max_current", number=7)
    life.commands.clear()
    life.reconfigured(replace(life.settings, registration=Registration.REJECTED))
    assert life.verdict(7) is CommandResult.OFFLINE
    life.presses(False)
    life.passes(100)
    assert life.commands == []


# the configuration, live


def test_a_configuration_that_is_read_again_tells_every_known_value_to_objects_that_are_new():
    life = charging()
    life.reconfigured(life.settings)
    assert {"status", "charging", "max_current", "online"} <= {key for key, _ in life.heard()}


def test_a_connector_that_is_added_is_asked_for_its_state_and_limited():
    life = charging()
    life.reconfigured(garage(outlet(1), outlet(2)))
    life.passes(20)
    assert TriggerMessage("StatusNotification", TWO) in life.commands
    assert life.state("max_current", TWO) == 10.0


def test_what_waits_for_a_connector_that_is_taken_out_is_told():
    life = Life(garage(outlet(1), outlet(2)))
    life.arrives()
    life.passes(6)
    life.silent = {SetProfile}
    life.presses(12.0, "max_current", TWO, number=7)
    life.reconfigured(garage(outlet(1)))
    assert life.verdict(7) is CommandResult.REJECTED


def test_another_firmware_forgets_what_the_old_one_refused():
    life = charging()
    step = life.boots(Identity(vendor="Box", model="One", firmware="2.0"))
    assert AbilityLearned("limit_by", "") in step.facts


@pytest.mark.parametrize(
    ("key", "value", "command"),
    [("charging", False, RemoteStop), ("unlock", True, UnlockConnector), ("max_current", 8.0, SetProfile)],
)
def test_a_wish_right_after_a_silent_reconnect_waits_for_the_charger_to_speak(key, value, command):
    life = Life()
    life.arrives()
    life.charges()
    life.passes(70)
    life.connects()
    asked = len(life.told(command))
    life.presses(value, key, number=7)
    assert len(life.told(command)) == asked
    life.beats()
    life.passes(3)
    assert len(life.told(command)) > asked
    assert life.verdict(7) is CommandResult.ACCEPTED


def test_a_wish_at_a_charger_that_comes_back_silently_is_sent_after_ten_seconds():
    life = Life()
    life.arrives()
    life.charges()
    life.connects()
    life.presses(False, number=7)
    life.passes(13)
    assert life.verdict(7) is CommandResult.ACCEPTED


def test_a_wish_at_a_charger_that_comes_back_and_must_wait_for_the_clock_is_told_offline():
    life = Life()
    life.arrives()
    life.connects()
    life.clock = Clock.WAITING
    life.presses(True, "unlock", number=7)
    life.boots()
    assert life.verdict(7) is CommandResult.OFFLINE


def test_a_configured_charger_that_is_not_admitted_is_offline_for_the_building():
    life = Life(replace(garage(), registration=Registration.PENDING))
    life.connects()
    life.boots()
    life.passes(59)
    assert life.telegrams == []
    life.passes(2)
    assert (life.state("online"), life.state("status")) == (False, ConnectorStatus.UNAVAILABLE)
    life.reconfigured(garage())
    life.boots()
    assert life.state("online") is True


def test_two_addresses_with_one_id_are_named():
    life = Life()
    life.arrives()
    life.happens(LinkOpened(LinkNumber(77), "192.0.2.99"))
    assert any("192.0.2.99 dials in with this id while 192.0.2.7 is connected" in words for words in life.words)


def test_what_a_charger_notifies_is_told():
    life = Life()
    life.arrives()
    life.happens(Notified(life.charger.link, "SecurityEventNotification", "TamperDetectionActivated"))
    assert "SecurityEventNotification: TamperDetectionActivated" in life.words
