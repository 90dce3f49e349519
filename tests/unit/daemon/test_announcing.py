"""The local network is told where the pages are, and whatever goes wrong with it harms nothing."""

import asyncio
import contextlib

import pytest

from knx_ocpp_bridge.daemon.announcing import Announcer, announced
from knx_ocpp_bridge.pki.names import Names

HOUSE = Names(("192.168.1.30", "10.8.0.2", "fd00::5", "127.0.0.1"), ("pi", "pi.local"))


class Network:
    """What was told, and whether it takes anything."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.open = 0
        self.trouble: Exception | None = None
        self.names = HOUSE
        self.looks = asyncio.Semaphore(0)
        self.next = asyncio.Semaphore(0)

    def opened(self) -> "Network":
        if self.trouble is not None:
            raise self.trouble
        self.open += 1
        return self

    async def async_register_service(self, info, *, allow_name_change):
        self.told.append(f"{info.server} {','.join(info.parsed_addresses())} {info.port}")
        return asyncio.sleep(0)

    async def async_unregister_all_services(self) -> None:
        self.told.append("goodbye")

    async def async_close(self) -> None:
        self.open -= 1

    async def pause(self, _seconds: float) -> None:
        self.looks.release()
        await self.next.acquire()


@pytest.fixture
def network() -> Network:
    return Network()


@contextlib.asynccontextmanager
async def announcing(network: Network):
    announcer = Announcer(lambda: network.names, lambda: 8018, {"version": "1"}, network.opened, network.pause)
    task = asyncio.create_task(announcer.run())
    await network.looks.acquire()
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def again(network: Network) -> None:
    network.next.release()
    await network.looks.acquire()


def test_the_addresses_that_others_can_reach_are_told():
    info = announced(HOUSE, 8018, {"version": "1.2.3", "ocpp": "8016"})
    assert info is not None
    assert (info.type, info.server, info.port) == ("_http._tcp.local.", "knx-ocpp.local.", 8018)
    assert info.parsed_addresses() == ["192.168.1.30", "10.8.0.2"]
    assert info.properties == {b"path": b"/", b"version": b"1.2.3", b"ocpp": b"8016"}
    assert announced(Names(("127.0.0.1",), ()), 8018, {}) is None


async def test_it_is_told_once_and_goodbye_is_said(network):
    async with announcing(network):
        await again(network)
    assert network.told == ["knx-ocpp.local. 192.168.1.30,10.8.0.2 8018", "goodbye"]
    assert network.open == 0


async def test_new_addresses_are_told(network):
    async with announcing(network):
        network.names = Names(("192.168.7.7",), ())
        await again(network)
    assert network.told[1:3] == ["goodbye", "knx-ocpp.local. 192.168.7.7 8018"]


async def test_a_network_that_refuses_is_said_once_and_tried_again(network, caplog):
    network.trouble = OSError("no such device")
    async with announcing(network):
        await again(network)
        network.trouble = None
        await again(network)
        assert network.told == ["knx-ocpp.local. 192.168.1.30,10.8.0.2 8018"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
