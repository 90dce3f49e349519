"""What a stranger can repeat for ever is told once in a while."""

from collections.abc import Hashable
from typing import Final

_MOST: Final = 256
"""Subjects remembered; more at once are a flood, and then one more line each does no harm."""


class Seldom:
    """True for a subject at most once per period; of bounded memory. Pure, takes `now_s`."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._told: dict[Hashable, float] = {}

    def is_due(self, subject: Hashable, now_s: float) -> bool:
        """Whether it is time to tell; then it counts as told."""
        told = self._told.get(subject)
        if told is not None and now_s - told < self._period_s:
            return False
        if len(self._told) >= _MOST:
            self._told.clear()
        self._told[subject] = now_s
        return True
