"""What a kilowatt-hour costs by the year, as the installer writes it."""

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

from knx_ocpp_bridge.config.fields import refusal

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_YEAR: Final = re.compile(r"2[0-9]{3}")
_MOST: Final = Decimal(10_000)
_FINEST: Final = 6
"""Decimals of a price, at most."""


def _currency(written: object) -> object:
    if not isinstance(written, str) or _CURRENCY.fullmatch(written) is None:
        raise refusal(f"{written} is no currency", "write three capital letters, like EUR (ISO 4217)")
    return written


def _price(written: object) -> Decimal:
    """Exact: the shortest decimal that is this number, as it was typed."""
    remedy = "write what one kWh costs, like 0.34"
    if isinstance(written, bool) or not isinstance(written, int | float | str | Decimal):
        raise refusal("this is no price", remedy)
    try:
        price = Decimal(str(written))
    except InvalidOperation:
        raise refusal(f"{written!r} is no price", remedy) from None
    if not price.is_finite() or not 0 <= price < _MOST:
        raise refusal(f"{written} is out of range", remedy)
    if int(price.as_tuple().exponent) < -_FINEST:
        raise refusal(f"{written} has more than {_FINEST} decimals", remedy)
    return price


def _by_year(written: object) -> object:
    if not isinstance(written, dict):
        raise refusal("prices stand under their years", "write a year and what one kWh costs, like 2026: 0.34")
    for year in written:
        if _YEAR.fullmatch(str(year)) is None:
            raise refusal(f"{year} is no year", "write four digits, like 2026: 0.34")
    return written


def priced(written: object) -> object:
    """A bare number is a price without a basis."""
    return written if isinstance(written, dict) else {"price": written}


Currency = Annotated[str, BeforeValidator(_currency), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})]
KilowattHourPrice = Annotated[
    Decimal, BeforeValidator(_price), WithJsonSchema({"type": ["number", "string"], "minimum": 0, "examples": [0.34]})
]
ByYear = BeforeValidator(_by_year)
"""For a mapping: its keys are years."""
