"""What a stranger can repeat for ever is told once in a while."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

_MOST: Final = 256
"""Subjects remembered."""


@dataclass(slots=True)
class _Subject:
    told_at: float
    left_out: int = 0


class Seldom:
    """True for a subject at most once per period, and for all of them `most` times at most; pure, takes `now_s`."""

    def __init__(self, period_s: float, most: int = _MOST) -> None:
        self._period_s = period_s
        self._most = most
        self._subjects: dict[Hashable, _Subject] = {}
        self._crowd = 0
        """Left out of subjects that are not remembered."""
        self._more = 0

    def is_due(self, subject: Hashable, now_s: float) -> bool:
        """Whether it is time to tell; then it counts as told."""
        known = self._subjects.get(subject)
        if known is not None and now_s - known.told_at < self._period_s:
            known.left_out += 1
            return False
        if known is None and not self._has_room(now_s):
            self._crowd += 1
            return False
        self._more = self._crowd + (0 if known is None else known.left_out)
        self._crowd = 0
        self._subjects[subject] = _Subject(now_s)
        return True

    def left_out(self) -> str:
        """How often that which was due last has not been told, in words that end its sentence; empty: never."""
        return f" (and {self._more} more like this since the last such line)" if self._more else ""

    def _has_room(self, now_s: float) -> bool:
        if len(self._subjects) >= self._most:
            stay = {each: one for each, one in self._subjects.items() if now_s - one.told_at < self._period_s}
            self._crowd += sum(one.left_out for one in self._subjects.values()) - sum(
                one.left_out for one in stay.values()
            )
            self._subjects = stay
        return len(self._subjects) < self._most
