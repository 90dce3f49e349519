import pytest

from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from tests.kit.polite_central import PoliteCentral
from tests.unit.simulator.test_charging import booted, charging, reported_current


def profile(purpose: str, limit: float, *, id_: int = 1, unit: str = "A", **more: object) -> dict[str, object]:
    schedule = {
        "chargingRateUnit": unit,
        "startSchedule": "2026-06-01T11:59:00Z",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    }
    return {
        "chargingProfileId": id_,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule,
    } | more


def set_profile(central: PoliteCentral, connector: int, wanted: dict[str, object]) -> object:
    answer = central.ask("SetChargingProfile", {"connectorId": connector, "csChargingProfiles": wanted})
    assert answer is not None
    return answer["status"]


def limit_a(central: PoliteCentral, connector: int = 1) -> float:
    return central.charger.limit_a(central.charger.connectors[connector], central.now)


def test_a_default_profile_limits_the_current_that_is_reported():
    central = charging()
    assert set_profile(central, 1, profile("TxDefaultProfile", 10)) == "Accepted"
    central.wait(60)
    assert reported_current(central) == ["10.0", "10.0", "10.0"]


def test_a_transaction_profile_wins_over_the_default_and_ends_with_its_transaction():
    central = charging()
    set_profile(central, 1, profile("TxDefaultProfile", 10))
    assert set_profile(central, 1, profile("TxProfile", 7, id_=2, transactionId=1)) == "Accepted"
    assert limit_a(central) == 7
    central.ask("RemoteStopTransaction", {"transactionId": 1})
    assert limit_a(central) == 10


def lasting(seconds: int, limit: float) -> dict[str, object]:
    """A TxProfile that began a minute before noon and ends so long after that."""
    wanted = profile("TxProfile", limit, id_=2, transactionId=1)
    schedule = wanted["chargingSchedule"]
    assert isinstance(schedule, dict)
    schedule["duration"] = seconds
    return wanted


def test_a_transaction_profile_that_ends_gives_way_to_the_default_when_its_time_is_over():
    central = charging()
    set_profile(central, 1, profile("TxDefaultProfile", 6))
    set_profile(central, 1, lasting(240, 16))
    began = central.now
    assert limit_a(central) == 16
    central.wait(175)
    assert limit_a(central) == 16
    set_profile(central, 1, lasting(240 + round((central.now - began).total_seconds()), 16))
    central.wait(100)
    assert limit_a(central) == 16, "it was renewed"
    central.wait(100)
    assert limit_a(central) == 6
    assert reported_current(central) == ["6.0", "6.0", "6.0"]


def test_a_profile_for_one_phase_lets_the_car_charge_on_one_phase():
    central = charging()
    wanted = profile("TxProfile", 10, id_=2, transactionId=1)
    wanted["chargingSchedule"]["chargingSchedulePeriod"][0]["numberPhases"] = 1  # type: ignore[index]
    set_profile(central, 1, wanted)
    central.wait(60)
    assert reported_current(central) == ["10.0", "0.0", "0.0"]


def test_a_transaction_profile_without_its_transaction_is_rejected():
    assert set_profile(booted(), 1, profile("TxProfile", 7, transactionId=1)) == "Rejected"
    assert set_profile(charging(), 1, profile("TxProfile", 7, transactionId=99)) == "Rejected"


def test_a_default_profile_on_connector_zero_counts_for_all():
    central = booted()
    set_profile(central, 0, profile("TxDefaultProfile", 8))
    assert (limit_a(central, 1), limit_a(central, 2)) == (8, 8)


def test_the_maximum_of_the_charge_point_caps_and_stands_on_connector_zero_only():
    central = charging()
    assert set_profile(central, 1, profile("ChargePointMaxProfile", 9)) == "Rejected"
    assert set_profile(central, 0, profile("ChargePointMaxProfile", 9, id_=3)) == "Accepted"
    set_profile(central, 1, profile("TxDefaultProfile", 16))
    assert limit_a(central) == 9


