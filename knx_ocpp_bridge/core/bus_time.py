"""What of the time that the building tells can be believed: from the wall clock of a sender to an instant.

A bus has no master of time that proves itself. So nothing before the making or beyond the life of this program counts,
one sender is followed, and a clock that shows what can be leaps only when he says so twice. A machine that was without
power is behind, never ahead: a time that is later is the rule, an earlier one is suspicious. And whatever was believed
wrongly can be undone by the right time: what is on record then only puts it off.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
from math import inf
from typing import Final

from knx_ocpp_bridge.core.events import InputHeard
from knx_ocpp_bridge.core.values import Clock, Moment

PAIR_S: Final = 10.0
"""A date and a time of day that come within so long of each other belong together."""
SMALL_S: Final = 2.0
"""A telegram carries whole seconds and waits for the line: less than this is no error of the clock."""
LEAP_S: Final = 60.0
"""A clock that can be right is set by more than this only by two telegrams that agree."""
TWICE_AFTER_S: Final = 5.0
"""The second of them comes so much later at least: a telegram that the line repeats is no second one."""
LONG_OFF: Final = timedelta(days=366)
"""So long a machine may have been off. More than that after the newest on record the first time is to be told twice
even to a clock that is lost; more than that after a clock that can be right it has to last.
"""
EARLIER: Final = timedelta(days=1)
"""A clock that can be right is set back by no more: a machine whose clock keeps the time of the wall is hours ahead."""
LASTING_S: Final = 3600.0
"""What stands against all that is known is believed when it was told for so long."""
FAITHFUL_S: Final = 86_400.0
"""Whoever was believed is followed, and nobody who contradicts, until there was nothing of him for so long."""
_SAME_S: Final = 3.0
_SENDERS: Final = 16
"""Of times that are not believed; whoever has been silent the longest goes."""
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
    EARLIER = "the clock of this machine, which may be right, is more than a day ahead of it"
    RECORD = "the bridge's own records are newer: it is believed once it has been told for an hour"
    FAR = "that is more than a year later than this machine: it is believed once it has been told for an hour"


CONTRADICTIONS: Final = frozenset({Doubt.EARLIER, Doubt.RECORD, Doubt.FAR})
"""Somebody has to look which of the clocks is wrong."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the bridge knows of the time without the bus, in UTC."""

    own: datetime
    """The clock of the machine itself."""
    newest: datetime
    """The newest that is on record; nothing that was ever believed is later."""
    least: datetime
    """No time before this can be, whatever is on record."""
    certain: bool = False
    """The machine follows a time server."""

    @property
    def may_be_right(self) -> bool:
        """Neither lost nor far beyond what is on record."""
        return self.newest <= self.own < self.newest + LONG_OFF

    def is_near(self, utc: datetime, within: timedelta) -> bool:
        """A clock that is not lost shows this too."""
        return self.own >= self.least and abs(self.own - utc) <= within


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


@dataclass(frozen=True, slots=True)
class _Told:
    """A sender tells this, and has told nothing else since then."""

    newest: _Claim
    since_s: float


class BusTime:
    """Listens to the senders of time on a bus."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        """Of the wall clocks of the building."""
        self._halves: dict[type, _Half] = {}
        self._followed: _Claim | None = None
        self._doubted: dict[str, _Told] = {}
        """What each sender tells that is not believed; of the newest few."""

    def heard(self, heard: InputHeard, now: Moment, machine: Machine) -> Believed | Doubted | None:
        """What this telegram says of the time; None: nothing yet. `now` is what the bridge goes by."""
        match heard.value:
            case datetime() as local:
                return self._judge(_Wall(local, heard.source, tells_summer=True), now, machine)
            case date() | time() as half:
                wall = self._paired(_Half(half, now.monotonic_s, heard.source), now)
                return None if wall is None else self._judge(wall, now, machine)
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

    def _judge(self, wall: _Wall, now: Moment, machine: Machine) -> Believed | Doubted:
        utc = self._instant(wall, now)
        if utc is None:
            return Doubted(Doubt.HOUR, wall.local, wall.source)
        claim = _Claim(utc, now.monotonic_s, wall.source)
        doubt = self._doubt(claim, now, machine)
        if doubt is not None:
            return Doubted(doubt, wall.local, wall.source)
        self._doubted.pop(wall.source, None)
        if not machine.certain and (self._may_lead(wall.source, now.monotonic_s) or self._is_contradicted(claim)):
            self._followed = claim
        return Believed(utc, wall.source)

    def _doubt(self, claim: _Claim, now: Moment, machine: Machine) -> Doubt | None:
        off_s = abs((claim.utc - now.utc).total_seconds())
        if not machine.least <= claim.utc < machine.least + _LIFE:
            return Doubt.IMPOSSIBLE
        if machine.certain:
            return Doubt.SERVER if off_s > LEAP_S else None
        if self._is_contradicted(claim) and not machine.is_near(claim.utc, timedelta(seconds=LEAP_S)):
            return Doubt.CONTRADICTS  # whom the machine's own clock bears out is listened to
        if off_s <= LEAP_S or self._gives_way(machine, claim):
            return None
        doubt, after_s = _objection(claim, machine)
        return doubt if self._told_for(claim) < after_s else None

    def _gives_way(self, machine: Machine, claim: _Claim) -> bool:
        """A clock that is lost gives way at once to whatever may follow what is on record."""
        lost = self._followed is None and machine.own < machine.newest
        return lost and machine.newest <= claim.utc < machine.newest + LONG_OFF

    def _told_for(self, claim: _Claim) -> float:
        """Seconds for which this sender has told this and nothing else, as of now."""
        before = self._doubted.pop(claim.source, None)
        since_s = before.since_s if before is not None and _agree(claim, before.newest) else claim.at_s
        self._doubted[claim.source] = _Told(claim, since_s)
        if len(self._doubted) > _SENDERS:
            del self._doubted[next(iter(self._doubted))]
        return claim.at_s - since_s

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


def _objection(claim: _Claim, machine: Machine) -> tuple[Doubt, float]:
    """What stands against a leap to this time, and for how long it has to be told all the same."""
    if machine.may_be_right and claim.utc < machine.own - EARLIER:
        return Doubt.EARLIER, inf
    if machine.may_be_right and claim.utc >= machine.own + LONG_OFF:
        return Doubt.FAR, LASTING_S
    if claim.utc < machine.newest and not machine.is_near(claim.utc, EARLIER):
        return Doubt.RECORD, LASTING_S
    return Doubt.LEAP, TWICE_AFTER_S


def _off_s(claim: _Claim, known: _Claim) -> float:
    return (claim.utc - known.at(claim.at_s)).total_seconds()


def _agree(claim: _Claim, known: _Claim) -> bool:
    return claim.source == known.source and abs(_off_s(claim, known)) <= _SAME_S
