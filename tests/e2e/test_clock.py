"""A Raspberry Pi that starts in 1970, and one whose clock is set while a car charges: building and log stay right."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import on_the_bus
from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.fake_charger import FakeCharger
from tests.kit.fake_time import FakeTime
from tests.kit.house import CHARGERS_ONLINE_GA, House, Outlet, charger, connector
from tests.kit.knxd import Knxd
from tests.kit.panel import Panel
from tests.kit.until import until

BOX = Outlet(1)
FAULT, ERROR_TEXT = "30/0/1", "30/0/2"
HOUSE = House(
    (charger("BOX", connector(BOX, "online"), name="Garage"),),
    more={
        "group_objects": {
            "chargers_online": {"state_address": CHARGERS_ONLINE_GA},
            "fault": {"state_address": FAULT},
            "error_text": {"state_address": ERROR_TEXT},
        }
    },
)
BOOT = datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC)
SEEN_WITHIN_S = 15.0
"""The bridge looks at its clock every ten seconds."""


def text(said: str) -> bytes:
    """As DPT 16.001 carries it."""
    return said.encode("latin-1").ljust(14, b"\0")


class Pi:
    """The bridge on a machine whose clock is in the hands of the test."""

    def __init__(self, folder: Path, panel: Panel, port: int) -> None:
        self.clock = FakeTime(folder)
        self.bridge = BridgeProcess(folder, HOUSE, port)
        self.bridge.environment = self.clock.environment
        self._panel = panel

    async def starts(self, at: datetime | None = None) -> None:
        """The power is back; a Pi without a battery shows what it likes."""
        if at is None:
            self.clock.is_off(timedelta())
        else:
            self.clock.shows(at)
        mark = self._panel.mark()
        await asyncio.to_thread(self.bridge.start)
        await on_the_bus(self._panel, mark)

    def tells(self, *words: str) -> str:
        """What the command line shows."""
        command = [sys.executable, "-c", COMMAND, *words, "--socket", str(self.bridge.socket)]
        root = Path(__file__).parents[2]
        return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=30).stdout

    def alarms(self, *options: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.tells("alarms", *options, "--json").splitlines()]

    async def alarmed(self, wanted: Callable[[list[dict[str, Any]]], bool], what: str) -> list[dict[str, Any]]:
        """All alarms, as soon as they are as wanted."""
        for _ in range(round(SEEN_WITHIN_S)):
            rows = await asyncio.to_thread(self.alarms, "--all")
            if wanted(rows):
                return rows
            await asyncio.sleep(1)
        raise TimeoutError(what)

    def transactions(self) -> list[dict[str, Any]]:
        """The rows of the log, in order."""
        (database,) = self.bridge.state.glob("*.db")
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as journal:
            journal.row_factory = sqlite3.Row
            rows = journal.execute("SELECT * FROM transactions ORDER BY id").fetchall()
        journal.close()
        return [dict(row) for row in rows]


@pytest.fixture
async def pi(tmp_path: Path, panel: Panel, knxd: Knxd) -> AsyncIterator[Pi]:
    machine = Pi(tmp_path, panel, knxd.port)
    yield machine
    machine.bridge.kill9()
    print(machine.bridge.new_log())


def about_the_clock(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["kind"] == "clock"]


async def test_a_start_in_1970_is_an_alarm_until_the_clock_is_set_and_no_charger_learns_that_time(pi: Pi, panel: Panel):
    await pi.starts(BOOT)
    await panel.expect(FAULT, True)
    await panel.expect(ERROR_TEXT, text("clock not set"))
    assert "1 alarm stands" in pi.tells("status")
    box = FakeCharger(pi.bridge.url, "BOX")
    try:
        await box.connect(settle=False)
        await until(lambda: any("currentTime" in frame for frame in box.frames), 5, "its boot is answered")
        assert all("Pending" in frame for frame in box.frames if "currentTime" in frame)
        pi.clock.is_off(timedelta())
        await panel.expect(FAULT, False, SEEN_WITHIN_S)
        await panel.expect(ERROR_TEXT, text(""))
        await until(lambda: any("Accepted" in frame for frame in box.frames), SEEN_WITHIN_S, "it is admitted")
        accepted = next(frame for frame in box.frames if "Accepted" in frame)
        assert f"{datetime.now(UTC):%Y-%m-%dT%H}" in accepted
        await box.plug()
        await box.card("CARD")
        await box.charges()
        await box.meter(1500)
        await box.unplug()
        await box.settled()
    finally:
        await box.close()
    (alarm,) = about_the_clock(await asyncio.to_thread(pi.alarms, "--all"))
    assert alarm["at"].startswith("1970-01-01")
    assert (alarm["clock"], alarm["over_at"] is not None) == ("doubtful", True)
    (charge,) = pi.transactions()
    assert (charge["clock_sane"], charge["energy_wh"]) == (1, 1500)
    assert json.loads(charge["days"])
    assert "1970" not in charge["started_at"]
    assert "alarm" not in pi.tells("status")


async def test_the_clock_is_set_forward_and_back_while_a_car_charges(pi: Pi, panel: Panel):
    await pi.starts()
    async with FakeCharger(pi.bridge.url, "BOX") as box:
        await box.plug()
        await box.card("CARD")
        first = await box.charges()
        await box.meter(1000)
        pi.clock.is_off(timedelta(hours=3))
        rows = await pi.alarmed(lambda rows: len(about_the_clock(rows)) == 1, "the clock leaps")
        assert "forward by 3 h 0 min" in about_the_clock(rows)[0]["text"]
        await box.meter(2000)
        pi.clock.is_off(timedelta())
        rows = await pi.alarmed(
            lambda rows: any("back by" in row["text"] for row in about_the_clock(rows)), "it leaps back"
        )
        assert all(row["over_at"] is not None for row in about_the_clock(rows))
        await box.meter(3000)
        await box.unplug()
        await box.settled()
        await box.plug()
        await box.card("CARD")
        second = await box.charges()
        await box.unplug()
        await box.settled()
    assert second > first
    one, two = pi.transactions()
    assert (one["id"], one["energy_wh"], one["clock_sane"]) == (first, 6000, 1)
    assert datetime.fromisoformat(one["stopped_at"]) >= datetime.fromisoformat(one["started_at"])
    assert sum(energy for _, energy in json.loads(one["days"])) == 6000
    assert two["id"] == second
    assert await panel.read(FAULT) is False


async def test_a_power_cut_into_1970_while_a_car_charges_says_no_wrong_time_and_keeps_the_transaction(
    pi: Pi, panel: Panel
):
    await pi.starts()
    box = FakeCharger(pi.bridge.url, "BOX")
    await box.connect()
    await box.plug()
    await box.card("CARD")
    number = await box.charges()
    pi.bridge.kill9()
    await box.abort()
    for prefix in (BOX.prefix, "30/0/"):
        await panel.rest(prefix)
    await pi.starts(BOOT)
    await panel.expect(FAULT, True)
    await box.connect(settle=False)
    await asyncio.sleep(2)
    assert await panel.read(BOX.state("start_time")) is None
    assert [row["id"] for row in pi.transactions()] == [number]
    pi.clock.is_off(timedelta())
    await panel.expect(FAULT, False, SEEN_WITHIN_S)
    await panel.expect(BOX.state("online"), True, SEEN_WITHIN_S)
    assert await panel.read(BOX.state("start_time")) is not None
    await box.meter(2500)
    await box.unplug()
    await box.settled()
    await box.close()
    (charge,) = pi.transactions()
    assert (charge["id"], charge["energy_wh"], charge["clock_sane"]) == (number, 2500, 1)
