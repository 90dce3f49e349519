"""What the installer says of the price of energy."""

from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from knx_ocpp_bridge.config.fields import FilePath, Number, refusal
from knx_ocpp_bridge.config.price_source import Factor, PriceFields, PriceFormat, Url
from knx_ocpp_bridge.config.section import Section
from knx_ocpp_bridge.config.week import DAYS, Days, TimeOfDay

_MOST: Final = 1000.0
EnergyPrice = Annotated[float, Number, Field(ge=-_MOST, le=_MOST, allow_inf_nan=False)]
"""Of one kWh in the currency of the site; it may be below 0."""


def _numbered(written: object) -> object:
    if isinstance(written, dict):
        for key in written:
            if not (str(key).isascii() and str(key).isdecimal() and str(int(str(key))) == str(key) and int(key) < 255):
                raise refusal(f"{key} is no number of a tariff", "write numbers from 0 to 254, like {1: 0.34, 2: 0.24}")
    return written


class Zone(Section):
    """A time of the week with its own price."""

    days: Days = DAYS
    """On which it begins: `mon` to `sun`; left out: every day."""
    begins: TimeOfDay = Field(alias="from")
    """Time of day, in the site's time zone."""
    ends: TimeOfDay = Field(alias="to")
    """Time of day; not after `from`: on the next day."""
    price: EnergyPrice
    """Of one kWh."""


class Tariff(Section):
    """What energy costs when."""

    price: EnergyPrice | None = None
    """Of one kWh outside of all zones."""
    zones: tuple[Zone, ...] = ()
    """Times of the week with their own price."""
    surcharge: EnergyPrice = 0.0
    """Fees and taxes on each kWh of a price that was told."""
    numbers: Annotated[
        dict[str, EnergyPrice],
        BeforeValidator(_numbered),
        Field(json_schema_extra={"propertyNames": {"pattern": "^(0|[1-9][0-9]{0,2})$"}}),
    ] = Field(default_factory=dict)
    """Of one kWh while the input `tariff` tells this number."""
    file: FilePath | None = None
    """Prices of known hours in a file, relative to this one; it is read again when it changes."""
    url: Url = ""
    """Prices of known hours at an http or https address; `{yesterday}`, `{today}` and `{tomorrow}` are dates in it."""
    format: PriceFormat = "csv"
    """`csv`: a table; `rows`: a list of objects in JSON; `arrays`: lists beside each other in JSON."""
    fields: PriceFields = PriceFields()
    """How the parts of a price are called there."""
    factor: Factor = 1.0
    """What is read times this is the price of one kWh: 0.001 where it is told for MWh."""
    late: bool = True
    """Without prices a plan charges as late as it safely can; else at once."""
    reserve: Annotated[float, Number, Field(ge=0, le=4 * 3600, allow_inf_nan=False)] = 1800.0
    """s by which a plan means to be done earlier than asked."""
