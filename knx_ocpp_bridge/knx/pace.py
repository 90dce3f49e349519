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

    def next_at(self, now_s: float) -> float:
        """When one may go: `now_s`, or later."""
        left = self._left_at(now_s)
        return now_s if left >= 1 - _ROUNDING else now_s + (1 - left) / self._rate

    def spend(self, now_s: float) -> None:
        """One goes now."""
        self._left, self._at = self._left_at(now_s) - 1, now_s

    def _left_at(self, now_s: float) -> float:
        return min(self._burst, self._left + (now_s - self._at) * self._rate)
