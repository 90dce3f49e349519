"""Signed meter values (catalogue row M14): kept untouched or not at all, beside the numbers."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from knx_ocpp_bridge.core.events import MeterReading, SignedValue
from knx_ocpp_bridge.core.values import LinkNumber, TransactionId
from knx_ocpp_bridge.ocpp.v16.requests import TRANSLATORS

AT = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
OCMF = 'OCMF|{"FV":"1.0","GI":"x","RD":[{"RV":12.5,"RU":"kWh"}]}|{"SD":"3045\\u00e4  "}'
SIGNED = {"format": "SignedData", "context": "Transaction.Begin"}


def heard(*entries: list[dict[str, Any]], action: str = "MeterValues") -> tuple[tuple[MeterReading, ...], list[str]]:
    values = [{"timestamp": "2026-01-31T12:00:00Z", "sampledValue": entry} for entry in entries]
    mistakes: list[str] = []
    payload = {
        "MeterValues": {"connectorId": 1, "meterValue": values},
        "StopTransaction": {
            "transactionId": 7,
            "meterStop": 9,
            "timestamp": "2026-01-31T12:00:00Z",
            "transactionData": values,
        },
    }[action]
    raw = json.dumps(payload).encode()
    event: Any = TRANSLATORS[action](raw, LinkNumber(1), "1", lambda: TransactionId(1), mistakes.append)
    return event.readings, mistakes


@pytest.mark.parametrize("action", ["MeterValues", "StopTransaction"])
@pytest.mark.parametrize("text", [OCMF, "0123456789", "3045022100e1", " \tä€ ", "NaN"])
def test_a_signed_value_is_kept_as_it_came_beside_the_numbers(action: str, text: str):
    readings, mistakes = heard([{"value": text} | SIGNED, {"value": "1234"}], action=action)
    (reading,) = readings
    assert reading.signed == (SignedValue(AT, "Transaction.Begin", text),)
    assert [sample.value for sample in reading.samples] == [1234.0]
    assert mistakes == []


def test_a_message_without_signed_values_has_none():
    readings, _ = heard([{"value": "1234"}], [{"value": "abc"}])
    assert [reading.signed for reading in readings] == [(), ()]


def test_a_word_that_is_spelled_otherwise_signs_too():
    readings, _ = heard([{"value": OCMF, "Format": "signeddata"}])
    assert [one.text for one in readings[0].signed] == [OCMF]


def test_a_signed_value_that_is_too_long_is_dropped_whole_and_told():
    readings, mistakes = heard([{"value": "x" * 32768} | SIGNED, {"value": "ä" * 16385} | SIGNED])
    assert [len(one.text) for one in readings[0].signed] == [32768]
    assert any("not kept" in mistake for mistake in mistakes)


def test_of_very_many_signed_values_the_first_and_the_last_are_kept_and_it_is_told():
    texts = [f"text {number}" for number in range(40)]
    readings, mistakes = heard(*[[{"value": text} | SIGNED, {"value": "5"}] for text in texts])
    assert [one.text for reading in readings for one in reading.signed] == texts[:8] + texts[-8:]
    assert [sample.value for reading in readings for sample in reading.samples] == [5.0] * 40
    assert any("not kept" in mistake for mistake in mistakes)


@pytest.mark.parametrize("value", [None, "", 5, {"OCMF": 1}, ["x"], True])
def test_what_is_no_text_is_not_signed(value: object):
    readings, _ = heard([{"value": value} | SIGNED])
    assert readings[0] == MeterReading(AT, ())


def test_nobody_smuggles_a_signed_value_in_by_another_name():
    readings, _ = heard([{"value": "5", "(signed)": "x"}, {"value": "abc", "(signed)": "y"}])
    assert [one.text for one in readings[0].signed] == []
