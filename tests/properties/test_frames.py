"""Frames and calls under random and hostile input."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from knx_ocpp_bridge.core.commands import ClearCache, GetConfiguration
from knx_ocpp_bridge.core.step import EmptyAnswer
from knx_ocpp_bridge.core.values import LinkNumber, TransactionId
from knx_ocpp_bridge.ocpp import frames
from knx_ocpp_bridge.ocpp.repair import repair
from knx_ocpp_bridge.ocpp.v16 import replies
from knx_ocpp_bridge.ocpp.v16.notices import NOTICES, notified
from knx_ocpp_bridge.ocpp.v16.requests import TRANSLATORS
from tests.kit.dialler import Dialler, Office

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**29), 10**29)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["connectorId", "idTag", "meterStart", "timestamp", "status", "errorCode", "meterValue", "sampledValue", "value"]
)
PAYLOAD = st.dictionaries(KEYS, JSON, max_size=6) | JSON
ACTION = st.sampled_from([*TRANSLATORS, *NOTICES, "Nonsense"])
MESSAGE = st.tuples(st.sampled_from([2, 3, 4]), TEXT | st.integers(0, 99), ACTION, PAYLOAD).map(list)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A frame with a few of its bytes changed, dropped or doubled."""
    raw = bytearray(json.dumps(draw(MESSAGE)).encode())
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(raw)))
        raw[at : at + draw(st.integers(0, 3))] = draw(
            st.sampled_from([b"", b",", b"]", b"}", b'"', b"\\", b"\0", b"[{"])
        )
    return bytes(raw)


@given(st.binary(max_size=200) | damaged())
def test_any_bytes_are_exactly_one_kind_of_message(data: bytes):
    message = frames.read(data)
    assert type(message) in (frames.Call, frames.Result, frames.Error, frames.Unreadable)
    if message.id is not None:
        assert isinstance(json.loads(frames.result(message.id, "{}")), list)


@given(JSON)
def test_repair_never_changes_what_strict_json_accepts(value: Any):
    for text in (json.dumps([value]), json.dumps([value], indent=1), json.dumps([value], ensure_ascii=False)):
        mended = repair(text)
        assert mended is not None
        assert json.loads(mended) == [value]


@given(st.text(max_size=80))
def test_repair_gives_nothing_or_is_content_with_its_own_work(text: str):
    mended = repair(text)
    if mended is not None:
        assert repair(mended) == mended


@given(ACTION, PAYLOAD)
def test_any_payload_of_a_known_action_is_understood_or_coped_with(action: str, payload: Any):
    raw = json.dumps(payload).encode()
    if action in TRANSLATORS:
        event = TRANSLATORS[action](raw, LinkNumber(1), '"1"', lambda: TransactionId(1), lambda _: None)
        assert (event.link, event.request) == (1, '"1"')
    elif action in NOTICES:
        assert len(notified(NOTICES[action], action, raw, LinkNumber(1), lambda _: None).summary) <= 255


@given(PAYLOAD)
def test_any_answer_ends_its_call(payload: Any):
    raw = json.dumps(payload).encode()
    for command in (ClearCache(), GetConfiguration()):
        assert replies.answered(LinkNumber(1), command, raw).command == command


@given(st.lists(damaged(), max_size=12))
def test_every_call_gets_exactly_one_answer_and_the_link_lives(raws: list[bytes]):
    office = Office(answers=lambda event: EmptyAnswer() if hasattr(event, "request") else None)
    charger = Dialler(office.system)
    for raw in raws:
        message = frames.read(raw)
        charger.client.send_binary(raw)
        charger.say()
        answers = charger.texts()
        asked = isinstance(message, frames.Call) or (
            isinstance(message, frames.Unreadable) and message.kind == 2 and message.id is not None
        )
        assert len(answers) == asked
        if asked:
            assert message.id is not None
            assert msgspec.json.decode(answers[0])[1] == msgspec.json.decode(message.id)
    assert not charger.transport.aborted
    assert not charger.transport.closed
