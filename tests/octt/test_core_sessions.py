"""Core: boot, sessions, remote start and stop, reset."""

from datetime import UTC, datetime, timedelta

VALID = "OCTTVALID"
LONG_AGO = timedelta(minutes=1)


def test_tc_001_cold_boot(redial):
    station = redial()
    answer = station.boot()
    assert answer["status"] == "Accepted"
    assert answer["interval"] > 0
    assert is_now(answer["currentTime"])
    assert is_now(station.send("Heartbeat")["currentTime"])
    station.hears_nothing()


def test_tc_003_regular_session_plug_in_first(station):
    number = station.charge(VALID)
    assert station.authorize(VALID)["status"] == "Accepted"
    station.end(number, idTag=VALID)


def test_tc_004_1_regular_session_identification_first(station):
    assert station.authorize(VALID)["status"] == "Accepted"
    station.status("Preparing")
    number, status = station.start(VALID)
    assert status == "Accepted"
    station.status("Charging")
    station.end(number, "Local", idTag=VALID)


def test_tc_004_2_identification_first_and_nobody_plugs_in(station):
    assert station.authorize(VALID)["status"] == "Accepted"
    station.status("Preparing")
    station.status("Available")
    station.hears_nothing(0.3)


def test_tc_005_1_ev_side_disconnected(station, does):
    for key in ("StopTransactionOnEVSideDisconnect", "UnlockConnectorOnEVSideDisconnect"):
        does("ChangeConfiguration", {"key": key, "value": "true"})
    number = station.charge(VALID)
    station.status("SuspendedEV")
    station.end(number, "EVDisconnected")


def test_tc_007_start_with_a_cached_id(station):
    station.status("Preparing")
    number, status = station.start(VALID)
    assert status == "Accepted"
    station.status("Charging")
    station.end(number, "Local", idTag=VALID)


def test_tc_010_remote_start_cable_first(station, does):
    station.status("Preparing")
    does("RemoteStartTransaction", {"connectorId": 1, "idTag": VALID})
    remotely_started(station)


def test_tc_011_1_remote_start_first(station, does):
    does("RemoteStartTransaction", {"connectorId": 1, "idTag": VALID})
    station.status("Preparing")
    remotely_started(station)


def test_tc_011_2_remote_start_first_and_nobody_plugs_in(station, does):
    does("ChangeConfiguration", {"key": "ConnectionTimeOut", "value": "10"})
    does("RemoteStartTransaction", {"connectorId": 1, "idTag": VALID})
    assert station.authorize(VALID)["status"] == "Accepted"
    station.status("Preparing")
    station.status("Available")


def test_tc_012_remote_stop(station, does):
    number = station.charge(VALID)
    does("RemoteStopTransaction", {"transactionId": number})
    station.end(number, "Remote")


def test_tc_013_hard_reset(station, does, redial):
    number = station.charge(VALID)
    does("Reset", {"type": "Hard"})
    station.stop(number, "HardReset")
    station.hang_up()
    assert redial().boot()["status"] == "Accepted"


def test_tc_014_soft_reset(station, does, redial):
    number = station.charge(VALID)
    does("Reset", {"type": "Soft"})
    station.end(number, "SoftReset")
    station.hang_up()
    assert redial().boot()["status"] == "Accepted"


def test_tc_024_start_fails_as_the_lock_fails(station):
    station.status("Preparing")
    assert station.authorize(VALID)["status"] == "Accepted"
    station.status("Faulted", error="ConnectorLockFailure")
    station.hears_nothing(0.3)


def test_tc_032_1_power_failure_and_the_transaction_is_stopped_after_the_boot(station, redial):
    number = station.charge(VALID)
    station.hang_up()
    again = redial()
    again.boot()
    again.stop(number, "PowerLoss")
    again.hears_nothing(0.3)


def test_tc_037_1_offline_start_with_a_valid_tag(station, redial):
    station.hang_up()
    again = redial()
    again.status("Charging")
    number, status = again.start(VALID, timestamp=ago(LONG_AGO))
    assert status == "Accepted"
    again.end(number, "Local", idTag=VALID)


def test_tc_037_3_offline_start_with_an_invalid_tag(station, redial):
    station.hang_up()
    again = redial()
    again.status("Charging")
    number, status = again.start("OCTTNOBODY", timestamp=ago(LONG_AGO))
    assert status == "Invalid"
    again.end(number, "DeAuthorized")


def test_tc_039_offline_transaction(station, redial):
    station.hang_up()
    again = redial()
    number, status = again.start(VALID, timestamp=ago(LONG_AGO))
    assert status == "Accepted"
    again.stop(number, "Local", idTag=VALID, timestamp=ago(LONG_AGO / 2))


def remotely_started(station):
    assert station.authorize(VALID)["status"] == "Accepted"
    number, status = station.start(VALID)
    assert status == "Accepted"
    station.status("Charging")
    station.end(number, "Local", idTag=VALID)


def ago(age):
    return (datetime.now(UTC) - age).isoformat(timespec="seconds").replace("+00:00", "Z")


def is_now(text):
    return text.endswith("Z") and abs(datetime.fromisoformat(text) - datetime.now(UTC)) < timedelta(seconds=2)
