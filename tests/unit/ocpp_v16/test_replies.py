"""What a charger says to our calls (catalogue rows F13, F17, F23, K5)."""

import json

import pytest

from knx_ocpp_bridge.core.commands import Command, DataTransfer, GetConfiguration, Reset, UnlockConnector
from knx_ocpp_bridge.core.events import Outcome, Replied
from knx_ocpp_bridge.core.values import ConnectorId, LinkNumber
from knx_ocpp_bridge.ocpp.v16 import replies

LINK = LinkNumber(1)
RESET = Reset(hard=False)


def answer(command: Command, payload: object) -> Replied:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return replies.answered(LINK, command, raw)


@pytest.mark.parametrize("word", ["Accepted", "accepted", " ACCEPTED "])
def test_a_status_is_told_in_the_standards_spelling(word: str):
    assert answer(RESET, {"status": word, "extra": 1}) == Replied(LINK, RESET, Outcome.ANSWERED, "Accepted")


def test_an_unknown_status_is_told_as_it_came():
    assert answer(RESET, {"status": "Maybe"}).status == "Maybe"


def test_f23_accepted_means_unlocked():
    assert answer(UnlockConnector(ConnectorId(1)), {"status": "Accepted"}).status == "Unlocked"
    assert answer(UnlockConnector(ConnectorId(1)), {"status": "UnlockFailed"}).status == "UnlockFailed"


@pytest.mark.parametrize("payload", [{}, {"status": None}, {"status": 5}, {"status": " "}, [], b"nonsense", b"[" * 99])
def test_an_answer_that_says_nothing_is_a_failure(payload: object):
    replied = answer(RESET, payload)
    assert replied.outcome is Outcome.FAILED
    assert replied.detail


def test_k5_configuration_is_told_as_json_with_texts_for_values():
    replied = answer(
        GetConfiguration(),
        {
            "configurationKey": [
                {"key": "A", "readonly": True, "value": "x"},
                {"key": "B", "readonly": False, "value": 5},
                {"key": "C", "value": True},
                {"key": "D", "readonly": "yes", "value": None},
                {"value": "keyless"},
                "nonsense",
            ],
            "unknownKey": ["E", 7],
        },
    )
    assert replied.outcome is Outcome.ANSWERED
    assert json.loads(replied.detail) == {
        "configurationKey": [
            {"key": "A", "readonly": True, "value": "x"},
            {"key": "B", "readonly": False, "value": "5"},
            {"key": "C", "readonly": False, "value": "true"},
            {"key": "D", "readonly": False, "value": ""},
        ],
        "unknownKey": ["E"],
    }


def test_k5_configuration_without_keys_is_an_answer():
    assert json.loads(answer(GetConfiguration(), {"unknownKey": None}).detail) == {
        "configurationKey": [],
        "unknownKey": [],
    }


@pytest.mark.parametrize(("data", "detail"), [("text", "text"), ({"a": 1}, '{"a":1}'), (None, "")])
def test_data_of_a_data_transfer_is_told(data: object, detail: str):
    replied = answer(DataTransfer("V"), {"status": "Accepted", "data": data})
    assert (replied.status, replied.detail) == ("Accepted", detail)


def test_o1_a_tethered_connector_is_not_supported():
    replied = answer(UnlockConnector(ConnectorId(1)), {"status": "NotSupported"})
    assert (replied.outcome, replied.status) == (Outcome.ANSWERED, "NotSupported")


def test_a_callerror_keeps_its_words_within_bounds():
    replied = replies.refused(LINK, RESET, "x" * 999, "y" * 999)
    assert (len(replied.status), len(replied.detail)) == (255, 255)
