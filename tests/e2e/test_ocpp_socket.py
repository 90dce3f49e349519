"""The Central System on a real socket, dialled by the library's own client."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from knx_ocpp_bridge.config.models import HostPort, Ocpp
from knx_ocpp_bridge.core.commands import ClearCache
from knx_ocpp_bridge.core.events import Event, Heartbeat, LinkClosed, LinkOpened, Outcome, Replied
from knx_ocpp_bridge.core.step import Answer, HeartbeatAnswer
from knx_ocpp_bridge.core.values import ChargerId, TransactionId
from knx_ocpp_bridge.ocpp.server import CentralSystem

pytestmark = pytest.mark.e2e
CP1 = ChargerId("CP1")
LOOPBACK = "127.0.0.1"


class Building:
    """A Central System that answers heartbeats and keeps all else."""

    def __init__(self, *, graceful_close: bool = False) -> None:
        settings = Ocpp(listen=HostPort(LOOPBACK, 0), graceful_close=graceful_close)
        self.system = CentralSystem(
            settings, lambda attempt: ChargerId(attempt.identity), self.post, lambda: TransactionId(1)
        )
        self.events: asyncio.Queue[Event] = asyncio.Queue()

    def post(self, charger: ChargerId, event: Event) -> None:
        self.events.put_nowait(event)
        if isinstance(event, Heartbeat):
            self.system.answer(charger, Answer(event.link, event.request, HeartbeatAnswer(datetime.now(UTC))))

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        running = asyncio.create_task(self.system.run())
        await asyncio.wait_for(self.system.listening.wait(), 5)
        try:
            yield
        finally:
            running.cancel()
            await asyncio.wait([running])

    def dial(self, path: str = "/ocpp/CP1", offered: str = "ocpp1.6") -> connect:
        return connect(f"ws://{LOOPBACK}:{self.system.port}{path}", subprotocols=[Subprotocol(offered)])

    async def told(self, kind: type) -> Event:
        while True:
            event = await asyncio.wait_for(self.events.get(), 5)
            if isinstance(event, kind):
                return event


async def heartbeat(charger: ClientConnection) -> None:
    await charger.send('[2,"1","Heartbeat",{}]')
    assert json.loads(await asyncio.wait_for(charger.recv(), 5))[:2] == [3, "1"]


async def test_a_charger_connects_talks_and_is_called():
    building = Building()
    async with building.open(), building.dial() as charger:
        assert charger.subprotocol == "ocpp1.6"
        await heartbeat(charger)
        building.system.call(CP1, ClearCache())
        call = json.loads(await asyncio.wait_for(charger.recv(), 5))
        assert call[2:] == ["ClearCache", {}]
        await charger.send(json.dumps([3, call[1], {"status": "Accepted"}]))
        replied = await building.told(Replied)
        assert isinstance(replied, Replied)
        assert (replied.outcome, replied.status) == (Outcome.ANSWERED, "Accepted")


async def test_messages_of_every_size_come_through():
    building = Building()
    async with building.open(), building.dial() as charger:
        for size in (0, 60, 90, 200, 70_000, 900_000):
            await charger.send('[2,"1","Heartbeat",{"x":"%s"}]' % ("y" * size))
            assert json.loads(await asyncio.wait_for(charger.recv(), 5))[:2] == [3, "1"]
        await charger.send(['[2,"1",', '"Heart', 'beat",{}]'])
        assert json.loads(await asyncio.wait_for(charger.recv(), 5))[:2] == [3, "1"]
        await asyncio.wait_for(await charger.ping(), 5)


async def test_c22_the_newer_connection_takes_over():
    building = Building()
    async with building.open(), building.dial() as old, building.dial() as new:
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(old.recv(), 5)
        await heartbeat(new)
        closed = await building.told(LinkClosed)
        assert isinstance(closed, LinkClosed)
        assert closed.link == 1


@pytest.mark.parametrize(("graceful", "code"), [(False, None), (True, 1001)])
async def test_c24_a_stop_sends_no_close_frame_unless_it_is_wanted(graceful: bool, code: int | None):
    building = Building(graceful_close=graceful)
    async with contextlib.AsyncExitStack() as stack:
        async with building.open():
            charger = await stack.enter_async_context(building.dial())
            await building.told(LinkOpened)
            waiting = asyncio.create_task(charger.recv())
        with pytest.raises(ConnectionClosed) as ended:
            await asyncio.wait_for(waiting, 5)
    assert (ended.value.rcvd.code if ended.value.rcvd else None) == code


async def test_a_refused_charger_reads_why():
    building = Building()
    async with building.open():
        with pytest.raises(InvalidStatus) as refused:
            await building.dial(offered="ocpp2.0.1").__aenter__()
    assert refused.value.response.status_code == 400
    assert b"OCPP 1.6" in refused.value.response.body


async def test_a_browser_is_answered_in_words():
    building = Building()
    async with building.open():
        reader, writer = await asyncio.open_connection(LOOPBACK, building.system.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: pi:8016\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"ws://pi:8016/" in answer


async def test_a_port_that_is_taken_is_told_with_the_remedy():
    building = Building()
    async with building.open():
        settings = Ocpp(listen=HostPort(LOOPBACK, building.system.port))
        second = CentralSystem(
            settings, lambda attempt: ChargerId(attempt.identity), building.post, lambda: TransactionId(1)
        )
        with pytest.raises(OSError, match=r"cannot listen for chargers on 127\.0\.0\.1:\d+.*ocpp\.listen"):
            await second.run()


async def test_everywhere_by_ipv6_includes_the_chargers_that_know_ipv4_alone():
    system = CentralSystem(
        Ocpp(listen=HostPort("::", 0)),
        lambda attempt: ChargerId(attempt.identity),
        lambda *_: None,
        lambda: TransactionId(1),
    )
    running = asyncio.create_task(system.run())
    try:
        await asyncio.wait_for(system.listening.wait(), 5)
        for host in ("127.0.0.1", "[::1]"):
            async with connect(
                f"ws://{host}:{system.port}/CP1", subprotocols=[Subprotocol("ocpp1.6")], proxy=None
            ) as it:
                assert it.subprotocol == "ocpp1.6"
    finally:
        running.cancel()
        await asyncio.wait([running])
