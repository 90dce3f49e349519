"""The site's own port: HTTP and HTTPS by uvicorn's protocol, inside of the daemon's loop."""

import asyncio
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from h11 import LocalProtocolError
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from knx_ocpp_bridge.config.models import HostPort
from knx_ocpp_bridge.ocpp.tls import harden
from knx_ocpp_bridge.pki.errors import PkiError
from knx_ocpp_bridge.web.connection import Connection

_log = logging.getLogger(__name__)

MOST_CONNECTIONS: Final = 512
MOST_PER_ADDRESS: Final = 160
"""A browser opens seven for each page; a proxy has many people behind it."""
AGAIN_AFTER_S: Final = 10.0
CERTIFICATE_AGAIN_AFTER_S: Final = 60.0
SWEEP_S: Final = 1.0
_LARGEST_HEAD: Final = 32 * 1024
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
        self._state = ServerState()
        self._config = Config(
            _quietly(app), http=H11Protocol, ws="none", lifespan="off", log_config=None, access_log=False,
            server_header=False, proxy_headers=False, h11_max_incomplete_event_size=_LARGEST_HEAD,
            timeout_keep_alive=_KEEP_ALIVE_S,
        )  # fmt: skip
        self.port = listen.port
        self.listening = asyncio.Event()

    async def run(self) -> None:
        """Serves the pages until cancelled."""
        # It would say for every scan of the port that no HTTP was spoken.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        server = await self._opened()
        try:
            while True:
                self._look_after()
                await asyncio.sleep(SWEEP_S)
        finally:
            self.listening.clear()
            server.close()
            await self._leave()

    async def _opened(self) -> asyncio.Server:
        while True:
            try:
                server = await self._bound()
            except OSError as error:
                self._tell(f"the pages cannot be served on {self._listen}: {error.strerror or error}; {_NO_PORT}")
                await asyncio.sleep(AGAIN_AFTER_S)
                continue
            self.port = server.sockets[0].getsockname()[1]
            self._look_for_encryption()
            self.listening.set()
            scheme = "http" if self._context is None else "https"
            _log.info("pages: %s://%s", scheme, HostPort(self._listen.host, self.port))
            return server

    async def _bound(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        self._state.default_headers = _date()
        if self._listen.host != "::":
            return await loop.create_server(self._connection, self._listen.host, self._listen.port, backlog=128)
        # "Everywhere" includes those who know IPv4 alone.
        both = socket.create_server(("::", self._listen.port), family=socket.AF_INET6, dualstack_ipv6=True)
        return await loop.create_server(self._connection, sock=both, backlog=128)

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
        tasks = tuple(self._state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _connection(self) -> Connection:
        return Connection(self, asyncio.get_running_loop().time())

    # What the connections ask

    def arrived(self, connection: Connection) -> bool:
        """Whether there is room for it; where all is full, one that does nothing makes room."""
        if self._per_address[connection.peer] >= MOST_PER_ADDRESS:
            return False
        if len(self._connections) >= MOST_CONNECTIONS:
            idle = next((each for each in self._connections if not each.busy), None)
            if idle is None:
                return False
            idle.drop()
        self._connections.add(connection)
        self._per_address[connection.peer] += 1
        return True

    def left(self, connection: Connection) -> None:
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


def _quietly(app: ASGIApp) -> ASGIApp:
    """The application, undisturbed by whoever breaks off in the middle of a request."""

    async def quiet(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except LocalProtocolError as error:
            _log.debug("a request to the pages was none: %s", error)

    return quiet


def _date() -> list[tuple[bytes, bytes]]:
    """RFC 9110 section 6.6.1."""
    return [(b"date", format_datetime(datetime.now(UTC), usegmt=True).encode("ascii"))]
