"""One TCP connection to the site's port: HTTP, or TLS with HTTP in it, told apart by the first byte.

It is the protocol of the connection, and in front of it the clock: whoever is slow on purpose is dropped.
"""

import asyncio
import ssl
from http import HTTPStatus
from typing import Any, Final, Protocol

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol

from knx_ocpp_bridge.ocpp.failures import Trouble
from knx_ocpp_bridge.ocpp.tls import HELLO, TlsTransport
from knx_ocpp_bridge.web.reception import Reception, RefusedError

HEAD_S: Final = 20.0
"""For the handshake and the head of a request, and between requests."""
BODY_GRACE_S: Final = 10.0
BODY_BYTES_PER_S: Final = 4096.0
"""The least that a body comes with, once its grace is over."""
GOOD_BYTES_PER_S: Final = 64 * 1024.0
"""A body that comes like this is nobody's trouble."""
REFUSED_S: Final = 1.0
"""To read why, while what else comes is thrown away: a reset would take the answer away."""
STUCK_S: Final = 30.0
"""So long nothing at all of an answer is taken."""
_PLAIN_BYTES: Final = 16 * 1024
_PLAIN: Final = memoryview(bytearray(_PLAIN_BYTES))
"""Shared by all encrypted connections: it is copied at once."""


class Hall(Protocol):
    """Where the connections of a site meet."""

    def arrived(self, connection: "Connection") -> bool: ...
    def left(self, connection: "Connection") -> None: ...
    def encryption(self) -> ssl.SSLContext | None: ...
    def speaker(self) -> H11Protocol: ...


