"""The power goes at any moment: what a charger was promised is on disk, once, and no number is given twice."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.kit.bridge import BridgeProcess
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.patient_charger import PatientCharger, on_disk, promises
from tests.kit.ports import free_udp_port

IDS = ("CUT1", "CUT2", "CUT3")
HOUSE = House(tuple(charger(each, connector(Outlet(main))) for main, each in enumerate(IDS, 1)))
SEED = 4
"""Of the moments and of what the chargers do; another one is as good."""


async def cut(bridge: BridgeProcess, frames: asyncio.Semaphore, dice: random.Random) -> None:
    """SIGKILL, some frames later and some moment after."""
    while not frames.locked():
        await frames.acquire()
    for _ in range(dice.randrange(1, 60)):
        await frames.acquire()
    await asyncio.sleep(dice.random() * 0.01)
    bridge.kill9()
    await asyncio.to_thread(bridge.start)


async def cuts(folder: Path, number: int, seed: int) -> None:
    print(f"seed {seed}")
    dice = random.Random(seed)
    bridge = BridgeProcess(folder, HOUSE, free_udp_port())
    await asyncio.to_thread(bridge.start)
    try:
        await cuts_in(bridge, number, dice)
    finally:
        bridge.kill9()


async def cuts_in(bridge: BridgeProcess, number: int, dice: random.Random) -> None:
    frames, enough = asyncio.Semaphore(0), asyncio.Event()
    chargers = [PatientCharger(bridge.url, each, random.Random(dice.random()), frames) for each in IDS]
    async with asyncio.TaskGroup() as group:
        for each in chargers:
            group.create_task(each.run(enough))
        for _ in range(number):
            await cut(bridge, frames, dice)
        enough.set()
    # The last of it is not even given the time for an orderly end.
    bridge.kill9()
    found, promised = on_disk(bridge.state), promises(chargers)
    assert found == promised
    assert len({row["id"] for row in found}) == len(promised)
    repeated = sum(promise.asked > 1 for each in chargers for promise in each.promises)
    print(f"{number} cuts, {len(promised)} transactions, {repeated} starts sent more than once")
    assert len(promised) > number // 2


async def test_nothing_that_a_charger_was_promised_is_lost_by_fifteen_power_cuts(tmp_path: Path):
    await cuts(tmp_path, 15, SEED)


@pytest.mark.long
async def test_nothing_that_a_charger_was_promised_is_lost_by_two_hundred_power_cuts(tmp_path: Path):
    await cuts(tmp_path, 200, SEED + 1)
