"""The bus fails in every way it can, with a car charging: what is noticed when, and what the building hears afterwards.

In each of them the charge goes on, the building is told the newest, nothing old, nothing twice, and no command is
obeyed again.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from knx_ocpp_bridge.daemon.building.bus_alarm import LASTS_S
from knx_ocpp_bridge.knx.virtual.virtual_bus import VirtualBus
from tests.kit.bridge import BridgeProcess
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.knxd import Knxd
from tests.kit.looking import rows
from tests.kit.panel import Panel
from tests.kit.secured_site import OPEN as SECURE_OUTLET
from tests.kit.secured_site import secured_site
from tests.kit.until import until
from tests.kit.virtual_line import VirtualLine, raw

OUTLET = Outlet(1)
STATUS, CHARGING = OUTLET.state("status"), OUTLET.state("charging")
CHARGES, CAR_PAUSES, PAUSED = b"\x02", b"\x03", b"\x04"
WHEN_SENDING_S, WHEN_IDLE_S = 3.0, 20.0
"""A gateway that is dead or frozen has to be noticed within these."""


@dataclass
class Home:
    """A bridge with one charger, whose car charges."""

    bridge: BridgeProcess
    box: FakeCharger
    transaction: int = 0

    async def bus(self) -> Mapping[str, Any]:
        (row,) = await rows(self.bridge.socket, "bus")
        return row

    async def alarms(self) -> list[str]:
        """Kinds of those that stand."""
        return [row["kind"] for row in await rows(self.bridge.socket, "alarms", standing=True)]

    async def notices(self, within_s: float) -> float:
        """Wait until the bridge knows that its bus is away; how long that took."""
        began = time.monotonic()
        while (await self.bus())["connected"]:
            assert time.monotonic() - began < within_s, f"not noticed within {within_s} s"
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    async def is_back(self, within_s: float) -> None:
        end_s = time.monotonic() + within_s
        while not (await self.bus())["connected"]:
            assert time.monotonic() < end_s, f"not back within {within_s} s"
            await asyncio.sleep(0.05)

    async def was_never_disturbed(self) -> None:
        """The car has charged all the while: it was started once, and no command was obeyed since."""
        assert self.box.transaction() == self.transaction
        assert len(self.box.calls_of("RemoteStartTransaction")) == 1
        assert self.box.calls_of("RemoteStopTransaction") == []


@contextlib.asynccontextmanager
async def home(
    directory: Path, port: int, write: Callable[[str, bool], Awaitable[None]], **knx: object
) -> AsyncIterator[Home]:
    house = House((charger("CAR", connector(OUTLET, "online")),), knx=knx)
    process = BridgeProcess(directory, house, port)
    await asyncio.to_thread(process.start)
    try:
        async with FakeCharger(process.url, "CAR") as box:
            living = Home(process, box)
            await living.is_back(10)
            await box.plug()
            await write(OUTLET.command("charging"), True)
            living.transaction = await box.charges()
            yield living
    finally:
        print(process.new_log())
        await asyncio.to_thread(process.terminate)


@pytest.fixture
async def line() -> AsyncIterator[VirtualLine]:
    async with VirtualBus(name="First") as bus:
        yield VirtualLine(bus)


@pytest.fixture
async def second_line() -> AsyncIterator[VirtualLine]:
    async with VirtualBus(name="Second", address="1.2.0") as bus:
        yield VirtualLine(bus)


@pytest.fixture
async def tunnelled(line: VirtualLine, tmp_path: Path) -> AsyncIterator[Home]:
    """By TCP to the virtual bus."""
    async with home(tmp_path, line.bus.port, switch(line), connection="tunneling_tcp") as living:
        await line.hears(STATUS, CHARGES)
        await line.rest()
        yield living


@pytest.fixture
async def doubled(line: VirtualLine, second_line: VirtualLine, tmp_path: Path) -> AsyncIterator[Home]:
    """By TCP to the virtual bus, with a second one to fall back on."""
    second = f"127.0.0.1:{second_line.bus.port}"
    knx = {"connection": "tunneling_tcp", "second_gateway": second}
    async with home(tmp_path, line.bus.port, switch(line), **knx) as living:
        await line.hears(STATUS, CHARGES)
        await line.rest()
        yield living


@pytest.fixture
def daemon_of_knx(tmp_path: Path) -> Any:
    server = Knxd(tmp_path).start()
    yield server
    server.thaw()
    server.stop()


@pytest.fixture
def wall(daemon_of_knx: Knxd) -> Any:
    eyes = Panel(daemon_of_knx).start()
    yield eyes
    eyes.stop()


@pytest.fixture
async def on_knxd(daemon_of_knx: Knxd, wall: Panel, tmp_path: Path) -> AsyncIterator[Home]:
    """By UDP to a real knxd."""
    async with home(tmp_path, daemon_of_knx.port, wall.write) as living:
        await wall.hears(STATUS, CHARGES)
        await wall.rest(OUTLET.prefix, 1)
        yield living


def switch(line: VirtualLine) -> Callable[[str, bool], Awaitable[None]]:
    async def write(ga: str, on: bool) -> None:
        await line.bus.group_write(raw(ga), int(on))

    return write


# A gateway that is there, and does not do its work


async def test_a_telegram_that_nobody_acknowledges_is_said_again_as_the_newest(line: VirtualLine, tunnelled: Home):
    line.bus.faults.negative_confirmations = True
    await tunnelled.box.says(1, "SuspendedEV")
    await until_row(tunnelled, lambda row: row["negative"] >= 1, 3)
    await tunnelled.box.says(1, "SuspendedEVSE")
    line.bus.faults.negative_confirmations = False
    await line.hears(STATUS, PAUSED)
    await line.rest()
    assert line.said(STATUS)[-2:] == [CHARGES, PAUSED]  # the one between was refused, and is old
    row = await tunnelled.bus()
    assert (row["connected"], row["reconnections"]) == (True, 0)
    assert row["repeated"] >= 1
    await tunnelled.was_never_disturbed()


async def test_a_gateway_that_confirms_nothing_is_dialled_anew(line: VirtualLine, tunnelled: Home):
    line.bus.faults.withhold_confirmations = True
    began = time.monotonic()
    await tunnelled.box.says(1, "SuspendedEV")
    await until(lambda: "confirms nothing" in tunnelled.bridge.log.read_text(), 9, "giving up")
    assert time.monotonic() - began < 8  # it answers, so that it is given two telegrams of 3 s
    line.bus.faults.withhold_confirmations = False
    await until_row(tunnelled, lambda row: row["connected"] and not row["waiting"], 5)
    await line.rest(2)
    said = line.said(STATUS)
    assert [value for value, before in zip(said, [None, *said], strict=False) if value != before][-2:] == [
        CHARGES,
        CAR_PAUSES,
    ]
    await tunnelled.was_never_disturbed()


# A gateway that is frozen


async def test_a_gateway_that_freezes_is_left_for_the_second_within_3_seconds(
    line: VirtualLine, second_line: VirtualLine, doubled: Home
):
    line.bus.faults.frozen = True
    began = time.monotonic()
    await doubled.box.says(1, "SuspendedEV")
    await until(lambda: second_line.bus.clients, WHEN_SENDING_S + 0.5, "the second gateway")
    assert time.monotonic() - began < WHEN_SENDING_S
    await second_line.hears(STATUS, CAR_PAUSES)
    await second_line.rest()
    addresses = [ga for ga, _ in second_line.written]
    assert len(addresses) == len(set(addresses))  # each is told once, and it is the newest
    row = await doubled.bus()
    assert (row["second"], row["reconnections"]) == (True, 1)
    assert row["failed"] >= 1
    await doubled.was_never_disturbed()
    await second_line.bus.group_write(raw(OUTLET.command("charging")), 0)
    assert await doubled.box.expect_call("RemoteStopTransaction") == {"transactionId": doubled.transaction}
    await second_line.hears(CHARGING, False)


async def test_a_gateway_that_freezes_while_all_is_quiet_is_noticed_within_20_seconds(
    line: VirtualLine, second_line: VirtualLine, doubled: Home
):
    line.bus.faults.frozen = True
    began = time.monotonic()
    await until(lambda: second_line.bus.clients, WHEN_IDLE_S, "the second gateway")
    assert time.monotonic() - began < 9
    await second_line.rest(2)
    assert second_line.said(STATUS) in ([], [CHARGES])
    await doubled.was_never_disturbed()


async def test_knxd_that_is_frozen_is_noticed_within_3_seconds_and_told_the_newest_when_it_goes_on(
    on_knxd: Home, daemon_of_knx: Knxd, wall: Panel
):
    mark = wall.mark()
    daemon_of_knx.freeze()
    await on_knxd.box.says(1, "SuspendedEV")
    assert await on_knxd.notices(WHEN_SENDING_S) < WHEN_SENDING_S
    await on_knxd.box.says(1, "Charging")
    await on_knxd.box.says(1, "SuspendedEVSE")
    daemon_of_knx.thaw()
    await wall.hears(STATUS, PAUSED, 20)
    await wall.rest(OUTLET.prefix, 2)
    said = [telegram.payload for telegram in wall.telegrams_since(mark, STATUS) if telegram.ga == STATUS]
    # What was in its socket when it froze comes out when it goes on, and before anything newer.
    assert said in ([PAUSED], [CAR_PAUSES, PAUSED])
    await on_knxd.was_never_disturbed()


async def test_a_secure_gateway_that_freezes_is_noticed_within_3_seconds(tmp_path: Path):
    async with secured_site(tmp_path) as site:
        await site.starts()
        async with FakeCharger(site.bridge.url, "OPEN") as box:
            await box.plug()
            await site.is_on_the_bus()
            living = Home(site.bridge, box, await site.switch_starts_a_charge(box, SECURE_OUTLET))
            await site.is_silent()
            site.server.freeze()
            await box.says(1, "SuspendedEV")
            assert await living.notices(WHEN_SENDING_S) < WHEN_SENDING_S
            await box.says(1, "SuspendedEVSE")
            site.server.thaw()
            await site.panel.hears(SECURE_OUTLET.state("status"), PAUSED)
            await living.was_never_disturbed()


# A gateway that goes away


async def test_knxd_that_restarts_while_all_is_quiet_is_dialled_again_within_20_seconds(
    on_knxd: Home, daemon_of_knx: Knxd, wall: Panel
):
    wall.stop()
    daemon_of_knx.stop()
    daemon_of_knx.start()
    wall.start()
    began = time.monotonic()
    await until_row(on_knxd, lambda row: row["reconnections"] == 1 and row["connected"], WHEN_IDLE_S)
    assert time.monotonic() - began < 8
    assert "does not know this connection any more: it was restarted" in on_knxd.bridge.log.read_text()
    await on_knxd.was_never_disturbed()
    await wall.write(OUTLET.command("charging"), False)
    await on_knxd.box.expect_call("RemoteStopTransaction")
    await wall.hears(CHARGING, False)


@pytest.mark.parametrize("away_s", [4, 12, pytest.param(120, marks=pytest.mark.long)])
async def test_knxd_that_was_away_is_told_the_newest_once(on_knxd: Home, daemon_of_knx: Knxd, wall: Panel, away_s: int):
    wall.stop()
    daemon_of_knx.stop()
    gone = time.monotonic()
    await on_knxd.box.says(1, "SuspendedEV")
    assert await on_knxd.notices(WHEN_SENDING_S) < WHEN_SENDING_S
    await on_knxd.box.says(1, "SuspendedEVSE")
    await asyncio.sleep(gone + away_s - time.monotonic())
    assert await on_knxd.alarms() == (["bus"] if away_s > 40 else [])
    mark = wall.mark()
    daemon_of_knx.start()
    wall.start()
    await on_knxd.is_back(12)
    await wall.hears(STATUS, PAUSED, 5)
    await wall.rest(OUTLET.prefix, 2)
    said = wall.telegrams_since(mark, OUTLET.prefix)
    assert len({telegram.ga for telegram in said}) == len(said)  # once each
    if away_s > 40:
        await asyncio.sleep(LASTS_S)
    assert await on_knxd.alarms() == []
    await on_knxd.was_never_disturbed()


async def test_a_gateway_that_is_switched_off_is_replaced_by_the_second_and_commands_go_there(
    line: VirtualLine, second_line: VirtualLine, doubled: Home
):
    await line.bus.__aexit__(None, None, None)
    began = time.monotonic()
    await until(lambda: second_line.bus.clients, 3, "the second gateway")
    assert time.monotonic() - began < 2
    await doubled.box.says(1, "SuspendedEV")
    await second_line.hears(STATUS, CAR_PAUSES)
    await second_line.rest()
    assert second_line.said(STATUS) == [CAR_PAUSES]
    await doubled.was_never_disturbed()
    await second_line.bus.group_write(raw(OUTLET.command("charging")), 0)
    await doubled.box.expect_call("RemoteStopTransaction")
    await line.bus.__aenter__()


async def until_row(living: Home, condition: Callable[[Mapping[str, Any]], bool], within_s: float) -> None:
    """Wait until what the bridge says of its bus is so."""
    end_s = time.monotonic() + within_s
    while not condition(row := await living.bus()):
        assert time.monotonic() < end_s, f"not within {within_s} s: {row}"
        await asyncio.sleep(0.02)
