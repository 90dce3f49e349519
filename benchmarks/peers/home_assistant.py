"""Peer: Home Assistant's recorder as it comes (SQLite, a commit every 5 s, its statistics), fed by hand.

The entities are those that its OCPP integration makes of a charger with one connector; in each reading energy, power,
current, voltage, session time, session energy and both latencies change. To be run by its own Python, and in a hurry:
see docs/benchmarks.md. Arguments: a directory that is replaced, hours of the session, seconds between two readings.
"""

import asyncio
import random
import shutil
import sys
from pathlib import Path
from typing import Any

from homeassistant import config_entries, core, loader
from homeassistant.components.recorder import get_instance
from homeassistant.helpers import (
    area_registry,
    category_registry,
    device_registry,
    entity_registry,
    floor_registry,
    issue_registry,
    label_registry,
    recorder,
    translation,
)
from homeassistant.setup import async_setup_component

_QUIET = (
    *("status", "error_code", "status_firmware", "id_tag", "reconnects", "id", "vendor", "model", "serial"),
    *("version_firmware", "features", "connectors", "timestamp_config_response", "timestamp_data_response"),
    *("timestamp_data_transfer", "heartbeat", "status_connector", "error_code_connector", "stop_reason"),
)
_REGISTRIES = (
    *(area_registry, category_registry, device_registry, entity_registry, floor_registry),
    *(issue_registry, label_registry),
)
_ENERGY = {"device_class": "energy", "state_class": "total_increasing", "unit_of_measurement": "kWh"}
_IDLE_S, _SETTLE_S = 3600, 600


class Charger:
    """The entities of one charger."""

    def __init__(self, hass: core.HomeAssistant) -> None:
        self._states = hass.states
        for key in _QUIET:
            self.show(key, "unknown")

    def show(self, key: str, value: object, **attributes: Any) -> None:
        shown = {"icon": "mdi:ev-station", "friendly_name": f"garage {key}", **attributes}
        self._states.async_set(f"sensor.garage_{key}", str(value), shown)

    def begins(self) -> None:
        self.show("status_connector", "Preparing")
        self.show("id_tag", "04A2B3C4")
        self.show("transaction_id", 100)
        self.show("energy_meter_start", 10.0, **_ENERGY)
        self.show("status_connector", "Charging")

    def measures(self, at_s: int) -> None:
        """The reading so many seconds after the start; 11 kW, as steady as a car is."""
        current_a, voltage_v = (round(middle + random.random() / 2, 1) for middle in (15.7, 229.7))
        taken_kwh = round(11.0 * at_s / 3600, 3)
        self._measured("energy_active_import_register", 10 + taken_kwh, **_ENERGY)
        self._measured("power_active_import", round(current_a * 690), device_class="power", unit_of_measurement="W")
        phases = dict.fromkeys(("L1", "L2", "L3"), current_a)
        self._measured("current_import", current_a, device_class="current", unit_of_measurement="A", **phases)
        neutral = dict.fromkeys(("L1-N", "L2-N", "L3-N"), voltage_v)
        self._measured("voltage", voltage_v, device_class="voltage", unit_of_measurement="V", **neutral)
        self.show("energy_session", taken_kwh, **_ENERGY)
        self.show("time_session", at_s // 60, state_class="measurement", unit_of_measurement="min")
        for way in ("ping", "pong"):
            delay_ms = random.randint(1, 30)
            self.show(f"latency_{way}", delay_ms, state_class="measurement", unit_of_measurement="ms")

    def ends(self) -> None:
        for key, value in (("status_connector", "Finishing"), ("stop_reason", "Local"), ("transaction_id", 0)):
            self.show(key, value)
        self.show("status_connector", "Available")

    def _measured(self, key: str, value: float, **attributes: Any) -> None:
        self.show(key, value, context="Sample.Periodic", **{"state_class": "measurement", **attributes})


async def main(directory: Path, hours: int, every_s: int) -> None:
    hass = await _home(directory)
    charger = Charger(hass)
    await asyncio.sleep(_SETTLE_S)
    before = _written()
    await asyncio.sleep(_IDLE_S)
    _tell("an hour with nobody there", before)
    before = _written()
    charger.begins()
    for reading in range(1, hours * 3600 // every_s + 1):
        await asyncio.sleep(every_s)
        charger.measures(reading * every_s)
    charger.ends()
    await asyncio.sleep(_SETTLE_S)
    await get_instance(hass).async_block_till_done()
    _tell(f"a session of {hours} h, a reading every {every_s} s", before)
    await hass.async_stop()


async def _home(directory: Path) -> core.HomeAssistant:
    """As little of it as its recorder needs."""
    hass = core.HomeAssistant(str(directory))
    loader.async_setup(hass)
    hass.config_entries = config_entries.ConfigEntries(hass, {})
    translation.async_setup(hass)
    for registry in _REGISTRIES:
        await registry.async_load(hass)
    recorder.async_initialize_recorder(hass)
    if not await async_setup_component(hass, "recorder", {"recorder": {}}):
        raise SystemExit("the recorder does not start")
    await hass.async_start()
    await get_instance(hass).async_db_ready
    return hass


def _written() -> tuple[int, int]:
    """Bytes of pages made to be written to the disk, and bytes handed to files."""
    lines = Path("/proc/self/io").read_text().splitlines()
    counts = dict(line.split(": ") for line in lines)
    return int(counts["write_bytes"]), int(counts["wchar"])


def _tell(what: str, before: tuple[int, int]) -> None:
    to_disk, to_files = (now - then for now, then in zip(_written(), before, strict=True))
    print(f"{what}: to the disk {to_disk / 1000:,.0f} kB, handed to files {to_files / 1000:,.0f} kB", flush=True)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    asyncio.run(main(place, int(sys.argv[2]), int(sys.argv[3])))
