"""What a meter tells the bridge by a real bus: read at the start, kept with its age, missed when it falls silent."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import on_the_bus
from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.house import CHARGERS_ONLINE_GA, House, Outlet, charger, connector
from tests.kit.knxd import Knxd
from tests.kit.panel import Panel
from tests.kit.sender import Sender
from tests.kit.until import until

GRID, SUN, TARIFF, RELEASE, HELD = "28/0/1", "28/0/2", "28/0/3", "28/0/4", "28/0/5"
FAULT, ERROR_TEXT = "28/1/1", "28/1/2"
KW_2_3 = bytes.fromhex("00E6")
"""2.30 kW as DPT 9.024."""
TIMEOUT_S = 2.5


def house(**changes: object) -> House:
    inputs: dict[str, object] = {
        "grid_power": {"address": GRID, "dpt": "9.024", "timeout": TIMEOUT_S, "fallback": 4000},
        "pv_power": {"address": SUN, "read_on_init": False},
        "tariff": {"address": TARIFF, "fallback": 1},
        "release": {"address": HELD, "invert": True},
    }
    return House(
        (charger("BOX", connector(Outlet(1), objects={"release": {"address": RELEASE}}), name="Garage"),),
        more={
            "group_objects": {
                "chargers_online": {"state_address": CHARGERS_ONLINE_GA},
                "fault": {"state_address": FAULT},
                "error_text": {"state_address": ERROR_TEXT},
            }
            | {key: bound for key, bound in (inputs | changes).items() if bound is not None}
        },
    )


class Home:
    """The bridge, and what the command line shows of its inputs."""

    def __init__(self, folder: Path, port: int, panel: Panel) -> None:
        self.bridge = BridgeProcess(folder, house(), port)
        self._panel = panel

    async def starts(self) -> None:
        mark = self._panel.mark()
        await asyncio.to_thread(self.bridge.start)
        await on_the_bus(self._panel, mark)

    def tells(self, *words: str) -> str:
        command = [sys.executable, "-c", COMMAND, *words, "--socket", str(self.bridge.socket)]
        root = Path(__file__).parents[2]
        return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=30).stdout

    async def inputs(self) -> dict[tuple[str, str], dict[str, Any]]:
        """By object and charger."""
        rows = map(json.loads, (await asyncio.to_thread(self.tells, "knx", "inputs", "--json")).splitlines())
        return {(row["object"], row["charger"]): row for row in rows}

    async def becomes(
        self, wanted: Callable[[dict[tuple[str, str], dict[str, Any]]], bool], what: str
    ) -> dict[tuple[str, str], dict[str, Any]]:
        for _ in range(15):
            rows = await self.inputs()
            if wanted(rows):
                return rows
            await asyncio.sleep(0.3)
        raise TimeoutError(what)


@pytest.fixture
async def home(tmp_path: Path, panel: Panel, knxd: Knxd) -> AsyncIterator[Home]:
    one = Home(tmp_path, knxd.port, panel)
    await panel.rest("28/")
    yield one
    one.bridge.kill9()
    print(one.bridge.new_log())


@pytest.fixture
async def meter(knxd: Knxd) -> AsyncIterator[Sender]:
    async with Sender(knxd) as sender:
        sender.watches = {GRID, SUN, TARIFF, RELEASE, HELD}
        yield sender


def text(said: str) -> bytes:
    """As DPT 16.001 carries it."""
    return said.encode("latin-1").ljust(14, b"\0")


async def test_inputs_are_read_at_the_start_and_an_answer_counts(home: Home, meter: Sender):
    meter.values = {GRID: KW_2_3, HELD: True}
    await home.starts()
    rows = await home.becomes(lambda rows: rows["release", ""]["state"] == "fresh", "the contact answers")
    grid, sun, tariff = rows["grid_power", ""], rows["pv_power", ""], rows["tariff", ""]
    assert (grid["value"], grid["unit"], grid["counts"], grid["falls_back"]) == (2300.0, "W", 2300.0, False)
    assert grid["source"].startswith("15.15.")
    assert (sun["state"], sun["value"], sun["counts"]) == ("unknown", None, None)
    assert (tariff["state"], tariff["counts"], tariff["falls_back"]) == ("unknown", 1.0, True)
    assert rows["release", ""]["value"] is False  # an opening contact
    assert rows["release", "BOX"]["state"] == "unknown"
    assert sorted(set(meter.asked)) == [GRID, TARIFF, RELEASE, HELD]
    assert "5 inputs: 3 unknown" in await asyncio.to_thread(home.tells, "status")


async def test_a_meter_that_falls_silent_is_an_alarm_until_it_speaks_again(home: Home, meter: Sender, panel: Panel):
    meter.values = {GRID: KW_2_3}
    await home.starts()
    await panel.expect(FAULT, False)
    await panel.expect(FAULT, True, 2 * TIMEOUT_S)
    await panel.hears(ERROR_TEXT, text("stale input"))
    rows = await home.inputs()
    grid = rows["grid_power", ""]
    assert (grid["state"], grid["value"], grid["counts"], grid["falls_back"]) == ("stale", 2300.0, 4000.0, True)
    (alarm,) = [json.loads(line) for line in (await asyncio.to_thread(home.tells, "alarms", "--json")).splitlines()]
    assert alarm["kind"] == "input"
    assert alarm["text"].startswith(f"grid_power ({GRID}): silent since 20")
    assert "1 stale" in await asyncio.to_thread(home.tells, "status")
    for _ in range(4):
        meter.write(GRID, KW_2_3)
        await asyncio.sleep(TIMEOUT_S / 2)
    await panel.hears(FAULT, False)
    assert (await home.inputs())["grid_power", ""]["state"] == "fresh"
    log = home.bridge.new_log()
    assert f"input grid_power ({GRID}) is stale" in log
    assert f"input grid_power ({GRID}) is told again" in log


async def test_an_invalid_value_is_kept_out_and_told(home: Home, meter: Sender):
    await home.starts()
    meter.write(GRID, bytes.fromhex("7FFF"))
    meter.write(RELEASE, True)
    rows = await home.becomes(lambda rows: rows["release", "BOX"]["value"] is True, "the release is heard")
    assert rows["grid_power", ""]["value"] is None
    assert "a value from 15.15." in home.bridge.new_log()


async def test_after_the_bus_is_back_inputs_are_read_again_and_keep_their_age_meanwhile(
    home: Home, meter: Sender, knxd: Knxd, panel: Panel
):
    meter.values = {TARIFF: bytes([3])}
    await home.starts()
    before = (await home.becomes(lambda rows: rows["tariff", ""]["value"] == 3.0, "the tariff is read"))["tariff", ""]
    panel.stop()
    knxd.stop()
    await asyncio.sleep(1)
    meanwhile = (await home.inputs())["tariff", ""]
    assert (meanwhile["value"], meanwhile["state"]) == (3.0, "fresh")
    assert meanwhile["age_s"] > before["age_s"]
    knxd.start()
    panel.start()
    async with Sender(knxd) as again:
        again.values = {TARIFF: bytes([4])}
        await until(lambda: again.asked == [TARIFF], 30, "it is read again")
        await home.becomes(lambda rows: rows["tariff", ""]["value"] == 4.0, "the new tariff is known")


async def test_a_reload_keeps_what_listens_as_before(home: Home, meter: Sender):
    meter.values = {GRID: KW_2_3, TARIFF: bytes([2])}
    await home.starts()
    await home.becomes(lambda rows: rows["tariff", ""]["value"] == 2.0, "the tariff is read")
    meter.values = {}
    home.bridge.configure(
        house(
            grid_power={"address": GRID, "dpt": "9.024", "timeout": 3600},
            tariff={"address": "28/0/30", "read_on_init": False},
            pv_power=None,
        )
    )
    home.bridge.sighup()
    rows = await home.becomes(lambda rows: ("pv_power", "") not in rows, "the reload")
    assert rows["grid_power", ""]["value"] == 2300.0
    assert rows["tariff", ""]["state"] == "unknown"
