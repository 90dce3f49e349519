"""How many calls there were in both directions, how they ended, and how long chargers took to answer. Pure."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Final

BOUNDS_S: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the histogram; what took longer is above the last one."""
OTHER: Final = "other"
"""Stands for everything that is no request of OCPP 1.6: a charger cannot grow the table."""


class Tally:
    """Counts since the start. A charger is not told apart: operations and results are few, chargers may be many."""

    __slots__ = ("_ended", "_heard", "_over", "_seconds_s")

    def __init__(self) -> None:
        self._heard: dict[tuple[str, str], int] = {}
        self._ended: dict[tuple[str, str], int] = {}
        self._over = [0] * (len(BOUNDS_S) + 1)
        self._seconds_s = 0.0

    def heard(self, action: str, result: str) -> None:
        """A request of a charger was answered so: `answered`, `repeated` or `error`."""
        key = action, result
        self._heard[key] = self._heard.get(key, 0) + 1

    def ended(self, action: str, result: str, seconds_s: float | None) -> None:
        """A call of ours ended so; `seconds_s` passed before the charger answered, None: it did not."""
        key = action, result
        self._ended[key] = self._ended.get(key, 0) + 1
        if seconds_s is not None:
            self._over[bisect_left(BOUNDS_S, seconds_s)] += 1
            self._seconds_s += seconds_s

    def calls(self) -> list[dict[str, Any]]:
        """Rows of direction (`in`: the charger asked), action, result and count."""
        return [*_rows("in", self._heard), *_rows("out", self._ended)]

    def seconds(self) -> dict[str, Any]:
        """The histogram of our calls that were answered: counts up to each bound, their number, and the sum in s."""
        counts, below = [], 0
        for bound_s, count in zip(BOUNDS_S, self._over, strict=False):
            below += count
            counts.append([bound_s, below])
        return {"buckets": counts, "count": below + self._over[-1], "sum": round(self._seconds_s, 3)}


def _rows(direction: str, counts: dict[tuple[str, str], int]) -> Sequence[dict[str, Any]]:
    return [
        {"direction": direction, "action": action, "result": result, "count": count}
        for (action, result), count in sorted(counts.items())
    ]
