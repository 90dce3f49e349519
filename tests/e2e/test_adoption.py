"""A charger that nobody configured is listed, adopted, rejected, forgotten; what was decided outlives a restart."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.ports import free_tcp_port
from tests.kit.until import until

HOUSE = House((charger("GARAGE", connector(Outlet(1))),))
COMMENT = "# the fuse of this house has 25 A\n"


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[BridgeProcess]:
    """Nobody answers on its KNX side, which changes nothing here."""
    process = BridgeProcess(tmp_path, HOUSE, free_tcp_port())
    process.config.write_text(
        f"{COMMENT}knx: {{connection: tunneling, gateway: 127.0.0.1:{process.gateway_port}}}\n"
        f"ocpp: {{listen: 127.0.0.1:{process.ocpp_port}, tls: off}}\n"
        "chargers:\n  - id: GARAGE   # the only one so far\n    connectors: [{id: 1}]\n"
    )
    process.start()
    yield process
    process.terminate()


class Newcomer:
    """A charger with three connectors that answers GetConfiguration and nothing else."""

    def __init__(self, link: ClientConnection) -> None:
        self._link = link
        self._answers: asyncio.Queue[dict] = asyncio.Queue()
        self._reading = asyncio.create_task(self._read())

    async def boots(self) -> str:
        """It boots; the registration status."""
        boot = {"chargePointVendor": "ACME", "chargePointModel": "Box", "iccid": "8931"}
        await self._link.send(json.dumps([2, "b", "BootNotification", boot]))
        return (await asyncio.wait_for(self._answers.get(), 5))["status"]

    async def _read(self) -> None:
        async for text in self._link:
            kind, number, *rest = json.loads(text)
            if kind == 3:
                self._answers.put_nowait(rest[0])
            elif rest[0] == "GetConfiguration":
                key = {"key": "NumberOfConnectors", "readonly": True, "value": "3"}
                await self._link.send(json.dumps([3, number, {"configurationKey": [key]}]))
            else:
                await self._link.send(json.dumps([4, number, "NotImplemented", "", {}]))


@contextlib.asynccontextmanager
async def dials(bridge: BridgeProcess, identity: str) -> AsyncIterator[Newcomer]:
    async with connect(f"{bridge.url}/{identity}", subprotocols=["ocpp1.6"], compression=None) as link:
        newcomer = Newcomer(link)
        yield newcomer
        newcomer._reading.cancel()


async def command(bridge: BridgeProcess, *words: str) -> tuple[int, str]:
    """Exit code and what was printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMMAND, *words, "--socket", str(bridge.socket),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, said.decode()


async def test_an_adopted_charger_is_served_at_once_and_after_a_restart(bridge: BridgeProcess):
    async with dials(bridge, "NEW") as box:
        assert await box.boots() == "Pending"
        _, said = await command(bridge, "chargers", "pending", "--json")
        (stranger,) = json.loads(said)["strangers"]
        assert (stranger["id"], stranger["iccid"], stranger["tries"]) == ("NEW", "8931", 1)
        code, said = await command(bridge, "chargers", "adopt", "new", "--name", "Yard")
        assert code == 0, said
        assert "with 3 connectors" in said
        assert await box.boots() == "Accepted"
    written = bridge.config.read_text()
    assert written.startswith(COMMENT)
    assert "# the only one so far" in written
    assert (bridge.state / "config-backups").is_dir()
    bridge.restart()
    async with dials(bridge, "NEW") as box:
        assert await box.boots() == "Accepted"


async def test_a_rejected_charger_stays_rejected_until_it_is_forgotten(bridge: BridgeProcess):
    async with dials(bridge, "NEW") as box:
        assert await box.boots() == "Pending"
        assert (await command(bridge, "chargers", "reject", "NEW"))[0] == 0
        assert await box.boots() == "Rejected"
    bridge.restart()
    async with dials(bridge, "NEW") as box:
        assert await box.boots() == "Rejected"
    assert (await command(bridge, "chargers", "forget", "NEW"))[0] == 0
    async with dials(bridge, "NEW") as box:
        assert await box.boots() == "Pending"


async def test_while_the_window_is_open_a_charger_that_boots_is_adopted(bridge: BridgeProcess):
    assert (await command(bridge, "chargers", "window", "5"))[0] == 0
    async with dials(bridge, "NEW") as box:
        first = await box.boots()
        await until(lambda: "id: 3" in bridge.config.read_text(), 15, "it stands in the configuration")
        await asyncio.sleep(1.0)  # until the file is read again
        assert (first, await box.boots()) == ("Pending", "Accepted")
    assert bridge.config.read_text().count("id: 3") == 1
    bridge.restart()
    _, said = await command(bridge, "chargers", "pending", "--json")
    assert json.loads(said) == {
        "window": {"open": False, "closes_in_s": 0, "left": 0, "adopted": []},
        "strangers": [],
    }


async def test_whoever_must_show_a_password_and_has_none_is_listed_with_the_reason(bridge: BridgeProcess):
    assert (await command(bridge, "chargers", "password", "GARAGE", "--profile", "1"))[0] == 0
    with pytest.raises(InvalidStatus, match="401"):
        async with dials(bridge, "GARAGE"):
            pass
    _, said = await command(bridge, "chargers", "show", "GARAGE", "--json")
    assert "no user name and password" in json.loads(said)["refused"]["reason"]
    _, said = await command(bridge, "failures", "--json")
    assert json.loads(said.splitlines()[-1])["kind"] == "unauthorized"


async def test_what_happened_is_in_the_log_after_a_restart_too(bridge: BridgeProcess):
    async with dials(bridge, "GARAGE") as box:
        assert await box.boots() == "Accepted"
        _, said = await command(bridge, "trace", "GARAGE", "--json")
        assert [json.loads(line)["action"] for line in said.splitlines()[:2]] == ["BootNotification"] * 2
    bridge.restart()
    _, said = await command(bridge, "log", "--charger", "garage", "--about", "BootNotification", "--json")
    assert "boot: ACME Box" in json.loads(said.splitlines()[0])["text"]
    assert (await command(bridge, "trace", "GARAGE", "--json"))[1] == ""
