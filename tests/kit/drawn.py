"""Charges whose curve and days are looked at."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.core.events import MeterReading, Sample
from knx_ocpp_bridge.core.facts import Transaction
from knx_ocpp_bridge.core.values import Clock, TransactionId
from tests.kit.life import CURRENT, ENERGY, NOON, POWER, Life, garage

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EVENING = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
"""23:00 in Amsterdam: an hour before midnight."""


def charging(utc: datetime = NOON, meter_wh: int = 1000, clock: Clock = Clock.SANE) -> tuple[Life, TransactionId]:
    life = Life(garage(zone=AMSTERDAM), utc=utc, clock=clock)
    life.arrives()
    life.utc = utc
    return life, life.charges(meter_wh=meter_wh)


def record(life: Life, number: int) -> Transaction:
    return life.memory.transactions[TransactionId(number)]


def days(life: Life, number: int) -> list[tuple[str, int]]:
    return [(f"{one.day:%m-%d}", one.energy_wh) for one in record(life, number).days]


def reading(at: datetime | None, register: float, power_w: float = 7000.0) -> MeterReading:
    return MeterReading(at, (Sample(ENERGY, register), Sample(POWER, power_w), Sample(CURRENT, 10.0)))


# points
