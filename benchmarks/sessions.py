"""Sessions as a building of ten chargers has them: two a day at each, four hours long, with a point a minute."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from knx_ocpp_bridge.core.facts import DayEnergy, StartedBy, Transaction
from knx_ocpp_bridge.core.status import StopReason
from knx_ocpp_bridge.core.step import Sampled
from knx_ocpp_bridge.core.values import ConnectorId, IdTag, TransactionId

CHARGERS: Final = 10
STARTS: Final = (timedelta(hours=8), timedelta(hours=18))
LASTS: Final = timedelta(hours=4)
POWER_W: Final = 11_040
_ENERGY_WH: Final = POWER_W * 4
_CARDS: Final = 25


def ended(number: int, began: datetime, meter_wh: int = 0) -> Transaction:
    """A transaction that was started by a card and has ended."""
    over = began + LASTS
    return Transaction(
        id=TransactionId(number),
        connector=ConnectorId(1),
        id_tag=IdTag(f"04A2B3C4{number % _CARDS:04X}"),
        meter_start_wh=meter_wh,
        started_at=began,
        charger_time=began,
        stopped_at=over,
        meter_stop_wh=meter_wh + _ENERGY_WH,
        energy_wh=_ENERGY_WH,
        reason=StopReason.LOCAL,
        started_by=StartedBy.CARD,
        meter_serial="METER-4711",
        days=(DayEnergy(over.date(), _ENERGY_WH),),
    )


def points(transaction: Transaction) -> Iterator[Sampled]:
    """Its curve: a point a minute, no two the same."""
    for minute in range(1, LASTS // timedelta(minutes=1)):
        power_w = POWER_W - minute % 7 * 10
        at = transaction.started_at + timedelta(minutes=minute)
        energy_wh = POWER_W * minute // 60
        yield Sampled(transaction.id, at, energy_wh, float(power_w), round(power_w / 690, 1))
