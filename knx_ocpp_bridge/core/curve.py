"""How far a transaction has come by its meter, and how its energy falls on the days of the site's calendar.

Between two readings energy flows evenly, as far as anybody knows: what was taken by a midnight lies on the straight
line from the last reading before it to the first one after it.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from knx_ocpp_bridge.core.days import day_of, midnight, next_midnight
from knx_ocpp_bridge.core.facts import DayEnergy, Point, Transaction

A_POINT_EVERY: Final = timedelta(minutes=1)
MOST_DAYS: Final = 400
"""A clock that jumps by decades gives no more days than this; the last one has all the rest."""
_A_DAY: Final = timedelta(days=1)
_TICK: Final = timedelta(microseconds=1)

Known = tuple[datetime, int]
"""At this time the transaction had taken so many Wh."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The newest that the meter has told of the open transaction, and when the next reading is worth a look."""

    at: datetime
    energy_wh: int
    sampled_at: datetime
    """Time of the newest point of the curve."""
    due_at: datetime
    """A reading from `at` until then is no news."""
    midnight: datetime
    """The end of the day of `at`."""
    whole: bool = True
    """False: points may have been drawn further on, of which nothing is known here."""


def remembered(transaction: Transaction, point: Point | None, zone: tzinfo) -> Curve | None:
    """The curve of an open transaction as far as its record tells, and the newest point that is known of it.

    None: nobody knows when it began.
    """
    if not transaction.clock_sane:
        return None
    energy_wh = sum(day.energy_wh for day in transaction.days)
    at = transaction.started_at
    if transaction.days:
        at = max(at, midnight(transaction.days[-1].day + _A_DAY, zone))
    if point is not None and point.at >= at:
        at, energy_wh = point.at, max(energy_wh, point.energy_wh)
    ends = next_midnight(at, zone)
    return Curve(at, energy_wh, at, min(at + A_POINT_EVERY, ends), ends, whole=point is not None)


def reached(at: datetime, energy_wh: int, sampled_at: datetime, zone: tzinfo) -> Curve:
    """The curve that has come as far as this."""
    ends = next_midnight(at, zone)
    return Curve(at, energy_wh, sampled_at, min(sampled_at + A_POINT_EVERY, ends), ends)


def closed(transaction: Transaction, known: Iterable[Known], zone: tzinfo) -> tuple[DayEnergy, ...]:
    """The days that are over at the newest of what is `known` of this open transaction."""
    points = [*_by_midnight(transaction.days, zone), *known]
    return _split(transaction.started_at, points[-1], points[:-1], zone)[:-1]


def complete(
    transaction: Transaction, before: tuple[DayEnergy, ...], known: Iterable[Known], zone: tzinfo
) -> tuple[DayEnergy, ...]:
    """All days of this ended transaction, from the first to the last; together they are its energy.

    `before`: days that were over already; they stay as they were, as far as the end allows, also where a reading of one
    of them is told only now. An assumed end that adds no energy to them adds no days either: so `certain` can tell the
    days that are over from those that it adds.
    """
    if not transaction.clock_sane or transaction.stopped_at is None:
        return ()
    end = (transaction.stopped_at, transaction.energy_wh or 0)
    over = _by_midnight(before, zone)
    news = [one for one in known if not over or one[0] > over[-1][0]]
    days = _split(transaction.started_at, end, [*over, *news], zone)
    adds_energy = any(day.energy_wh for day in days[len(before) :])
    return days[: len(before)] if transaction.assumed and before and not adds_energy else days


def certain(ended: Transaction, zone: tzinfo) -> tuple[tuple[DayEnergy, ...], list[Known]]:
    """What was known of the days of a transaction whose end was only assumed, and how far its meter had come by then.

    After the last reading an assumed end shows no energy, however much has flowed. Days that do not reach the end were
    all over. Of days that do, the last with energy is that of the last reading: what follows it is no knowledge.
    """
    if ended.stopped_at is None or not ended.days:
        return (), []
    if ended.days[-1].day < day_of(ended.stopped_at, zone):
        return ended.days, []
    taken = [index for index, day in enumerate(ended.days) if day.energy_wh]
    if not taken:
        return (), []
    fresh = taken[-1] == len(ended.days) - 1
    return ended.days[: taken[-1]], [(ended.stopped_at, ended.energy_wh or 0)] if fresh else []


def _by_midnight(days: tuple[DayEnergy, ...], zone: tzinfo) -> list[Known]:
    known, total_wh = [], 0
    for one in days:
        total_wh += one.energy_wh
        known.append((midnight(one.day + _A_DAY, zone), total_wh))
    return known


def _split(begin: datetime, end: Known, known: Iterable[Known], zone: tzinfo) -> tuple[DayEnergy, ...]:
    times, energies = _rising(begin, end, known)
    day, last = day_of(begin, zone), day_of(end[0], zone)
    days: list[DayEnergy] = []
    told_wh = 0
    while day < last and len(days) < MOST_DAYS - 1:
        until_wh = _energy_at(midnight(day + _A_DAY, zone), times, energies)
        days.append(DayEnergy(day, until_wh - told_wh))
        told_wh, day = until_wh, day + _A_DAY
    return (*days, DayEnergy(last, end[1] - told_wh))


def _rising(begin: datetime, end: Known, known: Iterable[Known]) -> tuple[list[datetime], list[int]]:
    """What is known between begin and end, in order of time; what falls back counts as the highest before it."""
    times, energies = [begin], [0]
    for at, energy_wh in sorted(known):
        if begin < at < end[0]:
            times.append(at)
            energies.append(max(energies[-1], min(energy_wh, end[1])))
    return [*times, end[0]], [*energies, end[1]]


def _energy_at(at: datetime, times: list[datetime], energies: list[int]) -> int:
    after = bisect_right(times, at)
    if after == 0 or after == len(times):
        return energies[-1] if after else 0
    gone, span = at - times[after - 1], times[after] - times[after - 1]
    return energies[after - 1] + (energies[after] - energies[after - 1]) * (gone // _TICK) // (span // _TICK)
