"""Learn mode on a page: somebody waits for a card, and looks at the page until it has come."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from knx_ocpp_bridge.control.protocol import Managed


class Lessons:
    """The waiting that goes on, or what came of the last one. One waits at a time: who comes later takes over."""

    def __init__(self) -> None:
        self._waiting: asyncio.Task[Managed] | None = None
        self.name = ""
        """Whose card it will be."""
        self.where = ""
        """The charger at whose reader it is waited; empty: at any."""

    def begin(self, waiting: Coroutine[Any, Any, Managed], name: str, where: str) -> None:
        """Wait by this from now on."""
        self.stop()
        self._waiting = asyncio.create_task(waiting, name="learn")
        self.name, self.where = name, where

    def stop(self) -> None:
        """Wait no longer."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = None

    @property
    def goes_on(self) -> bool:
        """Somebody waits."""
        return self._waiting is not None and not self._waiting.done()

    @property
    def outcome(self) -> Managed | None:
        """What came of it; None: it goes on, or nobody has waited."""
        if self._waiting is None or not self._waiting.done() or self._waiting.cancelled():
            return None
        error = self._waiting.exception()
        return Managed(done=False, messages=(str(error),)) if error is not None else self._waiting.result()
