"""The simulated charger's own clock: what it writes into its messages, right or wrong. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from knx_ocpp_bridge.ocpp.simulator.wire import stamp

_DURATION: Final = re.compile(r"([+-]?\d+(?:\.\d+)?)([smhd]?)")
_UNITS: Final = {"": "seconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(slots=True)
class Clock:
    """How far it is ahead of the right time, and whether it names its time zone. It cannot be set from outside."""

    ahead: timedelta = timedelta()
    naive: bool = False
    """Its times bear no zone: a reader has to guess that they are UTC."""

    def says(self, now: datetime) -> str:
        """The dateTime of a message that is written now."""
        at = stamp(now + self.ahead)
        return at.removesuffix("Z") if self.naive else at


def duration(text: str) -> timedelta:
    """A time like `90`, `+2h`, `-26h`, `1.5d`; without a unit it is seconds.

    Raises:
        ValueError: it is none.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` is no time like 90s, +2h or -1d")
    number, unit = found.groups()
    return timedelta(**{_UNITS[unit]: float(number)})
