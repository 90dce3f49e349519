"""A disk that takes nothing more: charging goes on, and what was promised is on it when it does again.

The disk is a limit on the length of files (RLIMIT_FSIZE), which to the daemon is a write that fails.
"""

import asyncio
import random
import re
import resource
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.patient_charger import PatientCharger, on_disk, promises
from tests.kit.ports import free_udp_port
from tests.kit.until import until

IDS = ("FULL1", "FULL2")
CHARGERS = tuple(charger(each, connector(Outlet(main))) for main, each in enumerate(IDS, 1))
HOUSE = House(CHARGERS, more={"log": {"level": "warning"}})
"""Its own log is a file as well."""
SMALL = 16 * 1024
REFUSES = "the disk refuses (disk I/O error)"
WELL = re.compile("everything is on the disk again|the disk takes everything again; 0 entries with facts")
"""Two chargers without a pause may log more within ten seconds than is kept; facts are never among what is lost."""


def limit(bridge: BridgeProcess, size: int) -> None:
    """No file of the daemon grows beyond this size."""
    resource.prlimit(bridge.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def answers(bridge: BridgeProcess) -> bool:
    """The command line is served: what is on disk can be read."""
    command = [sys.executable, "-c", COMMAND, "log", "--socket", str(bridge.socket)]
    return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[BridgeProcess]:
    process = BridgeProcess(tmp_path, HOUSE, free_udp_port()).start()
    yield process
    process.kill9()


@asynccontextmanager
async def charging(bridge: BridgeProcess) -> AsyncIterator[list[PatientCharger]]:
    """Chargers that charge one car after the other; at the end the last one is ended too."""
    frames, enough = asyncio.Semaphore(0), asyncio.Event()
    chargers = [PatientCharger(bridge.url, each, random.Random(each), frames) for each in IDS]
    async with asyncio.TaskGroup() as group:
        for each in chargers:
            group.create_task(each.run(enough))
        yield chargers
        enough.set()


async def more(chargers: list[PatientCharger], number: int) -> None:
    """Every charger has charged so many cars more."""
    wanted = [len(each.promises) + number for each in chargers]

    def done() -> bool:
        return all(len(each.promises) >= count for each, count in zip(chargers, wanted, strict=True))

    await until(done, 30, f"every charger has charged {number} more cars")


async def test_charging_goes_on_while_the_disk_takes_nothing_and_all_is_on_it_afterwards(bridge: BridgeProcess):
    async with charging(bridge) as chargers:
        await more(chargers, 2)
        limit(bridge, SMALL)
        await more(chargers, 20)
        assert await asyncio.to_thread(answers, bridge)
        log = bridge.new_log()
        assert (log.count(REFUSES), len(WELL.findall(log))) == (1, 0), log
        assert len(on_disk(bridge.state)) < sum(len(each.promises) for each in chargers)
        limit(bridge, resource.RLIM_INFINITY)
        await until(lambda: WELL.search(bridge.log.read_text()) is not None, 15, "the disk is tried again")
        await more(chargers, 2)
    bridge.kill9()
    assert on_disk(bridge.state) == promises(chargers)


async def test_an_orderly_end_writes_what_waits(bridge: BridgeProcess):
    async with charging(bridge) as chargers:
        limit(bridge, SMALL)
        await more(chargers, 20)
    limit(bridge, resource.RLIM_INFINITY)
    bridge.terminate()
    assert on_disk(bridge.state) == promises(chargers)


async def test_an_end_at_which_the_disk_still_refuses_is_no_orderly_one(bridge: BridgeProcess):
    async with charging(bridge) as chargers:
        limit(bridge, SMALL)
        await more(chargers, 20)
    with pytest.raises(AssertionError, match="ended with 1"):
        bridge.terminate()
    log = bridge.new_log()
    assert "bridge.db: the disk or the database refuses (disk I/O error)" in log
    assert "Traceback" not in log


async def test_after_a_loss_of_power_with_a_full_disk_no_number_is_given_again(bridge: BridgeProcess):
    async with charging(bridge) as chargers:
        limit(bridge, SMALL)
        await more(chargers, 20)
    bridge.kill9()
    given = {promise.number for each in chargers for promise in each.promises}
    bridge.start()
    async with charging(bridge) as later:
        await more(later, 1)
    bridge.kill9()
    again = {promise.number for each in later for promise in each.promises}
    assert not given & again
