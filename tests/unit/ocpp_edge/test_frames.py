"""OCPP-J's frames as they come from real chargers (catalogue rows F1 to F13, F25, F27, C34)."""

import json

import pytest

from knx_ocpp_bridge.ocpp import frames
from knx_ocpp_bridge.ocpp.frames import Call, Error, ErrorCode, Result, Unreadable


def payload_of(text: str | bytes) -> object:
    message = frames.read(text.encode() if isinstance(text, str) else text)
    assert isinstance(message, Call | Result), message
    return json.loads(message.payload)


def test_a_call_as_the_standard_has_it():
    message = frames.read(b'[2,"19223201","Heartbeat",{"a":1}]')
    assert message == Call('"19223201"', "Heartbeat", b'{"a":1}')


def test_f26_pretty_printed_json_is_the_same_call():
    message = frames.read(b'[ 2,\r\n\t"1" ,\n "Heartbeat" , {\n}\n]\n')
    assert message == Call('"1"', "Heartbeat", b"{\n}")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (
            '[2,"1","MeterValues",{"meterValue":[{"sampledValue":[,{"value":"1"}]}]}]',
            {"meterValue": [{"sampledValue": [{"value": "1"}]}]},
        ),
        ('[2,"1","X",{"a":[1,2,],"b":3,}]', {"a": [1, 2], "b": 3}),
        ('[2,"1","X",{"a":,"b":1}]', {"a": None, "b": 1}),
        ('[2,"1","X",{"a":}]', {"a": None}),
        ('[2,"1","X",{"a":1,,"b":2}]', {"a": 1, "b": 2}),
        ('[2,"1","X",{"a":"[,"}]\x00', {"a": "[,"}),
        ('\ufeff[2,"1","X",{"a":"x,]"}]', {"a": "x,]"}),
        ('[2,"1","X",{"a":NaN,"b":-Infinity}]', {"a": None, "b": None}),
        ('[2,"1","X",{"a":007,"b":+5,"c":5.}]', {"a": 7, "b": 5, "c": 5}),
        ('[2,"1","X",{"a":1}] garbage', {"a": 1}),
        ('[2,"1","X",{"a":"two\nlines"}]', {"a": "two lines"}),
    ],
)
def test_f1_broken_json_says_what_it_meant(text: str, meant: object):
    message = frames.read(text.encode())
    assert isinstance(message, Call)
    assert message.repaired
    assert payload_of(text) == meant


def test_f2_a_missing_value_is_null():
    assert payload_of('[2,"1","StopTransaction",{"transactionId":,"meterStop":5}]') == {
        "transactionId": None,
        "meterStop": 5,
    }


def test_f3_an_answer_that_lacks_only_its_brackets_is_read():
    message = frames.read(b'[3,"7",{"configurationKey":[]')
    assert message == Result('"7"', b'{"configurationKey":[]}', repaired=True)


@pytest.mark.parametrize(
    "text", ['[3,"7",{"configurationKey":[{"key":"Conn', '[3,"7",{"interval":12', '[3,"7",{"a":tru']
)
def test_f3_an_answer_cut_within_a_value_names_the_call_it_fails(text: str):
    message = frames.read(text.encode())
    assert isinstance(message, Unreadable)
    assert (message.kind, message.id) == (3, '"7"')


def test_f4_nul_within_and_behind_strings_is_dropped():
    assert payload_of(b'[2,"1","Authorize",{"idTag":"AB\x00CD"}]\x00\x00') == {"idTag": "ABCD"}


def test_f5_a_stray_backslash_is_one():
    assert payload_of(r'[2,"1","Authorize",{"idTag":"AB\CD"}]') == {"idTag": r"AB\CD"}
    assert payload_of(r'[2,"1","Authorize",{"idTag":"AB\ud800CD"}]') == {"idTag": "AB\ufffdCD"}


@pytest.mark.parametrize("nothing", [b"", b"  ", b"\r\n", b"\x00"])
def test_f6_an_empty_frame_is_nothing(nothing: bytes):
    assert frames.read(nothing) == Unreadable(0, None, "empty")


def test_f7_a_call_that_cannot_be_read_names_its_id():
    message = frames.read(b'[2,"abc","Authorize",{"idTag":"x]')
    assert message == Unreadable(2, '"abc"', "not JSON")
    assert frames.read(b"hello") == Unreadable(0, None, "not JSON")


@pytest.mark.parametrize("text", ['[2,"1","Heartbeat",null]', '[2,"1","Heartbeat"]'])
def test_f8_no_payload_is_an_empty_one(text: str):
    assert payload_of(text) == {}


