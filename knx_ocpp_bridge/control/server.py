"""The daemon's end of the control socket. Whoever may open the file may command; nobody else can."""

import asyncio
import logging
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.control.errors import ControlError
from knx_ocpp_bridge.control.protocol import (
    LONGEST_REQUEST,
    Failed,
    ProtocolError,
    Request,
    Response,
    decode_request,
    encode_response,
)

_LOG = logging.getLogger(__name__)
_MOST_CLIENTS: Final = 16
_ASK_WITHIN_S: Final = 10.0
_TAKE_WITHIN_S: Final = 10.0
_PROBE_S: Final = 1.0


class ControlServer:
    """Answers one request per connection at a UNIX socket of mode 0600, at most 16 at a time.

    `handler` is cancelled when its client goes away. `listening` is set once clients are served.
    """

    def __init__(self, path: Path, handler: Callable[[Request], Awaitable[Response]]) -> None:
        self._path = path
        self._handler = handler
        self.listening = asyncio.Event()
        self._clients: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serves until cancelled; then every client is dropped and the socket's file is gone.

        Raises:
            ControlError: another bridge listens there, or the file cannot be made.
        """
        listening = _listen(self._path)
        server = await asyncio.start_unix_server(self._greet, sock=listening, limit=LONGEST_REQUEST)
        self.listening.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            server.close()
            self._path.unlink(missing_ok=True)
            clients = self._clients.copy()
            for client in clients:
                client.cancel()
            await asyncio.gather(*clients, return_exceptions=True)

    def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer, crowded=len(self._clients) >= _MOST_CLIENTS))
        self._clients.add(task)
        task.add_done_callback(self._served)

    def _served(self, client: asyncio.Task[None]) -> None:
        """A fault in a handler costs its client the answer, and nobody else anything."""
        self._clients.discard(client)
        if not client.cancelled() and (error := client.exception()) is not None:
            _LOG.error("a request at the control socket failed; this is a fault of the program", exc_info=error)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, crowded: bool) -> None:
        too_many = Failed(f"{_MOST_CLIENTS} commands are being served already; try again")
        try:
            response = too_many if crowded else await self._respond(reader)
            if response is not None:
                await _send(reader, writer, response)
        finally:
            if not writer.is_closing():
                writer.transport.abort()

    async def _respond(self, reader: asyncio.StreamReader) -> Response | None:
        try:
            line = await asyncio.wait_for(reader.readuntil(), _ASK_WITHIN_S)
            request = decode_request(line)
        except (asyncio.IncompleteReadError, TimeoutError, ConnectionError):
            return None
        except asyncio.LimitOverrunError:
            return Failed(f"a request is one line of at most {LONGEST_REQUEST} bytes")
        except ProtocolError as error:
            return Failed(str(error))
        return await self._handled(request, reader)

    async def _handled(self, request: Request, reader: asyncio.StreamReader) -> Response | None:
        """The handler's answer; None: the client went away first."""
        handling = asyncio.ensure_future(self._handler(request))
        leaving = asyncio.create_task(reader.read(1))
        try:
            await asyncio.wait((handling, leaving), return_when=asyncio.FIRST_COMPLETED)
            return handling.result() if handling.done() else None
        finally:
            handling.cancel()
            leaving.cancel()
            await asyncio.wait((handling, leaving))


async def _send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, response: Response) -> None:
    """Sends, then reads on until the client hangs up: a close with something unread would take the answer away."""
    try:
        async with asyncio.timeout(_TAKE_WITHIN_S):
            writer.write(encode_response(response))
            await writer.drain()
            writer.write_eof()
            while await reader.read(LONGEST_REQUEST):
                pass
        writer.close()
    except (TimeoutError, OSError) as error:
        _LOG.debug("a client of the control socket went away: %r", error)


def _listen(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_stale(path)
        before = os.umask(0o177)
        try:
            listening.bind(str(path))
        finally:
            os.umask(before)
        listening.listen(_MOST_CLIENTS)
    except ControlError:
        listening.close()
        raise
    except OSError as error:
        listening.close()
        raise ControlError(
            f"the control socket cannot be made ({error.strerror or error})",
            path,
            "its directory must be writable for the user that runs the bridge and its name shorter than 100 "
            "characters; it is set by --socket or RUNTIME_DIRECTORY",
        ) from error
    return listening


def _remove_stale(path: Path) -> None:
    """Removes the socket of a bridge that died, and nothing else."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ControlError("this is no socket", path, "move it away, or give another --socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PROBE_S)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except TimeoutError:
            _LOG.debug("somebody listens at %s and is too busy to answer", path)
    raise ControlError(
        "a bridge is running already", path, "stop it first, or give this one its own --socket and --state"
    )
