"""The week by the clock on the wall: when its hours are, and what energy costs in them, on nights with a change of the
clocks as well.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from knx_ocpp_bridge.core.energy.terms import TariffZone

_DAY: Final = timedelta(days=1)
_STEP: Final = timedelta(hours=6)
_FINEST: Final = timedelta(minutes=1)
_WEEK: Final = 8
"""Days after which any day of the week was there, seen from any hour of today."""


def instants(day: date, at: time, zone: tzinfo) -> tuple[datetime, datetime]:
    """When clocks of `zone` show this, in UTC, the earlier one first.

    They differ where the clocks are changed then: the hour that comes twice, or what it would be by either time in the
    one that is left out.
    """
    first, second = (datetime.combine(day, at.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1))
    return min(first, second), max(first, second)


def next_time(at: time, now: datetime, zone: tzinfo, days: frozenset[int] | None = None) -> datetime:
    """When it is this time next, after `now`, on one of these days (0 is Monday; None: on any), in UTC.

    Of an hour that comes twice it is the first one, so that nobody is late.
    """
    today = now.astimezone(zone).date()
    coming = (today + n * _DAY for n in range(_WEEK + 1))
    fitting = (instants(day, at, zone)[0] for day in coming if days is None or day.weekday() in days)
    return next(each for each in fitting if each > now)


def last_time(at: time, now: datetime, zone: tzinfo, days: frozenset[int] | None = None) -> datetime | None:
    """When it was this time last, now at the latest, on one of these days, in UTC; None: not within a week."""
    today = now.astimezone(zone).date()
    past = (today - n * _DAY for n in range(_WEEK))
    fitting = (instants(day, at, zone)[0] for day in past if days is None or day.weekday() in days)
    return next((each for each in fitting if each <= now), None)


def zone_at(zones: tuple[TariffZone, ...], when: datetime, zone: tzinfo) -> TariffZone | None:
    """The first of the zones in which the clock on the wall is then; None: in none of them."""
    local = when.astimezone(zone)
    day, at = local.weekday(), local.time().replace(tzinfo=None, fold=0)
    return next((each for each in zones if _covers(each, day, at)), None)


def _covers(each: TariffZone, day: int, at: time) -> bool:
    if each.begins < each.ends:
        return day in each.days and each.begins <= at < each.ends
    return (day in each.days and at >= each.begins) or ((day - 1) % 7 in each.days and at < each.ends)


def borders(zones: tuple[TariffZone, ...], begins: datetime, ends: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Every moment between these two at which a zone may begin or end, in UTC, in no order."""
    times = {at for each in zones for at in (each.begins, each.ends)}
    day = begins.astimezone(zone).date() - _DAY
    last = ends.astimezone(zone).date() + _DAY
    while times and day <= last:
        for at in times:
            yield from (each for each in instants(day, at, zone) if begins < each < ends)
        day += _DAY
    if times:
        yield from changes(begins, ends, zone)


def changes(begins: datetime, ends: datetime, zone: tzinfo) -> Iterator[datetime]:
    """When the clocks of `zone` are changed between these two moments, to the minute, in UTC."""
    at = begins
    while at < ends:
        after = min(at + _STEP, ends)
        if _offset(at, zone) != _offset(after, zone):
            yield _change(at, after, zone)
        at = after


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    old = _offset(before, zone)
    while after - before > _FINEST:
        middle = before + (after - before) / 2
        if _offset(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after.replace(second=0, microsecond=0)


def _offset(when: datetime, zone: tzinfo) -> timedelta | None:
    return when.astimezone(zone).utcoffset()


def day_of(when: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The local day in which this moment lies, in UTC: 23 to 25 hours."""
    day = when.astimezone(zone).date()
    return instants(day, time(), zone)[0], instants(day + _DAY, time(), zone)[0]
