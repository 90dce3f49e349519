"""What is kept for how long: pure rules, decided by a time that may have to be doubted."""

import calendar
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

THINNED_AFTER: Final = timedelta(days=7)
"""After the end of its transaction a curve has one point an hour."""
UNKNOWN_CARDS_FOR: Final = timedelta(days=90)
_MOST_A_DAY: Final = timedelta(days=2)
_HOUR_S: Final = 3600


def reckoned(now: datetime, before: datetime | None, floor: datetime, *, synchronised: bool) -> datetime:
    """The time by which is judged what is old: that of a synchronised clock, else two days after the last one at most.

    So a clock that jumps years ahead erases two days' worth a day, and a bridge that never sees a time server and was
    without power for months catches up. `before` is what was reckoned the last time, one day ago or longer; without it
    one begins at `floor`, before which nothing of ours can be. All times are UTC.
    """
    if synchronised:
        return now
    return min(now, max(before or floor, floor) + _MOST_A_DAY)


def months_before(now: datetime, months: int) -> datetime | None:
    """The same day of the month and time so many months ago, or the last day of a shorter month; None: never."""
    if not months:
        return None
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    if year < 1:
        return None
    day = min(now.day, calendar.monthrange(year, month + 1)[1])
    return now.replace(year=year, month=month + 1, day=day)


def superfluous(at_s: Sequence[int]) -> list[int]:
    """Of the times of a curve, in order, those that a thinned one does without.

    What stays is the first, the last, and the last of each hour (of UTC): the curve still begins and ends where it did.
    """
    return [
        one
        for one, following in pairwise(at_s[1:])
        if one // _HOUR_S == following // _HOUR_S  # not the last of its hour
    ]
