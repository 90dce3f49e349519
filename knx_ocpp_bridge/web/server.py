"""The site's own port: HTTP and HTTPS by uvicorn's protocol, inside of the daemon's loop."""

import asyncio
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

from h11 import LocalProtocolError
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from knx_ocpp_bridge.config.models import HostPort
from knx_ocpp_bridge.ocpp.tls import harden
from knx_ocpp_bridge.pki.errors import PkiError
from knx_ocpp_bridge.web.connection import Connection
from knx_ocpp_bridge.web.descriptors import most_connections
from knx_ocpp_bridge.web.reception import LARGEST_HEAD

_log = logging.getLogger(__name__)

MOST_CONNECTIONS: Final = 512
MOST_PER_ADDRESS: Final = 160
"""A browser opens seven for each page; a proxy has many people behind it."""
MOST_WAITING_PER_ADDRESS: Final = 32
"""Connections over which no request has come, or not all of it; a proxy on this machine has all of the above."""
AGAIN_AFTER_S: Final = 10.0
CERTIFICATE_AGAIN_AFTER_S: Final = 60.0
SWEEP_S: Final = 1.0
ACCEPT_AGAIN_AFTER_S: Final = 1.0
TOLD_EVERY_S: Final = 60.0
_BACKLOG: Final = 128
_PROXIES: Final = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
_KEEP_ALIVE_S: Final = 15
_NO_PORT: Final = "stop what else listens there, or set web.listen to another address of this machine or another port"

Encryption = Callable[[], ssl.SSLContext | None]
"""What new connections are encrypted with; None: nothing is.

Raises:
    PkiError: something should be, and there is no certificate.
"""


def no_encryption() -> ssl.SSLContext | None:
    """Pages by http alone."""
    return None


def _nobody_listens(_trouble: str | None) -> None:
    """Nobody is told of trouble."""


