"""A KNX IP Secure interface: the virtual bus behind sessions, and what a bad or an attacked one does.

Nobody gets a tunnel here without a user's password; what a session says is passed on to the bus's own plain server.
"""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Final, Self, cast

from knx_ocpp_bridge.knx.virtual.virtual_bus import VirtualBus
from knx_ocpp_bridge.knx.virtual.virtual_frames import (
    HEADER_LENGTH,
    Service,
    Status,
    description,
    endpoint,
    individual_raw,
)
from tests.kit.secure_crypto import device_key
from tests.kit.secure_session import (
    BadWrapperError,
    SecureService,
    Session,
    SessionStatus,
    User,
    packed,
    read_frame,
)

_HOST: Final = "127.0.0.1"
_DEVICE: Final = 54
_PLAIN_FAMILIES: Final = 6
_FAMILIES: Final = bytes([10, 2, 2, 2, 3, 2, 4, 2, 9, 1])
"""Core 2, device management 2, tunnelling 2, security 1."""
_SECURED_FAMILIES: Final = bytes([6, 6, 3, 1, 4, 1])
"""Device management and tunnelling are to be had by sessions alone."""
_NOT_AUTHORISED: Final = 0x28
_TELLING: Final = {
    Service.SEARCH_REQUEST: Service.SEARCH_RESPONSE,
    Service.SEARCH_REQUEST_EXTENDED: Service.SEARCH_RESPONSE_EXTENDED,
    Service.DESCRIPTION_REQUEST: Service.DESCRIPTION_RESPONSE,
}
_PORT_TRIES: Final = 10
_REMEMBERED: Final = 64


class Speech(Enum):
    """How the interface says what it says."""

    SEALED = "as it must"
    TAMPERED = "with one bit of the sealed text changed on the way"
    FORGED = "sealed with a key that is not the session's"
    PLAIN = "without a wrapper"


