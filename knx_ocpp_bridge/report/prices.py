"""What was charged in money: exact decimals, each transaction rounded to the cent by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from knx_ocpp_bridge.report.rows import Row

_CENT: Final = Decimal("0.01")
_WH_PER_KWH: Final = 1000


@dataclass(frozen=True, slots=True)
class Price:
    """Of one kWh in one year, and where it is from."""

    per_kwh: Decimal
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """What the configuration says of the building; `prices` by the year."""

    name: str
    zone: tzinfo
    currency: str = "EUR"
    prices: Mapping[int, Price] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """A transaction with its price per kWh and its amount; None: its year has no price, or it has not ended."""

    row: Row
    price: Decimal | None = None
    amount: Decimal | None = None


def priced(row: Row, site: Site) -> Line:
    """The transaction in money: the price is that of the year of the local day on which it ends.

    The amount is rounded to the cent, half a cent up; totals are sums of rounded amounts.
    """
    if row.stopped_at is None or row.energy_wh is None:
        return Line(row)
    price = site.prices.get(row.stopped_at.astimezone(site.zone).year)
    if price is None:
        return Line(row)
    return Line(row, price.per_kwh, (kwh(row.energy_wh) * price.per_kwh).quantize(_CENT, ROUND_HALF_UP))


def kwh(energy_wh: int) -> Decimal:
    """Exactly so many kWh, with three decimals."""
    return Decimal(energy_wh) / _WH_PER_KWH
