"""What was charged by day and by hour: the numbers behind the graphs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.control.options import AskError, Option
from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.core.days import day_of
from knx_ocpp_bridge.daemon.history.history_topics import instant
from knx_ocpp_bridge.daemon.history.known import known_charger
from knx_ocpp_bridge.daemon.sources import Given, Sources, Topic
from knx_ocpp_bridge.store.history import Wanted
from knx_ocpp_bridge.store.points import Point
from knx_ocpp_bridge.store.sums import Place

_LONGEST: Final = timedelta(days=32)
_ENDS_WITHIN: Final = timedelta(days=31)
"""After the hours that are asked for: what takes longer than this is not drawn."""
_MOST_TRANSACTIONS: Final = 100
_HOUR_S: Final = 3600
_PLACE: Final = {"connector": Option(int, None, 1, 255)}
_PERIOD: Final = {"since": Option(str, ""), "until": Option(str, "")}


@dataclass(slots=True)
class _Sum:
    sessions: int = 0
    energy_wh: int = 0
    seconds: int = 0


@dataclass(slots=True)
class _Hour:
    energy_wh: int = 0
    power_w: int | None = None
    current_a: float | None = None

    def take(self, point: Point, energy_wh: int) -> None:
        self.energy_wh += energy_wh
        if point.power_w is not None:
            self.power_w = max(self.power_w or 0, point.power_w)
        if point.current_a is not None:
            self.current_a = max(self.current_a or 0.0, point.current_a)


def _days(sources: Sources, charger: str, given: Given) -> Listing:
    since, until = _period(given)
    zone = ZoneInfo(sources.site().timezone)
    place = Place(known_charger(sources, charger) if charger else None, given["connector"])
    slots, shares = sources.books.history.sums(place, since, until)
    days = defaultdict[str, _Sum](_Sum)
    for slot in slots:
        one = days[day_of(datetime.fromtimestamp(slot.at_s, UTC), zone).isoformat()]
        one.sessions += slot.sessions
        one.energy_wh += slot.energy_wh
        one.seconds += slot.seconds
    for share in shares:
        days[share.day.isoformat()].energy_wh += share.energy_wh
    rows = (
        {"day": day, "sessions": one.sessions, "energy_wh": one.energy_wh, "seconds": one.seconds}
        for day, one in sorted(days.items())
    )
    return Listing(tuple(rows))


def _hours(sources: Sources, charger: str, given: Given) -> Listing:
    since, until = _period(given)
    history, charger_id = sources.books.history, known_charger(sources, charger)
    wanted = Wanted(charger=charger_id, since=since, until=until + _ENDS_WITHIN)
    hours = defaultdict[int, _Hour](_Hour)
    for one in history.transactions(wanted, limit=_MOST_TRANSACTIONS):
        here = given["connector"] in {None, one.transaction.connector}
        if here and one.transaction.started_at < until:
            for point, energy_wh in _steps(history.samples(charger_id, int(one.transaction.id))):
                hours[point.at_s // _HOUR_S].take(point, energy_wh)
    first, last = since.timestamp() // _HOUR_S, until.timestamp() / _HOUR_S
    return Listing(tuple(_hour(at, one) for at, one in sorted(hours.items()) if first <= at < last))


def _steps(curve: list[Point]) -> Iterator[tuple[Point, int]]:
    """Each point with what was taken since the one before."""
    known_wh = 0
    for point in curve:
        yield point, max(0, point.energy_wh - known_wh)
        known_wh = max(known_wh, point.energy_wh)


def _hour(at: int, one: _Hour) -> dict[str, Any]:
    return {
        "at": datetime.fromtimestamp(at * _HOUR_S, UTC).isoformat().replace("+00:00", "Z"),
        "energy_wh": one.energy_wh,
        "power_w": one.power_w,
        "current_a": one.current_a,
    }


def _period(given: Given) -> tuple[datetime, datetime]:
    since, until = instant("since", given["since"]), instant("until", given["until"])
    if since is None or until is None or not since < until <= since + _LONGEST:
        raise AskError(f"since and until are two times, until the later one and {_LONGEST.days} days later at most")
    return since, until


TOPICS: Final[Mapping[str, Topic]] = {
    "days": Topic(_days, {**_PERIOD, **_PLACE}, charger=None),
    "hours": Topic(_hours, {**_PERIOD, **_PLACE}, charger=True),
}
"""`days`: what ended in the period, by day of the site: sessions and time where they end, energy where it was taken, so
that there may be days before the period. `hours`: energy, highest power and highest current of each hour (UTC) in which
something was charged, out of the curves. A period is `since` included and `until` not, 32 days at most."""
