"""A charger's side of a WebSocket without socket or clock: hand-carried bytes, hand-turned time."""

import asyncio
import heapq
import itertools
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from knx_ocpp_bridge.config.models import Ocpp
from knx_ocpp_bridge.core.events import Event, LinkClosed, LinkOpened
from knx_ocpp_bridge.core.step import Answer, Payload
from knx_ocpp_bridge.core.values import ChargerId, TransactionId
from knx_ocpp_bridge.ocpp.handshake import Attempt, Refusal
from knx_ocpp_bridge.ocpp.server import CentralSystem
from knx_ocpp_bridge.ocpp.websocket import WebSocket

BUFFER_BYTES = 16 * 1024
"""No more is read at a time."""


class HandTimers:
    """An event loop's clock and timers; time passes by `advance` alone."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self._order = itertools.count()
        self._due: list[tuple[float, int, HandTimer]] = []

    def time(self) -> float:
        return self.now_s

    def call_at(self, when: float, callback: Callable[[], object], /) -> "HandTimer":
        timer = HandTimer(callback)
        heapq.heappush(self._due, (when, next(self._order), timer))
        return timer

    def call_soon(self, callback: Callable[..., object], /, *args: Any) -> "HandTimer":
        return self.call_at(self.now_s, lambda: callback(*args))

    def advance(self, seconds: float) -> None:
        """Let time pass; what falls due is called at its own time."""
        until_s = self.now_s + seconds
        while self._due and self._due[0][0] <= until_s:
            when_s, _, timer = heapq.heappop(self._due)
            self.now_s = max(self.now_s, when_s)
            timer.ring()
        self.now_s = until_s


@dataclass
class HandTimer:
    """One timer of `HandTimers`."""

    callback: Callable[[], object]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True

    def ring(self) -> None:
        if not self.cancelled:
            self.callback()


class HandTransport(asyncio.Transport):
    """Keeps what is written, and says how it ended."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.protocol: asyncio.BaseProtocol = asyncio.Protocol()
        self.written = bytearray()
        self.writes = 0
        self.closed = self.aborted = False
        self.reading = True

    def get_extra_info(self, name: str, default: object = None) -> object:
        return (self.address, 50000) if name == "peername" else default

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def deliver(self, data: bytes) -> None:
        """Hand over bytes as the event loop would, to whoever is the protocol now."""
        protocol = self.protocol
        assert isinstance(protocol, asyncio.BufferedProtocol)
        while data:
            buffer = memoryview(protocol.get_buffer(-1))
            part, data = data[: len(buffer)], data[len(buffer) :]
            buffer[: len(part)] = part
            protocol.buffer_updated(len(part))

    def is_closing(self) -> bool:
        return self.closed or self.aborted

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed
        assert not self.aborted
        self.writes += 1
        self.written += data

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


def deliver(connection: WebSocket, data: bytes, chunk: int = BUFFER_BYTES) -> None:
    """Hand over bytes as the event loop would."""
    for start in range(0, len(data), chunk):
        if connection._transport.is_closing():
            return
        part = data[start : start + chunk]
        connection.get_buffer(-1)[: len(part)] = part
        connection.buffer_updated(len(part))


def bare_connection(system: CentralSystem, address: str = "10.0.0.9") -> tuple[WebSocket, HandTransport]:
    """Give a TCP connection on which nothing was said yet."""
    connection, transport = system.connection(), HandTransport(address)
    transport.set_protocol(connection)
    connection.connection_made(transport)
    return connection, transport


