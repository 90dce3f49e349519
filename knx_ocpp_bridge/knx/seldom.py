"""What a stranger can repeat for ever is told once in a while."""

from collections.abc import Hashable
from typing import Final

_MOST: Final = 256
"""Subjects remembered."""


class Seldom:
    """True for a subject at most once per period, and for all of them 256 times at most; pure, takes `now_s`."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._told: dict[Hashable, float] = {}

    def is_due(self, subject: Hashable, now_s: float) -> bool:
        """Whether it is time to tell; then it counts as told."""
        told = self._told.get(subject)
        if told is not None and now_s - told < self._period_s:
            return False
        if len(self._told) >= _MOST:
            self._told = {each: at_s for each, at_s in self._told.items() if now_s - at_s < self._period_s}
            if len(self._told) >= _MOST:
                return False
        self._told[subject] = now_s
        return True
