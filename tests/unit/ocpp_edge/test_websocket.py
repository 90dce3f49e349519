"""Bytes, liveness and limits of one connection (catalogue rows C22 to C28, C34)."""

import pytest
from websockets.frames import Frame, Opcode

from knx_ocpp_bridge.config.models import Ocpp
from knx_ocpp_bridge.core.events import Event, Heartbeat, LinkClosed, LinkOpened, StatusNotified
from knx_ocpp_bridge.core.step import EmptyAnswer, Payload
from tests.kit.dialler import Dialler, Office, bare_connection, deliver

STATUS = '[2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]'


def acknowledge(event: Event) -> Payload | None:
    return EmptyAnswer() if isinstance(event, StatusNotified | Heartbeat) else None


@pytest.fixture
def office() -> Office:
    return Office(answers=acknowledge)


def closed(office: Office) -> list[str]:
    return [event.reason for event in office.told() if isinstance(event, LinkClosed)]


def send_frame(charger: Dialler, opcode: Opcode, data: bytes, *, fin: bool = True) -> None:
    deliver(charger.connection, Frame(opcode, data, fin).serialize(mask=True))


def test_a_message_is_answered_by_one_write(office: Office):
    charger = Dialler(office.system)
    writes = charger.transport.writes
    charger.say(STATUS)
    assert charger.texts() == ['[3,"1",{}]']
    assert charger.transport.writes == writes + 1


@pytest.mark.parametrize("chunk", [1, 7, 100])
def test_messages_may_arrive_in_pieces(office: Office, chunk: int):
    charger = Dialler(office.system)
    charger.say(STATUS, STATUS, STATUS, chunk=chunk)
    assert charger.texts() == ['[3,"1",{}]'] * 3


def test_many_messages_may_arrive_at_once(office: Office):
    charger = Dialler(office.system)
    charger.say(*[STATUS] * 30)
    assert charger.texts() == ['[3,"1",{}]'] * 30


def test_a_large_message_in_many_reads_is_one_message(office: Office):
    charger = Dialler(office.system)
    charger.say(STATUS.replace('"status"', " " * 300_000 + '"status"'))
    assert charger.texts() == ['[3,"1",{}]']


def test_fragments_are_joined_with_a_ping_between_them(office: Office):
    charger = Dialler(office.system)
    send_frame(charger, Opcode.TEXT, STATUS[:20].encode(), fin=False)
    send_frame(charger, Opcode.PING, b"hello")
    send_frame(charger, Opcode.CONT, STATUS[20:40].encode(), fin=False)
    send_frame(charger, Opcode.CONT, STATUS[40:].encode())
    charger.say(STATUS)
    pong, *texts = charger.frames()
    assert (pong.opcode, bytes(pong.data)) == (Opcode.PONG, b"hello")
    assert [bytes(text.data) for text in texts] == [b'[3,"1",{}]'] * 2


def test_c34_binary_messages_are_read_as_text(office: Office):
    charger = Dialler(office.system)
    send_frame(charger, Opcode.BINARY, STATUS.encode())
    assert charger.texts() == ['[3,"1",{}]']


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (Frame(Opcode.TEXT, STATUS.encode()).serialize(mask=False), 1002),
        (b"\x89\xfe\x00\x7e" + b"abcd" + b"x" * 126, 1002),
        (b"\xc1\x82abcdxx", 1002),
        (b"\x81\xff" + (1 << 40).to_bytes(8, "big") + b"abcd", 1009),
        (Frame(Opcode.CONT, b"x").serialize(mask=True), 1002),
    ],
)
def test_c34_what_no_websocket_allows_closes_it(office: Office, raw: bytes, code: int):
    charger = Dialler(office.system)
    deliver(charger.connection, raw)
    close = charger.frames()[-1]
    assert close.opcode is Opcode.CLOSE
    assert int.from_bytes(bytes(close.data)[:2], "big") == code
    assert charger.transport.closed


def test_fragments_together_are_not_longer_than_a_message_may_be():
    office = Office(settings=Ocpp(max_frame=4096))
    charger = Dialler(office.system)
    send_frame(charger, Opcode.TEXT, b"x" * 4000, fin=False)
    assert not charger.transport.closed
    send_frame(charger, Opcode.CONT, b"x" * 97)
    assert charger.transport.closed


def test_a_message_longer_than_allowed_closes_the_connection():
    office = Office(settings=Ocpp(max_frame=4096), answers=acknowledge)
    charger = Dialler(office.system)
    charger.say(STATUS + " " * (4096 - len(STATUS)))
    assert charger.texts() == ['[3,"1",{}]']
    charger.say(STATUS + " " * (4097 - len(STATUS)))
    assert charger.transport.closed


