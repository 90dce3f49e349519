"""A month of the site's calendar."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

_WRITTEN: Final = re.compile(r"(2[0-9]{3})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """`number` is 1 to 12."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"

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


def month(text: str) -> Month:
    """The month that is written like 2026-10.

    Raises:
        ValueError: it is none.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise ValueError("write a month like 2026-10")
    return Month(int(match[1]), int(match[2]))
