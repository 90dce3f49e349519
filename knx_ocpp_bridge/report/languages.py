"""How numbers, times and words are written in a language."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Final


class Language(Enum):
    """Of headings and reports."""

    EN = "en"
    DE = "de"
    NL = "nl"


@dataclass(frozen=True, slots=True)
class Manner:
    """What a spreadsheet of that country takes for numbers and times."""

    delimiter: str
    decimal_mark: str
    time: str
    """`strftime` format; empty: ISO 8601 with the offset."""
    spreadsheet_time: str
    byte_order_mark: bool


MANNERS: Final = {
    Language.EN: Manner(",", ".", "", "yyyy-mm-dd hh:mm:ss", byte_order_mark=False),
    Language.DE: Manner(";", ",", "%d.%m.%Y %H:%M:%S", "dd.mm.yyyy hh:mm:ss", byte_order_mark=True),
    Language.NL: Manner(";", ",", "%d-%m-%Y %H:%M:%S", "dd-mm-yyyy hh:mm:ss", byte_order_mark=True),
}
"""English is RFC 4180 and ISO 8601: what programs read. The byte order mark tells Excel that it is UTF-8."""


def number(value: int | Decimal, language: Language) -> str:
    """With the language's decimal mark, and nothing between thousands."""
    written = str(value) if isinstance(value, int) else f"{value:f}"
    return written.replace(".", MANNERS[language].decimal_mark)


def time(at: datetime, zone: tzinfo, language: Language) -> str:
    """By the clocks of the zone, to the second."""
    local = at.astimezone(zone).replace(microsecond=0)
    form = MANNERS[language].time
    return local.strftime(form) if form else local.isoformat()
