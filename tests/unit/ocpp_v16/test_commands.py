"""What we ask of a charger, to the letter (catalogue rows S1, S3, S8, S9, S14, S16, F27)."""

import json
import re
from datetime import UTC, datetime

import pytest

from knx_ocpp_bridge.core.commands import (
    CancelReservation,
    ChangeAvailability,
    ChangeConfiguration,
    ClearCache,
    ClearProfile,
    Command,
    DataTransfer,
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
from knx_ocpp_bridge.core.values import ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.ocpp.v16.commands import Refused, Sendable, encode

NOON = datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=UTC)
ONE = ConnectorId(1)


@pytest.mark.parametrize(
    ("command", "action", "payload"),
    [
        (RemoteStart(ONE, IdTag("A")), "RemoteStartTransaction", '{"idTag":"A","connectorId":1}'),
        (RemoteStart(None, IdTag("A")), "RemoteStartTransaction", '{"idTag":"A"}'),
        (RemoteStop(TransactionId(5)), "RemoteStopTransaction", '{"transactionId":5}'),
        (
            ClearProfile(ONE, ProfilePurpose.TX_DEFAULT),
            "ClearChargingProfile",
            '{"connectorId":1,"chargingProfilePurpose":"TxDefaultProfile"}',
        ),
        (
            ReserveNow(ONE, IdTag("A"), NOON, 3),
            "ReserveNow",
            '{"connectorId":1,"expiryDate":"2026-01-31T12:00:00Z","idTag":"A","reservationId":3}',
        ),
        (CancelReservation(3, ONE), "CancelReservation", '{"reservationId":3}'),
        (ChangeAvailability(ConnectorId(0), True), "ChangeAvailability", '{"connectorId":0,"type":"Operative"}'),
        (ChangeAvailability(ONE, False), "ChangeAvailability", '{"connectorId":1,"type":"Inoperative"}'),
        (UnlockConnector(ONE), "UnlockConnector", '{"connectorId":1}'),
        (Reset(hard=True), "Reset", '{"type":"Hard"}'),
        (Reset(hard=False), "Reset", '{"type":"Soft"}'),
        (ClearCache(), "ClearCache", "{}"),
        (
            TriggerMessage("StatusNotification", ONE),
            "TriggerMessage",
            '{"requestedMessage":"StatusNotification","connectorId":1}',
        ),
        (TriggerMessage("BootNotification"), "TriggerMessage", '{"requestedMessage":"BootNotification"}'),
        (GetConfiguration(), "GetConfiguration", "{}"),
        (GetConfiguration(("A", "B")), "GetConfiguration", '{"key":["A","B"]}'),
        (ChangeConfiguration("K", "1"), "ChangeConfiguration", '{"key":"K","value":"1"}'),
        (DataTransfer("V"), "DataTransfer", '{"vendorId":"V"}'),
        (DataTransfer("V", "M", "D"), "DataTransfer", '{"vendorId":"V","messageId":"M","data":"D"}'),
    ],
)
def test_each_command_is_one_call(command: Command, action: str, payload: str):
    assert encode(command) == Sendable(action, payload)


def test_s14_a_limit_for_a_transaction_is_absolute_with_one_period_and_a_fixed_id():
    command = SetProfile(ONE, ProfilePurpose.TX, 16.0, RateUnit.AMPERE, TransactionId(7), NOON)
    assert encode(command) == Sendable(
        "SetChargingProfile",
        '{"connectorId":1,"csChargingProfiles":{"chargingProfileId":2,"stackLevel":0,'
        '"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Absolute",'
        '"chargingSchedule":{"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":16}],'
        '"startSchedule":"2026-01-31T12:00:00Z"},"transactionId":7}}',
    )


def test_s14_the_profile_of_one_connector_does_not_replace_that_of_another():
    sent = [
        encode(SetProfile(ConnectorId(number), purpose, 16.0, RateUnit.AMPERE)).payload  # type: ignore[union-attr]
        for number in (1, 2, 3)
        for purpose in ProfilePurpose
    ]
    assert len({re.search(r'"chargingProfileId":(\d+),', text)[1] for text in sent}) == 9  # type: ignore[index]


