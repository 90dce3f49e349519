"""TLS between a TCP connection and its WebSocket: to the one it is the protocol, to the other the transport.

`ssl.SSLContext.wrap_bio` instead of asyncio's own TLS, which keeps a quarter of a megabyte per connection. Nothing here
waits or grows: what is read is worked on at once, by small portions.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Any, Final, Protocol

from knx_ocpp_bridge.ocpp import alerts
from knx_ocpp_bridge.ocpp.failures import Trouble

PORTION_BYTES: Final = 4 * 1024
"""Of bytes given to OpenSSL at a time: its buffers keep the size of the largest for as long as the connection lasts.

What is sent goes in records of this size, which suits the small buffers of chargers as well.
"""
_HELLO_BYTES: Final = 256
HELLO: Final = 0x16
"""The first byte of whoever speaks TLS: a handshake record (RFC 8446 section 5.1); no method of HTTP begins so."""

_CIPHERTEXT: Final = memoryview(bytearray(16 * 1024))
"""Shared by all connections, as the plain buffer is."""


class Upper(Protocol):
    """What of a WebSocket is told of what comes out of the encryption."""

    def get_buffer(self, sizehint: int) -> memoryview: ...
    def buffer_updated(self, nbytes: int) -> None: ...
    def eof_received(self) -> None: ...
    def connection_lost(self, exc: Exception | None) -> None: ...
    def pause_writing(self) -> None: ...
    def resume_writing(self) -> None: ...
    def fail(self, trouble: Trouble, offered: str = "") -> None: ...


def harden(context: ssl.SSLContext) -> ssl.SSLContext:
    """Give the context with what costs memory or lets a peer make work taken out: tickets, renegotiation."""
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.num_tickets = 0
    return context


class TlsTransport(asyncio.BufferedProtocol, asyncio.Transport):
    """One encrypted connection. `start` it with the bytes that have shown that it is one."""

    __slots__ = ("_ended", "_hello", "_incoming", "_inner", "_outgoing", "_shaken", "_tls", "_upper")

    def __init__(self, inner: asyncio.Transport, upper: Upper, context: ssl.SSLContext) -> None:
        super().__init__()
        self._inner = inner
        self._upper = upper
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._shaken = self._ended = False
        self._hello = b""

    def start(self, hello: memoryview) -> None:
        """Take over the reading; `hello` is what was read already."""
        self._inner.set_protocol(self)
        self._hello = bytes(hello[:_HELLO_BYTES])
        self._receive(hello)

    # What asyncio says

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        return _CIPHERTEXT

    def buffer_updated(self, nbytes: int) -> None:
        self._receive(_CIPHERTEXT[:nbytes])

    def eof_received(self) -> None:
        if self._shaken:
            self._upper.eof_received()
        elif not self._ended:
            self._fail(alerts.UNFINISHED)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._shaken and not self._ended:
            self._fail(alerts.UNFINISHED)
        self._ended = True
        self._upper.connection_lost(exc)

    def pause_writing(self) -> None:
        self._upper.pause_writing()

    def resume_writing(self) -> None:
        self._upper.resume_writing()

    # What the WebSocket does

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._ended:
            return
        sealed = []
        with memoryview(data) as view:
            start = 0
            while start < len(view):
                start += self._tls.write(view[start : start + PORTION_BYTES])
                sealed.append(self._outgoing.read())
        self._inner.write(sealed[0] if len(sealed) == 1 else b"".join(sealed))

    def close(self) -> None:
        """Say goodbye by close_notify and close when all is sent."""
        if not self._ended:
            self._ended = True
            # It wants the other's goodbye as well, which nobody waits for; before the handshake there is none to say.
            with contextlib.suppress(ssl.SSLError):
                self._tls.unwrap()
            self._flush()
        self._inner.close()

    def abort(self) -> None:
        self._ended = True
        self._inner.abort()

    def is_closing(self) -> bool:
        return self._ended or self._inner.is_closing()

    def pause_reading(self) -> None:
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        self._inner.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._inner.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        return self._inner.get_write_buffer_size()

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Besides what TCP knows: `ssl_object`, and `common_name` of the client certificate that was verified."""
        if name in _EXTRAS:
            return _EXTRAS[name](self._tls) or default
        return self._inner.get_extra_info(name, default)

    # Records

    def _receive(self, data: memoryview) -> None:
        for start in range(0, len(data), PORTION_BYTES):
            if self._ended:
                return
            self._incoming.write(data[start : start + PORTION_BYTES])
            try:
                if not self._shaken:
                    self._tls.do_handshake()
                    self._shaken = True
                    self._hello = b""
                self._open_records()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as error:
                self._flush()
                self._fail(alerts.told(error))
                return
            self._flush()

    def _open_records(self) -> None:
        """Hand over what is readable; ends by SSLWantReadError, or without it where nothing is left at all."""
        while not self._ended:
            plain = self._upper.get_buffer(-1)
            size: Any = self._tls.read(len(plain), plain)  # a number, as a buffer was given
            if not size:
                self._upper.eof_received()
                self.close()
                return
            self._upper.buffer_updated(size)
            # Saves the commonest case, one record of one message, an exception.
            if not self._incoming.pending and not self._tls.pending():
                return

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._inner.write(self._outgoing.read())

    def _fail(self, trouble: Trouble) -> None:
        self._ended = True
        self._upper.fail(trouble, alerts.offered(self._hello))


def _common_name(tls: ssl.SSLObject) -> str | None:
    """The one common name of a verified certificate; several leave it open whose it is."""
    shown = tls.getpeercert()
    subject: Any = shown.get("subject", ()) if shown else ()
    names = [value for part in subject for key, value in part if key == "commonName"]
    return names[0] if len(names) == 1 else None


_EXTRAS: Final[dict[str, Callable[[ssl.SSLObject], object]]] = {
    "ssl_object": lambda tls: tls,
    "common_name": _common_name,
}