class Connection(asyncio.Protocol):
    """Between TCP, or `TlsTransport`, and uvicorn's HTTP, which gets one request at a time and in portions.

    It never holds more than one reading of what may not be handed on yet.
    """

    __slots__ = (
        "_body_s", "_cycle", "_full_s", "_got", "_hall", "_http", "_idle_s", "_inner", "_reception", "_refused",
        "_sent_s", "_size", "_swept_s", "_turn", "peer",
    )  # fmt: skip

    def __init__(self, hall: Hall, now_s: float) -> None:
        self._hall = hall
        self._http: H11Protocol | None = None
        self._inner: asyncio.Transport | None = None
        self._idle_s = now_s
        """Since when no request is being answered."""
        self._cycle: object = None
        """The request that was seen last."""
        self._body_s: float | None = None
        self._got = 0
        """Bytes since then."""
        self._sent_s: float | None = None
        """Since when nothing of what was sent has been taken."""
        self._size = 0
        self._full_s: float | None = None
        """Since when there has always been something left that is not taken."""
        self._reception = Reception()
        self._turn: asyncio.Handle | None = None
        """The turn of the loop in which the next portion is worked on."""
        self._refused = False
        self._swept_s: float | None = None
        """Since when it is known to be refused."""
        self.peer = ""

    # What asyncio says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP gives one
        self._inner = transport
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]) if peer else ""
        if not self._hall.arrived(self):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._http is None:
            self._begin(data)
        else:
            self._hear(data)

    def eof_received(self) -> None:
        """The transport closes itself: whoever has no more to ask wants no more answers."""

    def connection_lost(self, exc: Exception | None) -> None:
        if self._turn is not None:
            self._turn.cancel()
        if self._http is not None:
            self._http.connection_lost(exc)
        self._hall.left(self)

    def pause_writing(self) -> None:
        if self._http is not None:
            self._http.pause_writing()

    def resume_writing(self) -> None:
        if self._http is not None:
            self._http.resume_writing()

    # What TLS says

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        return _PLAIN

    def buffer_updated(self, nbytes: int) -> None:
        self._hear(bytes(_PLAIN[:nbytes]))

    def fail(self, trouble: Trouble, offered: str = "") -> None:  # noqa: ARG002 - as TLS tells it
        """The handshake failed: a browser that does not know our root yet asks its user, and comes again."""
        if self._inner is not None:
            self._inner.abort()

    # What the hall says

    @property
    def busy(self) -> bool:
        """A request is being answered."""
        cycle = None if self._http is None else self._http.cycle
        return cycle is not None and not cycle.response_complete

    def sweep(self, now_s: float) -> None:
        """Drops it if it is slow on purpose; to be called every second."""
        cycle = None if self._http is None else self._http.cycle
        if self.busy or cycle is not self._cycle:
            self._idle_s, self._cycle = now_s, cycle
        slow = self._sends_slowly(now_s) if self.busy else now_s - self._idle_s > HEAD_S
        if slow or self._takes_nothing(now_s) or self._has_read_why(now_s):
            self.drop()

    def waited_s(self, now_s: float) -> float | None:
        """So long it has kept the bridge waiting, which may end it where room is needed; None: the bridge has the turn.

        A body that comes well keeps nobody waiting.
        """
        if self._full_s is not None:
            return now_s - self._full_s
        if not self.busy:
            return now_s - self._idle_s
        if not self._body_comes():
            return None
        return 0.0 if self._body_s is None else max(0.0, now_s - self._body_s - self._got / GOOD_BYTES_PER_S)

    def drop(self) -> None:
        """It ends at once."""
        if self._inner is not None:
            self._inner.abort()

    def _begin(self, data: bytes) -> None:
        assert self._inner is not None  # noqa: S101 - nothing comes before the connection is made
        encrypted = data[0] == HELLO
        context = self._hall.encryption() if encrypted else None
        if encrypted and context is None:
            self._inner.abort()
            return
        http = self._http = self._hall.speaker()
        if context is None:
            self._serve(http, self._inner)
            self._hear(data)
            return
        transport = TlsTransport(self._inner, self, context)
        self._serve(http, transport)
        http.scheme = "https"
        transport.start(memoryview(data))

    def _serve(self, http: H11Protocol, transport: asyncio.Transport) -> None:
        http.connection_made(transport)
        http.flow = FlowControl(_Tap(self))

    def _hear(self, data: bytes) -> None:
        if self._refused:
            return
        self._got += len(data)
        self._reception.bring(data)
        if self._turn is None:
            self.work()
        self.steer()

    def work(self) -> None:
        """Hands one portion on; the next one has the next turn of the loop, or that after the answer."""
        self._turn = None
        http = self._http
        if http is None or http.transport.is_closing() or http.flow.read_paused:
            return
        try:
            portion = self._reception.take(another=not self.busy)
        except RefusedError as refused:
            self._refuse(http, refused)
            return
        if portion:
            http.data_received(portion)
            if self._reception:
                self.soon()
        elif self.busy and self._reception:
            # The end of the answer resumes it.
            http.flow.pause_reading()
        self.steer()

    def soon(self) -> None:
        """Works in the next turn of the loop."""
        if self._turn is None:
            self._turn = asyncio.get_running_loop().call_soon(self.work)

    def steer(self) -> None:
        """Reads while nothing that was read has to wait."""
        if self._inner is None or self._http is None:
            return
        if self._turn is not None or self._http.flow.read_paused:
            self._inner.pause_reading()
        else:
            self._inner.resume_reading()

    def _refuse(self, http: H11Protocol, refused: RefusedError) -> None:
        self._refused, self._reception = True, Reception()
        words = f"{refused}\n".encode("ascii")
        http.transport.write(
            f"HTTP/1.1 {refused.status} {HTTPStatus(refused.status).phrase}\r\nContent-Type: text/plain\r\n"
            f"Content-Length: {len(words)}\r\nConnection: close\r\n\r\n".encode("ascii")
            + words
        )

    def _has_read_why(self, now_s: float) -> bool:
        if self._refused and self._swept_s is None:
            self._swept_s = now_s
        return self._swept_s is not None and now_s - self._swept_s >= REFUSED_S

    def _body_comes(self) -> bool:
        http: Any = self._http
        return http.cycle.more_body and not http.flow.read_paused

    def _sends_slowly(self, now_s: float) -> bool:
        """A body comes drop by drop, though somebody waits for it."""
        if not self._body_comes():
            self._body_s = None
            return False
        if self._body_s is None:
            self._body_s, self._got = now_s, 0
        waited_s = now_s - self._body_s
        return waited_s > BODY_GRACE_S and self._got < waited_s * BODY_BYTES_PER_S

    def _takes_nothing(self, now_s: float) -> bool:
        size = 0 if self._inner is None else self._inner.get_write_buffer_size()
        if not size:
            self._full_s = None
        elif self._full_s is None:
            self._full_s = now_s
        if not size or size != self._size or self._sent_s is None:
            self._sent_s, self._size = now_s, size
        return bool(size) and now_s - self._sent_s > STUCK_S


class _Tap(asyncio.Transport):
    """What uvicorn turns when it wants to read no more, or again."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def pause_reading(self) -> None:
        self._connection.steer()

    def resume_reading(self) -> None:
        self._connection.soon()