class Dialler:
    """One charger that dials; `texts` is what it was told since it last looked."""

    def __init__(
        self, system: CentralSystem, path: str = "/CP1", offered: str | None = "ocpp1.6", address: str = "10.0.0.2"
    ) -> None:
        self.connection, self.transport = bare_connection(system, address)
        protocols = None if offered is None else [Subprotocol(offered)]
        self.client = ClientProtocol(parse_uri(f"ws://bridge:8016{path}"), subprotocols=protocols, max_size=None)
        self._seen = 0
        if not self.transport.closed:
            self.client.send_request(self.client.connect())
            self._carry()
        self.response = self._response()

    @property
    def status(self) -> int:
        """The HTTP status of the answer to the handshake."""
        return 0 if self.response is None else self.response.status_code

    def say(self, *texts: str, chunk: int = BUFFER_BYTES) -> None:
        """Send text messages; `chunk` is how many bytes arrive at a time."""
        for text in texts:
            self.client.send_text(text.encode())
        self._carry(chunk)

    def _carry(self, chunk: int = BUFFER_BYTES) -> None:
        deliver(self.connection, b"".join(self.client.data_to_send()), chunk)

    def frames(self) -> list[Frame]:
        """Give the frames received since last asked."""
        new = bytes(self.transport.written[self._seen :])
        self._seen = len(self.transport.written)
        self.client.receive_data(new)
        return [event for event in self.client.events_received() if isinstance(event, Frame)]

    def texts(self) -> list[str]:
        """Give the text messages received since last asked."""
        return [bytes(frame.data).decode() for frame in self.frames() if frame.opcode is Opcode.TEXT]

    def _response(self) -> Response | None:
        self.client.receive_data(bytes(self.transport.written))
        self._seen = len(self.transport.written)
        if self.transport.closed:
            self.client.receive_eof()
        return next((event for event in self.client.events_received() if isinstance(event, Response)), None)


@dataclass
class Office:
    """A Central System with a core that only takes notes, or answers at once where `answers` says with what."""

    settings: Ocpp = field(default_factory=Ocpp)
    answers: Callable[[Event], Payload | None] = lambda _event: None
    refusal: Refusal | None = None
    tls: ssl.SSLContext | None = None
    root: bytes | None = None
    admits: Callable[[Attempt], ChargerId | Refusal] | None = None

    def __post_init__(self) -> None:
        self.timers = HandTimers()
        self.events: list[Event] = []
        self.traced: list[tuple[str, str]] = []
        self.attempts: list[Attempt] = []
        self._fresh = itertools.count(1)
        self.system = CentralSystem(
            self.settings,
            self._admit,
            self._post,
            self._number,
            self._trace,
            timers=self.timers,
            tls=self.tls,
            root=None if self.root is None else lambda: self.root or b"",
            utc=lambda: datetime(2026, 11, 21, 12, tzinfo=UTC),
        )

    def _admit(self, attempt: Attempt) -> ChargerId | Refusal:
        self.attempts.append(attempt)
        if self.admits is not None:
            return self.admits(attempt)
        return self.refusal or ChargerId(attempt.identity.upper())

    @property
    def admitted(self) -> list[str]:
        """The identities that were asked about."""
        return [attempt.identity for attempt in self.attempts]

    def _number(self) -> TransactionId:
        return TransactionId(next(self._fresh))

    def _trace(self, _charger: ChargerId, direction: str, text: str) -> None:
        self.traced.append((direction, text))

    def _post(self, charger: ChargerId, event: Event) -> None:
        self.events.append(event)
        payload = self.answers(event)
        request = getattr(event, "request", None)
        if payload is not None and request is not None and not isinstance(event, LinkOpened | LinkClosed):
            self.system.answer(charger, Answer(event.link, request, payload))  # type: ignore[union-attr]  # has one

    def failures(self) -> list[tuple[str, str]]:
        """Give kind and reason of what is in the failure book."""
        return [(str(row["kind"]), str(row["reason"])) for row in self.system.failures.rows()]

    def told(self) -> list[Event]:
        """Give the events since last asked."""
        events, self.events = self.events, []
        return events

    def pass_time(self, seconds: float) -> None:
        """Let time pass; the sweep runs every second, as in `run`."""
        for _ in range(int(seconds)):
            self.timers.advance(1.0)
            self.system.sweep()
        self.timers.advance(seconds - int(seconds))
