"""Where prices of energy are told: a file or an address, and how the prices stand in what is read there."""

import re
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from knx_ocpp_bridge.config.fields import FilePath, Number, Text, refusal
from knx_ocpp_bridge.config.section import Section

_LONGEST: Final = 2000
_PRINTABLE: Final = re.compile(r"[!-~]+")
DAYS_IN_URL: Final = ("yesterday", "today", "tomorrow")
"""`{today}` in an address stands for the date there and then, like 2026-11-21."""
PriceFormat = Literal["csv", "rows", "arrays"]


def _url(written: object) -> str:
    remedy = "write it whole, like https://prices.example.org/today.json"
    if not isinstance(written, str) or len(written) > _LONGEST or _PRINTABLE.fullmatch(written) is None:
        raise refusal("this is no address of prices", remedy)
    try:
        parts = urlsplit(written)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
        parts = urlsplit("")
    if not sound:
        raise refusal("this is no address of prices", remedy)
    if "@" in parts.netloc:
        raise refusal("a name or password stands in the address", "take it out: it would be seen by everybody who may")
    unknown = sorted(set(re.findall(r"\{([^{}]*)\}", written)) - set(DAYS_IN_URL))
    if unknown:
        raise refusal(f"{{{unknown[0]}}} is no day", "write {yesterday}, {today} or {tomorrow}")
    return written


Url = Annotated[str, BeforeValidator(_url), WithJsonSchema({"type": "string", "format": "uri"})]


def _factor(written: float) -> float:
    if written == 0:
        raise refusal("times 0 every price is 0", "write what makes it a price of one kWh, like 0.001 for EUR/MWh")
    return written


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


class PriceSource(Section):
    """Where prices are told, if anywhere."""

    file: FilePath | None = None
    """Prices of known hours in a file, relative to this one; it is read again when it changes."""
    url: Url | None = None
    """Prices of known hours at an http or https address; `{today}`, `{tomorrow}` and `{yesterday}` are dates in it."""
    format: PriceFormat = "csv"
    """`csv`: a table; `rows`: a list of objects in JSON; `arrays`: lists beside each other in JSON."""
    fields: PriceFields = PriceFields()
    """How the parts of a price are called there."""
    factor: Annotated[float, Number, Field(gt=-1e6, lt=1e6, allow_inf_nan=False), AfterValidator(_factor)] = 1.0
    """What is read times this is the price of one kWh: 0.001 where it is told by MWh."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.file is not None and self.url is not None:
            raise refusal("prices come from a file or from an address", "take `file` or `url` out")
        return self