@dataclass(eq=False)
class SecureServer:
    """Open between `__aenter__` and `__aexit__`. Faults are switched while it runs."""

    bus: VirtualBus
    """What is behind it; to be open before."""
    users: dict[int, User]
    authentication: str = "dev-auth"
    """Its device authentication code."""
    address: str = "1.1.0"
    taken: set[str] = field(default_factory=set)
    """Tunnels that somebody else holds."""
    speech: Speech = Speech.SEALED
    refused: Counter[str] = field(default_factory=Counter)
    """What was not believed: `old`, `sealed` and `session` of wrappers, `plain` frames, `password`, `slot`."""
    opened: int = 0
    """Sessions whose user was believed."""
    port: int = 0
    """UDP and TCP port while open."""

    def __post_init__(self) -> None:
        self.visitors: list[Visitor] = []
        self.device = device_key(self.authentication)
        self.thawed = asyncio.Event()
        self.thawed.set()
        self.numbers = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._tcp: asyncio.Server | None = None
        self._udp: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for tries_left in reversed(range(_PORT_TRIES if self.port == 0 else 1)):
            tcp = await asyncio.start_server(self._came, _HOST, self.port)
            chosen = tcp.sockets[0].getsockname()[1]
            try:
                udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), local_addr=(_HOST, chosen))
            except OSError:
                tcp.close()
                if not tries_left:
                    raise
                continue
            self.port, self._tcp, self._udp = chosen, tcp, udp
            break
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()
        self.drop(politely=False)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def tunnels(self) -> list[tuple[str, bool]]:
        """Address of each, and whether it is free."""
        used = self.taken.union(self.bus.clients)
        return [(each, each not in used) for user in self.users.values() for each in user.tunnels]

    def freeze(self) -> None:
        """Sockets stay open; what comes waits for `thaw`."""
        self.thawed.clear()

    def thaw(self) -> None:
        """Go on where it stood."""
        self.thawed.set()

    def drop(self, *, politely: bool = True) -> None:
        """End every session: with a word, or as a power cut would."""
        for visitor in tuple(self.visitors):
            visitor.drop(politely=politely)

    def replay(self) -> int:
        """Say every wrapper once more that the sessions have had from here; how many it were."""
        old = [(visitor, wrapper) for visitor in self.visitors for wrapper in tuple(visitor.wrappers)]
        for visitor, wrapper in old:
            visitor.put(wrapper)
        return len(old)

    def told(self, service: Service) -> bytes:
        """The answer to a search or a request for a description."""
        extended = service is Service.SEARCH_REQUEST_EXTENDED
        plain = description("Secure KNX bus", self.address, self.tunnels, extended=extended)
        device, tunnels = plain[:_DEVICE], plain[_DEVICE + _PLAIN_FAMILIES :]
        where = b"" if service is Service.DESCRIPTION_REQUEST else endpoint(_HOST, self.port)
        return packed(_TELLING[service], where + device + _FAMILIES + _SECURED_FAMILIES + tunnels)

    def keep(self, work: Coroutine[None, None, None]) -> None:
        """Let this run until the server is closed."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitor = Visitor(self, reader, writer)
        self.visitors.append(visitor)
        self.keep(visitor.run())


class Visitor:
    """One TCP connection from outside, and the plain one that stands for it at the bus."""

    def __init__(self, server: SecureServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader, self._writer = reader, writer
        self._session: Session | None = None
        self._inner: asyncio.StreamWriter | None = None
        self.wrappers: deque[bytes] = deque(maxlen=_REMEMBERED)

    async def run(self) -> None:
        """Until the other end goes."""
        try:
            while True:
                frame = await read_frame(self._reader)
                await self._server.thawed.wait()
                await self._heard(frame)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._server.visitors.remove(self)
            self._writer.close()
            if self._inner is not None:
                self._inner.close()

    def say(self, frame: bytes) -> None:
        """One frame, in the manner of the moment."""
        session, speech = self._session, self._server.speech
        if session is None or speech is Speech.PLAIN:
            self.put(frame)
            return
        wrapper = session.forged(frame) if speech is Speech.FORGED else session.wrapped(frame)
        if speech is Speech.TAMPERED:
            wrapper = _with_one_bit_changed(wrapper)
        if speech is Speech.SEALED:
            self.wrappers.append(wrapper)
        self.put(wrapper)

    def put(self, data: bytes) -> None:
        """These octets."""
        self._writer.write(data)

    def drop(self, *, politely: bool) -> None:
        """End this connection."""
        if politely:
            self.say(packed(SecureService.SESSION_STATUS, bytes([SessionStatus.CLOSE, 0])))
            self._writer.close()
        else:
            self._writer.transport.abort()

    async def _heard(self, frame: bytes) -> None:
        service = _service(frame)
        if service in _TELLING:
            self.put(self._server.told(Service(service)))
        elif service == SecureService.SESSION_REQUEST and self._session is None:
            self._server.numbers += 1
            session = Session(self._server.numbers, frame[HEADER_LENGTH + 8 :])
            self.put(session.response(self._server.device))
            self._session = session
        elif service == SecureService.WRAPPER and self._session is not None:
            try:
                await self._opened(self._session, self._session.unwrapped(frame))
            except BadWrapperError as why:
                self._server.refused[str(why)] += 1
        else:
            self._server.refused["plain"] += 1
            if service == Service.CONNECT_REQUEST:
                self.put(packed(Service.CONNECT_RESPONSE, bytes([0, Status.CONNECTION_TYPE])))

    async def _opened(self, session: Session, frame: bytes) -> None:
        """What was in a wrapper."""
        service = _service(frame)
        if service == SecureService.SESSION_AUTHENTICATE:
            self._authenticated(session.authenticates(frame, self._server.users))
        elif service == SecureService.SESSION_STATUS:
            if frame[HEADER_LENGTH] == SessionStatus.CLOSE:
                self._writer.close()
        elif session.user is None:
            self._status(SessionStatus.UNAUTHENTICATED)
        elif service == Service.CONNECT_REQUEST:
            await self._connect(self._server.users[session.user], frame)
        elif self._inner is not None:
            self._inner.write(frame)

    def _authenticated(self, known: bool) -> None:
        self._server.opened += known
        if not known:
            self._server.refused["password"] += 1
        self._status(SessionStatus.SUCCESS if known else SessionStatus.AUTHENTICATION_FAILED)
        if not known:
            self._writer.close()

    def _status(self, status: SessionStatus) -> None:
        self.say(packed(SecureService.SESSION_STATUS, bytes([status, 0])))

    async def _connect(self, user: User, frame: bytes) -> None:
        """A tunnel of this user's; the plain server is asked for it by its address."""
        asked = frame[HEADER_LENGTH + 16 :]
        free = [address for address, is_free in self._server.tunnels if is_free and address in user.tunnels]
        if asked[0] >= 6:
            free = [address for address in free if individual_raw(address) == int.from_bytes(asked[4:6], "big")]
        if not free:
            self._server.refused["slot"] += 1
            why = Status.NO_MORE_CONNECTIONS if asked[0] < 6 else _NOT_AUTHORISED
            self.say(packed(Service.CONNECT_RESPONSE, bytes([0, why])))
            return
        reader, self._inner = await asyncio.open_connection(_HOST, self._server.bus.port)
        self._server.keep(self._pass_on(reader))
        chosen = bytes([6]) + asked[1:4] + individual_raw(free[0]).to_bytes(2, "big")
        self._inner.write(packed(Service.CONNECT_REQUEST, frame[HEADER_LENGTH : HEADER_LENGTH + 16] + chosen))

    async def _pass_on(self, reader: asyncio.StreamReader) -> None:
        """What the bus says to this tunnel."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                frame = await read_frame(reader)
                await self._server.thawed.wait()
                self.say(frame)
        self._writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    """Whoever asks by UDP is told who is here; nothing else is to be had so."""

    def __init__(self, server: SecureServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self._server.thawed.is_set() or len(data) < HEADER_LENGTH:
            return
        service = _service(data)
        if service in _TELLING:
            self._transport.sendto(self._server.told(Service(service)), addr)
        elif service == Service.CONNECT_REQUEST:
            self._server.refused["plain"] += 1
            self._transport.sendto(packed(Service.CONNECT_RESPONSE, bytes([0, Status.CONNECTION_TYPE])), addr)


def _service(frame: bytes) -> int:
    return int.from_bytes(frame[2:4], "big")


def _with_one_bit_changed(wrapper: bytes) -> bytes:
    """Of the last octet that is sealed: what a switch says."""
    changed = bytearray(wrapper)
    changed[-17] ^= 0x01
    return bytes(changed)
