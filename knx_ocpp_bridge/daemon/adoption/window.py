"""The adoption window: for some minutes whoever boots is adopted. It closes by itself, and no restart finds it open."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from knx_ocpp_bridge.core.values import ChargerId

MOST_MINUTES: Final = 60
MOST_ADOPTED: Final = 16
"""Chargers of one window: somebody who floods the network with invented ones does not fill the configuration."""

_log = logging.getLogger(__name__)


class Window:
    """Adopts strangers while it is open. `adopt` writes one into the configuration and says whether it is there.

    `monotonic_s` is the bridge's monotonic clock in s.
    """

    def __init__(self, monotonic_s: Callable[[], float], adopt: Callable[[ChargerId], Awaitable[bool]]) -> None:
        self._monotonic_s = monotonic_s
        self._adopt = adopt
        self._until_s = 0.0
        self._adopted: list[str] = []
        self._at_work: dict[ChargerId, asyncio.Task[None]] = {}

    @property
    def is_open(self) -> bool:
        """Strangers are adopted right now."""
        return self._monotonic_s() < self._until_s and len(self._adopted) < MOST_ADOPTED

    def open(self, minutes: int) -> None:
        """Open for so long from now on, for up to 16 more; 0 closes."""
        self._until_s = self._monotonic_s() + 60.0 * minutes if minutes else 0.0
        if minutes:
            self._adopted.clear()

    def state(self) -> dict[str, Any]:
        """Plain values: open, closes_in_s, left (how many more it takes), adopted (ids, of the last window)."""
        return {
            "open": self.is_open,
            "closes_in_s": max(0, round(self._until_s - self._monotonic_s())) if self.is_open else 0,
            "left": MOST_ADOPTED - len(self._adopted) if self.is_open else 0,
            "adopted": list(self._adopted),
        }

    def booted(self, stranger: ChargerId) -> None:
        """A stranger has booted: it is adopted beside the event loop, if the window is open."""
        if self.is_open and stranger not in self._at_work and len(self._adopted) + len(self._at_work) < MOST_ADOPTED:
            self._at_work[stranger] = asyncio.create_task(self._take(stranger), name=f"adopt {stranger}")

    async def _take(self, stranger: ChargerId) -> None:
        try:
            if await self._adopt(stranger):
                self._adopted.append(stranger)
                _log.info("%s was adopted, as the adoption window is open", stranger)
        finally:
            del self._at_work[stranger]
