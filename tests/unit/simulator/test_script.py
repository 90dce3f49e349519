import pytest
from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus

from knx_ocpp_bridge.ocpp.simulator.answers import answer
from knx_ocpp_bridge.ocpp.simulator.charge_point import ChargePoint
from knx_ocpp_bridge.ocpp.simulator.connector import Appetite
from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from knx_ocpp_bridge.ocpp.simulator.script import Done, Expect, Quit, Say, ScriptError, Wait, perform
from knx_ocpp_bridge.ocpp.simulator.wording import sentence
from tests.kit.polite_central import NOON, PoliteCentral


@pytest.fixture
def charger() -> ChargePoint:
    return ChargePoint(Plan(), NOON)


def test_hands_are_laid_on_the_charger(charger: ChargePoint):
    for line in ("plug 1", "car 1 full-at 2000", "fault 2 GroundFailure E7 relay stuck", "meter 1 +500", "offline"):
        assert perform(line, charger, NOON) == Done()
    one, two = charger.connectors[1], charger.connectors[2]
    assert (one.plugged, one.full_at_wh, one.meter_wh) == (True, 2000, 10_500)
    assert (two.error, two.vendor_error_code, two.info) == (ChargePointErrorCode.ground_failure, "E7", "relay stuck")
    assert not charger.wants_link
    for line in ("unplug 1", "car 1 waits", "clear 2", "online", "card 1 04A2"):
        perform(line, charger, NOON)
    assert (one.plugged, one.appetite, two.error) == (False, Appetite.WAITS, ChargePointErrorCode.no_error)
    assert charger.wants_link


def test_a_charger_that_ignores_limits_takes_them_and_does_as_it_likes(charger: ChargePoint):
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}]}
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule,
    }
    perform("limits ignored", charger, NOON)
    said = answer(charger, "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile}, NOON)
    assert said == {"status": "Accepted"}
    assert charger.limit_a(charger.connectors[1], NOON) == 32
    perform("limits obeyed", charger, NOON)
    assert charger.limit_a(charger.connectors[1], NOON) == 6


def test_a_power_cycle_takes_the_link_away(charger: ChargePoint):
    perform("power-cycle", charger, NOON)
    assert not charger.wants_link


def test_what_needs_a_clock_is_handed_back(charger: ChargePoint):
    assert perform("wait 2", charger, NOON) == Wait(2)
    assert perform("expect 1 Charging 10", charger, NOON) == Expect(1, ChargePointStatus.charging, 10)
    assert perform("quit", charger, NOON) == Quit()


def test_status_is_one_line_per_connector(charger: ChargePoint):
    said = perform("status", charger, NOON)
    assert isinstance(said, Say)
    assert said.lines[1] == "connector 2: Available, 0.0 A of 32 A, 10000 Wh, idle"


def test_a_comment_and_an_empty_line_do_nothing(charger: ChargePoint):
    assert perform("# the car comes", charger, NOON) == Done()
    assert perform("  ", charger, NOON) == Done()


@pytest.mark.parametrize(
    "line", ["dance 1", "plug", "plug 7", "plug one", "fault 1 Nonsense", "expect 1 Asleep", "car 1"]
)
def test_what_cannot_be_done_names_what_can(charger: ChargePoint, line: str):
    with pytest.raises(ScriptError, match="plug"):
        perform(line, charger, NOON)


def test_a_message_is_one_readable_line():
    assert sentence("Heartbeat", {}) == "Heartbeat"
    reading = {"value": "16.0", "measurand": "Current.Import", "phase": "L1", "unit": "A"}
    meter = {"connectorId": 1, "meterValue": [{"timestamp": "2026-06-01T12:00:00Z", "sampledValue": [reading]}]}
    assert sentence("MeterValues", meter) == "MeterValues connectorId=1 Current.Import L1 16.0 A"
    assert (
        sentence("Authorize.conf", {"idTagInfo": {"status": "Accepted"}})
        == "Authorize.conf idTagInfo={status=Accepted}"
    )


def test_everything_is_told_only_once_the_charger_is_online_or_offline_on_purpose():
    central = PoliteCentral()
    assert not central.charger.settled
    central.connect()
    assert central.charger.settled
    central.charger.plug(1, central.now)
    assert not central.charger.settled
    perform("offline", central.charger, central.now)
    assert central.charger.settled
