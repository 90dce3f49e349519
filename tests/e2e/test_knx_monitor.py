"""The group monitor on a real line: everybody's telegrams with names and values, reading and writing by hand."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import Arrive, on_the_bus
from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.house import CHARGERS_ONLINE_GA, House, Outlet, charger, connector
from tests.kit.knx_device import device
from tests.kit.knxd import Knxd
from tests.kit.looking import rows
from tests.kit.panel import Panel
from tests.kit.payloads import ampere
from tests.kit.until import until

CAR, WRITTEN = Outlet(9), Outlet(10)
HALL, LAMP, NAMELESS, SILENT = "3/1/1", "3/1/2", "3/1/3", "3/1/4"
PROJECT = f"""<?xml version="1.0" encoding="utf-8"?>
<GroupAddress-Export xmlns="http://knx.org/xml/ga-export/01">
  <GroupRange Name="House" RangeStart="6144" RangeEnd="8191">
    <GroupRange Name="Ground floor" RangeStart="6400" RangeEnd="6655">
      <GroupAddress Name="Temperature of the hall" Address="{HALL}" DPTs="DPST-9-1"/>
      <GroupAddress Name="Lamp" Address="{LAMP}" DPTs="DPST-1-1"/>
    </GroupRange>
  </GroupRange>
