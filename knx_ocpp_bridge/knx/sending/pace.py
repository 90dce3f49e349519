"""A token bucket: how many telegrams a line is asked to carry."""

from math import inf
from typing import Final

_ROUNDING: Final = 1e-6
"""What floating point may miss of one telegram; it is owed, not forgiven."""


class Pace:
    """In any span of T seconds at most `burst + rate * T` may go."""

    def __init__(self, rate: float, burst: float) -> None:
        """`rate` per second; `burst` at least 1."""
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at = -inf

    def next_at(self, now_s: float, keep: float = 0.0) -> float:
        """When one may go and `keep` are still left for others: `now_s`, or later."""
        left = self._left_at(now_s)
        return now_s if left >= 1 + keep - _ROUNDING else now_s + (1 + keep - left) / self._rate

    @property
    def free_at(self) -> float:
        """When one may go, if nothing else goes meanwhile."""
        return -inf if self._left >= 1 - _ROUNDING else self._at + (1 - self._left) / self._rate

    def spend(self, now_s: float, count: float = 1.0) -> None:
        """So many go now."""
        self._left, self._at = self._left_at(now_s) - count, max(self._at, now_s)

    def lose(self, seconds: float) -> None:
        """So much of the time since the last one, or of that to come, counts for nothing."""
        self._at += seconds

    def _left_at(self, now_s: float) -> float:
        return min(self._burst, self._left + max(0.0, now_s - self._at) * self._rate)
