"""How often the energy of the site is decided: many pieces of news make one look."""

from collections.abc import Callable
from math import inf
from typing import Final

from knx_ocpp_bridge.actor import Timer

URGENT_S: Final = 0.2
"""Least time between two looks, if something must go down."""
CALM_S: Final = 1.0
"""Least time between two looks otherwise."""
_TOGETHER_S: Final = 0.1
"""News comes in telegrams and frames: that of three phases is looked at together."""


class Pace:
    """Says when to look, by `ring`, once. Times are monotonic, in s."""

    def __init__(
        self,
        now_s: Callable[[], float],
        call_later: Callable[[float, Callable[[], None]], Timer],
        ring: Callable[[], None],
    ) -> None:
        self._now_s = now_s
        self._call_later = call_later
        self._ring = ring
        self._looked_s = -inf
        self._due_s = inf
        self._timer: Timer | None = None

    def news(self, *, urgent: bool) -> None:
        """There is something to look at."""
        interval_s = URGENT_S if urgent else CALM_S
        together_s = _TOGETHER_S if urgent else URGENT_S
        self.at(max(self._now_s() + together_s, self._looked_s + interval_s))

    def at(self, due_s: float) -> None:
        """Look then at the latest."""
        if due_s >= self._due_s:
            return
        self.stop()
        self._due_s = due_s
        self._timer = self._call_later(max(0.0, due_s - self._now_s()), self._rings)

    def stop(self) -> None:
        """Nothing rings any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._due_s = inf

    def _rings(self) -> None:
        self._timer = None
        self._looked_s, self._due_s = self._now_s(), inf
        self._ring()
