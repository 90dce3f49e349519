"""The Central System: listens, lets chargers in, and keeps the newest link of each."""

import asyncio
import contextlib
import itertools
import logging
import secrets
import socket
from collections import Counter, OrderedDict
from collections.abc import Callable
from importlib import import_module
from typing import Final, assert_never

from websockets.http11 import Request

from knx_ocpp_bridge.config.models import HostPort, Ocpp
from knx_ocpp_bridge.core.commands import Command
from knx_ocpp_bridge.core.events import LinkOpened, Outcome, Replied
from knx_ocpp_bridge.core.step import Answer
from knx_ocpp_bridge.core.values import ChargerId, LinkNumber, TransactionId
from knx_ocpp_bridge.ocpp import frames
from knx_ocpp_bridge.ocpp.handshake import Refusal, Visit, Welcome, judge
from knx_ocpp_bridge.ocpp.link import Bridge, Link, Post, Trace
from knx_ocpp_bridge.ocpp.memory import Memory
from knx_ocpp_bridge.ocpp.v16.answers import confirmation
from knx_ocpp_bridge.ocpp.websocket import CLOSE_S, Timers, WebSocket

MAX_CONNECTIONS: Final = 1024
MAX_PER_ADDRESS: Final = 32
MAX_MEMORIES: Final = 2048
MAX_REFUSALS_REMEMBERED: Final = 256
MIN_IDLE_S: Final = 180.0
SWEEP_S: Final = 1.0

_LOG: Final = logging.getLogger("knx_ocpp_bridge.ocpp")

Admit = Callable[[str, str], ChargerId | Refusal]
"""Identity as dialled and address of the peer -> the charger's canonical identity, or why it is not let in."""


