"""A backup of a bridge at work, on another machine: it starts, knows everything, and goes on."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.patient_charger import PatientCharger, on_disk, promises
from tests.kit.ports import free_udp_port

BUSY = ("BUSY1", "BUSY2")
HOUSE = House(
    (
        *(charger(each, connector(Outlet(main))) for main, each in enumerate(BUSY, 1)),
        charger("OPEN", connector(Outlet(3))),
    ),
    authorization={"mode": "allow_list", "tags_file": "tags.yaml"},
    tags="\n".join(f"- id: CARD{number}" for number in range(100)),
)


def verb(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", COMMAND, *words, "--password-file", "-"]
    return subprocess.run(command, input="mole\n", capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[BridgeProcess]:
    process = BridgeProcess(make_folder(tmp_path / "old"), HOUSE, free_udp_port()).start()
    yield process
    process.kill9()


async def test_a_backup_under_load_is_restored_elsewhere_and_goes_on(bridge: BridgeProcess, tmp_path: Path):
    box = FakeCharger(bridge.url, "OPEN")
    await box.connect()
    await box.plug()
    await box.card("CARD7")
    number = await box.charges()
    frames, enough = asyncio.Semaphore(0), asyncio.Event()
    chargers = [PatientCharger(bridge.url, each, random.Random(each), frames) for each in BUSY]
    backups = tmp_path / "first", tmp_path / "second"
    options = ("-c", str(bridge.config), "--state", str(bridge.state))
    async with asyncio.TaskGroup() as group:
        for each in chargers:
            group.create_task(each.run(enough))
        for _ in range(60):
            await frames.acquire()
        made = await asyncio.to_thread(verb, "backup", str(backups[0]), *options)
        enough.set()
    assert made.returncode == 0, made.stderr
    assert (await asyncio.to_thread(verb, "backup", str(backups[1]), *options)).returncode == 0
    refused = await asyncio.to_thread(verb, "restore", str(backups[0]), *options)
    assert (refused.returncode, "systemctl stop knx-ocpp-bridge" in refused.stderr) == (1, True)
    await box.close()
    bridge.kill9()

    for place, backup in zip(("one", "two"), backups, strict=True):
        new = BridgeProcess(make_folder(tmp_path / place), HOUSE, bridge.gateway_port)
        new.ocpp_port, new.url = bridge.ocpp_port, bridge.url
        new.config.unlink()
        words = ("restore", str(backup), "-c", str(new.config), "--state", str(new.state))
        restored = await asyncio.to_thread(verb, *words)
        assert restored.returncode == 0, restored.stderr
        assert new.config.read_bytes() == bridge.config.read_bytes()
        assert (new.state / "certs/ca.pem").read_bytes() == (bridge.state / "certs/ca.pem").read_bytes()
        try:
            await goes_on(new, box, number)
        finally:
            new.kill9()
        if place == "two":
            promised = {row["id"] for row in promises(chargers)}
            assert promised <= {row["id"] for row in on_disk(new.state)}


def make_folder(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def goes_on(new: BridgeProcess, box: FakeCharger, number: int) -> None:
    """The transaction that was open is still the same one, and a new one has a number that was never given."""
    await asyncio.to_thread(new.start)
    again = FakeCharger(new.url, "OPEN")
    await again.connect()
    reading = {"timestamp": box.now().isoformat(), "sampledValue": [{"value": "15000"}]}
    await again.send("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [reading]})
    await again.send(
        "StopTransaction", {"transactionId": number, "meterStop": 20000, "timestamp": box.now().isoformat()}
    )
    begun = {"connectorId": 1, "idTag": "CARD8", "meterStart": 20000, "timestamp": box.now().isoformat()}
    fresh = (await again.send("StartTransaction", begun))["transactionId"]
    assert fresh > 3_000_000
    await again.close()
    new.kill9()
    (row,) = [row for row in on_disk(new.state) if row["id"] == number]
    assert (row["charger"], row["id_tag"], row["meter_stop_wh"], row["adopted"]) == ("OPEN", "CARD7", 20000, 0)
