"""Core: unlock, configuration, cards, refusals, cache, data transfer."""

import pytest

VALID = "OCTTVALID"
INTERVAL = {"key": "MeterValueSampleInterval", "readonly": False, "value": "60"}
PROFILES = {"key": "SupportedFeatureProfiles", "readonly": True, "value": "Core,FirmwareManagement"}


def test_tc_017_1_unlock_without_a_transaction(does):
    does("UnlockConnector", {"connectorId": 1}, {"status": "Unlocked"})


def test_tc_017_2_unlock_of_a_fixed_cable(fails):
    fails("UnlockConnector", {"connectorId": 1}, "NotSupported")


def test_tc_018_1_unlock_with_a_transaction(station, does):
    number = station.charge(VALID)
    does("UnlockConnector", {"connectorId": 1}, {"status": "Unlocked"})
    station.end(number, "UnlockCommand")


def test_tc_019_1_all_configuration_keys(does):
    does("GetConfiguration", {}, {"configurationKey": [INTERVAL, PROFILES]})


def test_tc_019_2_one_configuration_key(does):
    does("GetConfiguration", {"key": ["SupportedFeatureProfiles"]}, {"configurationKey": [PROFILES], "unknownKey": []})


def test_tc_021_set_a_configuration_key(does):
    does("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "10"})


def test_tc_023_1_authorize_invalid(station):
    station.status("Preparing")
    assert station.authorize("OCTTNOBODY")["status"] == "Invalid"


def test_tc_023_2_authorize_expired(station):
    station.status("Preparing")
    assert station.authorize("OCTTEXPIRED")["status"] == "Expired"


def test_tc_023_3_authorize_blocked(station):
    station.status("Preparing")
    assert station.authorize("OCTTBLOCKED")["status"] == "Blocked"


def test_tc_026_remote_start_rejected(station, fails):
    fails("RemoteStartTransaction", {"connectorId": 1, "idTag": VALID}, "Rejected")
    station.status("Preparing")


def test_tc_028_remote_stop_rejected(station, fails):
    number = station.charge(VALID)
    fails("RemoteStopTransaction", {"transactionId": number + 1000}, "Rejected")
    station.end(number, "Local", idTag=VALID)


def test_tc_030_unlock_fails(fails):
    fails("UnlockConnector", {"connectorId": 1}, "UnlockFailed")


def test_tc_031_unlock_of_an_unknown_connector(fails):
    fails("UnlockConnector", {"connectorId": 9}, "NotSupported")


def test_tc_040_1_configuration_key_not_supported(fails):
    fails("ChangeConfiguration", {"key": "MeterValueSampleIntervall", "value": "10"}, "NotSupported")


def test_tc_040_2_configuration_value_invalid(fails):
    fails("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "-1"}, "Rejected")


def test_tc_061_clear_the_authorization_cache(does):
    does("ClearCache", {})


@pytest.mark.parametrize("data", [None, "x" * 200])
def test_tc_064_data_transfer_to_the_central_system(station, data):
    more = {} if data is None else {"data": data}
    answer = station.send("DataTransfer", vendorId="org.example", messageId="Hello", **more)
    assert answer["status"] in {"Rejected", "UnknownVendorId", "UnknownMessageId"}
