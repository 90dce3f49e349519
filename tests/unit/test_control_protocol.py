"""Whatever is written to the control socket is a request or a sentence that says why not."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.control.protocol import (
    Ended,
    Failed,
    Manage,
    Managed,
    ProtocolError,
    Reload,
    Reloaded,
    Request,
    Response,
    Snapshot,
    Status,
    Wish,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag

GARAGE = ChargerId("GARAGE")


@pytest.mark.parametrize(
    "request_",
    [
        Status(),
        Reload(),
        Wish(GARAGE, ConnectorId(2), "charging", True, IdTag("CARD")),
        Wish(GARAGE, ConnectorId(0), "availability", False),
        Wish(GARAGE, ConnectorId(1), "max_current", 10.5),
    ],
)
def test_a_request_arrives_as_it_was_sent(request_: Request) -> None:
    line = encode_request(request_)
    assert line.count(b"\n") == 1
    assert decode_request(line) == request_


@pytest.mark.parametrize(
    "response",
    [
        Ended(CommandResult.NOT_ALLOWED_NOW, "it is reserved"),
        Snapshot({"version": "1"}, ({"id": "GARAGE"},)),
        Reloaded(False, ("bridge.yaml:3: no such key",)),
        Failed("there is no such charger", missing=True),
        Failed("9/8/1 is no group address", usage=True),
        Managed(True, ("sent to 9/7/2",), row={"payload": "$01"}),
        Managed(False, ("there is no connection to the bus",), CommandResult.OFFLINE),
    ],
)
def test_an_answer_arrives_as_it_was_sent(response: Response) -> None:
    line = encode_response(response)
    assert line.count(b"\n") == 1
    assert decode_response(line) == response


def test_what_was_not_done_for_a_reason_that_is_not_known_was_refused() -> None:
    for because in ("", ', "because": "LATER"', ', "because": 7', ', "row": [1]'):
        line = b'{"done": false, "messages": ["no"]' + because.encode() + b"}"
        assert decode_response(line) == Managed(False, ("no",), CommandResult.REJECTED)


def wish(**changes: object) -> bytes:
    known = {"verb": "wish", "charger": "GARAGE", "connector": 1, "key": "charging", "value": True}
    return json.dumps({**known, **changes}).encode()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 50_000, "not JSON"),
        (b'{"verb": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "no such verb; there are status, reload, wish"),
        (b'{"verb": ["wish"]}', "no such verb"),
        (b'{"verb": "wish"}', "a wish has charger"),
        (wish(connector=True), "connector is 0 to 255"),
        (wish(connector=-1), "connector is 0 to 255"),
        (wish(charger=""), "charger has 1 to 255"),
        (wish(charger="x" * 256), "charger has 1 to 255"),
        (wish(charger="half \ud800"), "charger has 1 to 255"),
        (wish(key="max_current", value=10**400), "too many digits"),
        (wish(value=None), "a wish has charger"),
        (wish(value=1), "the value of charging is true or false"),
        (wish(key="max_current"), "the value of max_current is in A"),
        (wish(key="charge_mode"), "the value of charge_mode is a number"),
        (wish(key="goal_energy"), "the value of goal_energy is in Wh"),
        (wish(key="goal_time"), "the value of goal_time is in minutes after midnight"),
        (wish(key="status"), "nothing can be wished of 'status'; it can of charging, "),
        (wish(key="nonsense"), "nothing can be wished of 'nonsense'"),
        (wish(key="unlock", value=False), "only true acts on unlock"),
        (wish(id_tag=""), "1 to 255 characters"),
        (wish(id_tag="x" * 256), "1 to 255 characters"),
        (wish(id_tag=5), "1 to 255 characters"),
    ],
)
def test_what_is_no_request_is_refused_in_words(line: bytes, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        decode_request(line)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
)
_ALMOST = st.fixed_dictionaries(
    {},
    optional={
        "verb": st.sampled_from(["wish", "status", "reload"]) | _JSON,
        "charger": _JSON,
        "connector": _JSON,
        "key": st.sampled_from(["charging", "max_current", "unlock"]) | _JSON,
        "value": _JSON,
        "id_tag": _JSON,
        "result": _JSON,
        "bridge": _JSON,
    },
)


@settings(deadline=None)
@given(st.binary(max_size=200) | _ALMOST.map(lambda message: json.dumps(message).encode()))
@example(b"null")
def test_any_line_is_understood_or_refused(line: bytes) -> None:
    try:
        request = decode_request(line)
    except ProtocolError:
        pass
    else:
        assert isinstance(request, Request)
    try:
        response = decode_response(line)
    except ProtocolError:
        pass
    else:
        assert isinstance(response, Response)


def test_half_a_character_is_no_text():
    for options in ({"password": "\ud800"}, {"\udc00": 1}):
        line = json.dumps({"verb": "manage", "act": "password", "charger": "GARAGE", "options": options})
        with pytest.raises(ProtocolError):
            decode_request(line.encode())
    whole = json.dumps({"verb": "manage", "act": "adopt", "charger": "GARAGE", "options": {"name": "\U0001f600"}})
    assert isinstance(decode_request(whole.encode()), Manage)
