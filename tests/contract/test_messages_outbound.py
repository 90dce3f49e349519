"""Everything we say, held against the official 1.6 schemas of the `ocpp` package."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocpp.messages import MessageType, get_validator

from knx_ocpp_bridge.core.commands import Command
from knx_ocpp_bridge.core.settings import Registration
from knx_ocpp_bridge.core.step import (
    AuthorizationStatus,
    AuthorizeAnswer,
    BootAnswer,
    EmptyAnswer,
    HeartbeatAnswer,
    IdTagInfo,
    Payload,
    StartAnswer,
    StopAnswer,
)
from knx_ocpp_bridge.core.values import IdTag, TransactionId
from knx_ocpp_bridge.ocpp.v16.answers import confirmation
from knx_ocpp_bridge.ocpp.v16.commands import Refused, Sendable, encode
from knx_ocpp_bridge.ocpp.v16.notices import NOTICES

NOW = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
INFOS = [
    IdTagInfo(status, parent, expires)
    for status in AuthorizationStatus
    for parent in (None, IdTag('G"1'))
    for expires in (None, NOW)
]


def nulls(value: object) -> bool:
    if isinstance(value, dict):
        return any(nulls(entry) for entry in value.values())
    return any(nulls(entry) for entry in value) if isinstance(value, list) else value is None


def check(kind: int, action: str, text: str) -> dict[str, object]:
    content = json.loads(text, parse_float=Decimal)
    get_validator(kind, action, "1.6", parse_float=Decimal).validate(content)
    assert not nulls(content)
    assert " " not in text
    return content


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        *[("BootNotification", BootAnswer(registration, 300, NOW)) for registration in Registration],
        ("Heartbeat", HeartbeatAnswer(NOW)),
        ("StatusNotification", EmptyAnswer()),
        ("MeterValues", EmptyAnswer()),
        *[("Authorize", AuthorizeAnswer(info)) for info in INFOS],
        *[("StartTransaction", StartAnswer(TransactionId(2**31 - 1), info)) for info in INFOS],
        *[("StopTransaction", StopAnswer(info)) for info in [None, *INFOS]],
    ],
)
def test_every_answer_is_valid_and_sparing(action: str, payload: Payload):
    check(MessageType.CallResult, action, confirmation(payload))


@pytest.mark.parametrize("action", NOTICES)
def test_what_the_edge_answers_by_itself_is_valid(action: str):
    check(MessageType.CallResult, action, NOTICES[action].answer)


def test_b6_times_have_no_fraction():
    content = check(MessageType.CallResult, "Heartbeat", confirmation(HeartbeatAnswer(NOW)))
    assert content == {"currentTime": "2026-01-31T12:00:00Z"}
    boot = check(MessageType.CallResult, "BootNotification", confirmation(BootAnswer(Registration.PENDING, 60, NOW)))
    assert boot == {"status": "Pending", "currentTime": "2026-01-31T12:00:00Z", "interval": 60}


@given(st.from_type(Command))
def test_every_command_is_valid_or_refused(command: Command):
    encoded = encode(command)
    if isinstance(encoded, Sendable):
        json.loads(encoded.payload)
        content = json.loads(encoded.payload, parse_float=Decimal)
        get_validator(MessageType.Call, encoded.action, "1.6", parse_float=Decimal).validate(content)
        assert not nulls(content)
    else:
        assert isinstance(encoded, Refused)
        assert encoded.reason
