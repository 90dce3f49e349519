"""Who has a place at the pages' port, whose request is worked on, and who is dropped: without a socket."""

import asyncio
import errno
import functools

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from knx_ocpp_bridge.config.models import HostPort
from knx_ocpp_bridge.web.connection import BODY_GRACE_S, HEAD_S, REFUSED_S, Connection
from knx_ocpp_bridge.web.server import (
    MOST_CONNECTIONS,
    MOST_PER_ADDRESS,
    MOST_WAITING_PER_ADDRESS,
    TOLD_EVERY_S,
    WebServer,
)

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 250000\r\n\r\n"


class Line(asyncio.Transport):
    """TCP of the test: what was written, and whether it is read."""

    def __init__(self, peer: str) -> None:
        super().__init__({"peername": (peer, 5)})
        self.written = b""
        self.reads, self.aborted, self.left = True, False, 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.aborted = True

    abort = close

    def is_closing(self) -> bool:
        return self.aborted

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    def get_write_buffer_size(self) -> int:
        return self.left


class Building:
    """A server whose application answers when it is told to, after it has read the body."""

    def __init__(self) -> None:
        self.asked = 0
        self.may_answer = asyncio.Event()
        self.server = WebServer(self.app, HostPort("127.0.0.1", 0))
        self.lines: list[Line] = []
        self.connections: list[Connection] = []

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        while (await receive()).get("more_body"):
            pass
        await self.may_answer.wait()
        await PlainTextResponse("good")(scope, receive, send)

    def dial(self, peer: str = "10.0.0.2", says: bytes = b"", at_s: float | None = None) -> Line:
        line = Line(peer)
        now_s = asyncio.get_running_loop().time() if at_s is None else at_s
        connection = Connection(self.server, now_s)
        connection.connection_made(line)
        if says and not line.aborted:
            connection.data_received(says)
        self.lines.append(line)
        self.connections.append(connection)
        return line

    def sweep(self, now_s: float) -> None:
        for each in self.connections:
            each.sweep(now_s)

    @property
    def served(self) -> int:
        return sum(not each.aborted for each in self.lines)


async def turns(count: int = 12) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_requests_one_after_another_are_answered_one_at_a_time():
    building = Building()
    line = building.dial(says=GET * 50)
    await turns()
    assert building.asked == 1
    assert not line.reads
    building.may_answer.set()
    await turns(1000)
    assert (building.asked, line.written.count(b"good")) == (50, 50)
    assert line.reads


async def test_others_have_their_turn_between_the_portions_of_a_body():
    building = Building()
    building.may_answer.set()
    line = building.dial(says=POST + b"a" * 250_000)
    assert b"good" not in line.written
    assert not line.reads
    await turns(40)
    assert b"good" in line.written
    assert line.reads


async def test_no_more_is_read_of_a_body_than_is_asked_for():
    building = Building()
    building.server = WebServer(_reads_nothing, HostPort("127.0.0.1", 0))
    line = building.dial(says=POST + b"a" * 200_000)
    await turns()
    assert not line.reads


async def _reads_nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    await asyncio.Event().wait()


async def test_whoever_sends_chunks_is_told_why_and_dropped():
    building = Building()
    line = building.dial(
        says=b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 9000
    )
    assert line.written.startswith(b"HTTP/1.1 411 Length Required\r\n")
    assert line.written.endswith(b"\r\n\r\na body is sent with its Content-Length, not in chunks\n")
    building.connections[0].data_received(b"1\r\na\r\n" * 9000)
    assert building.asked == 0
    building.sweep(5.0)
    assert not line.aborted
    building.sweep(5.0 + REFUSED_S)
    assert line.aborted


async def test_one_connection_makes_room_for_one():
    """All of them come in one turn of the loop, before anybody is told that a connection has ended."""
    building = Building()
    for number in range(MOST_CONNECTIONS + 100):
        building.dial(f"10.0.1.{number % 25}")
    assert building.served == MOST_CONNECTIONS
    assert not building.lines[-1].aborted


async def test_whoever_waits_longest_makes_room():
    building = Building()
    now_s = asyncio.get_running_loop().time()
    for number in range(MOST_CONNECTIONS):
        building.dial(f"10.0.1.{number % 25}", at_s=now_s - (15.0 if number == 77 else 1.0))
    building.dial("10.0.2.1")
    assert [index for index, line in enumerate(building.lines) if line.aborted] == [77]


async def test_a_request_that_is_being_answered_makes_no_room():
    building = Building()
    for number in range(MOST_CONNECTIONS):
        building.dial(f"10.0.1.{number % 25}", GET)
    await turns()
    assert building.dial("10.0.2.1").aborted
    assert building.served == MOST_CONNECTIONS


async def test_slow_bodies_shut_nobody_out():
    building = Building()
    for number in range(MOST_CONNECTIONS):
        building.dial(f"10.0.1.{number % 25}", POST + b"name=")
    await turns()
    now_s = asyncio.get_running_loop().time()
    building.sweep(now_s - BODY_GRACE_S)
    building.connections[5].data_received(b"a" * 200_000)
    for _ in range(MOST_CONNECTIONS - 1):
        assert not building.dial("127.0.0.1" if building.served % 2 else "10.0.2.1").aborted
    assert not building.lines[5].aborted


@pytest.mark.parametrize(
    ("peer", "says", "most"),
    [
        ("10.0.0.2", b"", MOST_WAITING_PER_ADDRESS), ("10.0.0.2", POST, MOST_WAITING_PER_ADDRESS),
        ("10.0.0.2", GET, MOST_PER_ADDRESS), ("127.0.0.1", b"", MOST_PER_ADDRESS),
    ],
    ids=["silent", "without its body", "being answered", "a proxy"],
)  # fmt: skip
async def test_one_address_has_few_places_to_wait_in(peer: str, says: bytes, most: int):
    building = Building()
    for _ in range(MOST_PER_ADDRESS + 10):
        building.dial(peer, says)
        await turns(2)
    assert building.served == most


@pytest.mark.parametrize(
    ("says", "dropped_s"),
    [(b"", HEAD_S), (b"GET / HTTP/1.1\r\nX: ", HEAD_S), (POST, BODY_GRACE_S)],
    ids=["silent", "in its head", "in its body"],
)
async def test_whoever_is_slow_is_dropped(says: bytes, dropped_s: float):
    building = Building()
    line = building.dial(says=says, at_s=0.0)
    await turns()
    building.sweep(0.0)
    building.sweep(dropped_s - 1)
    assert not line.aborted
    building.sweep(dropped_s + 1)
    assert line.aborted


async def test_a_lack_of_descriptors_is_told_once_a_minute(caplog: pytest.LogCaptureFixture):
    server = WebServer(_reads_nothing, HostPort("127.0.0.1", 0))
    for now_s in (0.0, 1.0, TOLD_EVERY_S - 1, TOLD_EVERY_S):
        server._cannot_accept(OSError(errno.EMFILE, "Too many open files"), now_s)
    assert [record.getMessage() for record in caplog.records] == [
        "the pages take no connection for now: Too many open files; it is tried again every second"
    ] * 2


async def test_whoever_waits_when_the_pages_end_leaves_no_error_in_the_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    building = Building()
    line = building.dial(says=b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n", at_s=0.0)
    (connection,) = building.connections
    lost = functools.partial(asyncio.get_running_loop().call_soon, connection.connection_lost, None)
    monkeypatch.setattr(line, "abort", lost)  # as asyncio tells it
    await turns()
    assert building.asked == 1
    await building.server._leave()
    assert not building.server._state.tasks
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
