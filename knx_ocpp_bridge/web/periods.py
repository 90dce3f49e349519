"""A day, a month or a year of the site's calendar, as it is asked for in an address."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum


class Kind(Enum):
    """How long a period is."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


_WRITTEN_TO = {Kind.DAY: 10, Kind.MONTH: 7, Kind.YEAR: 4}


@dataclass(frozen=True, slots=True)
class Period:
    """The one that begins on the day `first`."""

    kind: Kind
    first: date

    def __str__(self) -> str:
        return self.first.isoformat()[: _WRITTEN_TO[self.kind]]

    @property
    def following(self) -> "Period":
        """The next one."""
        match self.kind:
            case Kind.DAY:
                return Period(self.kind, self.first + timedelta(days=1))
            case Kind.MONTH:
                return Period(self.kind, (self.first + timedelta(days=31)).replace(day=1))
            case Kind.YEAR:
                return Period(self.kind, self.first.replace(year=self.first.year + 1))

    @property
    def before(self) -> "Period":
        """The one that ended when it began."""
        return of(self.kind, self.first - timedelta(days=1))

    @property
    def days(self) -> list[date]:
        """All days of it."""
        return [self.first + timedelta(days=each) for each in range((self.following.first - self.first).days)]

    def begin(self, zone: tzinfo) -> datetime:
        """Its first moment by the clocks of this zone, in UTC."""
        return begin_of(self.first, zone)

    def end(self, zone: tzinfo) -> datetime:
        """The first moment after it."""
        return begin_of(self.following.first, zone)


def of(kind: Kind, day: date) -> Period:
    """The period in which this day is."""
    match kind:
        case Kind.DAY:
            return Period(kind, day)
        case Kind.MONTH:
            return Period(kind, day.replace(day=1))
        case Kind.YEAR:
            return Period(kind, day.replace(month=1, day=1))


def written(kind: str, at: str, today: date) -> Period:
    """The period of an address; without `at` the one in which today is.

    Raises:
        ValueError: it is none between 2000 and 2099.
    """
    wanted = Kind(kind or Kind.MONTH.value)
    if not at:
        return of(wanted, today)
    day = date.fromisoformat((at + "-01-01")[:10] if len(at) == 4 else (at + "-01")[:10])
    if not 2000 <= day.year < 2100:
        raise ValueError(f"{at} lies beyond what is kept")
    return of(wanted, day)


def begin_of(day: date, zone: tzinfo) -> datetime:
    """The first moment of this day by the clocks of this zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def hours(begin: datetime, end: datetime) -> list[datetime]:
    """The hours of UTC that touch this time: 24, or 23 or 25 on a day on which clocks are changed."""
    first = begin.replace(minute=0, second=0, microsecond=0)
    return [first + timedelta(hours=each) for each in range(int((end - first).total_seconds() + 3599) // 3600)]
