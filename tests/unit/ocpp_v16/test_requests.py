"""A charger's request as the core hears it (catalogue rows F14 to F24, B7, T11)."""

import json
from datetime import UTC, datetime

import pytest

from knx_ocpp_bridge.core.events import (
    AuthorizeAsked,
    BootNotified,
    Heartbeat,
    Identity,
    Metered,
    MeterReading,
    Request,
    Sample,
    StatusNotified,
    TransactionStarted,
    TransactionStopped,
)
from knx_ocpp_bridge.core.status import ConnectorStatus, ErrorCode, StopReason
from knx_ocpp_bridge.core.values import LinkNumber, TransactionId
from knx_ocpp_bridge.ocpp.v16.requests import TRANSLATORS

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
LINK = LinkNumber(7)


def heard(action: str, payload: object, reports: list[str] | None = None) -> Request:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    report = (reports if reports is not None else []).append
    return TRANSLATORS[action](raw, LINK, '"1"', lambda: TransactionId(42), report)


def test_a_boot_tells_who_the_charger_is():
    event = heard(
        "BootNotification",
        {
            "chargePointVendor": "V",
            "chargePointModel": "M",
            "chargePointSerialNumber": "S",
            "chargeBoxSerialNumber": "B",
            "firmwareVersion": "F",
            "iccid": "I",
            "imsi": "J",
            "meterType": "T",
            "meterSerialNumber": "N",
        },
    )
    assert event == BootNotified(LINK, '"1"', Identity("V", "M", "S", "B", "F", "I", "J", "N", "T"))


def test_f15_long_strings_are_taken_up_to_255_characters():
    event = heard("BootNotification", {"chargePointVendor": "V" * 300, "chargePointModel": "M" * 40})
    assert isinstance(event, BootNotified)
    assert event.identity == Identity(vendor="V" * 255, model="M" * 40)


def test_a_boot_without_vendor_and_model_is_a_boot():
    reports: list[str] = []
    assert heard("BootNotification", {}, reports) == BootNotified(LINK, '"1"', Identity())
    assert reports == [
        "BootNotification.chargePointVendor is missing",
        "BootNotification.chargePointModel is missing",
    ]


def test_a_heartbeat():
    assert heard("Heartbeat", {"extra": 1}) == Heartbeat(LINK, '"1"')


def test_a_status_as_the_standard_has_it():
    reports: list[str] = []
    event = heard(
        "StatusNotification",
        {
            "connectorId": 2,
            "status": "SuspendedEVSE",
            "errorCode": "WeakSignal",
            "info": "i",
            "vendorErrorCode": "E1",
            "vendorId": "V",
            "timestamp": "2026-01-31T12:00:00Z",
        },
        reports,
    )
    assert event == StatusNotified(
        LINK, '"1"', 2, ConnectorStatus.SUSPENDED_EVSE, ErrorCode.WEAK_SIGNAL, "i", "E1", NOON
    )
    assert reports == []


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("charging", ConnectorStatus.CHARGING),
        ("SUSPENDED_EV", ConnectorStatus.SUSPENDED_EV),
        ("Suspended EVSE", ConnectorStatus.SUSPENDED_EVSE),
        ("Occupied", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_f18_a_status_is_a_known_spelling_or_none(word: object, meant: ConnectorStatus | None):
    event = heard("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": word})
    assert isinstance(event, StatusNotified)
    assert event.status is meant


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Error", ErrorCode.OTHER_ERROR),
        ("groundfailure", ErrorCode.GROUND_FAILURE),
        ("", ErrorCode.NO_ERROR),
        (None, ErrorCode.NO_ERROR),
    ],
)
def test_f18_an_unknown_error_code_is_other_error(word: object, meant: ErrorCode):
    event = heard("StatusNotification", {"connectorId": 1, "errorCode": word, "status": "Faulted"})
    assert isinstance(event, StatusNotified)
    assert event.error_code is meant


@pytest.mark.parametrize(
    ("sent", "meant"), [(1, 1), ("2", 2), (2.0, 2), (True, 1), (None, 1), ("x", 1), ({}, 1), (10**400, 1), (0, 0)]
)
def test_f17_f20_a_connector_number_in_any_type_or_missing(sent: object, meant: int):
    event = heard("StatusNotification", {"connectorId": sent, "errorCode": "NoError", "status": "Available"})
    assert isinstance(event, StatusNotified)
    assert event.connector == meant


def test_keys_in_another_case_are_understood():
    event = heard("Authorize", {"IdTag": "CARD"})
    assert event == AuthorizeAsked(LINK, '"1"', "CARD")


def test_f14_extra_fields_are_ignored_without_a_word():
    reports: list[str] = []
    assert heard("Authorize", {"idTag": "CARD", "connectorId": 2}, reports) == AuthorizeAsked(LINK, '"1"', "CARD")
    assert reports == []


