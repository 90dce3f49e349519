"""One TCP connection as a WebSocket: bytes <-> whole messages, liveness, limits. Knows nothing of OCPP.

`websockets` does the handshake, control frames, fragments and errors without I/O; the commonest frame takes the short
way by `wire`. The library is only given whole frames, so that both may take turns. Nothing here waits, and no task
belongs to a connection: one sweep for all looks after what is overdue. The first byte tells whether TLS comes between
it and TCP; whoever speaks plainly pays nothing for that.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Final, Protocol

from websockets.datastructures import Headers
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import Event
from websockets.server import ServerProtocol

from knx_ocpp_bridge.ocpp import alerts, diagnosis, tls, wire
from knx_ocpp_bridge.ocpp.failures import Trouble

CLOSE_S: Final = 3.0
USER_TIMEOUT_S: Final = 45
MAX_HANDSHAKE_BYTES: Final = 16 * 1024
MAX_UNSENT_BYTES: Final = 128 * 1024

_BUFFER: Final = memoryview(bytearray(16 * 1024))
"""Shared by all connections: asyncio reads into it and hands it over before it reads again.

Small, as all that is in it is worked on before another charger has its turn: a thousand frames, not four thousand.
"""

_SETTLED: Final[tuple[tuple[str, list[str]], ...]] = (
    ("Connection", ["Upgrade"]),
    ("Upgrade", ["websocket"]),
    ("Sec-WebSocket-Protocol", []),
)

_LOG: Final = logging.Logger("websockets", logging.WARNING)  # noqa: LOG001 - in no tree, so that none reaches it
"""Out of reach of the configuration: at debug the library writes down every header and frame, passwords included."""


class Cancellable(Protocol):
    """A timer that was set."""

    def cancel(self) -> None: ...


class Timers(Protocol):
    """The part of an event loop that is needed here."""

    def time(self) -> float: ...
    def call_at(self, when: float, callback: Callable[[], object], /) -> Cancellable: ...
    def call_soon(self, callback: Callable[..., object], /, *args: Any) -> Cancellable: ...  # noqa: ANN401


class Owner(Protocol):
    """Who is told of a connection's life."""

    def connected(self, connection: "WebSocket") -> str | None:
        """A TCP connection is there; the reason, if it is too many."""

    def encryption(self) -> ssl.SSLContext | None:
        """TLS is wanted; None: there is none here."""

    def requested(self, connection: "WebSocket", request: Request) -> None:
        """The opening handshake; to be answered at once by `open` or `respond`."""

    def malformed(self, connection: "WebSocket", head: bytes) -> None:
        """What came instead of one; to be answered at once by `respond`."""

    def failed(self, connection: "WebSocket", trouble: Trouble, offered: str) -> None:
        """The connection will end for this reason; said once, and not where `respond` was used."""

    def ended(self, connection: "WebSocket", reason: str) -> None:
        """The connection is gone; said once."""


