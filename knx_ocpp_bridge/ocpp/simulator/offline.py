"""What the charger did while nobody listened, some time ago: whole transactions with times of their own. Pure."""

from datetime import datetime, timedelta
from typing import Final

from ocpp.v16.enums import Reason

from knx_ocpp_bridge.ocpp.simulator.charge_point import ChargePoint
from knx_ocpp_bridge.ocpp.simulator.profiles import NOMINAL_V

_READING_EVERY: Final = timedelta(minutes=15)


def charged(
    charger: ChargePoint, connector: int, id_tag: str, began: datetime, lasted: timedelta, energy_wh: float
) -> None:
    """Queue start, a reading each quarter of an hour, and end (Local, by the same card); all told when it is online.

    The register of the connector moves by this energy, evenly.

    Raises:
        ValueError: a transaction is open there, or the time is none.
    """
    where = charger.connectors[connector]
    if where.transaction is not None:
        raise ValueError(f"connector {connector} charges; it cannot have charged meanwhile")
    if lasted <= timedelta():
        raise ValueError("it has to last some time")
    served, metered_at, meter_wh = where.served, where.metered_at, where.meter_wh
    current_a = energy_wh / (lasted / timedelta(hours=1)) / charger.plan.phases / NOMINAL_V
    charger.begin(where, id_tag, "", began)
    at = began
    while (at := at + _READING_EVERY) < began + lasted:
        where.meter_wh = meter_wh + energy_wh * ((at - began) / lasted)
        charger.send_meter_values(where, at, current_a)
    where.meter_wh = meter_wh + energy_wh
    charger.stop(where, Reason.local, began + lasted, id_tag)
    where.served, where.metered_at = served, metered_at
