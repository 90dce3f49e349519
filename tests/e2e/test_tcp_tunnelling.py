"""KNXnet/IP tunnelling by TCP, which knxd does not have: the bridge at this project's own tunnelling server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from knx_ocpp_bridge.knx.virtual_bus import BusTelegram, Kind, VirtualBus
from tests.kit.bridge import BridgeProcess
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.until import until

OUTLET = Outlet(1)
HOUSE = House((charger("TCP", connector(OUTLET, "online")),), knx={"connection": "tunneling_tcp"})


class Line:
    """The virtual bus with a memory."""

    def __init__(self, bus: VirtualBus) -> None:
        self.bus = bus
        self.heard: list[BusTelegram] = []
        self.forget: Callable[[], None] = bus.listen(self.heard.append)

    async def hears(self, ga: str, payload: bool | bytes, within_s: float = 15.0) -> None:
        """Somebody writes this value, now or since it was last asked for."""

        def place() -> int | None:
            said = [(t.destination, value_of(t)) if t.kind is Kind.WRITE else None for t in self.heard]
            wanted = (raw(ga), payload)
            return said.index(wanted) if wanted in said else None

        await until(lambda: place() is not None, within_s, f"{payload!r} on {ga}")
        del self.heard[place()]


def value_of(telegram: BusTelegram) -> bool | bytes:
    return bool(telegram.payload[0]) if telegram.small else telegram.payload


def raw(ga: str) -> int:
    main, middle, sub = map(int, ga.split("/"))
    return main << 11 | middle << 8 | sub


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with VirtualBus() as bus:
        line = Line(bus)
        yield line
        line.forget()


async def test_a_session_over_tcp_and_a_tunnel_that_breaks(line: Line, tmp_path: Path):
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
            await line.bus.group_write(raw(OUTLET.command("charging")), 0)
            assert await box.expect_call("RemoteStopTransaction") == {"transactionId": number}
            await line.hears(OUTLET.state("charging"), False)
            answer = await line.bus.group_read(raw(OUTLET.state("charging")))
            assert answer is not None
            assert value_of(answer) is False
    finally:
        print(process.new_log())
        await asyncio.to_thread(process.terminate)