class WebSocket(asyncio.BufferedProtocol):
    """One connection; after `ended` was said, nothing more comes from it."""

    __slots__ = (
        "_closing_at_s",
        "_ended",
        "_heard",
        "_heard_at_s",
        "_joined",
        "_max_bytes",
        "_on_message",
        "_opened",
        "_owner",
        "_pinged_at_s",
        "_protocol",
        "_reason",
        "_rest",
        "_timers",
        "_transport",
        "peer",
        "refused",
    )

    def __init__(self, owner: Owner, timers: Timers, max_bytes: int) -> None:
        self.peer = ""
        self.refused = False
        self._owner = owner
        self._timers = timers
        self._max_bytes = max_bytes
        self._protocol = ServerProtocol(max_size=max_bytes, logger=_LOG)
        self._transport: asyncio.Transport
        self._on_message: Callable[[bytes], None]
        self._rest = bytearray()
        self._joined: bytearray | None = None
        self._opened = self._ended = self._heard = False
        self._reason: str | None = None
        self._heard_at_s = self._pinged_at_s = timers.time()
        self._closing_at_s: float | None = None

    # What asyncio says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP listeners make no other
        self._transport = transport
        address = transport.get_extra_info("peername")
        self.peer = str(address[0]).removeprefix("::ffff:") if address else ""
        _find_dead_peers(transport.get_extra_info("socket"))
        transport.set_write_buffer_limits(high=MAX_UNSENT_BYTES)
        too_many = self._owner.connected(self)
        if too_many is not None:
            self.respond(503, f"{too_many}\n".encode())

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        return _BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        self._heard = True
        if not self._rest:
            used = self._consume(_BUFFER, nbytes)
            if used < nbytes:
                self._rest += _BUFFER[used:nbytes]
            return
        self._rest += _BUFFER[:nbytes]
        with memoryview(self._rest) as view:
            used = self._consume(view, len(view))
        del self._rest[:used]

    def eof_received(self) -> None:
        if self._opened:
            self._reason = self._reason or "the charge point closed the connection without a Close frame"

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._opened and self._reason is None:
            self._tell(self._early_end())
        self._end(self._reason or (f"the connection broke: {exc}" if exc else "the connection was closed"))

    def pause_writing(self) -> None:
        # Not from inside of a write: whoever writes is not prepared for an end.
        self._reason = self._reason or "the charge point does not read what is sent to it"
        self._timers.call_soon(self.drop, self._reason)

    # What the owner does

    def shake(self, request: Request) -> Response | str:
        """Give the answer that opens the WebSocket, or why there is none."""
        # The library would refuse odd spellings. What they mean is settled; what is chosen is put back by `open`.
        headers = request.headers
        for name, settled in _SETTLED:
            if headers.get_all(name) != settled:
                if name in headers:
                    del headers[name]
                if settled:
                    headers[name] = settled[0]
        response = self._protocol.accept(request)
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            return response
        return str(self._protocol.handshake_exc)

    def open(self, response: Response, subprotocol: str | None, on_message: Callable[[bytes], None]) -> None:
        """Send the answer of `shake`; from now on messages come."""
        self._opened = True
        self._on_message = on_message
        if subprotocol is not None:
            response.headers["Sec-WebSocket-Protocol"] = subprotocol
        self._protocol.send_response(response)
        self._flush()

    def respond(
        self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8", extra: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Answer by plain HTTP and close; `kind` is the media type of the body."""
        self.refused = True
        self._reason = self._reason or f"it was answered by HTTP {status}"
        fixed = (("Connection", "close"), ("Content-Length", str(len(body))), ("Content-Type", kind))
        phrase = HTTPStatus(status).phrase
        # Not by the library, which may have given up on the request before.
        self._transport.write(Response(status, phrase, Headers([*fixed, *extra]), body).serialize())
        self._shut()

    def fail(self, trouble: Trouble, offered: str = "") -> None:
        """Tell why the connection cannot go on, and close it."""
        self._tell(trouble, offered)
        self._reason = self._reason or trouble.reason
        self._shut()

    def known(self, name: str) -> object:
        """What the transport knows: `ssl_object` if it is encrypted, `common_name` of a verified client certificate."""
        return self._transport.get_extra_info(name)

    def send(self, payload: bytes) -> None:
        """Send one text message; nothing where the end has begun."""
        if self._reason is None and self._closing_at_s is None:
            self._transport.write(wire.text_frame(payload))

    def hold(self, *, reading: bool) -> None:
        """Stop or go on reading: the peer waits by TCP."""
        if self._reason is None:
            (self._transport.resume_reading if reading else self._transport.pause_reading)()

    def close(self) -> None:
        """Begin the closing handshake (1001); whatever has not ended in 3 s is dropped (row C25)."""
        if self._opened and self._reason is None and self._closing_at_s is None:
            self._protocol.send_close(CloseCode.GOING_AWAY, "restart")
            self._closing_at_s = self._timers.time()
            self._flush()

    def drop(self, reason: str) -> None:
        """Abort TCP without a Close frame: several brands never dial again after one (row C24)."""
        self._reason = self._reason or reason
        self._transport.abort()
        self._end(self._reason)

    def sweep(self, now_s: float, idle_s: float, ping_s: float) -> None:
        """Ping, and drop what is overdue; any byte received is a sign of life, a missing pong means nothing.

        Args:
            now_s: time of the loop.
            idle_s: seconds of silence after which the peer is given up.
            ping_s: seconds between pings, 0 for none.
        """
        if self._heard:
            self._heard = False
            self._heard_at_s = now_s
        if self._closing_at_s is not None:
            if now_s - self._closing_at_s >= CLOSE_S:
                self.drop("the closing handshake was not finished")
        elif not self._opened:
            if now_s - self._pinged_at_s >= diagnosis.HANDSHAKE_S:
                self._tell(diagnosis.LATE)
                self.drop(diagnosis.LATE.reason)
        elif now_s - self._heard_at_s >= idle_s:
            self.drop(f"nothing was heard for {idle_s:g} s")
        elif self._reason is None and 0 < ping_s <= now_s - self._pinged_at_s:
            self._pinged_at_s = now_s
            self._transport.write(wire.PING)

    # Frames

    def _consume(self, view: memoryview, end: int) -> int:
        """Give how many bytes were whole frames."""
        start = 0 if self._opened else self._handshake(view, end)
        while start < end and self._reason is None and self._opened:
            whole = None if self._joined is not None else wire.whole_text(view, start, end)
            if whole is not None and len(whole[0]) <= self._max_bytes:
                start = whole[1]
                self._on_message(whole[0])
                continue
            size = wire.frame_size(view, start, end)
            if size == 0 or end - start < size <= self._max_bytes + wire.MAX_HEADER_BYTES:
                return start
            # What is too long is refused by the library as soon as it sees the header.
            after = min(end, start + size)
            self._feed(bytes(view[start:after]))
            start = after
        return start if self._reason is None else end

    def _handshake(self, view: memoryview, end: int) -> int:
        if view[0] == tls.HELLO and not self.known("ssl_object"):
            self._encrypt(view[:end])
            return end
        head = bytes(view[:end])
        after = head.find(b"\r\n\r\n") + 4
        if after < 4:
            if end < MAX_HANDSHAKE_BYTES and b"\n\n" not in head:
                return 0
            self._owner.malformed(self, head)
            return end
        self._protocol.receive_data(head[:after])
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._owner.requested(self, event)
                event.headers.clear()  # the library holds on to them for as long as the connection lasts
                return after
        self._owner.malformed(self, head[:after])
        return end

    def _encrypt(self, hello: memoryview) -> None:
        context = self._owner.encryption()
        if context is None:
            self._tell(diagnosis.TLS_IS_OFF)
            self.drop(diagnosis.TLS_IS_OFF.reason)
            return
        encrypted = tls.TlsTransport(self._transport, self, context)
        self._transport = encrypted
        encrypted.start(hello)

    def _feed(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            self._take(event)
        error = self._protocol.parser_exc
        if error is not None and self._reason is None:
            trouble = diagnosis.not_allowed(error, data[0], self._max_bytes)
            self._reason = trouble.reason
            self._tell(trouble)
        self._flush()

    def _take(self, event: Event) -> None:
        if isinstance(event, Frame):
            if event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                self._join(event)
            elif event.opcode is Opcode.CLOSE:
                close = self._protocol.close_rcvd
                self._reason = self._reason or f"the charge point closed the WebSocket ({close})"

    def _join(self, frame: Frame) -> None:
        """Fragments, whose sum the library keeps below the limit."""
        # Bytes, not a list of parts: a million of them, or empty ones without end, would weigh far more than they say.
        message = self._joined if self._joined is not None else bytearray()
        message += frame.data
        self._joined = None if frame.fin else message
        if frame.fin:
            self._on_message(bytes(message))

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._shut()

    def _shut(self) -> None:
        """Close when all is sent; whatever has not ended in 3 s is dropped by the sweep."""
        self._closing_at_s = self._timers.time()
        self._transport.close()

    def _early_end(self) -> Trouble:
        if self.known("ssl_object"):
            return alerts.SILENT
        return diagnosis.CUT_OFF if self._rest else diagnosis.NOTHING_SAID

    def _tell(self, trouble: Trouble, offered: str = "") -> None:
        if not self.refused:
            self.refused = True
            self._owner.failed(self, trouble, offered)

    def _end(self, reason: str) -> None:
        if not self._ended:
            self._ended = True
            self._owner.ended(self, reason)


def _find_dead_peers(sock: socket.socket | None) -> None:
    """Let the kernel notice within 45 s that nobody acknowledges, as no pong is ever demanded."""
    if sock is None:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        ("TCP_KEEPIDLE", 20),
        ("TCP_KEEPINTVL", 5),
        ("TCP_KEEPCNT", 5),
        ("TCP_USER_TIMEOUT", USER_TIMEOUT_S * 1000),
    ):
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
