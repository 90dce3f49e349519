"""How numbers, times and durations are written for a visitor."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from knx_ocpp_bridge.web.languages import Language

_THOUSANDS: Final = "\N{NARROW NO-BREAK SPACE}"
"""Between thousands in every language, as ISO 80000-1 section 7.3.1 has it: it is no decimal mark anywhere."""


@dataclass(frozen=True, slots=True)
class Manner:
    """What differs between the languages."""

    decimal_mark: str
    day: str
    """`strftime` format of a date."""


MANNERS: Final = {
    Language.EN: Manner(".", "%d %b %Y"),
    Language.DE: Manner(",", "%d.%m.%Y"),
    Language.NL: Manner(",", "%d-%m-%Y"),
}


class Writer:
    """Writes for one language and one time zone."""

    def __init__(self, language: Language, zone: tzinfo) -> None:
        self._manner = MANNERS[language]
        self._zone = zone

    def number(self, value: float, digits: int = 0) -> str:
        """With `digits` decimals; 12345.6 is 12 345,6 in German."""
        return f"{value:,.{digits}f}".replace(",", _THOUSANDS).replace(".", self._manner.decimal_mark)

    def kwh(self, wh: float, digits: int = 1) -> str:
        """Wh as kWh, without the unit."""
        return self.number(wh / 1000, digits)

    def kw(self, watts: float, digits: int = 1) -> str:
        """W as kW, without the unit."""
        return self.number(watts / 1000, digits)

    def duration(self, seconds: float) -> str:
        """Hours and minutes: 1:05."""
        minutes = int(seconds) // 60
        return f"{minutes // 60}:{minutes % 60:02}"

    def day(self, at: datetime | str) -> str:
        """The date by the clocks of the site."""
        return self._local(at).strftime(self._manner.day)

    def clock(self, at: datetime | str, *, seconds: bool = False) -> str:
        """The time of day by the clocks of the site."""
        return self._local(at).strftime("%H:%M:%S" if seconds else "%H:%M")

    def moment(self, at: datetime | str, *, seconds: bool = False) -> str:
        """Date and time of day by the clocks of the site."""
        return f"{self.day(at)} {self.clock(at, seconds=seconds)}"

    def _local(self, at: datetime | str) -> datetime:
        return (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(self._zone)
