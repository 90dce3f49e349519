"""The cards of the tags file are in the charger's own list, over the wire, reload and kill included (row O10)."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import Arrive, on_the_bus
from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.panel import Panel
from tests.kit.until import until

KEPT = Outlet(1)


def house(*tags: str) -> House:
    return House(
        (charger("KEPT", connector(KEPT)),),
        authorization={"mode": "allow_list", "tags_file": "tags.yaml", "local_list": True},
        tags="".join(f'- id: "{tag}"\n  expires: 2099-12-31\n' for tag in tags),
    )


HOUSE = house("04A1", "04B2")


async def holds(box: FakeCharger, *tags: str) -> None:
    await until(
        lambda: set(box.machine.local_list.entries) == {tag.casefold() for tag in tags}, 10, f"its list is {tags}"
    )


async def test_the_list_follows_the_tags_file_and_is_not_sent_again_after_a_kill(
    arrive: Arrive, panel: Panel, bridge: BridgeProcess
):
    box = await arrive("KEPT", KEPT, strict=False)
    await holds(box, "04A1", "04B2")
    assert box.machine.local_list.entries["04a1"].expires is not None

    bridge.configure(house("04B2", "04C3", "04D4"))
    bridge.sighup()
    await holds(box, "04B2", "04C3", "04D4")
    version = box.machine.local_list.version

    await until(lambda: "version 2" in _log(bridge), 5, "it is told")
    mark = panel.mark()
    bridge.kill9()
    await asyncio.to_thread(bridge.start)
    await on_the_bus(panel, mark)
    box.forget_calls()
    await box.connect()
    await box.expect_call("GetLocalListVersion", 15)
    await asyncio.sleep(1)
    assert "SendLocalList" not in box.fresh_calls()
    assert box.machine.local_list.version == version


def _log(bridge: BridgeProcess) -> str:
    """What `log` shows of it."""
    arguments = [sys.executable, "-c", COMMAND, "log", "--charger", "KEPT", "--json", "--socket", str(bridge.socket)]
    shown = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    return "\n".join(json.loads(line)["text"] for line in shown.stdout.splitlines())