@pytest.mark.parametrize(
    ("purpose", "number"),
    [(ProfilePurpose.TX_DEFAULT, 1), (ProfilePurpose.TX, 2), (ProfilePurpose.CHARGE_POINT_MAX, 3)],
)
def test_s3_without_a_start_a_profile_is_relative(purpose: ProfilePurpose, number: int):
    sent = encode(SetProfile(ConnectorId(0), purpose, 11040.0, RateUnit.WATT))
    assert isinstance(sent, Sendable)
    assert f'"chargingProfileId":{number},' in sent.payload
    assert '"chargingProfileKind":"Relative"' in sent.payload
    assert "startSchedule" not in sent.payload
    assert '"chargingRateUnit":"W"' in sent.payload


@pytest.mark.parametrize(
    ("limit", "text"),
    [(16.0, "16"), (6.5, "6.5"), (0.0, "0"), (0.1 + 0.2, "0.3"), (6.1, "6.1"), (13.799999999, "13.8"), (32.3, "32.3")],
)
def test_s9_a_limit_is_written_without_noise(limit: float, text: str):
    sent = encode(SetProfile(ONE, ProfilePurpose.TX_DEFAULT, limit, RateUnit.AMPERE))
    assert isinstance(sent, Sendable)
    assert f'"limit":{text}}}' in sent.payload


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (RemoteStart(ONE, IdTag("A" * 21)), "idTag"),
        (ChangeConfiguration("K" * 51, "1"), "key"),
        (ChangeConfiguration("K", "1" * 501), "value"),
        (TriggerMessage("Nonsense"), "Nonsense"),
        (DataTransfer("V" * 256), "vendorId"),
        (SetProfile(ONE, ProfilePurpose.TX, float("nan"), RateUnit.AMPERE), "limit"),
        (SetProfile(ONE, ProfilePurpose.TX, float("inf"), RateUnit.AMPERE), "limit"),
    ],
)
def test_what_the_standard_does_not_allow_is_refused_in_words(command: Command, word: str):
    refused = encode(command)
    assert isinstance(refused, Refused)
    assert word in refused.reason


def test_a_refusal_does_not_repeat_the_card():
    refused = encode(RemoteStart(ONE, IdTag("DEADBEEF" * 3)))
    assert isinstance(refused, Refused)
    assert "DEADBEEF" not in refused.reason


def test_s1_s3_s8_a_profile_says_what_this_charger_wants_to_hear():
    sent = encode(
        SetProfile(ONE, ProfilePurpose.TX_DEFAULT, 10.0, RateUnit.AMPERE, start=None, stack_level=3, number_phases=1)
    )
    assert isinstance(sent, Sendable)
    profile = json.loads(sent.payload)["csChargingProfiles"]
    assert profile["stackLevel"] == 3
    assert profile["chargingProfileKind"] == "Relative"
    assert "startSchedule" not in profile["chargingSchedule"]
    assert profile["chargingSchedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 10, "numberPhases": 1}]


def test_a_profile_that_ends_by_itself_says_when():
    told = SetProfile(ONE, ProfilePurpose.TX, 16.0, RateUnit.AMPERE, TransactionId(7), NOON, duration_s=240)
    sent = encode(told)
    assert isinstance(sent, Sendable)
    schedule = json.loads(sent.payload)["csChargingProfiles"]["chargingSchedule"]
    assert (schedule["duration"], schedule["startSchedule"]) == (240, "2026-01-31T12:00:00Z")


def test_s8_s20_what_many_chargers_do_not_know_is_not_sent():
    sent = encode(SetProfile(ONE, ProfilePurpose.TX_DEFAULT, 10.0, RateUnit.AMPERE, start=NOON))
    assert isinstance(sent, Sendable)
    for word in ("numberPhases", "validFrom", "validTo", "recurrencyKind", "duration", "minChargingRate"):
        assert word not in sent.payload