def test_c26_a_ping_every_30_seconds_and_no_pong_needed(office: Office):
    charger = Dialler(office.system)
    for _ in range(40):
        office.pass_time(30)
        charger.say(STATUS)
    pings = [frame for frame in charger.frames() if frame.opcode is Opcode.PING]
    assert len(pings) == 40
    assert not charger.transport.aborted


def test_c27_nothing_heard_for_three_heartbeats_drops_the_connection():
    office = Office(settings=Ocpp(heartbeat_interval=100))
    charger = Dialler(office.system)
    office.pass_time(200)
    send_frame(charger, Opcode.PONG, b"")
    office.pass_time(299)
    assert not charger.transport.aborted
    office.pass_time(2)
    assert charger.transport.aborted
    assert closed(office) == ["nothing was heard for 300 s"]


def test_c27_the_idle_deadline_is_never_below_180_seconds():
    office = Office(settings=Ocpp(heartbeat_interval=10))
    charger = Dialler(office.system)
    office.pass_time(179)
    assert not charger.transport.aborted
    office.pass_time(2)
    assert charger.transport.aborted


def test_an_unfinished_handshake_is_dropped_after_10_seconds(office: Office):
    connection, transport = bare_connection(office.system)
    deliver(connection, b"GET /CP1 HTTP/1.1\r\nHost: a\r\n")
    office.pass_time(9)
    assert not transport.aborted
    office.pass_time(2)
    assert transport.aborted


def test_a_peer_that_reads_nothing_is_dropped(office: Office):
    charger = Dialler(office.system)
    charger.connection.pause_writing()
    assert not charger.transport.aborted, "not from inside of a write"
    office.timers.advance(0)
    assert charger.transport.aborted
    assert closed(office) == ["the charge point does not read what is sent to it"]


def test_a_charger_that_closes_gets_its_close_frame_back(office: Office):
    charger = Dialler(office.system)
    charger.client.send_close(1000, "bye")
    deliver(charger.connection, b"".join(charger.client.data_to_send()))
    assert charger.frames()[-1].opcode is Opcode.CLOSE
    assert charger.transport.closed
    charger.connection.connection_lost(None)
    assert closed(office) == ["the charge point closed the WebSocket (1000 (OK) bye)"]


def test_a_connection_that_breaks_says_how(office: Office):
    charger = Dialler(office.system)
    charger.connection.connection_lost(ConnectionResetError("reset by peer"))
    assert closed(office) == ["the connection broke: reset by peer"]
    silent = Dialler(office.system)
    silent.connection.eof_received()
    silent.connection.connection_lost(None)
    assert closed(office) == ["the charge point closed the connection without a Close frame"]


def test_c25_a_closing_handshake_that_is_not_finished_is_cut_after_3_seconds(office: Office):
    charger = Dialler(office.system)
    charger.connection.close()
    assert charger.frames()[-1].opcode is Opcode.CLOSE
    send_frame(charger, Opcode.TEXT, STATUS.encode())
    assert charger.texts() == [], "nothing is sent behind a Close frame"
    office.pass_time(2)
    assert not charger.transport.aborted
    office.pass_time(2)
    assert charger.transport.aborted


def test_tls_on_the_open_port_is_told_in_words(office: Office, caplog: pytest.LogCaptureFixture):
    connection, transport = bare_connection(office.system)
    deliver(connection, b"\x16\x03\x01\x02\x00\x01")
    assert transport.aborted
    assert "ws://" in caplog.text


def test_bytes_behind_the_handshake_are_not_lost(office: Office):
    connection, transport = bare_connection(office.system)
    request = (
        b"GET /CP1 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    deliver(connection, request + Frame(Opcode.TEXT, STATUS.encode()).serialize(mask=True))
    assert bytes(transport.written).endswith(b'[3,"1",{}]')


def test_c23_the_end_of_an_old_connection_never_touches_the_new(office: Office):
    old = Dialler(office.system)
    new = Dialler(office.system)
    old.connection.connection_lost(None)
    old.connection.connection_lost(None)
    new.say(STATUS)
    assert new.texts() == ['[3,"1",{}]']
    links = [event for event in office.told() if isinstance(event, LinkOpened | LinkClosed)]
    assert [type(event).__name__ for event in links] == ["LinkOpened", "LinkOpened", "LinkClosed"]
    assert links[2].link == links[0].link
