"""Routing by multicast, and somebody pulls the cable: on two machines in network namespaces."""

import asyncio
import contextlib
import json
import subprocess
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.kit.bridge import BridgeProcess
from tests.kit.cable import HERE_ADDRESS, THERE_ADDRESS, Cable, start
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.looking import rows
from tests.kit.relay import outside
from tests.kit.until import until

pytestmark = pytest.mark.netns

OUTLET = Outlet(1)
STATUS, COMMAND = OUTLET.state("status"), OUTLET.command("charging")
KNX = {"connection": "routing", "local_address": HERE_ADDRESS, "individual_address": "1.1.240", "gateway": None}
HOUSE = House((charger("CAR", connector(OUTLET, "online")),), knx=KNX)
CHARGES, CAR_PAUSES, PAUSED = "02", "03", "04"


class Router:
    """The other machine: what it has heard, and its hand at the switch."""

    def __init__(self, program: "subprocess.Popen[bytes]") -> None:
        self._program = program
        self.heard: list[tuple[float, str, str]] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def switch(self, ga: str, on: bool) -> None:
        assert self._program.stdin is not None
        self._program.stdin.write(f"{ga} {int(on)}\n".encode())
        self._program.stdin.flush()

    def said(self, ga: str, since: int = 0) -> list[str]:
        return [value for _, address, value in self.heard[since:] if address == ga]

    async def hears(self, ga: str, value: str, within_s: float = 10.0, since: int = 0) -> None:
        await until(lambda: value in self.said(ga, since), within_s, f"{value} on {ga}")

    async def rests(self, quiet_s: float = 1.0) -> None:
        await until(lambda: not self.heard or time.monotonic() - self.heard[-1][0] > quiet_s, 20, "silence")

    def _read(self) -> None:
        assert self._program.stdout is not None
        for line in self._program.stdout:
            told = json.loads(line)
            if isinstance(told, list):
                self.heard.append(tuple(told))


class Home:
    def __init__(self, cable: Cable, bridge: BridgeProcess, box: FakeCharger, router: Router) -> None:
        self.cable, self.bridge, self.box, self.router = cable, bridge, box, router

    async def bus(self) -> Any:
        (row,) = await rows(self.bridge.socket, "bus")
        return row

    async def stands(self, connected: bool, within_s: float) -> float:
        """Wait until the bridge thinks so of its bus; how long that took."""
        began = time.monotonic()
        while (await self.bus())["connected"] is not connected:
            assert time.monotonic() - began < within_s, f"connected is not {connected} within {within_s} s"
            await asyncio.sleep(0.02)
        return time.monotonic() - began


@contextlib.contextmanager
def program(machine, module, *arguments):
    running = start(machine, module, *arguments)
    assert running.stdout is not None
    assert b"ready" in running.stdout.readline()
    try:
        yield running
    finally:
        running.kill()
        running.wait(5)
        for pipe in (running.stdin, running.stdout):
            if pipe is not None:
                pipe.close()


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    """A bridge here and a router there; the car charges, and all has been told."""
    with Cable() as cable, program(cable.there, "tests.kit.multicast_peer", THERE_ADDRESS) as peer:
        router = Router(peer)
        bridge = BridgeProcess(tmp_path, HOUSE, 0, under=cable.here)
        await asyncio.to_thread(bridge.start)
        door = tmp_path / "door.sock"
        try:
            with program(cable.here, "tests.kit.relay", str(door), str(bridge.ocpp_port)):
                async with outside(door) as port, FakeCharger(f"ws://127.0.0.1:{port}", "CAR") as box:
                    await box.plug()
                    router.switch(COMMAND, True)
                    await box.charges()
                    await router.hears(STATUS, CHARGES)
                    await router.rests()
                    yield Home(cable, bridge, box, router)
        finally:
            print(bridge.new_log())
            await asyncio.to_thread(bridge.terminate)


async def test_a_pulled_cable_is_noticed_and_what_is_sent_into_it_is_not_counted(home: Home):
    told = len(home.router.heard)
    assert (await home.bus())["sent"] == told
    home.cable.pull()
    await home.box.says(1, "SuspendedEV")
    assert await home.stands(False, 3) < 3
    assert "the link of here is down" in (await home.bus())["trouble"]
    await home.box.says(1, "SuspendedEVSE")
    home.router.switch(COMMAND, False)
    await asyncio.sleep(6)
    assert (await home.bus())["sent"] == told
    home.cable.plug()
    await home.stands(True, 12)
    await home.router.hears(STATUS, PAUSED, since=told)
    await home.router.rests()
    addresses = [ga for _, ga, _ in home.router.heard[told:]]
    assert len(addresses) == len(set(addresses))  # each once, and the newest
    assert (await home.bus())["sent"] == len(home.router.heard)
    assert home.box.calls_of("RemoteStopTransaction") == []  # pressed while the cable was out
    home.router.switch(COMMAND, False)
    await home.box.expect_call("RemoteStopTransaction")


async def test_a_pulled_cable_is_noticed_while_all_is_quiet(home: Home):
    told = len(home.router.heard)
    home.cable.pull()
    assert await home.stands(False, 20) < 3
    home.cable.plug()
    await home.stands(True, 12)
    await home.box.says(1, "SuspendedEV")
    await home.router.hears(STATUS, CAR_PAUSES, since=told)
    assert home.box.transaction() is not None
