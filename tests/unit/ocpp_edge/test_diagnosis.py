"""Requests that are none, connections that end early: in words, and in the book (rows C6, C7, C10, C26, C30)."""

import pytest
from websockets.frames import Frame, Opcode

from knx_ocpp_bridge.config.models import Ocpp
from knx_ocpp_bridge.core.events import LinkClosed, LinkOpened
from knx_ocpp_bridge.ocpp.server import MAX_PER_ADDRESS
from tests.kit.dialler import Dialler, Office, bare_connection, deliver

UPGRADE = (
    b"Host: pi:8016\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nUser-Agent: acme/1.0\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
GOOD = b"GET /CP1 HTTP/1.1\r\n" + UPGRADE + b"\r\n"


@pytest.fixture
def office() -> Office:
    return Office()


def answer(office: Office, request: bytes) -> bytes:
    connection, transport = bare_connection(office.system)
    deliver(connection, request)
    return bytes(transport.written)


@pytest.mark.parametrize(
    ("request_", "status", "words"),
    [
        (GOOD.replace(b"HTTP/1.1", b"HTTP/1.0"), 505, "its request is HTTP/1.0"),
        (GOOD.replace(b"/CP1", b"/CP 1"), 400, "a blank in the path of its URL"),
        (GOOD.replace(b"/CP1", "/Köln".encode()), 400, "should be percent-encoded"),
        (GOOD.replace(b"\r\n", b"\n"), 400, "do not end with CR and LF"),
        (GOOD.replace(b"Host: pi", b"Host : pi"), 400, "line 2 of its request is no header"),
        (GOOD.replace(b"Host: pi", b"Authorization hunter2"), 400, "line 2 of its request is no header"),
        (GOOD.replace(b"User-Agent: ", b"User-Agent: a\r\n "), 400, "continues the line before it"),
        (GOOD.replace(b"acme/1.0", b"acme\x01"), 400, "holds a control character"),
        (GOOD.replace(b"acme/1.0", b"acme/1.0\r\nContent-Length: 5"), 400, "has a body"),
        (GOOD.replace(b"acme/1.0", b"acme/1.0\r\nTransfer-Encoding: chunked"), 400, "has a body"),
        (GOOD.replace(b"/CP1", b"/" + b"x" * 9000), 400, "longer than 8192 bytes"),
        (GOOD.replace(b"acme", b"x" * 9000), 400, "longer than 8192 bytes"),
        (GOOD.replace(b"acme/1.0", b"a\r\n" + b"X: y\r\n" * 200), 400, "no HTTP request for a WebSocket"),
        (GOOD.replace(b"Host", b"X: " + b"y" * 20_000), 400, "longer than 8192 bytes"),
        (GOOD.replace(b"GET", b"POST"), 405, "its request is a POST"),
        (GOOD.replace(b"Version: 13", b"Version: 8"), 400, "Sec-WebSocket-Version is not 13 (8)"),
        (GOOD.replace(b"AAAA==", b""), 400, "Sec-WebSocket-Key is not 16 bytes"),
        (GOOD.replace(b"Upgrade: websocket\r\n", b""), 400, "lacks the header Upgrade"),
        (b"\x00\x01\x02\r\n\r\n", 400, "what it sends is no HTTP"),
        (b"HELO\r\n\r\n", 400, "not a path and HTTP/1.1"),
        (b'[2,"1","BootNotification",{}]\r\n\r\n', 400, "what it sends is no HTTP"),
    ],
)
def test_c7_a_broken_request_is_answered_in_words_and_entered(office: Office, request_: bytes, status: int, words: str):
    text = answer(office, request_)
    assert text.startswith(b"HTTP/1.1 %d " % status)
    assert words.encode() in text.partition(b"\r\n\r\n")[2]
    (row,) = office.system.failures.rows()
    assert row["kind"] == "malformed"
    assert words in str(row["reason"])
    assert row["remedy"]
    assert "hunter2" not in str(row)
    assert office.admitted == []


@pytest.mark.parametrize("body", [b"", b"Content-Length: 300\r\n"])
def test_a_charger_that_is_set_to_soap_is_told_to_choose_json(office: Office, body: bytes):
    answer(office, b"POST /CP1 HTTP/1.1\r\nHost: pi:8016\r\nSOAPAction: x\r\n" + body + b"\r\n")
    (row,) = office.system.failures.rows()
    assert "OCPP 1.6 JSON" in str(row["remedy"])


def test_c7_what_can_be_read_of_a_broken_request_is_entered(office: Office):
    answer(office, GOOD.replace(b"/CP1", b"/ocpp/CP 1?key=hunter2"))
    (row,) = office.system.failures.rows()
    assert (row["path"], row["user_agent"]) == ("/ocpp/CP 1", "acme/1.0")


def test_c6_a_spoiled_connection_header_is_let_in_and_told_once(office: Office, caplog: pytest.LogCaptureFixture):
    for _ in range(3):
        text = answer(office, GOOD.replace(b"Connection: Upgrade", b"Connection: keep-alive"))
        assert text.startswith(b"HTTP/1.1 101")
    assert answer(office, GOOD.replace(b"Connection: Upgrade\r\n", b"")).startswith(b"HTTP/1.1 101")
    assert caplog.text.count("CP1: its handshake is spoiled (Connection: keep-alive)") == 1
    assert caplog.text.count("CP1: its handshake is spoiled (Connection: (none))") == 1
    spoiled = [kind for kind, reason in office.failures() if "spoiled" in reason]
    assert spoiled == ["odd", "odd"], "each stands in the book once, with its number"


def test_x1_whoever_names_no_subprotocol_is_let_in_and_stands_in_the_book(office: Office):
    assert Dialler(office.system, offered=None).status == 101
    ((kind, reason),) = office.failures()
    assert kind == "odd"
    assert "taken for OCPP 1.6" in reason


def test_nothing_odd_is_said_of_a_charger_that_does_as_the_standard_says(office: Office):
    assert Dialler(office.system).status == 101
    assert office.failures() == []


def test_c10_whether_a_charger_without_an_id_is_let_in_is_not_decided_here(office: Office):
    assert Dialler(office.system, "/").status == 101
    assert office.admitted == [""]


def test_c30_compressed_frames_are_told_with_the_remedy(office: Office):
    charger = Dialler(office.system)
    deliver(charger.connection, b"\xc1\x82abcdxx")
    (row,) = office.system.failures.rows()
    assert (row["kind"], row["path"]) == ("websocket", "CP1")
    assert "compressed frames" in str(row["reason"])
    assert "permessage-deflate" in str(row["remedy"])


def test_a_connected_charger_that_breaks_the_rules_is_entered_under_its_id():
    office = Office(settings=Ocpp(max_frame=4096))
    charger = Dialler(office.system)
    charger.say("x" * 5000)
    assert charger.transport.closed
    charger.connection.connection_lost(None)
    unmasked = Dialler(office.system)
    deliver(unmasked.connection, Frame(Opcode.TEXT, b"x").serialize(mask=False))
    assert office.failures() == [
        ("frame_too_large", "it sends a message longer than 4096 bytes"),
        ("websocket", "it sends what no WebSocket allows: incorrect masking"),
    ]
    reasons = [event.reason for event in office.told() if isinstance(event, LinkClosed)]
    assert reasons == ["it sends a message longer than 4096 bytes"]


def test_a_connected_charger_that_leaves_is_no_failure(office: Office):
    for farewell in ("eof", "close", "lost"):
        charger = Dialler(office.system)
        if farewell == "eof":
            charger.connection.eof_received()
        elif farewell == "close":
            charger.client.send_close(1000)
            deliver(charger.connection, b"".join(charger.client.data_to_send()))
        charger.connection.connection_lost(None)
    assert office.failures() == []


def test_a_connection_that_ends_before_its_request_is_entered(office: Office):
    connection, _ = bare_connection(office.system)
    connection.eof_received()
    connection.connection_lost(None)
    connection, _ = bare_connection(office.system)
    deliver(connection, GOOD[:40])
    connection.connection_lost(ConnectionResetError("reset"))
    assert office.failures() == [
        ("closed", "it connected and said nothing"),
        ("closed", "it closed the connection before its request was complete"),
    ]


def test_a_request_that_never_ends_is_dropped_in_time_and_entered(office: Office):
    connection, transport = bare_connection(office.system)
    for position in range(12):
        if not transport.aborted:
            deliver(connection, GOOD[position : position + 1])
        office.pass_time(1)
    assert transport.aborted
    assert office.failures() == [("timeout", "no complete handshake within 10 s")]


def test_five_hundred_connections_from_one_address_are_one_line(office: Office):
    for _ in range(500):
        bare_connection(office.system)
    (row,) = office.system.failures.rows()
    assert (row["kind"], row["times"]) == ("too_many", 500 - MAX_PER_ADDRESS)
    assert Dialler(office.system, address="10.0.0.77").status == 101


def test_a_stop_of_the_bridge_is_nobodys_failure(office: Office):
    connection, _ = bare_connection(office.system)
    connection.drop("the bridge is being stopped")
    connection.connection_lost(None)
    assert office.failures() == []


@pytest.mark.parametrize(("pings", "expected"), [(30.0, 10), (60.0, 5), (0.0, 0)])
def test_c26_pings_are_sent_as_often_as_configured_or_not_at_all(pings: float, expected: int):
    office = Office(settings=Ocpp(pings=pings, heartbeat_interval=3600))
    charger = Dialler(office.system)
    office.pass_time(301)
    assert len([frame for frame in charger.frames() if frame.opcode is Opcode.PING]) == expected
    assert not charger.transport.aborted
    assert [type(event) for event in office.told()] == [LinkOpened]
