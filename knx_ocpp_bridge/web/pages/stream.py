"""`/live`: the stream of a tab (server-sent events, HTML Living Standard section 9.2)."""

import asyncio
import contextlib
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from knx_ocpp_bridge.web.feeds import watched
from knx_ocpp_bridge.web.live import Viewing
from knx_ocpp_bridge.web.visit import Page, Visit

MOST_STREAMS: Final = 256
MOST_OF_ONE: Final = 64
"""Streams to one address: a proxy has many people behind it."""
_EVERY_PAGE: Final = "frame"
_OF_A_SCREEN: Final = frozenset({_EVERY_PAGE, "embed"})
"""What the token of a screen is good for."""
_MOST_TOPICS: Final = 8
_HEARTBEAT_S: Final = 15.0
"""Between lines that say nothing but that the bridge is there; whoever may not look any more is shown out then."""
_SLOWEST_S: Final = 30.0
"""A reader that takes longer for one message is gone, or might as well be."""
_RETRY_MS: Final = 3000


class _Stream(Response):
    """Sends what changes until the reader is gone."""

    def __init__(self, visit: Visit, viewing: Viewing, seen: tuple[int, ...]) -> None:
        super().__init__(media_type="text/event-stream", headers={"x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._visit = visit
        self._live = visit.website.live
        self._viewing = viewing
        self._seen = seen

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        peer, open_streams = self._visit.caller.peer, self._live.streams
        open_streams[peer] += 1
        self._live.follow(self._viewing)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            tasks = (asyncio.create_task(self._send_all(send)), asyncio.create_task(_left(receive)))
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError, TimeoutError):
                    task.result()
        finally:
            self._live.leave(self._viewing)
            open_streams[peer] -= 1
            if not open_streams[peer]:
                del open_streams[peer]

    async def _send_all(self, send: Send) -> None:
        await _write(send, f"retry: {_RETRY_MS}\n\n".encode())
        loop = asyncio.get_running_loop()
        next_look_s = loop.time() + _HEARTBEAT_S
        while True:
            body = b": \n\n"
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(next_look_s):
                    found = await self._live.changes(self._viewing, self._seen)
                if found is None:
                    break
                now, token, chunk = found
                self._seen = (now,) * len(self._viewing.topics)
                body = b"event: parts\nid: %s\ndata: %s\n\n" % (token.encode(), chunk)
            if loop.time() >= next_look_s:
                if not await self._still_welcome():
                    break
                next_look_s = loop.time() + _HEARTBEAT_S
            await _write(send, body)
        await send({"type": "http.response.body", "body": b""})

    async def _still_welcome(self) -> bool:
        try:
            visitor = await self._visit.website.doorkeeper.visitor(self._visit.request)
        except HTTPException:
            return False
        return visitor.role >= self._viewing.role


async def _write(send: Send, body: bytes) -> None:
    async with asyncio.timeout(_SLOWEST_S):
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _left(receive: Receive) -> None:
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()


async def _live(visit: Visit) -> Response:
    live = visit.website.live
    if live.streams.total() >= MOST_STREAMS or live.streams[visit.caller.peer] >= MOST_OF_ONE:
        raise HTTPException(503, "too many pages are open at once: close some", {"retry-after": "60"})
    query = visit.request.query_params
    names = tuple(dict.fromkeys((_EVERY_PAGE, *query.get("topics", "").split())))
    if len(names) > _MOST_TOPICS:
        raise HTTPException(400, f"a page follows {_MOST_TOPICS} topics at most")
    topics = tuple(watched(name) for name in names)
    if not all(visit.may(topic.feed.role) for topic in topics):
        raise HTTPException(403)
    if visit.visitor.kiosk and not all(name.partition(":")[0] in _OF_A_SCREEN for name in names):
        raise HTTPException(403, "the token of a screen is good for the card of a connector alone")
    token = visit.request.headers.get("last-event-id", "")
    known = names if token else tuple(query.get("known", "").split())
    place = live.place(token or query.get("since", ""))
    seen = tuple(place if name in known else 0 for name in names)
    return _Stream(visit, Viewing(topics, visit.language, visit.visitor.role), seen)


PAGES: Final = (Page("/live", _live),)
