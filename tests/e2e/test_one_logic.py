"""A command is the same by whichever way it comes: the charger is asked the same, and everybody is told the same."""

import asyncio
import re
import subprocess
import sys

import httpx

from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.web.wording import RESULTS
from tests.e2e.conftest import Arrive
from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.panel import Panel
from tests.kit.until import until

WAYS = ("KNX", "CLI", "API", "page")
REFUSING = {way: (f"REFUSING_{way}", Outlet(main)) for main, way in enumerate(WAYS, 1)}
AWAY = {way: (f"AWAY_{way}", Outlet(main)) for main, way in enumerate(WAYS, 5)}
HOUSE = House(
    tuple(charger(name, connector(outlet, "command_result")) for name, outlet in (*REFUSING.values(), *AWAY.values())),
    web={"anonymous": "operate"},
)
EXITS = {4: CommandResult.REJECTED, 5: CommandResult.OFFLINE}
FROM = re.compile(r" from (KNX|CLI|API|page)(?: \(\S+\))?(?= charger=)")
Told = tuple[CommandResult, str]
"""How it ended, and what was said of it."""


async def by_knx(panel: Panel, outlet: Outlet) -> CommandResult:
    """The building hears a number."""
    mark, ga = panel.mark(), outlet.state("command_result")
    await panel.write(outlet.command("charging"), True)
    await until(lambda: bool(panel.telegrams_since(mark, ga)), 5, "the building is told how it ended")
    return CommandResult(int.from_bytes(panel.last(ga)))


async def by_cli(bridge: BridgeProcess, name: str) -> Told:
    words = [sys.executable, "-c", COMMAND, "start", f"{name}/1", "--socket", str(bridge.socket)]
    done = await asyncio.to_thread(subprocess.run, words, capture_output=True, text=True, check=False)
    return EXITS[done.returncode], f"{done.stdout}{done.stderr}"


async def by_api(bridge: BridgeProcess, name: str) -> Told:
    async with httpx.AsyncClient(base_url=bridge.web_url, headers={"origin": bridge.web_url}) as client:
        answer = await client.put(f"/api/v1/chargers/{name}/connectors/1/charging", json={"value": True})
    assert answer.status_code == 409
    return CommandResult[answer.json()["outcome"].upper()], answer.json()["why"]


async def by_page(bridge: BridgeProcess, name: str) -> Told:
    async with httpx.AsyncClient(base_url=bridge.web_url, headers={"origin": bridge.web_url}) as client:
        page = await client.post(f"/outlets/{name}/1", data={"charging": "1"}, follow_redirects=True)
    said = page.text.partition('id="said"')[2].partition("</div>")[0]
    (result,) = [result for result, sentence in RESULTS.items() if sentence in said]
    return result, said


async def by_every_way(
    bridge: BridgeProcess, panel: Panel, names: dict[str, tuple[str, Outlet]]
) -> tuple[set[CommandResult], list[str]]:
    """The results, and what was said of them in words."""
    known = await by_knx(panel, names["KNX"][1])
    told = [
        await by_cli(bridge, names["CLI"][0]),
        await by_api(bridge, names["API"][0]),
        await by_page(bridge, names["page"][0]),
    ]
    return {known, *(result for result, _ in told)}, [said for _, said in told]


def said_of(log: str, names: dict[str, tuple[str, Outlet]]) -> set[tuple[str, ...]]:
    """What the log says of each, but for when, of whom and where it came from."""
    return {
        tuple(FROM.sub("", line[20:]).replace(name, "") for line in log.splitlines() if name in line)
        for name, _ in names.values()
    }


async def test_what_a_charger_refuses_is_refused_by_every_way(arrive: Arrive, bridge: BridgeProcess, panel: Panel):
    boxes = []
    for name, outlet in REFUSING.values():
        box = await arrive(name, outlet, strict=False)
        box.answer("RemoteStartTransaction", status="Rejected")
        await box.plug()
        await panel.rest(outlet.prefix)
        boxes.append((box, len(box.calls)))
    bridge.new_log()
    results, sentences = await by_every_way(bridge, panel, REFUSING)
    assert results == {CommandResult.REJECTED}
    assert [said for said in sentences if "the charger refused the start" not in said] == []
    asked = [[(call.action, {**call.payload, "idTag": ""}) for call in box.calls[before:]] for box, before in boxes]
    assert asked == [[("RemoteStartTransaction", {"connectorId": 1, "idTag": ""})]] * len(WAYS)
    log = bridge.new_log()
    assert len(said_of(log, REFUSING)) == 1
    assert sorted(found[1] for found in FROM.finditer(log)) == sorted(WAYS)


async def test_a_charger_that_is_away_is_offline_by_every_way(bridge: BridgeProcess, panel: Panel):
    bridge.new_log()
    results, sentences = await by_every_way(bridge, panel, AWAY)
    assert results == {CommandResult.OFFLINE}
    assert [said for said in sentences if "not connected" not in said and "offline" not in said] == []
    assert len(said_of(bridge.new_log(), AWAY)) == 1
