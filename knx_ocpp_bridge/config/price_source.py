"""The types of what says where prices of energy are told, and how they stand in what is read there."""

import re
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from knx_ocpp_bridge.config.fields import Number, Text, refusal
from knx_ocpp_bridge.config.section import Section

_LONGEST: Final = 2000
_PRINTABLE: Final = re.compile(r"[!-~]+")
DAYS_IN_URL: Final = ("yesterday", "today", "tomorrow")
"""`{today}` in an address stands for the date there and then, like 2026-11-21."""
PriceFormat = Literal["csv", "rows", "arrays"]


def _url(written: object) -> str:
    """Of http or https. No message repeats it: a key of the service may stand in it."""
    if not isinstance(written, str) or len(written) > _LONGEST or not _is_address(written):
        remedy = "write it whole, like https://prices.example.org/today.json"
        raise refusal("this is no address of prices", remedy, repeats=False)
    if set(re.findall(r"\{([^{}]*)\}", written)) - set(DAYS_IN_URL):
        remedy = "write {yesterday}, {today} or {tomorrow}, or %7B and %7D"
        raise refusal("what stands in braces is no day", remedy, repeats=False)
    return written


def _is_address(written: str) -> bool:
    if _PRINTABLE.fullmatch(written) is None:
        return False
    try:
        parts = urlsplit(written)
        return (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        )
    except ValueError:
        return False


def _factor(written: float) -> float:
    if written == 0:
        raise refusal("times 0 every price is 0", "write what makes it a price of one kWh, like 0.001 for EUR/MWh")
    return written


Url = Annotated[str, BeforeValidator(_url), Field(repr=False), WithJsonSchema({"type": "string", "format": "uri"})]
Factor = Annotated[float, Number, Field(gt=-1e6, lt=1e6, allow_inf_nan=False), AfterValidator(_factor)]
"""Not 0."""


class PriceFields(Section):
    """How the parts of a price are called where it is read; names in JSON may be ways into it, like `data.values`."""

    rows: Text = ""
    """`rows`: where the list is; empty: what is read is the list."""
    begin: Text = "begin"
    """When it begins to count; `arrays`: the list of these."""
    end: Text = ""
    """When it ends; empty: when the next one begins."""
    price: Text = "price"
    """The price; `arrays`: the list of these."""
