"""KNXnet/IP tunnelling by TCP, which knxd does not have: the bridge at this project's own tunnelling server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from knx_ocpp_bridge.knx.virtual.virtual_bus import VirtualBus
from tests.kit.bridge import BridgeProcess
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.virtual_line import VirtualLine, raw, value_of

OUTLET = Outlet(1)
HOUSE = House((charger("TCP", connector(OUTLET, "online")),), knx={"connection": "tunneling_tcp"})


@pytest.fixture
async def line() -> AsyncIterator[VirtualLine]:
    async with VirtualBus() as bus:
        line = VirtualLine(bus)
        yield line
        line.forget()


async def test_a_session_over_tcp_and_a_tunnel_that_breaks(line: VirtualLine, tmp_path: Path):
    process = BridgeProcess(tmp_path, HOUSE, line.bus.port)
    await asyncio.to_thread(process.start)
    try:
        async with FakeCharger(process.url, "TCP") as box:
            await line.hears(OUTLET.state("status"), b"\x00")
            await box.plug()
            await line.bus.group_write(raw(OUTLET.command("charging")), 1)
            number = await box.charges()
            await line.hears(OUTLET.state("charging"), True)
            await line.hears(OUTLET.state("status"), b"\x02")
            line.bus.drop_all()
            await box.says(1, "SuspendedEV")
            await line.hears(OUTLET.state("status"), b"\x03")
            line.heard.clear()  # before the charge it was False as well
            await line.bus.group_write(raw(OUTLET.command("charging")), 0)
            assert await box.expect_call("RemoteStopTransaction") == {"transactionId": number}
            await line.hears(OUTLET.state("charging"), False)
            answer = await line.bus.group_read(raw(OUTLET.state("charging")))
            assert answer is not None
            assert value_of(answer) is False
    finally:
        print(process.new_log())
        await asyncio.to_thread(process.terminate)
