"""What is asked of a charger and answered by the core's verdict: wishes, calls, securing."""

import asyncio
from collections.abc import Callable

from knx_ocpp_bridge.core.events import Event
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import Verdict
from knx_ocpp_bridge.core.values import ChargerId


class Asking:
    """Numbers what is asked and waits for the verdict of that number. `post` brings an event to its charger."""

    def __init__(self, post: Callable[[ChargerId, Event], None]) -> None:
        self._post = post
        self._waiting: dict[int, asyncio.Future[Verdict]] = {}
        self._last_number = 0

    async def ask(self, charger_id: ChargerId, event: Callable[[int], Event], within_s: float) -> Verdict:
        """The verdict on the event that is made with a number; TIMED_OUT, if none comes within `within_s`."""
        self._last_number += 1
        number = self._last_number
        waiting: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        self._post(charger_id, event(number))
        try:
            async with asyncio.timeout(within_s):
                return await waiting
        except TimeoutError:
            return Verdict(number, CommandResult.TIMED_OUT, "the charger has not said how it ended")
        finally:
            del self._waiting[number]

    def verdict(self, verdict: Verdict) -> None:
        """Something has ended; whoever waits for it gets its answer."""
        waiting = self._waiting.get(verdict.number)
        if waiting is not None and not waiting.done():
            waiting.set_result(verdict)