def test_watts_are_shared_by_the_phases():
    central = charging()
    set_profile(central, 1, profile("TxDefaultProfile", 6900, unit="W"))
    assert limit_a(central) == 10


def test_a_limit_of_zero_suspends_and_the_next_one_resumes():
    central = charging()
    set_profile(central, 1, profile("TxDefaultProfile", 0))
    set_profile(central, 1, profile("TxDefaultProfile", 6))
    assert central.take() == ["1 SuspendedEVSE", "1 Charging"]


def test_clearing_a_profile_twice_finds_nothing_the_second_time():
    central = charging()
    set_profile(central, 1, profile("TxDefaultProfile", 6))
    wanted = {"connectorId": 1, "chargingProfilePurpose": "TxDefaultProfile"}
    assert central.ask("ClearChargingProfile", wanted) == {"status": "Accepted"}
    assert central.ask("ClearChargingProfile", wanted) == {"status": "Unknown"}
    assert limit_a(central) == 32


RESERVATION = {"connectorId": 1, "idTag": "R", "reservationId": 5, "expiryDate": "2026-06-01T12:10:00Z"}


def test_a_reservation_is_kept_renewed_and_cancelled():
    central = booted()
    assert central.ask("ReserveNow", RESERVATION) == {"status": "Accepted"}
    assert central.ask("ReserveNow", RESERVATION | {"expiryDate": "2026-06-01T12:20:00Z"}) == {"status": "Accepted"}
    central.wait(900, step_s=60)
    assert central.ask("ReserveNow", RESERVATION | {"reservationId": 6}) == {"status": "Occupied"}
    assert central.ask("CancelReservation", {"reservationId": 5}) == {"status": "Accepted"}
    assert central.ask("CancelReservation", {"reservationId": 5}) == {"status": "Rejected"}
    assert [word for word in central.take() if word != "Heartbeat"] == ["1 Reserved", "1 Available"]


def test_a_reservation_expires():
    central = booted()
    central.ask("ReserveNow", RESERVATION)
    central.wait(601, step_s=60)
    assert [word for word in central.take() if word != "Heartbeat"] == ["1 Reserved", "1 Available"]


def test_only_the_card_of_the_reservation_may_start():
    central = booted()
    central.ask("ReserveNow", RESERVATION)
    assert central.ask("RemoteStartTransaction", {"connectorId": 1, "idTag": "X"}) == {"status": "Rejected"}
    central.charger.card(1, "X", central.now)
    central.listen()
    central.charger.card(1, "R", central.now)
    central.charger.plug(1, central.now)
    central.listen()
    assert central.take() == ["1 Reserved", "Authorize", "Authorize", "StartTransaction", "1 Charging"]


def test_an_outlet_in_use_cannot_be_reserved():
    assert charging().ask("ReserveNow", RESERVATION) == {"status": "Occupied"}