class WebServer:
    """Serves until cancelled. `port` is the real one once `listening` is set.

    Trouble with port or certificate ends nothing: it is told, and tried again. `told` hears what is wrong, and None
    when it is over.
    """

    def __init__(
        self,
        app: ASGIApp,
        listen: HostPort,
        encryption: Encryption = no_encryption,
        told: Callable[[str | None], None] = _nobody_listens,
    ) -> None:
        self._listen = listen
        self._encryption = encryption
        self._told = told
        self._trouble: str | None = ""
        """What was told last; empty: nothing yet."""
        self._again_s = 0.0
        self._context: ssl.SSLContext | None = None
        self._connections: set[Connection] = set()
        self._per_address: Counter[str] = Counter()
        self._most = MOST_CONNECTIONS
        self._open = 0
        """All that have a descriptor, those that are being closed too."""
        self._room = asyncio.Event()
        self._room.set()
        self._accept_told_s: float | None = None
        self._state = ServerState()
        self._config = Config(
            _quietly(app), http=H11Protocol, ws="none", lifespan="off", log_config=None, access_log=False,
            server_header=False, proxy_headers=False, h11_max_incomplete_event_size=LARGEST_HEAD,
            timeout_keep_alive=_KEEP_ALIVE_S,
        )  # fmt: skip
        self.port = listen.port
        self.listening = asyncio.Event()

    async def run(self) -> None:
        """Serves the pages until cancelled."""
        # It would say for every scan of the port that no HTTP was spoken.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        self._most = most_connections(MOST_CONNECTIONS)
        sockets = await self._opened()
        try:
            async with asyncio.TaskGroup() as tasks:
                for each in sockets:
                    tasks.create_task(self._accept(each))
                while True:
                    self._look_after()
                    await asyncio.sleep(SWEEP_S)
        finally:
            self.listening.clear()
            for each in sockets:
                each.close()
            await self._leave()

    async def _opened(self) -> list[socket.socket]:
        while True:
            try:
                sockets = await self._bound()
            except OSError as error:
                self._tell(f"the pages cannot be served on {self._listen}: {error.strerror or error}; {_NO_PORT}")
                await asyncio.sleep(AGAIN_AFTER_S)
                continue
            self.port = sockets[0].getsockname()[1]
            self._look_for_encryption()
            self.listening.set()
            scheme = "http" if self._context is None else "https"
            _log.info("pages: %s://%s", scheme, HostPort(self._listen.host, self.port))
            return sockets

    async def _bound(self) -> list[socket.socket]:
        host, port = self._listen.host, self._listen.port
        self._state.default_headers = _date()
        # "Everywhere" includes those who know IPv4 alone.
        if host == "::":
            return [_bound((host, port), socket.AF_INET6, dualstack=True)]
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        sockets: list[socket.socket] = []
        try:
            for family, address in dict.fromkeys((each[0], each[4]) for each in found):
                sockets.append(_bound(address, family))
        except OSError:
            for each in sockets:
                each.close()
            raise
        return sockets

    async def _accept(self, listening: socket.socket) -> None:
        """One at a time, and none while all descriptors that the pages may have are in use."""
        loop = asyncio.get_running_loop()
        while True:
            await self._room.wait()
            try:
                accepted, _ = await loop.sock_accept(listening)
            except ConnectionAbortedError:
                continue
            except OSError as error:
                self._cannot_accept(error, loop.time())
                await asyncio.sleep(ACCEPT_AGAIN_AFTER_S)
                continue
            await loop.connect_accepted_socket(self._connection, accepted)

    def _cannot_accept(self, error: OSError, now_s: float) -> None:
        if self._accept_told_s is None or now_s - self._accept_told_s >= TOLD_EVERY_S:
            self._accept_told_s = now_s
            _log.warning("the pages take no connection for now: %s; it is tried again every second", error.strerror)

    def _look_after(self) -> None:
        now_s = asyncio.get_running_loop().time()
        self._state.default_headers = _date()
        for connection in tuple(self._connections):
            connection.sweep(now_s)
        if self._trouble and now_s >= self._again_s:
            self._look_for_encryption()

    def _look_for_encryption(self) -> None:
        self._again_s = asyncio.get_running_loop().time() + CERTIFICATE_AGAIN_AFTER_S
        try:
            context = self._encryption()
        except PkiError as error:
            self._tell(f"the pages cannot be served by https: {error}")
            return
        self._context = None if context is None else harden(context)
        self._tell(None)

    def _tell(self, trouble: str | None) -> None:
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if trouble:
            _log.error("%s", trouble)
        self._told(trouble)

    async def _leave(self) -> None:
        for connection in tuple(self._connections):
            connection.drop()
        await asyncio.sleep(0)  # each hears that nobody reads it any more: what it answered has not failed
        tasks = tuple(self._state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _connection(self) -> Connection:
        return Connection(self, asyncio.get_running_loop().time())

    # What the connections ask

    def arrived(self, connection: Connection) -> bool:
        """Whether there is room for it; where there is none, the one that keeps us waiting longest makes room."""
        self._open += 1
        if self._open > self._most:
            self._room.clear()
        if not self._has_room(connection.peer, asyncio.get_running_loop().time()):
            return False
        self._connections.add(connection)
        self._per_address[connection.peer] += 1
        return True

    def left(self, connection: Connection) -> None:
        """Its descriptor is free."""
        self._open -= 1
        if self._open <= self._most:
            self._room.set()
        self._forget(connection)

    def _has_room(self, peer: str, now_s: float) -> bool:
        if self._per_address[peer] >= MOST_WAITING_PER_ADDRESS:
            waiting = _waiting((each for each in self._connections if each.peer == peer), now_s)
            crowd = MOST_PER_ADDRESS if peer in _PROXIES else MOST_WAITING_PER_ADDRESS
            if self._per_address[peer] >= MOST_PER_ADDRESS or len(waiting) >= crowd:
                return self._end_longest(waiting)
        return len(self._connections) < self._most or self._end_longest(_waiting(self._connections, now_s))

    def _end_longest(self, waiting: dict[Connection, float]) -> bool:
        if not waiting:
            return False
        longest = max(waiting, key=waiting.__getitem__)
        # At once: it is told of its end later, and until then it would make room for many.
        self._forget(longest)
        longest.drop()
        return True

    def _forget(self, connection: Connection) -> None:
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        self._per_address[connection.peer] -= 1
        if not self._per_address[connection.peer]:
            del self._per_address[connection.peer]

    def encryption(self) -> ssl.SSLContext | None:
        return self._context

    def speaker(self) -> H11Protocol:
        return H11Protocol(self._config, self._state, {})


def _waiting(connections: Iterable[Connection], now_s: float) -> dict[Connection, float]:
    waited = ((each, each.waited_s(now_s)) for each in connections)
    return {each: waited_s for each, waited_s in waited if waited_s is not None}


def _bound(address: tuple[Any, ...], family: int, *, dualstack: bool = False) -> socket.socket:
    made = socket.create_server(address, family=family, backlog=_BACKLOG, dualstack_ipv6=dualstack)
    made.setblocking(False)
    return made


def _quietly(app: ASGIApp) -> ASGIApp:
    """The application, undisturbed by whoever breaks off in the middle of a request, and by the end of the pages.

    Each request is a task of its own, which `WebServer` alone cancels, and only when it ends.
    """

    async def quiet(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            _log.debug("a request was broken off: the pages end")
        except LocalProtocolError as error:
            _log.debug("a request to the pages was none: %s", error)

    return quiet


def _date() -> list[tuple[bytes, bytes]]:
    """RFC 9110 section 6.6.1."""
    return [(b"date", format_datetime(datetime.now(UTC), usegmt=True).encode("ascii"))]
