"""Power and current of the last hours, by connector, out of the curves of its transactions.

Between transactions nothing is kept, so nothing is told there: a gap, not a zero.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.store.history import History, Wanted
from knx_ocpp_bridge.store.points import Point

STEP_S: Final = 300
MOST_HOURS: Final = 48
_MOST_TRANSACTIONS: Final = 100
_HELD_FOR_S: Final = 1200
"""A value stands until the next one of its transaction, but not for longer: chargers send one each quarter of an hour
at most."""

_Pair = tuple[float | None, float | None]


def rows(history: History, charger: ChargerId, connectors: Iterable[int], now: datetime, hours: int) -> list[Any]:
    """One row per connector: `begins_at` and `step_s`, and for each step power and current, None where unknown."""
    steps = hours * 3600 // STEP_S
    first_s = (int(now.timestamp()) // STEP_S - steps + 1) * STEP_S
    since = now - timedelta(hours=hours)
    found = history.transactions(Wanted(charger=charger, since=since), limit=_MOST_TRANSACTIONS, newest=True)
    of = defaultdict[int, list[list[_Pair]]](lambda: [[] for _ in range(steps)])
    for one in found:
        points = history.samples(charger, int(one.transaction.id))
        _spread(of[int(one.transaction.connector)], points, first_s)
    return [_row(connector, of[connector], first_s) for connector in sorted({*connectors, *of})]


def _spread(steps: list[list[_Pair]], points: list[Point], first_s: int) -> None:
    """Each point into its step, and into those behind it until the next one."""
    times = [point.at_s for point in points]
    for place in range(max(0, bisect_left(times, first_s) - 1), len(points)):
        point = points[place]
        until_s = times[place + 1] if place + 1 < len(times) else point.at_s + 1
        if until_s - point.at_s > _HELD_FOR_S:
            until_s = point.at_s + 1
        begin, end = (point.at_s - first_s) // STEP_S, (until_s - 1 - first_s) // STEP_S
        for step in range(max(0, begin), min(end, len(steps) - 1) + 1):
            if step == begin or not steps[step]:
                steps[step].append((point.power_w, point.current_a))


def _row(connector: int, steps: list[list[_Pair]], first_s: int) -> dict[str, Any]:
    return {
        "connector": connector,
        "begins_at": first_s,
        "step_s": STEP_S,
        "power_w": [_mean([power for power, _ in step], 0) for step in steps],
        "current_a": [_mean([current for _, current in step], 1) for step in steps],
    }


def _mean(values: list[float | None], digits: int) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), digits) if known else None