def test_unavailable_is_scheduled_while_somebody_charges():
    central = charging()
    assert central.ask("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}) == {"status": "Scheduled"}
    central.ask("RemoteStopTransaction", {"transactionId": 1})
    assert central.take() == ["StopTransaction 1 Remote", "1 Unavailable"]
    assert central.ask("ChangeAvailability", {"connectorId": 1, "type": "Operative"}) == {"status": "Accepted"}
    assert central.take() == ["1 Finishing"]


def test_connector_zero_makes_the_whole_charge_point_unavailable():
    central = booted()
    central.ask("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})
    assert central.take() == ["0 Unavailable", "1 Unavailable", "2 Unavailable"]


def test_unlocking_ends_the_transaction_first():
    central = charging()
    assert central.ask("UnlockConnector", {"connectorId": 1}) == {"status": "Unlocked"}
    assert central.take() == ["StopTransaction 1 UnlockCommand", "1 Finishing"]


@pytest.mark.parametrize(
    ("requested", "said"),
    [
        ("BootNotification", ["BootNotification", "0 Available", "1 Available", "2 Available"]),
        ("Heartbeat", ["Heartbeat"]),
        ("StatusNotification", ["0 Available", "1 Available", "2 Available"]),
        ("MeterValues", ["MeterValues", "MeterValues"]),
        ("FirmwareStatusNotification", ["FirmwareStatusNotification"]),
    ],
)
def test_a_triggered_message_is_said(requested: str, said: list[str]):
    central = booted()
    assert central.ask("TriggerMessage", {"requestedMessage": requested}) == {"status": "Accepted"}
    assert central.take() == said


def test_a_trigger_for_a_connector_that_is_not_there_is_rejected():
    wanted = {"requestedMessage": "StatusNotification", "connectorId": 9}
    assert booted().ask("TriggerMessage", wanted) == {"status": "Rejected"}


def test_configuration_keys_are_read_and_written():
    central = booted()
    assert central.ask("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "5"}) == {
        "status": "Accepted"
    }
    assert central.ask("GetConfiguration", {"key": ["MeterValueSampleInterval", "Nonsense"]}) == {
        "configurationKey": [{"key": "MeterValueSampleInterval", "readonly": False, "value": "5"}],
        "unknownKey": ["Nonsense"],
    }
    assert central.ask("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "x"}) == {
        "status": "Rejected"
    }
    assert central.ask("ChangeConfiguration", {"key": "ChargeProfileMaxStackLevel", "value": "1"}) == {
        "status": "Rejected"
    }
    assert central.ask("ChangeConfiguration", {"key": "Nonsense", "value": "1"}) == {"status": "NotSupported"}


def test_a_card_starts_and_stops_and_a_stranger_does_neither():
    central = booted()
    central.charger.plug(1, central.now)
    central.charger.card(1, "04A2", central.now)
    central.listen()
    central.charger.card(1, "FFFF", central.now)
    central.listen()
    central.charger.card(1, "04a2", central.now)
    central.listen()
    assert central.take() == [
        "1 Preparing",
        "Authorize",
        "StartTransaction",
        "1 Charging",
        "Authorize",
        "StopTransaction 1 Local",
        "1 Finishing",
    ]


def test_a_card_of_the_same_group_may_stop():
    central = booted()
    central.parent = "FAMILY"
    central.charger.plug(1, central.now)
    central.charger.card(1, "A", central.now)
    central.listen()
    central.charger.card(1, "B", central.now)
    central.listen()
    assert central.take()[-2:] == ["StopTransaction 1 Local", "1 Finishing"]


def test_a_start_that_is_refused_afterwards_is_stopped():
    central = booted()
    central.charger.plug(1, central.now)
    central.authorize = "Invalid"
    central.ask("RemoteStartTransaction", {"connectorId": 1, "idTag": "X"})
    assert central.take() == [
        "1 Preparing",
        "StartTransaction",
        "1 Charging",
        "StopTransaction 1 DeAuthorized",
        "1 Finishing",
    ]


def test_offline_only_a_known_card_starts_and_clearing_the_cache_forgets_it():
    central = booted()
    central.charger.card(1, "A", central.now)
    central.listen()
    central.wait(61)
    central.disconnect()
    central.charger.plug(1, central.now)
    central.charger.card(1, "B", central.now)
    assert central.charger.connectors[1].transaction is None
    central.charger.card(1, "A", central.now)
    assert central.charger.connectors[1].transaction is not None
    assert central.ask("ClearCache") == {"status": "Accepted"}
    assert central.charger.cache == {}


def test_what_this_charger_does_not_know_is_not_implemented():
    assert booted().ask("SetVariables") is None
    assert booted(Plan(without=frozenset({"UpdateFirmware"}))).ask("UpdateFirmware") is None
    assert booted().ask("DataTransfer", {"vendorId": "x"}) == {"status": "UnknownVendorId"}


def test_nonsense_changes_nothing():
    central = booted()
    for action in (
        "RemoteStartTransaction",
        "RemoteStopTransaction",
        "SetChargingProfile",
        "ReserveNow",
        "CancelReservation",
    ):
        assert central.ask(action, {"connectorId": "one", "idTag": None}) == {"status": "Rejected"}
    assert central.take() == []
