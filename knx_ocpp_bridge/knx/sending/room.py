"""What others leave of the line, and how much of that may be taken by what nobody waits for. Pure, takes `now_s`."""

from math import exp, inf
from typing import Final

FULL: Final = 0.85
"""Part of the line that all telegrams together may take; above it they begin to wait for each other."""
TELEGRAM_S: Final = 0.022
"""How long a telegram of ordinary length takes a TP line (9600 bit/s)."""
_QUIET: Final = 0.1
"""Where others take less, there is nobody to leave room for."""
_MEMORY_S: Final = 2.0
"""After so long a moment counts for 37 %: some 80 telegrams of a busy line make up its load."""


class Room:
    """What begins at `free_at` or later takes what others leave below `FULL`, or `floor` telegrams per second.

    Who has another floor has one of his own; what there is above is for all of them together.
    """

    def __init__(self) -> None:
        """The line is quiet."""
        self._load = 0.0
        self._at = -inf
        self._free_at = -inf
        self._began: dict[float, float] = {}

    def free_at(self, floor: float) -> float:
        """When the next telegram of those with this floor may begin."""
        return min(self._free_at, self._began.get(floor, -inf) + 1 / floor)

    def passed(self, line_s: float, now_s: float) -> None:
        """A telegram that asks for no room has taken the line for so long, of others or of ours."""
        self._load = self._load_at(now_s) + line_s / _MEMORY_S
        self._at = max(self._at, now_s)

    def took(self, floor: float, line_s: float, sent_s: float, now_s: float) -> None:
        """A telegram for which there was room began at `sent_s`, and took the line for so long."""
        load = self._load_at(now_s)
        self._began[floor] = sent_s
        if load >= _QUIET:
            self._free_at = sent_s + (line_s / (FULL - load) if load < FULL else 1 / floor)

    def _load_at(self, now_s: float) -> float:
        """Part of the line in the last seconds."""
        return self._load * exp(-max(0.0, now_s - self._at) / _MEMORY_S) if self._load else 0.0
