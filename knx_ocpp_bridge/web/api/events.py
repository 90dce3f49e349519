"""Server-sent events (HTML Living Standard section 9.2): what changes, only while somebody listens.

A stream begins with the whole state, so that whoever has lost one misses nothing that lasts.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from knx_ocpp_bridge.control.caller import Caller
from knx_ocpp_bridge.control.protocol import Listing, Query
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.web.api.changes import ALARM, BRIDGE, CHARGER, CONNECTOR, TELEGRAM, Change, Seen
from knx_ocpp_bridge.web.api.problems import FORBIDDEN, SENSELESS, TOO_MANY, ProblemError
from knx_ocpp_bridge.web.roles import Role, Visitor
from knx_ocpp_bridge.web.website import Website

KINDS: Final[Mapping[str, str]] = {
    CONNECTOR: "a connector with all its values, when one of them has changed",
    CHARGER: "a charge point without its connectors, when it has changed",
    BRIDGE: "the bridge itself, when it has changed",
    ALARM: "an alarm that is new, is over, or was acknowledged",
    TELEGRAM: "a group telegram (installers only, and only if it is asked for)",
}
MOST_STREAMS: Final = 32
MOST_WAITING: Final = 512
"""Events that wait for a slow reader; then its stream ends."""
HEARTBEAT_S: Final = 15.0
_UNASKED: Final = frozenset({CONNECTOR, CHARGER, BRIDGE, ALARM})
_MOST_TELEGRAMS: Final = 200
_LISTENING: Final = Caller(Origin.API)
_MEDIA_TYPE: Final = "text/event-stream"


@dataclass(eq=False, slots=True)
class _Stream:
    """One reader. `None` in its queue: it was too slow, or nothing can be told any more."""

    kinds: frozenset[str]
    discreet: bool
    waiting: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING + 1))

    def offer(self, event: bytes) -> None:
        """Puts it in line; whoever is too slow is dropped."""
        if self.waiting.qsize() >= MOST_WAITING:
            self.end()
        else:
            self.waiting.put_nowait(event)

    def end(self) -> None:
        """Nothing more comes."""
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.waiting.put_nowait(None)


class Events:
    """All streams of the API over one pulse."""

    def __init__(self, website: Website) -> None:
        self._website = website
        self._pulse = website.pulse
        self._streams: list[_Stream] = []
        self._watching: asyncio.Task[None] | None = None
        self._primed = asyncio.Event()
        self._number = 0

    @property
    def open(self) -> int:
        """Streams that are read just now."""
        return len(self._streams)

    async def stream(self, request: Request, visitor: Visitor) -> Response:
        """Events for this visitor until one side closes.

        Raises:
            ProblemError: 422, 403, 429: there is no such kind, it is not for this role, or too many are open.
        """
        kinds = _kinds(request)
        if TELEGRAM in kinds and visitor.role < Role.INSTALLER:
            raise ProblemError(FORBIDDEN, "group telegrams are for the role installer", "query: topics")
        if len(self._streams) >= MOST_STREAMS:
            words = f"{MOST_STREAMS} streams are open already: close one, or try again later"
            raise ProblemError(TOO_MANY, words, headers={"retry-after": "10"})
        if request.method == "HEAD":
            return Response(media_type=_MEDIA_TYPE)
        stream = _Stream(kinds, visitor.role < Role.OPERATOR)
        return StreamingResponse(self._events(stream, request, visitor.role), media_type=_MEDIA_TYPE)

    async def _events(self, stream: _Stream, request: Request, role: Role) -> AsyncIterator[bytes]:
        yield b"retry: 3000\n\n"
        self._begin(stream)
        loop = asyncio.get_running_loop()
        next_look_s = loop.time() + HEARTBEAT_S
        try:
            await self._primed.wait()
            whole = Seen()
            for change in (*whole.of(await self._pulse.now()), *whole.of_alarms(await self._alarms(standing=True))):
                if change.kind in stream.kinds:
                    yield self._frame(change, discreet=stream.discreet)
            while True:
                event: bytes | None = b": alive\n\n"
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(next_look_s):
                        event = await stream.waiting.get()
                if event is None:
                    return
                # By the clock: a house where something happens all the time is never silent.
                if loop.time() >= next_look_s:
                    if not await self._still_may(request, role):
                        return
                    next_look_s = loop.time() + HEARTBEAT_S
                yield event
        finally:
            self._end(stream)

    async def _still_may(self, request: Request, role: Role) -> bool:
        """A token that was revoked, or a session that has ended, ends its stream."""
        try:
            return (await self._website.doorkeeper.visitor(request)).role >= role
        except HTTPException:
            return False

    def _begin(self, stream: _Stream) -> None:
        self._streams.append(stream)
        if self._watching is None or self._watching.done():
            self._primed.clear()
            self._watching = asyncio.create_task(self._watch(), name="events of the API")

    def _end(self, stream: _Stream) -> None:
        self._streams.remove(stream)
        if not self._streams and self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def _watch(self) -> None:
        seen = Seen()
        after: int | None = await self._newest_telegram()
        try:
            # Whoever begins now sees the state after this one: what changes in between is told twice, and never missed.
            for _ in seen.of(await self._pulse.now()):
                pass
            seen.of_alarms(await self._alarms(standing=False))
            self._primed.set()
            with self._pulse.listening() as beat:
                while True:
                    changes = [*seen.of(await beat())]
                    if self._anybody(ALARM):
                        changes += seen.of_alarms(await self._alarms(standing=False))
                    if not self._anybody(TELEGRAM):
                        after = None
                    elif after is None:
                        after = await self._newest_telegram()
                    else:
                        telegrams, after = await self._telegrams(after)
                        changes += telegrams
                    self._tell(changes)
        finally:
            self._primed.set()
            for stream in self._streams:
                stream.end()

    def _anybody(self, kind: str) -> bool:
        return any(kind in stream.kinds for stream in self._streams)

    def _tell(self, changes: Iterable[Change]) -> None:
        for change in changes:
            frames: dict[bool, bytes] = {}
            for stream in self._streams:
                if change.kind in stream.kinds:
                    if stream.discreet not in frames:
                        frames[stream.discreet] = self._frame(change, discreet=stream.discreet)
                    stream.offer(frames[stream.discreet])

    def _frame(self, change: Change, *, discreet: bool) -> bytes:
        self._number += 1
        data = change.discreet() if discreet else change.data
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (self._number, change.kind.encode(), msgspec.json.encode(data))

    async def _alarms(self, *, standing: bool) -> tuple[Mapping[str, Any], ...]:
        options = {"standing": True} if standing else {"newest": True, "limit": 50}
        return await self._rows("alarms", options)

    async def _newest_telegram(self) -> int:
        rows = await self._rows("telegrams", {"newest": True, "limit": 1})
        return int(rows[-1]["number"]) if rows else 0

    async def _telegrams(self, after: int) -> tuple[list[Change], int]:
        rows = await self._rows("telegrams", {"after": after, "limit": _MOST_TELEGRAMS})
        return [Change(TELEGRAM, row) for row in rows], int(rows[-1]["number"]) if rows else after

    async def _rows(self, topic: str, options: Mapping[str, object]) -> tuple[Mapping[str, Any], ...]:
        answer = await self._website.ask(Query(topic, "", options), _LISTENING)
        return answer.rows if isinstance(answer, Listing) else ()


def _kinds(request: Request) -> frozenset[str]:
    written = request.query_params.multi_items()
    for name, _ in written:
        if name != "topics":
            raise ProblemError(SENSELESS, f"there is no option {name[:64]!r} here; there are topics", "query")
    if not written:
        return _UNASKED
    kinds = frozenset(",".join(text for _, text in written).split(","))
    unknown = sorted(kinds - KINDS.keys())
    if unknown:
        known = ", ".join(KINDS)
        raise ProblemError(SENSELESS, f"there are no events {unknown[0][:64]!r}; there are {known}", "query: topics")
    return kinds