@pytest.mark.parametrize("tag", ["CARD", " CARD ", "CARD\x00\x00", "CARD\r\n"])
def test_blanks_round_a_tag_are_not_part_of_it(tag: str):
    assert heard("Authorize", {"idTag": tag}) == AuthorizeAsked(LINK, '"1"', "CARD")


@pytest.mark.parametrize(("sent", "meant"), [(1234, "1234"), ("x" * 300, "x" * 255), (None, ""), ([], "")])
def test_f17_a_tag_may_be_a_number(sent: object, meant: str):
    assert heard("Authorize", {"idTag": sent}) == AuthorizeAsked(LINK, '"1"', meant)


def test_a_start_as_the_standard_has_it():
    event = heard(
        "StartTransaction",
        {
            "connectorId": 1,
            "idTag": "CARD",
            "meterStart": 5,
            "timestamp": "2026-01-31T13:00:00+01:00",
            "reservationId": 9,
        },
    )
    assert event == TransactionStarted(LINK, '"1"', 1, "CARD", 5, NOON, TransactionId(42), 9)


def test_f20_a_start_without_time_and_meter_is_a_start():
    event = heard("StartTransaction", {"idTag": "CARD"})
    assert event == TransactionStarted(LINK, '"1"', 1, "CARD", None, None, TransactionId(42))


def test_a_stop_as_the_standard_has_it():
    event = heard(
        "StopTransaction",
        {
            "transactionId": 3,
            "idTag": "CARD",
            "meterStop": 500,
            "timestamp": "2026-01-31T12:00:00Z",
            "reason": "EVDisconnected",
            "transactionData": [
                {"timestamp": "2026-01-31T12:00:00Z", "sampledValue": [{"value": "500", "context": "Transaction.End"}]}
            ],
        },
    )
    reading = MeterReading(NOON, (Sample("Energy.Active.Import.Register", 500.0, context="Transaction.End"),))
    assert event == TransactionStopped(
        LINK, '"1"', 3, "CARD", 500, NOON, StopReason.EV_DISCONNECTED, (reading,), TransactionId(42)
    )


@pytest.mark.parametrize(("sent", "meant"), [("100", 100), (1.5, 2), ("1.4", 1), (None, None), ("", None), (-3, -3)])
def test_f17_a_meter_reading_is_rounded_to_whole_wh(sent: object, meant: int | None):
    event = heard("StopTransaction", {"transactionId": 1, "meterStop": sent, "timestamp": "x"})
    assert isinstance(event, TransactionStopped)
    assert event.meter_stop_wh == meant


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("EVdisconnected", StopReason.EV_DISCONNECTED),
        ("Deauthorized", StopReason.DE_AUTHORIZED),
        ("Bored", StopReason.OTHER),
        ("", StopReason.LOCAL),
        (None, StopReason.LOCAL),
    ],
)
def test_f18_a_stop_reason_is_known_or_other_and_local_if_none_is_given(sent: object, meant: StopReason):
    event = heard("StopTransaction", {"transactionId": 1, "meterStop": 1, "timestamp": "x", "reason": sent})
    assert isinstance(event, TransactionStopped)
    assert event.reason is meant


def test_f21_null_is_absent():
    event = heard("StopTransaction", {"transactionId": None, "meterStop": 1, "timestamp": None, "idTag": None})
    assert isinstance(event, TransactionStopped)
    assert (event.transaction, event.at, event.id_tag) == (None, None, None)
    metered = heard("MeterValues", {"connectorId": 1, "transactionId": None, "meterValue": []})
    assert metered == Metered(LINK, '"1"', 1, None, ())


def test_f19_empty_lists_are_no_mistake():
    reports: list[str] = []
    payload = {"connectorId": 1, "meterValue": [{"timestamp": "2026-01-31T12:00:00Z", "sampledValue": []}]}
    assert heard("MeterValues", payload, reports) == Metered(LINK, '"1"', 1, None, (MeterReading(NOON, ()),))
    assert reports == []


def test_numbers_beyond_any_database_are_absent():
    event = heard("StopTransaction", {"transactionId": 2**63, "meterStop": -(2**64), "timestamp": "x"})
    assert isinstance(event, TransactionStopped)
    assert (event.transaction, event.meter_stop_wh) == (None, None)


@pytest.mark.parametrize("payload", [b"[]", b"7", b'"x"', b"null", b"{}", b'{"connectorId":' + b"9" * 5000 + b"}"])
@pytest.mark.parametrize("action", TRANSLATORS)
def test_f24_every_json_value_becomes_an_event(action: str, payload: bytes):
    assert heard(action, payload).request == '"1"'


def test_bad_utf8_loses_a_letter_and_no_message():
    event = heard("StatusNotification", b'{"connectorId":3,"status":"Faulted","errorCode":"NoError","info":"gr\xfcn"}')
    assert isinstance(event, StatusNotified)
    assert (event.connector, event.status, event.info) == (3, ConnectorStatus.FAULTED, "gr\ufffdn")
