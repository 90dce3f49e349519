"""Smart charging: profiles for the next and the open transaction, with a start, read back, cleared."""

import pytest

VALID = "OCTTVALID"
SCHEDULE = {
    "duration": 86400,
    "chargingRateUnit": "A",
    "chargingSchedulePeriod": [
        {"startPeriod": 0, "limit": 6.1, "numberPhases": 3},
        {"startPeriod": 60, "limit": 10},
        {"startPeriod": 120, "limit": 8.4},
    ],
    "startSchedule": "2026-11-21T12:00:00Z",
}
DEFAULT = {
    "chargingProfileId": 11,
    "stackLevel": 1,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Absolute",
    "validFrom": "2026-11-21T12:00:00Z",
    "validTo": "2026-11-22T12:00:00Z",
    "chargingSchedule": SCHEDULE,
}
OWN = {
    "chargingProfileId": 12,
    "stackLevel": 1,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Recurring",
    "recurrencyKind": "Daily",
    "chargingSchedule": SCHEDULE | {"minChargingRate": 6.0},
}


@pytest.mark.parametrize("connector", [0, 1])
def test_tc_056_tx_default_profile(does, connector):
    does("SetChargingProfile", {"connectorId": connector, "csChargingProfiles": DEFAULT})


def test_tc_057_tx_profile(station, does):
    number = station.charge(VALID)
    does("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": OWN | {"transactionId": number}})
    station.end(number, "Local", idTag=VALID)


def test_tc_059_remote_start_with_a_profile(station, does):
    station.status("Preparing")
    does("RemoteStartTransaction", {"connectorId": 1, "idTag": VALID, "chargingProfile": OWN})
    number, status = station.start(VALID)
    assert status == "Accepted"
    station.status("Charging")
    station.end(number, "Local", idTag=VALID)


def test_tc_066_composite_schedule(does):
    does("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": DEFAULT})
    composite = {"status": "Accepted", "connectorId": 1, "scheduleStart": "2026-11-21T12:00:00Z"}
    wanted = {"connectorId": 1, "duration": 300, "chargingRateUnit": "A"}
    does("GetCompositeSchedule", wanted, composite | {"chargingSchedule": SCHEDULE})


@pytest.mark.parametrize(
    "which", [{"id": 11}, {"connectorId": 1, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 1}, {}]
)
def test_tc_067_profiles_cleared_by_id_by_criteria_and_all(does, which):
    does("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": DEFAULT})
    does("ClearChargingProfile", which)