@pytest.mark.parametrize("message_id", ["17", '"17"', '""', "null", '"%s"' % ("x" * 200), r'"a\"b"', "17.5"])
def test_f9_the_id_is_kept_in_its_own_type(message_id: str):
    message = frames.read(f'[2,{message_id},"Heartbeat",{{}}]'.encode())
    assert isinstance(message, Call)
    assert message.id == message_id
    assert frames.result(message.id, "{}") == f"[3,{message_id},{{}}]"


@pytest.mark.parametrize("message_id", ["[1]", "{}", '"%s"' % ("x" * 300)])
def test_f9_an_id_that_is_none_is_not_echoed(message_id: str):
    message = frames.read(f'[2,{message_id},"Heartbeat",{{}}]'.encode())
    assert isinstance(message, Unreadable)
    assert message.id is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('[4,"1"]', Error('"1"', "GenericError")),
        ('[4,"1","NotSupported"]', Error('"1"', "NotSupported")),
        ('[4,"1","NotSupported",null]', Error('"1"', "NotSupported")),
        ('[4,"1","Odd","why",null]', Error('"1"', "Odd", "why")),
        ('[4,"1","InternalError","why",{}]', Error('"1"', "InternalError", "why")),
        ('[4,"1","","",{}]', Error('"1"', "GenericError")),
    ],
)
def test_f13_a_callerror_may_be_short(text: str, meant: Error):
    assert frames.read(text.encode()) == meant


def test_f13_a_callresult_may_echo_the_action():
    assert frames.read(b'[3,"1","Reset",{"status":"Accepted"}]') == Result('"1"', b'{"status":"Accepted"}')


@pytest.mark.parametrize("kind", ["2", '"2"', "2.0"])
def test_the_message_type_may_be_a_text(kind: str):
    assert frames.read(f'[{kind},"1","Heartbeat",{{}}]'.encode()) == Call('"1"', "Heartbeat", b"{}")


@pytest.mark.parametrize(
    "text", ["[]", "[2]", "{}", "7", "null", '[2,"1",{"a":1},{}]', '[2,"1",7]', "[5,1,2]", '[2,"1","A",{},1,2,3,4]']
)
def test_what_is_no_message_is_unreadable(text: str):
    assert isinstance(frames.read(text.encode()), Unreadable)


def test_c34_bad_utf8_does_not_lose_the_message():
    assert frames.read(b'[2,"\xff","Heartbeat",{}]') == Call('"\ufffd"', "Heartbeat", b"{}", repaired=True)


def test_a_frame_longer_than_allowed_is_not_looked_at():
    assert frames.read(b'[2,"1","Heartbeat",{}]', max_bytes=10) == Unreadable(0, None, "longer than 10 bytes")


@pytest.mark.parametrize("depth", [40, 2_000, 300_000])
def test_nesting_hurts_nobody(depth: int):
    deep = b"[" * depth + b"]" * depth
    assert frames.read(b'[3,"1",' + deep + b"]") == Unreadable(3, '"1"', "nested deeper than 32")
    assert isinstance(frames.read(b'[2,"1","Heartbeat",' + deep + b"]"), Call | Unreadable)
    assert isinstance(frames.read(b'[2,"1","Heartbeat",' + b"[" * depth), Unreadable)


def test_brackets_in_strings_do_not_nest():
    text = '[4,"1","GenericError","%s",{}]' % ("[" * 100)
    assert frames.read(text.encode()) == Error('"1"', "GenericError", "[" * 100)


def test_a_number_of_absurd_length_is_no_message_id():
    assert isinstance(frames.read(b"[2," + b"1" * 5000 + b',"Heartbeat",{}]'), Unreadable)
    assert isinstance(frames.read(b"[" + b"2" * 5000 + b',"1","Heartbeat",{}]'), Unreadable)


def test_f25_a_callerror_is_short_and_spelled_as_in_1_6():
    text = frames.error('"1"', ErrorCode.FORMATION_VIOLATION, 'say "why"\n' + "x" * 400)
    kind, message_id, code, description, details = json.loads(text)
    assert (kind, message_id, code, details) == (4, "1", "FormationViolation", {})
    assert description.startswith('say "why"\n')
    assert len(description) < 255
    assert ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION.value == "OccurenceConstraintViolation"


def test_f27_what_is_sent_is_compact():
    assert frames.call("a1", "Reset", '{"type":"Soft"}') == '[2,"a1","Reset",{"type":"Soft"}]'
