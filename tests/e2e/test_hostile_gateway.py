"""Whoever is on the network, and the gateway itself, say what they like: the chargers notice nothing of it."""

import asyncio
import contextlib
import os
import socket
import time
from pathlib import Path

import pytest

from knx_ocpp_bridge.knx.link import scan as search
from knx_ocpp_bridge.knx.virtual.virtual_frames import Service, frame
from tests.kit.bridge import BridgeProcess
from tests.kit.discovery import GROUP, Discovery, Gateway
from tests.kit.fake_charger import FakeCharger
from tests.kit.hostile_gateway import HostileGateway
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.knxip_frames import ENDLESS, SOUND, at_most
from tests.kit.looking import rows
from tests.kit.until import until
from tests.kit.virtual_line import raw

OUTLET = Outlet(1)
STRANGER = "127.0.0.2"


def house(connection):
    return House((charger("BOX", connector(OUTLET, "online")),), knx={"connection": connection})


def switched(on=1):
    """L_Data.ind of 1.1.5 on the command of the charge."""
    address = raw(OUTLET.command("charging")).to_bytes(2, "big")
    return bytes.fromhex("2900bce01105") + address + bytes([1, 0, 0x80 | on])


class Site:
    def __init__(self, bridge, box, gateway):
        self.bridge, self.box, self.gateway = bridge, box, gateway
        self.beats = []

    async def bus(self):
        (row,) = await rows(self.bridge.socket, "bus")
        return row

    async def beat(self):
        while True:
            began = time.monotonic()
            await self.box.send("Heartbeat", {}, 2.0)
            self.beats.append(time.monotonic() - began)
            await asyncio.sleep(0.05)

    def memory_mib(self):
        pages = int(Path(f"/proc/{self.bridge.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextlib.asynccontextmanager
async def site(directory, connection, *, full=False, description=b""):
    async with HostileGateway() as gateway:
        gateway.full, gateway.description = full, description
        bridge = BridgeProcess(directory, house(connection), gateway.port)
        await asyncio.to_thread(bridge.start)
        try:
            async with FakeCharger(bridge.url, "BOX") as box:
                here = Site(bridge, box, gateway)
                if not full:
                    await until(lambda: gateway.connections, 10, "the tunnel")
                beating = asyncio.create_task(here.beat())
                await asyncio.sleep(0.3)
                try:
                    yield here
                except BaseException:
                    beating.cancel()
                    raise
                here.beats.clear()
                await until(lambda: len(here.beats) >= 5 or beating.done(), 5, "heartbeats afterwards")
                beating.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await beating
        finally:
            log = bridge.new_log()
            print(log[-4000:])
            await asyncio.to_thread(bridge.terminate)
        assert "Traceback" not in log
        assert len(log.splitlines()) < 60


@contextlib.contextmanager
def stranger():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
        mouth.bind((STRANGER, 0))
        yield mouth


async def test_eight_octets_of_a_stranger_do_not_stop_the_bridge(tmp_path):
    async with site(tmp_path, "tunneling") as here:
        with stranger() as mouth:
            mouth.sendto(ENDLESS, here.gateway.client)
        here.gateway.say(ENDLESS)
        await asyncio.sleep(1)
        state = await here.bus()
        assert (state["connected"], state["reconnections"]) == (True, 0)
        assert state["refused"] == {"stranger": 1, "unreadable": 1}


@pytest.mark.parametrize("connection", ["tunneling", "tunneling_tcp"])
async def test_a_gateway_that_describes_itself_without_end_does_not_stop_the_bridge(tmp_path, connection):
    async with site(tmp_path, connection, full=True, description=ENDLESS) as here:
        began = time.monotonic()
        while "all tunnels of" not in (state := await here.bus())["trouble"]:
            assert time.monotonic() - began < 10, "it is not told why"
            await asyncio.sleep(0.05)
        assert state["refused"]["unreadable"] >= 1


async def test_a_stranger_neither_switches_nor_ends_the_tunnel(tmp_path):
    async with site(tmp_path, "tunneling") as here:
        await here.box.plug()
        goodbye = frame(Service.DISCONNECT_REQUEST, bytes([7, 0, 8, 1, 127, 0, 0, 2, 1, 1]))
        with stranger() as mouth:
            for ahead in range(8):  # whichever number is the next
                mouth.sendto(here.gateway.request(switched(), ahead=ahead), here.gateway.client)
            mouth.sendto(goodbye, here.gateway.client)
        await asyncio.sleep(1)
        state = await here.bus()
        assert (state["connected"], state["reconnections"], state["received"]) == (True, 0, 0)
        assert state["refused"] == {"stranger": 9}
        assert "RemoteStartTransaction" not in here.box.fresh_calls()
        here.gateway.say(here.gateway.request(switched()))
        await here.box.expect_call("RemoteStartTransaction")  # of the gateway it is obeyed


async def test_nonsense_in_every_service_leaves_a_line_or_two_in_the_log(tmp_path):
    async with site(tmp_path, "tunneling") as here:
        cut = [each[:4] + bytes([0, size]) + each[6:size] for each in SOUND for size in range(6, min(len(each), 60))]
        with stranger() as mouth:
            for octets in cut:
                mouth.sendto(octets, here.gateway.client)
                if octets[2:4] != Service.DISCONNECT_REQUEST.to_bytes(2, "big"):
                    here.gateway.say(octets)
                await asyncio.sleep(0.002)
        await asyncio.sleep(1)
        state = await here.bus()
        assert state["connected"]
        assert state["refused"]["stranger"] > 0.5 * len(cut)  # the kernel may drop some
        assert state["refused"]["unreadable"] > 0


async def test_a_flood_by_tcp_takes_neither_the_time_nor_the_memory_of_the_chargers(tmp_path):
    async with site(tmp_path, "tunneling_tcp") as here:
        before = here.memory_mib()
        here.beats.clear()
        flood = here.gateway.request(bytes.fromhex("2900bce011050901010081")) * 20_000
        for _ in range(10):
            here.gateway.say(flood)
        await asyncio.sleep(4)
        assert here.memory_mib() - before < 20
        assert len(here.beats) > 20
        assert max(here.beats) < 1


@pytest.mark.parametrize(
    "octets",
    [bytes([6, 0x10, 4, 0x20, 0, 0]) * 200, bytes([6, 0x10, 4, 0x20, 0xFF, 0xFF]) + bytes(100_000), b"SSH-2.0-x\r\n"],
    ids=["length 0", "without end", "another protocol"],
)
async def test_a_stream_that_is_no_knxnet_ip_is_closed_and_dialled_again(tmp_path, octets):
    async with site(tmp_path, "tunneling_tcp") as here:
        here.gateway.say(octets)
        await until(lambda: here.gateway.connections == 2, 5, "the next attempt")
        assert "sends what is no KNXnet/IP" in here.bridge.log.read_text()


async def test_a_search_that_is_answered_without_end_ends(monkeypatch):
    class Liar:
        core = 2

        def answer(self, *, extended):
            service = Service.SEARCH_RESPONSE_EXTENDED if extended else Service.SEARCH_RESPONSE
            return frame(service, bytes([8, 1, 127, 0, 0, 1, 14, 87, 0, 0xFE]))

    async with Discovery(Liar(), Gateway("Honest")) as discovery:
        monkeypatch.setattr(search, "DISCOVERY", (GROUP, discovery.port))
        with at_most(5):
            found = await search.scan("127.0.0.1", 0.5)
    assert [each.name for each in found] == ["Honest"]
