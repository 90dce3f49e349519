"""The days of the site's calendar: where they begin, and what of a transaction falls on each of them.

A day is 23, 24 or 25 hours long where clocks are changed, and some other length in a few zones.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from knx_ocpp_bridge.core.facts import Transaction

_A_DAY: Final = timedelta(days=1)

Shares = dict[date, int]
"""Of each day its part: Wh, or s."""


def day_of(at: datetime, zone: tzinfo) -> date:
    """The day on which this instant falls."""
    return at.astimezone(zone).date()


def midnight(day: date, zone: tzinfo) -> datetime:
    """The instant in UTC with which this day begins: at 0:00, or where that hour is left out, at the next there is."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def next_midnight(at: datetime, zone: tzinfo) -> datetime:
    """The first instant in UTC of the day after the one on which `at` falls."""
    return midnight(day_of(at, zone) + _A_DAY, zone)


def seconds_between(begin: datetime, end: datetime) -> int:
    """Whole seconds by the clock, as the log counts them: fractions of either instant do not matter; never negative."""
    return max(0, int(end.timestamp()) - int(begin.timestamp()))


def seconds_by_day(begin: datetime, end: datetime, zone: tzinfo) -> Shares:
    """The seconds from `begin` to `end` by day; all of them together are `seconds_between` the two."""
    shares: Shares = {}
    day = day_of(begin, zone)
    while begin < end:
        following = min(end, midnight(day + _A_DAY, zone))
        seconds = seconds_between(begin, following)
        if seconds:
            shares[day] = seconds
        begin, day = max(begin, following), day + _A_DAY
    return shares


def energy_by_day(transaction: Transaction, zone: tzinfo) -> Shares:
    """The Wh of an ended transaction by day, as its record says; one without such a record is split by time alone.

    Empty where its clock could not be believed: then nobody can tell the day.
    """
    energy_wh = transaction.energy_wh or 0
    if not transaction.clock_sane or transaction.stopped_at is None:
        return {}
    if transaction.days:
        return closed_days(transaction)
    return _evenly(energy_wh, transaction.started_at, transaction.stopped_at, zone)


def running_by_day(transaction: Transaction, energy_wh: int, at: datetime, zone: tzinfo) -> Shares:
    """The Wh of an open transaction by day: what the record has closed stays, the rest falls on the day of `at`.

    `at` is when the charger has told these Wh.
    """
    if not transaction.clock_sane:
        return {}
    shares = closed_days(transaction)
    rest = energy_wh - sum(shares.values())
    if rest > 0:
        day = max(day_of(at, zone), *shares) if shares else day_of(at, zone)
        shares[day] = shares.get(day, 0) + rest
    return shares


def closed_days(transaction: Transaction) -> Shares:
    """What the record itself says of its days."""
    shares: Shares = {}
    for one in transaction.days:
        shares[one.day] = shares.get(one.day, 0) + one.energy_wh
    return shares


def _evenly(energy_wh: int, begin: datetime, end: datetime, zone: tzinfo) -> Shares:
    """In proportion to the time, in whole Wh that together are the energy."""
    seconds = seconds_by_day(begin, end, zone)
    total_s, told_s, told_wh = sum(seconds.values()), 0, 0
    if not total_s:
        return {day_of(end, zone): energy_wh} if energy_wh else {}
    shares: Shares = {}
    for day, part_s in seconds.items():
        told_s += part_s
        until_wh = energy_wh * told_s // total_s
        shares[day] = until_wh - told_wh
        told_wh = until_wh
    return shares
