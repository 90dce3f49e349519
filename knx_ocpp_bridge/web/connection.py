"""One TCP connection to the site's port: HTTP, or TLS with HTTP in it, told apart by the first byte.

It is the protocol of the connection, and in front of it the clock: whoever is slow on purpose is dropped.
"""

import asyncio
import ssl
from typing import Any, Final, Protocol

from uvicorn.protocols.http.h11_impl import H11Protocol

from knx_ocpp_bridge.ocpp.failures import Trouble
from knx_ocpp_bridge.ocpp.tls import HELLO, TlsTransport

HEAD_S: Final = 20.0
"""For the handshake and the head of a request, and between requests."""
BODY_GRACE_S: Final = 20.0
BODY_BYTES_PER_S: Final = 512.0
"""The least that a body comes with, once its grace is over."""
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
    """Between TCP, or `TlsTransport`, and uvicorn's HTTP."""

    __slots__ = (
        "_body_s", "_cycle", "_got", "_hall", "_http", "_idle_s", "_inner", "_sent_s", "_size", "peer",
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
        if slow or self._takes_nothing(now_s):
            self.drop()

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
        self._http = self._hall.speaker()
        if context is None:
            self._http.connection_made(self._inner)
            self._hear(data)
            return
        transport = TlsTransport(self._inner, self, context)
        self._http.connection_made(transport)
        self._http.scheme = "https"
        transport.start(memoryview(data))

    def _hear(self, data: bytes) -> None:
        self._got += len(data)
        if self._http is not None:
            self._http.data_received(data)

    def _sends_slowly(self, now_s: float) -> bool:
        """A body comes drop by drop, though somebody waits for it."""
        http: Any = self._http
        if not http.cycle.more_body or http.flow.read_paused:
            self._body_s = None
            return False
        if self._body_s is None:
            self._body_s, self._got = now_s, 0
        waited_s = now_s - self._body_s
        return waited_s > BODY_GRACE_S and self._got < waited_s * BODY_BYTES_PER_S

    def _takes_nothing(self, now_s: float) -> bool:
        size = 0 if self._inner is None else self._inner.get_write_buffer_size()
        if not size or size != self._size or self._sent_s is None:
            self._sent_s, self._size = now_s, size
        return bool(size) and now_s - self._sent_s > STUCK_S
