"""A charger fails, is away, and comes back: the building sees one fault, people a list that outlives the bridge."""

import asyncio
import json
import resource
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import on_the_bus
from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import CHARGERS_ONLINE_GA, House, Outlet, charger, connector
from tests.kit.panel import Panel

BOX = Outlet(1)
FAULT, ERROR_TEXT = "30/0/1", "30/0/2"
HOUSE = House(
    (charger("BOX", connector(BOX), name="Garage"),),
    site={"offline_after": 2},
    more={
        "log": {"level": "warning"},
        "group_objects": {
            "chargers_online": {"state_address": CHARGERS_ONLINE_GA},
            "fault": {"state_address": FAULT},
            "error_text": {"state_address": ERROR_TEXT},
        },
    },
)
SMALL = 16 * 1024
"""Bytes: the daemon's files are larger already, so that whatever it writes fails."""


def text(said: str) -> bytes:
    """As DPT 16.001 carries it."""
    return said.encode("latin-1").ljust(14, b"\0")


def tells(bridge: BridgeProcess, *words: str) -> str:
    """What the command line shows."""
    command = [sys.executable, "-c", COMMAND, *words, "--socket", str(bridge.socket)]
    root = Path(__file__).parents[2]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=30).stdout


async def alarms(bridge: BridgeProcess, *options: str) -> list[dict[str, Any]]:
    said = await asyncio.to_thread(tells, bridge, "alarms", *options, "--json")
    return [json.loads(line) for line in said.splitlines()]


@pytest.fixture
async def box(bridge: BridgeProcess, panel: Panel) -> AsyncIterator[FakeCharger]:
    """The charger is there, no alarm stands, and what was said so far is taken as given."""
    charger = FakeCharger(bridge.url, "BOX")
    await charger.connect()
    await panel.rest("30/0/")
    assert await alarms(bridge) == []
    yield charger
    await charger.close()


async def test_a_fault_is_told_acknowledged_and_over(bridge: BridgeProcess, panel: Panel, box: FakeCharger):
    await box.says(1, "Faulted", "GroundFailure")
    await panel.expect(FAULT, True)
    await panel.expect(ERROR_TEXT, text("Garage fault"))
    (alarm,) = await alarms(bridge)
    assert (alarm["kind"], alarm["charger"], alarm["connector"]) == ("fault", "BOX", 1)
    assert "GroundFailure" in alarm["text"]
    assert "1 alarm stands" in await asyncio.to_thread(tells, bridge, "status")
    done = await asyncio.to_thread(tells, bridge, "alarms", "ack", str(alarm["number"]))
    assert "still stands" in done
    assert (await alarms(bridge))[0]["acknowledged_by"] == "CLI"
    await box.says(1, "Available")
    await panel.expect(FAULT, False)
    await panel.expect(ERROR_TEXT, text(""))
    assert await alarms(bridge) == []
    assert (await alarms(bridge, "--last", "1"))[0]["over_at"] is not None


async def test_a_charger_that_is_away_stands_over_a_restart_until_it_is_back(
    bridge: BridgeProcess, panel: Panel, box: FakeCharger
):
    await box.close()
    await panel.expect(FAULT, True, 10)
    await panel.expect(ERROR_TEXT, text("Garage offline"))
    (before,) = await alarms(bridge)
    mark = panel.mark()
    await asyncio.to_thread(bridge.restart)
    await on_the_bus(panel, mark)
    await panel.expect(FAULT, True)
    await panel.expect(ERROR_TEXT, text("Garage offline"))
    (after,) = await alarms(bridge)
    assert (after["number"], after["at"], after["kind"]) == (before["number"], before["at"], "offline")
    again = FakeCharger(bridge.url, "BOX")
    await again.connect()
    await panel.expect(FAULT, False, 5)
    assert await alarms(bridge) == []
    await again.close()


async def test_a_charger_that_fails_again_and_again_is_one_row(bridge: BridgeProcess, box: FakeCharger):
    (last,) = await alarms(bridge, "--last", "1")
    await asyncio.to_thread(tells, bridge, "alarms", "ack", "--all")
    for _ in range(20):
        await box.says(1, "Faulted", "OtherError")
        await box.says(1, "Available")
    faults = [row for row in await alarms(bridge, "--all") if row["kind"] == "fault" and row["number"] > last["number"]]
    assert [row["times"] for row in faults] == [20]


async def test_a_charge_is_listed_with_its_energy_and_its_masked_card(bridge: BridgeProcess, box: FakeCharger):
    await box.plug()
    await box.card("04A1B2C3D4")
    number = await box.charges()
    await box.meter(3200)
    await box.unplug()
    await box.settled()
    began, ended = await alarms(bridge, "--last", "2")
    assert [row["kind"] for row in (began, ended)] == ["charging_started", "charging_stopped"]
    assert began["transaction"] == ended["transaction"] == number
    assert "3.2" in ended["text"]
    assert "04A1B2" not in json.dumps([began, ended])


async def test_a_disk_that_takes_nothing_is_an_alarm_until_it_does_again(
    bridge: BridgeProcess, panel: Panel, box: FakeCharger
):
    resource.prlimit(bridge.pid, resource.RLIMIT_FSIZE, (SMALL, resource.RLIM_INFINITY))
    await box.plug()
    await box.card("CARD")
    await box.charges()
    await panel.expect(FAULT, True, 10)
    await panel.expect(ERROR_TEXT, text("disk trouble"))
    (alarm,) = await alarms(bridge)
    assert (alarm["kind"], alarm["charger"], alarm["connector"]) == ("storage", "", None)
    await box.unplug()
    resource.prlimit(bridge.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await panel.expect(FAULT, False, 20)
    await panel.expect(ERROR_TEXT, text(""))
    over = [row for row in await alarms(bridge, "--last", "5") if row["number"] == alarm["number"]]
    assert [row["over_at"] is not None for row in over] == [True]
