"""A month of the site's calendar."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

LAST: Final = "last"
"""How the month before this one is written."""

_WRITTEN: Final = re.compile(r"(2[0-9]{3})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """`number` is 1 to 12."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"

    @property
    def before(self) -> "Month":
        """The one that ended when it began."""
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)

    @property
    def following(self) -> "Month":
        """The next one."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    def begin(self, zone: tzinfo) -> datetime:
        """Its first moment by the clocks of this zone, in UTC."""
        return datetime(self.year, self.number, 1, tzinfo=zone).astimezone(UTC)

    def has(self, at: datetime | None, zone: tzinfo) -> bool:
        """Whether this moment is in it, by the clocks of this zone."""
        return at is not None and self.begin(zone) <= at < self.following.begin(zone)


def month_of(at: datetime, zone: tzinfo) -> Month:
    """The one in which this moment is, by the clocks of this zone."""
    local = at.astimezone(zone)
    return Month(local.year, local.month)


def month(text: str, now: datetime, zone: tzinfo) -> Month:
    """The month that is written like 2026-10, or as `last`: the one that is over by the clocks of this zone.

    Raises:
        ValueError: it is none.
    """
    if text.strip().casefold() == LAST:
        return month_of(now, zone).before
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise ValueError("write a month like 2026-10, or last")
    return Month(int(match[1]), int(match[2]))