class CentralSystem:
    """OCPP 1.6J for all chargers. `answer`, `call` and `close_link` are immediate and never block."""

    def __init__(
        self,
        settings: Ocpp,
        admit: Admit,
        post: Post,
        fresh: Callable[[], TransactionId],
        trace: Trace | None = None,
        timers: Timers | None = None,
    ) -> None:
        """Take the loop that runs for `timers`, unless others are given."""
        self.listening = asyncio.Event()
        self._emptied = asyncio.Event()
        self._settings = settings
        self._admit = admit
        self._bridge = Bridge(
            post=post,
            fresh=fresh,
            trace=trace,
            timers=asyncio.get_running_loop() if timers is None else timers,
            response_timeout_s=settings.response_timeout,
            max_frame_bytes=settings.max_frame,
            id_prefix=secrets.token_hex(4),
        )
        self._idle_s = max(3.0 * settings.heartbeat_interval, MIN_IDLE_S)
        self._numbers = itertools.count(1)
        self._port = settings.listen.port
        self._connections: dict[WebSocket, Link | None] = {}
        self._per_address: Counter[str] = Counter()
        self._links: dict[ChargerId, tuple[Link, WebSocket]] = {}
        self._memories: OrderedDict[ChargerId, Memory] = OrderedDict()
        self._refused: OrderedDict[tuple[str, str], None] = OrderedDict()

    @property
    def port(self) -> int:
        """Where it listens: the configured port, or the one that was free for port 0."""
        return self._port

    async def run(self) -> None:
        """Listen until cancelled; raise OSError where that is impossible."""
        listen = self._settings.listen
        try:
            server = await self._listen(listen)
        except OSError as error:
            remedy = (
                "stop what else listens there, or set ocpp.listen to another address of this machine or another port"
            )
            raise OSError(f"cannot listen for chargers on {listen}: {error.strerror or error}; {remedy}") from error
        self._port = server.sockets[0].getsockname()[1]
        _LOG.info("listening for chargers on %s", HostPort(listen.host, self._port))
        self.listening.set()
        try:
            # What the first call needs takes long to import, and no charger has to wait for it to be let in.
            await asyncio.to_thread(import_module, "knx_ocpp_bridge.ocpp.v16.commands")
            while True:
                await asyncio.sleep(SWEEP_S)
                self.sweep()
        finally:
            self.listening.clear()
            server.close()
            await self._leave()

    async def _listen(self, listen: HostPort) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        if listen.host != "::":
            return await loop.create_server(self.connection, listen.host, listen.port, backlog=MAX_CONNECTIONS)
        # "Everywhere" includes the chargers that know IPv4 alone.
        both = socket.create_server(("::", listen.port), family=socket.AF_INET6, dualstack_ipv6=True)
        return await loop.create_server(self.connection, sock=both, backlog=MAX_CONNECTIONS)

    async def _leave(self) -> None:
        """Close as configured; what is still there after 3 s is dropped."""
        if self._settings.graceful_close:
            for connection in list(self._connections):
                connection.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S if self._connections else 0):
                    await self._emptied.wait()
        for connection in list(self._connections):
            connection.drop("the bridge is being stopped")

    def connection(self) -> WebSocket:
        """Give the protocol of a new TCP connection."""
        return WebSocket(self, self._bridge.timers, self._settings.max_frame)

    def sweep(self) -> None:
        """Look after all connections; called every second."""
        now_s = self._bridge.timers.time()
        for connection in list(self._connections):
            connection.sweep(now_s, self._idle_s)

    # What the actors do

    def answer(self, charger: ChargerId, answer: Answer) -> None:
        """Send the answer to a request; if its link is gone, keep it for the request that is sent again."""
        current = self._links.get(charger)
        if current is not None and current[0].number == answer.link:
            current[0].answer(answer)
            return
        memory = self._memories.get(charger)
        key = memory.awaited(answer.link, answer.request) if memory is not None else None
        if memory is not None and key is not None:
            text = frames.result(answer.request, confirmation(answer.payload))
            memory.answered(key, text, self._bridge.timers.time())

    def call(self, charger: ChargerId, command: Command) -> None:
        """Send a command; how it ended is posted as `Replied`, later."""
        current = self._links.get(charger)
        if current is not None:
            current[0].call(command)
            return
        lost = Replied(LinkNumber(0), command, Outcome.LOST, detail="the charger is not connected")
        self._bridge.timers.call_soon(self._bridge.post, charger, lost)

    def close_link(self, charger: ChargerId) -> None:
        """Drop the charger's connection, if there is one."""
        current = self._links.get(charger)
        if current is not None:
            current[1].drop("the bridge closed the connection")

    # What the connections say

    def connected(self, connection: WebSocket) -> str | None:
        self._connections[connection] = None
        self._emptied.clear()
        self._per_address[connection.peer] += 1
        if self._per_address[connection.peer] > MAX_PER_ADDRESS:
            return f"more than {MAX_PER_ADDRESS} connections from one address"
        if len(self._connections) > MAX_CONNECTIONS:
            return f"more than {MAX_CONNECTIONS} connections"
        return None

    def requested(self, connection: WebSocket, request: Request) -> None:
        if request.method != "GET":
            connection.respond(405, "Charge points connect by a WebSocket, which begins with GET.\n")
            return
        headers = request.headers
        verdict = judge(
            request.path,
            ",".join(headers.get_all("Host")),
            headers.get_all("Upgrade"),
            headers.get_all("Sec-WebSocket-Protocol"),
        )
        match verdict:
            case Visit():
                connection.respond(200, verdict.text)
            case Refusal():
                self._refuse(connection, request.path, verdict)
            case Welcome():
                self._let_in(connection, request, verdict)
            case _:
                assert_never(verdict)

    def ended(self, connection: WebSocket, reason: str) -> None:
        link = self._connections.pop(connection, None)
        if not self._connections:
            self._emptied.set()
        self._per_address[connection.peer] -= 1
        if self._per_address[connection.peer] <= 0:
            del self._per_address[connection.peer]
        if link is None:
            if not connection.refused:
                self._note_refusal(connection.peer, reason)
            return
        current = self._links.get(link.charger)
        if current is not None and current[0] is link:
            del self._links[link.charger]
        link.end(reason)

    # Letting in

    def _let_in(self, connection: WebSocket, request: Request, welcome: Welcome) -> None:
        """Admit last: what cannot become a WebSocket is no charger, and is not listed as one."""
        response = connection.shake(request)
        if isinstance(response, str):
            self._note_refusal(connection.peer, response)
            return
        admitted = self._admit(welcome.identity, connection.peer)
        if isinstance(admitted, Refusal):
            self._refuse(connection, request.path, admitted)
            return
        link = Link(LinkNumber(next(self._numbers)), admitted, connection, self._bridge, self._memory(admitted))
        connection.open(response, welcome.subprotocol, link.receive)
        if welcome.warning:
            _LOG.warning("%s: %s", admitted, welcome.warning)
        older = self._links.get(admitted)
        self._links[admitted] = link, connection
        self._connections[connection] = link
        self._bridge.post(admitted, LinkOpened(link.number, connection.peer))
        if older is not None:
            older[1].drop("a newer connection of this charger took its place")

    def _memory(self, charger: ChargerId) -> Memory:
        memory = self._memories.setdefault(charger, Memory())
        self._memories.move_to_end(charger)
        if len(self._memories) > MAX_MEMORIES:
            self._memories.popitem(last=False)
        return memory

    def _refuse(self, connection: WebSocket, path: str, refusal: Refusal) -> None:
        self._note_refusal(connection.peer, f"{refusal.reason} (it dialled {path[:80]!r})")
        connection.respond(refusal.status, refusal.reason + "\n")

    def _note_refusal(self, peer: str, reason: str) -> None:
        """Warn of each kind of refusal once per address; it will be tried again every few seconds."""
        level = logging.DEBUG if (peer, reason) in self._refused else logging.WARNING
        self._refused[peer, reason] = None
        if len(self._refused) > MAX_REFUSALS_REMEMBERED:
            self._refused.popitem(last=False)
        _LOG.log(level, "a connection from %s was not let in: %s", peer, reason)
