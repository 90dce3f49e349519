"""The time of day on the bus: taken by a bridge that starts in 1970 without a network, told by one that knows it."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.conftest import on_the_bus
from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.fake_charger import FakeCharger
from tests.kit.fake_time import FakeTime
from tests.kit.house import CHARGERS_ONLINE_GA, House, Json, Outlet, charger, connector
from tests.kit.knxd import Knxd
from tests.kit.panel import Panel
from tests.kit.sender import Sender
from tests.kit.telegrams import Kind
from tests.kit.until import until

BOX = Outlet(1)
TIME, DATE, FAULT = "27/0/1", "27/0/2", "27/0/3"
ZONE = ZoneInfo("Europe/Amsterdam")
BOOT = datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC)


def house(**objects: Json) -> House:
    own: Json = {"chargers_online": {"state_address": CHARGERS_ONLINE_GA}, "fault": {"state_address": FAULT}}
    return House(
        (charger("BOX", connector(BOX, objects={"start_time": {"state_address": "1/1/20", "dpt": "19.001"}})),),
        more={"group_objects": own | objects},
    )


def date_time(local: datetime) -> bytes:
    """DPT 19.001, clock without an external source: `KNX v02.02.01 - Datapoint Types 03.07.02 - section 3.20`."""
    hour, summer = local.isoweekday() << 5 | local.hour, bool(local.dst())
    return bytes([local.year - 1900, local.month, local.day, hour, local.minute, local.second, 0x20 | summer, 0])


def in_the_house(moment: datetime) -> datetime:
    return moment.astimezone(ZONE)


def read_date_time(octets: bytes) -> datetime:
    """What a display of the building would show, as an instant."""
    year, month, day, hour, minute, second, *_ = octets
    return datetime(1900 + year, month, day, hour & 31, minute, second, tzinfo=ZONE)


class Pi:
    """A bridge on a machine whose clock is in the hands of the test."""

    def __init__(self, folder: Path, panel: Panel, port: int) -> None:
        self.clock = FakeTime(folder)
        self._folder, self._port, self._panel = folder, port, panel
        self.bridge: BridgeProcess | None = None

    async def starts(self, house: House, at: datetime | None = None) -> BridgeProcess:
        if at is not None:
            self.clock.shows(at)
        self.bridge = BridgeProcess(self._folder, house, self._port)
        self.bridge.environment = self.clock.environment
        mark = self._panel.mark()
        await asyncio.to_thread(self.bridge.start)
        await on_the_bus(self._panel, mark)
        return self.bridge

    def tells(self, *words: str) -> str:
        assert self.bridge is not None
        command = [sys.executable, "-c", COMMAND, *words, "--socket", str(self.bridge.socket)]
        root = Path(__file__).parents[2]
        return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=30).stdout


@pytest.fixture
async def pi(tmp_path: Path, panel: Panel, knxd: Knxd) -> AsyncIterator[Pi]:
    for prefix in ("27/", "1/1/"):
        await panel.rest(prefix)
    machine = Pi(tmp_path, panel, knxd.port)
    yield machine
    if machine.bridge is not None:
        machine.bridge.kill9()
        print(machine.bridge.new_log())


async def test_a_bridge_that_starts_in_1970_takes_the_time_of_the_bus(pi: Pi, panel: Panel):
    bridge = await pi.starts(house(bus_time={"address": TIME}), BOOT)
    await panel.expect(FAULT, True)
    assert "clock waiting (system)" in pi.tells("status")
    box = FakeCharger(bridge.url, "BOX")
    try:
        await box.connect(settle=False)
        await until(lambda: any("currentTime" in frame for frame in box.frames), 5, "its boot is answered")
        assert all("Pending" in frame for frame in box.frames if "currentTime" in frame)
        await panel.write(TIME, date_time(in_the_house(datetime.now(UTC))))
        await panel.expect(FAULT, False)
        await until(lambda: any("Accepted" in frame for frame in box.frames), 15, "it is admitted")
        accepted = next(frame for frame in box.frames if "Accepted" in frame)
        told = datetime.fromisoformat(json.loads(accepted)[2]["currentTime"])
        assert abs(told - datetime.now(UTC)) < timedelta(seconds=5)
        assert "clock sane (bus)" in pi.tells("status")
        await box.plug()
        await box.card("CARD")
        await box.charges()
        await until(lambda: panel.last(BOX.state("start_time")) is not None, 5, "the start is told")
        start = panel.last(BOX.state("start_time"))
        assert isinstance(start, bytes)
        assert abs(read_date_time(start) - datetime.now(UTC)) < timedelta(seconds=10)
    finally:
        await box.close()
    rows = pi.tells("log")
    assert "the time is that of the bus from now on" in rows


async def test_the_time_is_asked_for_and_its_two_halves_make_one(pi: Pi, panel: Panel, knxd: Knxd):
    now = in_the_house(datetime.now(UTC))
    async with Sender(knxd) as master:
        master.values = {
            TIME: bytes([now.isoweekday() << 5 | now.hour, now.minute, now.second]),
            DATE: bytes([now.day, now.month, now.year - 2000]),
        }
        await pi.starts(house(bus_time={"address": TIME, "dpt": "10.001"}, bus_date={"address": DATE}), BOOT)
        await until(lambda: master.asked.count(TIME) > 0 and master.asked.count(DATE) > 0, 10, "both are read")
        await panel.hears(FAULT, False)
    assert "clock sane (bus)" in pi.tells("status")


async def test_nonsense_on_the_bus_sets_no_clock(pi: Pi, panel: Panel):
    bridge = await pi.starts(house(bus_time={"address": TIME}), BOOT)
    await panel.expect(FAULT, True)
    await panel.write(TIME, date_time(datetime(2020, 1, 1, 12, 0, tzinfo=ZONE)))
    fault = bytearray(date_time(in_the_house(datetime.now(UTC))))
    fault[6] |= 0x80
    await panel.write(TIME, bytes(fault))
    await panel.expect_nothing(FAULT, 1)
    assert "clock waiting (system)" in pi.tells("status")
    log = bridge.new_log()
    assert "tells 2020-01-01 12:00:00 on the bus, which is not believed: it cannot be now" in log
    assert "that clock reports a fault" in log


async def test_the_time_is_told_at_the_start_in_each_cycle_and_when_it_is_read(pi: Pi, panel: Panel):
    mark = panel.mark()
    await pi.starts(house(bus_time={"state_address": TIME, "cyclic": 2}))
    await until(lambda: len(said(panel, mark)) >= 3, 10, "two cycles")
    await asyncio.sleep(0.5)
    answer = await panel.read(TIME)
    assert isinstance(answer, bytes)
    assert abs(read_date_time(answer) - datetime.now(UTC)) < timedelta(seconds=2)
    first, second, third, *_ = said(panel, mark)
    assert abs(first - datetime.now(UTC)) < timedelta(seconds=15)
    assert [round((later - former).total_seconds()) for former, later in ((first, second), (second, third))] in (
        [[2, 2], [2, 3], [3, 2]]
    )


async def test_a_clock_that_nobody_believes_is_told_to_nobody(pi: Pi, panel: Panel):
    mark = panel.mark()
    await pi.starts(house(bus_time={"state_address": TIME}), BOOT)
    await panel.expect(FAULT, True)
    assert await panel.read(TIME) is None
    assert said(panel, mark) == []
    pi.clock.is_off(timedelta())
    await until(lambda: len(said(panel, mark)) == 1, 15, "the time is told once it is known")
    assert abs(said(panel, mark)[0] - datetime.now(UTC)) < timedelta(seconds=12)
    pi.clock.is_off(timedelta(hours=2))
    await until(lambda: len(said(panel, mark)) == 2, 15, "and when it was set")
    assert said(panel, mark)[1] - said(panel, mark)[0] > timedelta(hours=1, minutes=59)


def said(panel: Panel, mark: int) -> list[datetime]:
    """The times that the bridge has told of its own accord."""
    return [
        read_date_time(telegram.payload)
        for telegram in panel.telegrams_since(mark, TIME)
        if telegram.kind is Kind.WRITE and isinstance(telegram.payload, bytes)
    ]
