"""What of the time that the building tells can be believed: from the wall clock of a sender to an instant.

A bus has no master of time that proves itself. So nothing before the past or beyond the life of this program counts,
one sender is followed, and a clock that he has set leaps only when he says so twice.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
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
LONG_OFF: Final = timedelta(days=366)
"""So long after the newest that is on record the first time is to be told twice as well: what is written down by a
clock that is years ahead stands in the way of the right time after the next start.
"""
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


class Doubt(Enum):
    """Why what was told is not believed."""

    HOUR = "it does not say which hour it is: clocks are changed then"
    IMPOSSIBLE = "it cannot be now"
    SERVER = "it is off from the time server, which counts"
    CONTRADICTS = "somebody else is believed, who tells another time"
    LEAP = "that is a leap: it is believed once it is told again"


@dataclass(frozen=True, slots=True)
class Doubted:
    """What was told is not believed."""

    doubt: Doubt
    local: datetime
    """What was told, by the wall clock of the building."""
    source: str


@dataclass(frozen=True, slots=True)
class _Wall:
    """What the clocks of the building show now, says this sender."""

    local: datetime
    source: str
    tells_summer: bool


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

    def heard(self, heard: InputHeard, now: Moment, *, certain: bool = False) -> Believed | Doubted | None:
        """What this telegram says of the time; None: nothing yet.

        `certain`: `now` is by a time server, against which the sender is held.
        """
        match heard.value:
            case datetime() as local:
                return self._judge(_Wall(local, heard.source, tells_summer=True), now, certain=certain)
            case date() | time() as half:
                wall = self._paired(_Half(half, now.monotonic_s, heard.source), now)
                return None if wall is None else self._judge(wall, now, certain=certain)
            case _:
                return None

    def _paired(self, half: _Half, now: Moment) -> _Wall | None:
        """A date and a time of day that belong together; a pair that midnight may have parted does not."""
        self._halves[type(half.value)] = half
        day, clock = self._halves.get(date), self._halves.get(time)
        if day is None or clock is None or abs(day.at_s - clock.at_s) > PAIR_S:
            return None
        self._halves.clear()
        if day.source != clock.source or not isinstance(day.value, date) or not isinstance(clock.value, time):
            return None
        told, margin = datetime.combine(day.value, clock.value), timedelta(seconds=_MIDNIGHT_S)
        ends = (told, told + timedelta(seconds=day.at_s - clock.at_s))
        if {(min(ends) - margin).date(), (max(ends) + margin).date()} != {day.value}:
            return None
        return _Wall(told + timedelta(seconds=now.monotonic_s - clock.at_s), half.source, tells_summer=False)

    def _judge(self, wall: _Wall, now: Moment, *, certain: bool) -> Believed | Doubted:
        utc = self._instant(wall, now)
        doubt = (
            Doubt.HOUR if utc is None else self._doubt(_Claim(utc, now.monotonic_s, wall.source), now, certain=certain)
        )
        if utc is None or doubt is not None:
            return Doubted(doubt or Doubt.HOUR, wall.local, wall.source)
        self._leap = None
        if not certain and self._may_lead(wall.source, now.monotonic_s):
            self._followed = _Claim(utc, now.monotonic_s, wall.source)
        return Believed(utc, wall.source)

    def _doubt(self, claim: _Claim, now: Moment, *, certain: bool) -> Doubt | None:
        off_s = abs((claim.utc - now.utc).total_seconds())
        if not self._floor <= claim.utc < self._floor + _LIFE:
            return Doubt.IMPOSSIBLE
        if certain:
            return Doubt.SERVER if off_s > LEAP_S else None
        if self._is_contradicted(claim):
            return Doubt.CONTRADICTS
        guessed = self._followed is None and claim.utc < self._floor + LONG_OFF
        if guessed or off_s <= LEAP_S or self._is_second(claim):
            return None  # a clock that the bus has not set is a guess, and gives way at once
        self._leap = self._leap if self._leap is not None and _agree(claim, self._leap) else claim
        return Doubt.LEAP

    def _instant(self, wall: _Wall, now: Moment) -> datetime | None:
        """The instant at which the clocks of the zone show this; None: they show it twice or never, and nobody says
        which is meant.

        With `tells_summer` a `fold` of 0 is the sender's word that it is summer; 1 may mean that it never says so.
        """
        local = wall.local
        first, second = (local.replace(fold=fold, tzinfo=self.zone).astimezone(UTC) for fold in (0, 1))
        if first == second:
            return first
        twice = first.astimezone(self.zone).replace(tzinfo=None, fold=0) == local.replace(fold=0)
        if twice and wall.tells_summer and not local.fold:
            return first
        if twice and wall.tells_summer and not self._is_followed(now.monotonic_s):
            return second
        return min(first, second, key=lambda each: abs(each - now.utc)) if now.clock is Clock.SANE else None

    def _is_followed(self, now_s: float) -> bool:
        return self._followed is not None and now_s - self._followed.at_s <= FAITHFUL_S

    def _may_lead(self, source: str, now_s: float) -> bool:
        return self._followed is None or self._followed.source == source or not self._is_followed(now_s)

    def _is_contradicted(self, claim: _Claim) -> bool:
        """Somebody else is believed, has spoken not long ago, and tells another time."""
        known = self._followed
        if known is None or known.source == claim.source or not self._is_followed(claim.at_s):
            return False
        return abs(_off_s(claim, known)) > LEAP_S

    def _is_second(self, claim: _Claim) -> bool:
        first = self._leap
        return first is not None and _agree(claim, first) and claim.at_s - first.at_s >= TWICE_AFTER_S


def _off_s(claim: _Claim, known: _Claim) -> float:
    return (claim.utc - known.at(claim.at_s)).total_seconds()


def _agree(claim: _Claim, known: _Claim) -> bool:
    return claim.source == known.source and abs(_off_s(claim, known)) <= _SAME_S
