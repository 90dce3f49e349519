"""What of the time that the building tells can be believed: from the wall clock of a sender to an instant.

A bus has no master of time that proves itself. So nothing before the past or beyond the life of this program counts,
one sender is followed, and a clock that he has set leaps only when he says so twice.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from knx_ocpp_bridge.core.events import InputHeard
from knx_ocpp_bridge.core.values import Clock, Moment

PAIR_S: Final = 10.0
"""A date and a time of day that come within so long of each other belong together."""
SMALL_S: Final = 2.0
"""A telegram carries whole seconds and waits for the line: less than this is no error of the clock."""
LEAP_S: Final = 60.0
"""A clock that the bus has set is set by more than this only by two telegrams that agree."""
TWICE_AFTER_S: Final = 5.0
"""The second of them comes so much later at least: a telegram that the line repeats is no second one."""
FAITHFUL_S: Final = 86_400.0
"""Whoever was believed is followed, and nobody who contradicts, until there was nothing of him for so long."""
_SAME_S: Final = 3.0
_MIDNIGHT_S: Final = 2.0
_LIFE: Final = timedelta(days=25 * 365)


@dataclass(frozen=True, slots=True)
class Believed:
    """It is this time now, in UTC, by this sender."""

    utc: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Doubted:
    """What was told is not believed."""

    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class _Half:
    """A date or a time of day that waits for the other."""

    value: date | time
    at_s: float
    source: str


@dataclass(frozen=True, slots=True)
class _Claim:
    """At this monotonic time it was this time in UTC, said this sender."""

    utc: datetime
    at_s: float
    source: str

    def at(self, now_s: float) -> datetime:
        return self.utc + timedelta(seconds=now_s - self.at_s)


class BusTime:
    """Listens to the senders of time on a bus. `floor` is the earliest that can be: the newest that is on record."""

    def __init__(self, zone: tzinfo, floor: datetime) -> None:
        self.zone = zone
        """Of the wall clocks of the building."""
        self._floor = floor
        self._halves: dict[type, _Half] = {}
        self._followed: _Claim | None = None
        self._leap: _Claim | None = None

    def heard(self, heard: InputHeard, now: Moment) -> Believed | Doubted | None:
        """What this telegram says of the time; None: nothing yet, or nothing that is not known."""
        match heard.value:
            case datetime() as local:
                return self._judge(local, heard.source, now, tells_summer=True)
            case date() | time() as half:
                return self._half(half, heard.source, now)
            case _:
                return None

    def _half(self, value: date | time, source: str, now: Moment) -> Believed | Doubted | None:
        """A pair that midnight may have parted says nothing; the next one does."""
        self._halves[type(value)] = _Half(value, now.monotonic_s, source)
        day, clock = self._halves.get(date), self._halves.get(time)
        if day is None or clock is None or abs(day.at_s - clock.at_s) > PAIR_S:
            return None
        self._halves.clear()
        if day.source != clock.source or not isinstance(day.value, date) or not isinstance(clock.value, time):
            return None
        told = datetime.combine(day.value, clock.value)
        between = timedelta(seconds=day.at_s - clock.at_s)
        margin = timedelta(seconds=_MIDNIGHT_S)
        if {each.date() for each in _span(told, told + between, margin)} != {day.value}:
            return None
        local = told + timedelta(seconds=now.monotonic_s - clock.at_s)
        return self._judge(local, source, now, tells_summer=False)

    def _judge(self, local: datetime, source: str, now: Moment, *, tells_summer: bool) -> Believed | Doubted:
        shown = f"{local:%Y-%m-%d %H:%M:%S}"
        utc = self._instant(local, now, tells_summer=tells_summer)
        if utc is None:
            return Doubted(f"{shown} does not say which hour it is: clocks are changed then", source)
        if not self._floor <= utc < self._floor + _LIFE:
            return Doubted(f"{shown} cannot be now", source)
        claim = _Claim(utc, now.monotonic_s, source)
        other = self._contradicted(claim)
        if other is not None:
            off_s = abs(_off_s(claim, other))
            return Doubted(f"{shown} is off by {off_s:.0f} s from what {other.source} tells, who is believed", source)
        if self._is_leap(claim, now) and not self._is_second(claim):
            self._leap = self._leap if self._leap is not None and _agree(claim, self._leap) else claim
            return Doubted(f"{shown} is believed once it is told again: that is a leap", source)
        self._leap = None
        if self._followed is None or self._followed.source == source or not self._is_followed(claim.at_s):
            self._followed = claim
        return Believed(utc, source)

    def _instant(self, local: datetime, now: Moment, *, tells_summer: bool) -> datetime | None:
        """The instant at which the clocks of the zone show this; None: they show it twice or never, and nobody says
        which is meant.

        With `tells_summer` a `fold` of 0 is the sender's word that it is summer; 1 may mean that it never says so.
        """
        first, second = (local.replace(fold=fold, tzinfo=self.zone).astimezone(UTC) for fold in (0, 1))
        if first == second:
            return first
        twice = first.astimezone(self.zone).replace(tzinfo=None, fold=0) == local.replace(fold=0)
        if twice and tells_summer and not local.fold:
            return first
        if twice and tells_summer and not self._is_followed(now.monotonic_s):
            return second
        return min(first, second, key=lambda each: abs(each - now.utc)) if now.clock is Clock.SANE else None

    def _is_followed(self, now_s: float) -> bool:
        return self._followed is not None and now_s - self._followed.at_s <= FAITHFUL_S

    def _is_leap(self, claim: _Claim, now: Moment) -> bool:
        """Whether it moves a clock that the bus has set: any other is a guess, and gives way at once."""
        return self._followed is not None and abs((claim.utc - now.utc).total_seconds()) > LEAP_S

    def _contradicted(self, claim: _Claim) -> _Claim | None:
        """Whom this contradicts, who is believed and has spoken not long ago."""
        known = self._followed
        if known is None or known.source == claim.source or not self._is_followed(claim.at_s):
            return None
        return known if abs(_off_s(claim, known)) > LEAP_S else None

    def _is_second(self, claim: _Claim) -> bool:
        first = self._leap
        return first is not None and _agree(claim, first) and claim.at_s - first.at_s >= TWICE_AFTER_S


def _off_s(claim: _Claim, known: _Claim) -> float:
    return (claim.utc - known.at(claim.at_s)).total_seconds()


def _agree(claim: _Claim, known: _Claim) -> bool:
    return claim.source == known.source and abs(_off_s(claim, known)) <= _SAME_S


def _span(one: datetime, other: datetime, margin: timedelta) -> tuple[datetime, datetime]:
    return min(one, other) - margin, max(one, other) + margin
