"""The cheapest time to charge that is over in time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from math import inf
from typing import Final

from knx_ocpp_bridge.core.energy.prices import SAME, Stretch

MARGIN: Final = 1.1
"""So much longer than reckoned a plan makes room for."""
_SHORTEST_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """From here to there without a pause."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """When to charge."""

    runs: tuple[Run, ...] = ()
    """In order of time, none touching another."""
    reachable: bool = True
    """Charging at once and without a pause, it is done in time."""
    may_pause: bool = True
    """All that is planned is cheaper than now: whoever charges now although it is not planned has reason to pause."""
    cost_per_kw: float | None = None
    """What is still to be charged costs so much for each kW of the pace; None: not every price is known."""

    def covers(self, when: datetime) -> bool:
        return any(each.begins <= when < each.ends for each in self.runs)

    def next_start(self, now: datetime) -> datetime | None:
        """When it begins, or goes on; None: not any more."""
        return next((each.begins for each in self.runs if each.begins > now), None)

    def run_end(self, now: datetime) -> datetime | None:
        """When what runs now is over; None: nothing does."""
        return next((each.ends for each in self.runs if each.begins <= now < each.ends), None)


NO_PLAN: Final = Plan()


def first(runs: Iterable[Run], length_s: float) -> tuple[Run, ...]:
    """The first so many seconds of these runs."""
    found: list[Run] = []
    left_s = length_s
    for each in runs:
        if left_s < _SHORTEST_S:
            break
        ends = min(each.ends, each.begins + timedelta(seconds=left_s))
        found.append(Run(each.begins, ends))
        left_s -= (ends - each.begins).total_seconds()
    return tuple(found)


def cheapest(course: tuple[Stretch, ...], need_s: float, *, late: bool) -> tuple[Run, ...]:
    """The cheapest `need_s` of this course of prices, in as few runs as that allows; all of it if it is shorter.

    Of what costs the same, what continues other charging comes first, then what holds all that is left. In stretches
    that say nothing of when (`steady`) it lies as late as it can if `late`, everywhere else as early as it can.
    """
    chosen: list[Run] = []
    left_s = need_s
    blocks = sorted(_joined(course), key=lambda each: (each.rank, each.begins))
    for _, same in groupby(blocks, key=lambda each: round(each.rank / SAME)):
        open_blocks = list(same)
        while open_blocks and left_s >= _SHORTEST_S:
            block = min(open_blocks, key=lambda each: _order(each, chosen, left_s, late=late))
            open_blocks.remove(block)
            run = _part(block, chosen, left_s, late=late)
            left_s -= (run.ends - run.begins).total_seconds()
            chosen.append(run)
    return joined_runs(chosen)


def _joined(course: Iterable[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for each in course:
        last = joined[-1] if joined else None
        if last is not None and (last.rank, last.steady) == (each.rank, each.steady) and last.ends == each.begins:
            joined[-1] = replace(last, ends=each.ends)
        else:
            joined.append(each)
    return joined


def _order(block: Stretch, chosen: list[Run], left_s: float, *, late: bool) -> tuple[bool, bool, float]:
    """What is smallest is taken first."""
    touches = any(run.ends == block.begins or run.begins == block.ends for run in chosen)
    when = block.begins.timestamp()
    return not touches, block.length_s < left_s, -when if late and block.steady else when


def _part(block: Stretch, chosen: list[Run], left_s: float, *, late: bool) -> Run:
    """So much of the block: beside what is chosen already, else at its late or at its early end."""
    if block.length_s <= left_s:
        return Run(block.begins, block.ends)
    length = timedelta(seconds=left_s)
    after = any(run.ends == block.begins for run in chosen)
    before = any(run.begins == block.ends for run in chosen)
    if before or (late and block.steady and not after):
        return Run(block.ends - length, block.ends)
    return Run(block.begins, block.begins + length)


def joined_runs(chosen: Iterable[Run | Stretch]) -> tuple[Run, ...]:
    """In order of time, what touches as one."""
    runs: list[Run] = []
    for each in sorted(chosen, key=lambda run: run.begins):
        if runs and runs[-1].ends >= each.begins:
            runs[-1] = Run(runs[-1].begins, max(runs[-1].ends, each.ends))
        else:
            runs.append(Run(each.begins, each.ends))
    return tuple(runs)


def in_time(
    course: tuple[Stretch, ...], need_s: float, reserve_s: float, *, surely_s: float | None = None, late: bool
) -> Plan:
    """Charging for `need_s` within this course of prices, `reserve_s` before its end where that can be.

    What cannot be done with the reserve begins at once. `surely_s`: the least that it can take, by which it is judged
    whether it can be reached at all; None: it is known, and is `need_s`.
    """
    if not course:
        return Plan(reachable=need_s < _SHORTEST_S)
    now, ready = course[0].begins, course[-1].ends
    room_s = (ready - now).total_seconds()
    reachable = (need_s if surely_s is None else surely_s) <= room_s
    cover_s = need_s * MARGIN
    if room_s - reserve_s < cover_s:
        runs: tuple[Run, ...] = (Run(now, now + timedelta(seconds=min(cover_s, room_s))),)
    else:
        runs = cheapest(cut(course, ready - timedelta(seconds=reserve_s)), cover_s, late=late)
    return Plan(runs, reachable, _dearest(runs, course) < course[0].rank - SAME, _cost(runs, course, need_s))


def _dearest(runs: tuple[Run, ...], course: tuple[Stretch, ...]) -> float:
    ranks = (each.rank for each in course if any(run.begins < each.ends and each.begins < run.ends for run in runs))
    return max(ranks, default=-inf)


def cut(course: tuple[Stretch, ...], ends: datetime) -> tuple[Stretch, ...]:
    """Of this course what lies before `ends`."""
    return tuple(replace(each, ends=min(each.ends, ends)) for each in course if each.begins < ends)


def _cost(runs: tuple[Run, ...], course: tuple[Stretch, ...], need_s: float) -> float | None:
    left_s, total = need_s, 0.0
    for each in course:
        for run in runs:
            inside_s = (min(run.ends, each.ends) - max(run.begins, each.begins)).total_seconds()
            used_s = min(max(inside_s, 0.0), left_s)
            if used_s and each.price is None:
                return None
            total += used_s / 3600 * (each.price or 0.0)
            left_s -= used_s
    return total
