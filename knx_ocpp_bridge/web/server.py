"""The site's own port: HTTP by uvicorn, inside of the daemon's loop."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from knx_ocpp_bridge.config.models import HostPort

_log = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """Leaves the signals to the daemon."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves until cancelled. `port` is the real one once `listening` is set."""

    def __init__(self, app: ASGIApp, listen: HostPort) -> None:
        self._app = app
        self._listen = listen
        self.port = listen.port
        self.listening = asyncio.Event()

    async def run(self) -> None:
        """Serves the pages until cancelled."""
        listening = socket.create_server((self._listen.host, self._listen.port), backlog=128)
        self.port = listening.getsockname()[1]
        config = uvicorn.Config(
            self._app, http="h11", ws="none", lifespan="off", log_config=None, access_log=False,
            server_header=False, proxy_headers=False, limit_concurrency=512, h11_max_incomplete_event_size=32 * 1024,
            timeout_keep_alive=30, timeout_graceful_shutdown=1,
        )  # fmt: skip
        server = _Server(config)
        self.listening.set()
        _log.info("pages: http://%s", HostPort(self._listen.host, self.port))
        serving = asyncio.create_task(server.serve(sockets=[listening]), name="pages")
        try:
            await asyncio.shield(serving)
        finally:
            server.should_exit = server.force_exit = True
            await asyncio.wait([serving])
