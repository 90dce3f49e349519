"""One question a second for everybody who watches: pages and the API's events look at the same answer."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from knx_ocpp_bridge.control.caller import Caller
from knx_ocpp_bridge.control.protocol import Request, Response, Snapshot, Status
from knx_ocpp_bridge.core.events import Origin

TICK_S: Final = 1.0
_WATCHING: Final = Caller(Origin.PAGE)


class Pulse:
    """Asks the bridge how everything stands once every `TICK_S`, and only while somebody listens."""

    def __init__(self, ask: Callable[[Request, Caller], Awaitable[Response]], tick_s: float = TICK_S) -> None:
        self._ask = ask
        self._tick_s = tick_s
        self._listeners = 0
        self._beating: asyncio.Task[None] | None = None
        self._next: asyncio.Future[Snapshot] | None = None

    async def now(self) -> Snapshot:
        """How everything stands, asked for anew."""
        answer = await self._ask(Status(), _WATCHING)
        if not isinstance(answer, Snapshot):
            raise TypeError(answer)
        return answer

    @contextlib.contextmanager
    def listening(self) -> Iterator[Callable[[], Awaitable[Snapshot]]]:
        """What is given waits for the next answer; who comes late for one gets the one after it."""
        self._listeners += 1
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
            self._beating = asyncio.create_task(self._beat(), name="pulse")
        try:
            yield self._wait
        finally:
            self._listeners -= 1
            if self._listeners == 0 and self._beating is not None:
                self._beating.cancel()
                self._beating = self._next = None

    async def _wait(self) -> Snapshot:
        if self._next is None:
            raise RuntimeError("nobody listens any more")
        return await asyncio.shield(self._next)

    async def _beat(self) -> None:
        while True:
            snapshot = await self.now()
            past, self._next = self._next, asyncio.get_running_loop().create_future()
            if past is not None and not past.done():
                past.set_result(snapshot)
            await asyncio.sleep(self._tick_s)
