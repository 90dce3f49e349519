"""Days of the week and times of the day, as the installer writes them."""

import re
from datetime import time
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from knx_ocpp_bridge.config.fields import NotEmpty, refusal

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_OF_A_DAY: Final = 24 * 60
_TIME: Final = re.compile(r"(?P<hour>[01]?[0-9]|2[0-4]):(?P<minute>[0-5][0-9])")


def _time(written: object) -> time:
    if isinstance(written, time):
        return written
    found = _TIME.fullmatch(written) if isinstance(written, str) else None
    hour, minute = (int(found["hour"]), int(found["minute"])) if found is not None else (24, 1)
    if hour == 24 and minute:
        raise refusal(f"{written} is no time of day", 'write hours and minutes in quotes, like "22:00"')
    return time(hour % 24, minute)


def numbered(days: tuple[Day, ...]) -> frozenset[int]:
    """Of the core: 0 is Monday."""
    return frozenset(map(DAYS.index, days))


def minute_of(at: time) -> int:
    """Minutes since midnight."""
    return at.hour * 60 + at.minute


TimeOfDay = Annotated[
    time,
    BeforeValidator(_time),
    PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$|^24:00$", "examples": ["22:00"]}),
]
"""Midnight is `00:00`, or `24:00` as an end."""
Days = Annotated[tuple[Day, ...], NotEmpty]
