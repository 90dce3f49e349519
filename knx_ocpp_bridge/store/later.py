"""A call that is due some time, once, however often it is asked for."""

import asyncio
from collections.abc import Callable


class Later:
    """Calls back once, `wait_s` after it was first asked to; nothing is due while nobody asks."""

    def __init__(self, wait_s: float, call: Callable[[], None]) -> None:
        self._wait_s = wait_s
        self._call = call
        self._timer: asyncio.TimerHandle | None = None

    @property
    def armed(self) -> bool:
        """It is due."""
        return self._timer is not None

    def arm(self) -> None:
        """It is due, if it was not already."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._wait_s, self._ring)

    def disarm(self) -> None:
        """It is not due any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._timer = None
        self._call()
