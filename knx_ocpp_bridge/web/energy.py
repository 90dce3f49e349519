"""What was charged, by day and by hour, gathered in small steps: nobody waits for a year of a large site."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final

from knx_ocpp_bridge.web.periods import begin_of

Rows = tuple[Mapping[str, Any], ...]
Look = Callable[[str, str, dict[str, object]], Awaitable[Rows]]
"""Asks the bridge for a topic about a charger."""

_AT_ONCE: Final = timedelta(days=7)
_ENDS_WITHIN: Final = timedelta(days=31)
"""A charge that ends later than this after the period is not split any more."""


@dataclass(slots=True)
class Amount:
    """What came to be in one hour, day or month."""

    energy_wh: int = 0
    sessions: int = 0
    seconds: int = 0
    power_w: float | None = None
    """The highest; None: nobody knows."""
    current_a: float | None = None

    def add(self, other: "Amount") -> None:
        """Takes another one in."""
        self.energy_wh += other.energy_wh
        self.sessions += other.sessions
        self.seconds += other.seconds
        self.power_w = _higher(self.power_w, other.power_w)
        self.current_a = _higher(self.current_a, other.current_a)


@dataclass(frozen=True, slots=True)
class Place:
    """One connector, one charge point, or (empty) the site."""

    charger: str = ""
    connector: int | None = None


async def by_day(look: Look, place: Place, days: Iterable[date], zone: tzinfo, today: date) -> dict[date, Amount]:
    """Of each of these days, which follow each other; those to come and those without anything are left out.

    Today is what the counters say, with what is being charged; of the days before it what has ended by now.
    """
    wanted = [day for day in days if day <= today]
    if not wanted:
        return {}
    found = defaultdict[date, Amount](Amount)
    at, end = wanted[0], min(wanted[-1] + _ENDS_WITHIN, today) + timedelta(days=1)
    while at < end:
        until = min(at + _AT_ONCE, end)
        period = {"since": begin_of(at, zone).isoformat(), "until": begin_of(until, zone).isoformat()}
        for row in await look("days", place.charger, {**period, "connector": place.connector}):
            found[date.fromisoformat(row["day"])].add(Amount(row["energy_wh"], row["sessions"], row["seconds"]))
        at = until
        await asyncio.sleep(0)
    counted = await _counted_today(look, place) if wanted[-1] == today else None
    if counted is not None:
        found[today] = counted
    return {day: found[day] for day in wanted if day in found}


async def by_hour(
    look: Look, chargers: Iterable[str], connector: int | None, since: datetime, until: datetime
) -> dict[date, Amount]:
    """Of each hour in which something was charged, out of the curves; power and current are the highest."""
    found = defaultdict[date, Amount](Amount)
    period = {"since": since.isoformat(), "until": until.isoformat(), "connector": connector}
    for charger in chargers:
        for row in await look("hours", charger, dict(period)):
            amount = Amount(row["energy_wh"], power_w=row["power_w"], current_a=row["current_a"])
            found[datetime.fromisoformat(row["at"])].add(amount)
        await asyncio.sleep(0)
    return dict(sorted(found.items()))


async def _counted_today(look: Look, place: Place) -> Amount | None:
    for row in await look("counters", place.charger, {}):
        if row["charger"].casefold() == place.charger.casefold() and row["connector"] == place.connector:
            count = row["today"]
            return None if count is None else Amount(count["energy_wh"], count["sessions"], count["seconds"])
    return None


def _higher(one: float | None, other: float | None) -> float | None:
    known = [each for each in (one, other) if each is not None]
    return max(known, default=None)