</GroupAddress-Export>
"""
HOUSE = House(
    (
        charger("CAR", connector(CAR), name="Garage"),
        charger("WRITTEN", connector(WRITTEN)),
    ),
    knx={"project": "project.xml"},
)


@pytest.fixture(scope="module")
def bridge(knxd: Knxd, panel: Panel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BridgeProcess]:
    """The bridge with the project of the building beside its configuration."""
    process = BridgeProcess(tmp_path_factory.mktemp("bridge"), HOUSE, knxd.port)
    (process.directory / "project.xml").write_text(PROJECT, encoding="utf-8")
    process.start()
    asyncio.run(on_the_bus(panel))
    yield process
    process.terminate()


@asynccontextmanager
async def running(bridge: BridgeProcess, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A verb of the command line that goes on."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-c", COMMAND, *words, "--socket", str(bridge.socket),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
        limit=1024 * 1024,
    )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def command(bridge: BridgeProcess, *words: str) -> tuple[int, str, str]:
    """Exit code, what was printed, and what was complained about."""
    async with running(bridge, *words) as process:
        said, complained = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, said.decode(), complained.decode()


async def shown(bridge: BridgeProcess, *words: str) -> list[dict]:
    """What `knx monitor --json` shows."""
    code, said, complained = await command(bridge, "knx", "monitor", "--json", *words)
    assert code == 0, complained
    return [json.loads(line) for line in said.splitlines()]


async def test_everybodys_telegrams_are_shown_with_names_types_and_values(
    bridge: BridgeProcess, panel: Panel, knxd: Knxd, arrive: Arrive
):
    await arrive("CAR", CAR, strict=False)
    async with device(knxd) as thermometer:
        await thermometer.write(HALL, bytes.fromhex("0c33"))
        await thermometer.write(HALL, b"\x01")
        await thermometer.write(NAMELESS, bytes.fromhex("0c33"))
    await panel.write(LAMP, True)
    await panel.read(CAR.state("status"))
    seen = await shown(bridge, "--ga", "3/1/*")
    assert [(row["name"], row["type"], row["dpt"], row["payload"], row["value"]) for row in seen] == [
        ("Temperature of the hall", "GroupValueWrite", "9.001", "0C 33", "21.5 °C"),
        ("Temperature of the hall", "GroupValueWrite", "9.001", "01", ""),
        ("", "GroupValueWrite", "", "0C 33", ""),
        ("Lamp", "GroupValueWrite", "1.001", "$01", "on"),
    ]
    assert [row["misfit"] for row in seen] == ["", "no value of 9.001", "", ""]
    assert {row["direction"] for row in seen} == {"in"}
    asked, answered = (await shown(bridge, "--ga", CAR.state("status")))[-2:]
    assert (asked["type"], asked["payload"], asked["direction"]) == ("GroupValueRead", "", "in")
    assert (answered["type"], answered["direction"]) == ("GroupValueResponse", "out")
    assert (answered["name"], answered["value"]) == ("Garage/1 status", "0 (available)")
    own = (await rows(bridge.socket, "bus"))[0]["own_address"]
    assert answered["source"] == own


async def test_a_sender_and_the_objects_of_the_bridge_can_be_asked_for_alone(bridge: BridgeProcess, panel: Panel):
    await panel.write(LAMP, False)
    await panel.write(CAR.command("availability"), True)
    await panel.rest(CAR.prefix)
    assert {row["destination"] for row in await shown(bridge, "--ours")}.isdisjoint({LAMP, HALL})
    source = (await shown(bridge, "--ga", LAMP))[-1]["source"]
    assert {row["source"] for row in await shown(bridge, "--source", source)} == {source}
    code, _, complained = await command(bridge, "knx", "monitor", "--ga", "9/8/*")
    assert code == 2
    assert "from 0 to 7" in complained


async def test_whoever_follows_sees_every_telegram_of_a_burst_once_and_in_order(bridge: BridgeProcess, knxd: Knxd):
    count = 1500
    async with running(bridge, "knx", "monitor", "--follow", "--json", "--ga", NAMELESS, "-n", "1") as following:
        assert following.stdout is not None
        async with device(knxd) as meter:
            await meter.write(NAMELESS, b"\xff\xff")
            while json.loads(await asyncio.wait_for(following.stdout.readline(), 15))["payload"] != "FF FF":
                pass
            for number in range(count):
                await meter.write(NAMELESS, number.to_bytes(2))
                if number % 100 == 99:
                    await asyncio.sleep(0.1)
            lines = [await asyncio.wait_for(following.stdout.readline(), 15) for _ in range(count)]
    payloads = [json.loads(line)["payload"] for line in lines]
    assert payloads == [number.to_bytes(2).hex(" ").upper() for number in range(count)]


async def test_a_value_is_read_by_hand_and_the_answer_has_its_sender(bridge: BridgeProcess, knxd: Knxd):
    async with device(knxd, {HALL: bytes.fromhex("0c33")}) as thermometer:
        code, said, _ = await command(bridge, "knx", "read", HALL, "--json")
        assert code == 0
        row = json.loads(said)["row"]
        assert (row["payload"], row["value"], row["name"]) == ("0C 33", "21.5 °C", "Temperature of the hall")
        assert thermometer.asked == [HALL]
        code, said, _ = await command(bridge, "knx", "read", HALL, "--dpt", "5.010")
        assert code == 0
        assert "no value of 5.010" in said


async def test_a_question_that_nobody_answers_says_so(bridge: BridgeProcess):
    code, said, complained = await command(bridge, "knx", "read", SILENT)
    assert (code, said) == (1, "")
    assert complained.startswith(f"nobody has answered for {SILENT} within 3 s")


async def test_of_its_own_object_the_bridge_says_what_it_would_answer(
    bridge: BridgeProcess, panel: Panel, arrive: Arrive
):
    await arrive("CAR", CAR, strict=False)
    mark = panel.mark()
    code, said, _ = await command(bridge, "knx", "read", CAR.state("status"))
    assert code == 0
    assert "would answer 00, 0 (available) (5.010); nothing was sent" in said
    assert panel.telegrams_since(mark, CAR.state("status")) == ()


async def test_what_is_written_by_hand_is_on_the_line_and_in_the_log(bridge: BridgeProcess, knxd: Knxd):
    async with device(knxd) as display:
        code, said, _ = await command(bridge, "knx", "write", HALL, "-3.5")
        assert (code, said) == (0, f"sent to {HALL} (Temperature of the hall): 86 A2, -3.5 °C (9.001)\n")
        assert (await command(bridge, "knx", "write", LAMP, "on"))[0] == 0
        assert (await command(bridge, "knx", "write", NAMELESS, "7", "--dpt", "5.010"))[0] == 0
        await until(lambda: len(display.heard) >= 3, 5, "three telegrams")
        assert display.heard == [(HALL, b"\x86\xa2"), (LAMP, 1), (NAMELESS, b"\x07")]
    _, said, _ = await command(bridge, "log", "--about", "bus", "--json")
    assert f"{HALL} (Temperature of the hall) was written by hand (CLI): 86 A2, -3.5 °C (9.001)" in said


async def test_what_could_not_be_taken_stands_in_the_log_as_well(bridge: BridgeProcess, knxd: Knxd):
    async with device(knxd) as button:
        await button.write(CAR.command("charging"), b"\x02")
        await button.write(CAR.state("charging"), 1)
    end = asyncio.get_running_loop().time() + 5
    while "ignored" not in (said := (await command(bridge, "log", "--about", "bus"))[1]):
        assert asyncio.get_running_loop().time() < end
    assert f"sent 02 on {CAR.command('charging')} (charging), which has the wrong length for 1.010: check the" in said
    assert f"wrote $01 on {CAR.state('charging')}, where only the bridge sends" in said


async def test_a_command_that_is_written_by_hand_is_on_the_line_and_is_obeyed(
    bridge: BridgeProcess, panel: Panel, arrive: Arrive
):
    box = await arrive("WRITTEN", WRITTEN)
    await box.plug()
    await panel.rest(WRITTEN.prefix)
    code, said, _ = await command(bridge, "knx", "write", WRITTEN.command("max_current"), "10A")
    assert code == 0, said
    assert "takes it as if a device had written it" in said
    await panel.expect(WRITTEN.command("max_current"), ampere(10.0))
    await panel.expect(WRITTEN.state("max_current"), ampere(10.0), 8)
    profile = await box.expect_call("SetChargingProfile")
    assert "'limit': 10" in str(profile)
    _, said, _ = await command(bridge, "log", "--about", "wish")
    assert "WRITTEN/1 wish: max_current 10.0 A from CLI (15.15." in said


async def test_nobody_writes_where_the_bridge_itself_sends(bridge: BridgeProcess, panel: Panel):
    mark = panel.mark()
    code, _, complained = await command(bridge, "knx", "write", CAR.state("charging"), "1")
    assert code == 4
    assert "write on the command address of the object" in complained
    code, _, complained = await command(bridge, "knx", "write", NAMELESS, "7")
    assert code == 2
    assert "name it, e.g. DPT 9.001" in complained
    code, _, complained = await command(bridge, "knx", "write", CAR.command("charging"), "7", "--dpt", "5.010")
    assert code == 2
    assert "wrong length for 1.010" in complained
    assert not [one for one in panel.telegrams_since(mark) if one.ga in {CAR.state("charging"), NAMELESS}]


async def test_without_a_bus_nothing_is_read_or_written(tmp_path: Path):
    other = Knxd(tmp_path).start()
    alone = BridgeProcess(tmp_path, House((charger("C", connector(Outlet(1))),)), other.port).start()
    try:
        for words in (("write", HALL, "1", "--dpt", "1.001"), ("read", HALL)):
            await until_disconnected(alone, other)
            code, said, complained = await command(alone, "knx", *words)
            assert (code, said) == (5, "")
            assert complained.startswith("there is no connection to the bus: ")
    finally:
        alone.terminate()
        other.stop()


async def until_disconnected(bridge: BridgeProcess, knxd: Knxd) -> None:
    """The line is gone, and the bridge has noticed."""
    knxd.stop()
    end = asyncio.get_running_loop().time() + 30
    while (await rows(bridge.socket, "bus"))[0]["connected"]:
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.2)


async def test_names_of_a_project_come_with_a_reload_and_a_broken_one_stops_nothing(
    bridge: BridgeProcess, panel: Panel
):
    project = bridge.directory / "project.xml"
    await panel.write(LAMP, True)
    try:
        project.write_text(PROJECT.replace('"Lamp"', '"Chandelier"'), encoding="utf-8")
        await reloaded(bridge, "Chandelier")
        project.write_text("<nonsense/>")
        await reloaded(bridge, "")
        assert "knx.project" in bridge.new_log()
        assert await panel.read(CHARGERS_ONLINE_GA) is not None
    finally:
        project.write_text(PROJECT, encoding="utf-8")
        await reloaded(bridge, "Lamp")


async def reloaded(bridge: BridgeProcess, name: str) -> None:
    """The configuration was read again, and the lamp goes by this name."""
    bridge.sighup()
    end = asyncio.get_running_loop().time() + 10
    while (await rows(bridge.socket, "telegrams", address=LAMP, newest=True, limit=1))[0]["name"] != name:
        assert asyncio.get_running_loop().time() < end, "the name did not change"
        await asyncio.sleep(0.05)
