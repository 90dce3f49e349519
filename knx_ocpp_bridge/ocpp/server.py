"""The Central System: listens, lets chargers in, and keeps the newest link of each."""

import asyncio
import contextlib
import itertools
import logging
import secrets
import socket
import ssl
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from importlib import import_module
from typing import Final, assert_never

from websockets.http11 import Request

from knx_ocpp_bridge.config.models import HostPort, Ocpp
from knx_ocpp_bridge.core.commands import Command
from knx_ocpp_bridge.core.events import LinkOpened, Outcome, Replied
from knx_ocpp_bridge.core.step import Answer
from knx_ocpp_bridge.core.values import ChargerId, LinkNumber, TransactionId
from knx_ocpp_bridge.ocpp import credentials, diagnosis, frames, reception
from knx_ocpp_bridge.ocpp.failures import UNKNOWN, Dialled, FailureBook, Kind, Trouble, printable, shown_path
from knx_ocpp_bridge.ocpp.handshake import (
    Admit,
    Attempt,
    Download,
    Manner,
    Refusal,
    Visit,
    Welcome,
    judge,
)
from knx_ocpp_bridge.ocpp.link import Bridge, Link, Post, Trace
from knx_ocpp_bridge.ocpp.memory import Memory
from knx_ocpp_bridge.ocpp.tls import harden
from knx_ocpp_bridge.ocpp.v16.answers import confirmation
from knx_ocpp_bridge.ocpp.websocket import CLOSE_S, Timers, WebSocket

MAX_CONNECTIONS: Final = 1024
MAX_PER_ADDRESS: Final = 32
MAX_MEMORIES: Final = 2048
MAX_REFUSALS_REMEMBERED: Final = 256
MIN_IDLE_S: Final = 180.0
SWEEP_S: Final = 1.0

_LOG: Final = logging.getLogger("knx_ocpp_bridge.ocpp")

_IF_IT_WORKS: Final = "nothing, as long as it works; else put its URL right and choose OCPP 1.6 (JSON) in it"
_SCHEMES: Final = {"off": ("ws",), "on": ("wss",), "both": ("wss", "ws")}


class CentralSystem:
    """OCPP 1.6J for all chargers. `answer`, `call` and `close_link` are immediate and never block."""

    def __init__(  # noqa: PLR0913 - the edge as the daemon puts it together
        self,
        settings: Ocpp,
        admit: Admit,
        post: Post,
        fresh: Callable[[], TransactionId],
        trace: Trace | None = None,
        timers: Timers | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        root: Callable[[], bytes] | None = None,
        failures: FailureBook | None = None,
        utc: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Take the loop that runs for `timers`, unless others are given.

        Args:
            settings: section `ocpp` of the configuration.
            admit: says who is let in.
            post: takes what chargers say.
            fresh: gives numbers of transactions.
            trace: is shown every message.
            timers: clock and timers.
            tls: certificates for wss, renewed in place; without it `ocpp.tls` is as good as off.
            root: gives the root certificate (PEM) that is handed out to whoever asks.
            failures: the book of failed connections; one of its own, unless given.
            utc: the time that the book enters.
        """
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
        self.tally = self._bridge.tally
        self._idle_s = max(3.0 * settings.heartbeat_interval, MIN_IDLE_S)
        self._numbers = itertools.count(1)
        self._port = settings.listen.port
        mode = "off" if tls is None else settings.tls
        self._tls = None if tls is None or mode == "off" else harden(tls)
        self._root = root
        self._manner = Manner(_SCHEMES[mode], root=self._tls is not None and root is not None)
        self.failures = FailureBook(utc) if failures is None else failures
        self._connections: dict[WebSocket, Link | None] = {}
        self._per_address: Counter[str] = Counter()
        self._links: dict[ChargerId, tuple[Link, WebSocket]] = {}
        self._memories: OrderedDict[ChargerId, Memory] = OrderedDict()
        self._refused: OrderedDict[tuple[str, str], None] = OrderedDict()

    @property
    def port(self) -> int:
        """Where it listens: the configured port, or the one that was free for port 0."""
        return self._port

    @property
    def schemes(self) -> tuple[str, ...]:
        """How it can be dialled: `ws`, `wss` or both."""
        return self._manner.schemes

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
            connection.sweep(now_s, self._idle_s, self._settings.pings)

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
        reason = None
        if self._per_address[connection.peer] > MAX_PER_ADDRESS:
            reason = f"more than {MAX_PER_ADDRESS} connections from one address"
        elif len(self._connections) > MAX_CONNECTIONS:
            reason = f"more than {MAX_CONNECTIONS} connections"
        if reason is not None:
            self._note(connection, Trouble(Kind.TOO_MANY, reason, "find out what dials so often, and stop it"))
        return reason

    def encryption(self) -> ssl.SSLContext | None:
        return self._tls

    def requested(self, connection: WebSocket, request: Request) -> None:
        dialled = reception.dialled(request)
        if request.method != "GET":
            method = request.method if request.method.isalpha() else "(none)"
            reason = f"its request is a {method[:20]}, and a WebSocket begins with GET"
            self._refuse(connection, dialled, Refusal(reason, 405, diagnosis.NO_SOAP, Kind.MALFORMED, diagnosis.SOAP))
            return
        verdict = judge(reception.head(request, tls=connection.known("ssl_object") is not None), self._manner)
        match verdict:
            case Visit():
                connection.respond(200, verdict.text.encode())
            case Download():
                self._hand_out(connection, verdict.name)
            case Refusal():
                self._refuse(connection, dialled, verdict)
            case Welcome():
                self._let_in(connection, request, verdict, dialled)
            case _:
                assert_never(verdict)

    def malformed(self, connection: WebSocket, head: bytes) -> None:
        trouble = diagnosis.diagnose(head)
        refusal = Refusal(trouble.reason, 400, trouble.remedy, trouble.kind, trouble.cause)
        self._refuse(connection, diagnosis.dialled(head), refusal)

    def failed(self, connection: WebSocket, trouble: Trouble, offered: str) -> None:
        link = self._connections.get(connection)
        self._note(connection, trouble, Dialled("" if link is None else link.charger, offered=offered))

    def ended(self, connection: WebSocket, reason: str) -> None:
        link = self._connections.pop(connection, None)
        if not self._connections:
            self._emptied.set()
        self._per_address[connection.peer] -= 1
        if self._per_address[connection.peer] <= 0:
            del self._per_address[connection.peer]
        if link is None:
            return
        current = self._links.get(link.charger)
        if current is not None and current[0] is link:
            del self._links[link.charger]
        link.end(reason)

    # Letting in

    def _let_in(self, connection: WebSocket, request: Request, welcome: Welcome, dialled: Dialled) -> None:
        """Admit last: what cannot become a WebSocket is no charger, and is not listed as one."""
        response = connection.shake(request)
        if isinstance(response, str):
            self._refuse(connection, dialled, Refusal(response, 400, "a newer firmware", Kind.MALFORMED))
            return
        shown = credentials.read(request.headers.get_all("Authorization"))
        proof = reception.proof(connection.known, shown)
        admitted = self._admit(Attempt(welcome.identity, connection.peer, proof, dialled.user_agent))
        if isinstance(admitted, Refusal):
            fault = f"; {shown.fault}" if shown.fault and admitted.status == HTTPStatus.UNAUTHORIZED else ""
            self._refuse(connection, dialled, replace(admitted, reason=admitted.reason + fault))
            return
        memory = self._memory(admitted)
        link = Link(LinkNumber(next(self._numbers)), admitted, connection, self._bridge, memory)
        connection.open(response, welcome.subprotocol, link.receive)
        self._note_odd(connection.peer, welcome, dialled)
        for warning in welcome.warnings:
            if memory.is_news(warning):
                _LOG.warning("%s: %s", admitted, warning)
        older = self._links.get(admitted)
        self._links[admitted] = link, connection
        self._connections[connection] = link
        self._bridge.post(admitted, LinkOpened(link.number, connection.peer, proof))
        if older is not None:
            older[1].drop("a newer connection of this charger took its place")

    def _note_odd(self, peer: str, welcome: Welcome, dialled: Dialled) -> None:
        """What is let in all the same stands in the book: should the charger not work, this is where to look first."""
        odd = welcome.warnings
        if welcome.subprotocol is None:
            odd = (*odd, "it names no subprotocol and is taken for OCPP 1.6; it is let in all the same")
        for each in odd:
            self.failures.add(peer, Trouble(Kind.ODD, each, _IF_IT_WORKS), dialled)

    def _memory(self, charger: ChargerId) -> Memory:
        memory = self._memories.setdefault(charger, Memory())
        self._memories.move_to_end(charger)
        if len(self._memories) > MAX_MEMORIES:
            self._memories.popitem(last=False)
        return memory

    def _hand_out(self, connection: WebSocket, name: str) -> None:
        """The root certificate, which is no secret."""
        assert self._root is not None  # noqa: S101 - it is only offered where it is there
        body, media = reception.root_as(name, self._root())
        connection.respond(200, body, media, [("Content-Disposition", f'attachment; filename="{name}"')])

    def _refuse(self, connection: WebSocket, dialled: Dialled, refusal: Refusal) -> None:
        kind = Kind.UNAUTHORIZED if refusal.status == HTTPStatus.UNAUTHORIZED else refusal.kind
        self._note(connection, Trouble(kind, refusal.reason, refusal.remedy, refusal.cause), dialled)
        body = "".join(f"{line}\n" for line in (refusal.reason, refusal.remedy) if line)
        connection.respond(refusal.status, body.encode(), extra=reception.EXTRA.get(refusal.status, ()))

    def _note(self, connection: WebSocket, trouble: Trouble, dialled: Dialled = UNKNOWN) -> None:
        """Enter it in the book, and warn of its kind once per address: it will be tried again every few seconds."""
        self.failures.add(connection.peer, trouble, dialled)
        refusal = connection.peer, trouble.reason
        level = logging.DEBUG if refusal in self._refused else logging.WARNING
        self._refused[refusal] = None
        if len(self._refused) > MAX_REFUSALS_REMEMBERED:
            self._refused.popitem(last=False)
        if self._connections.get(connection) is not None:
            _LOG.log(level, "%s broke off: %s", dialled.path, trouble.reason)
            return
        where = f" (it dialled {shown_path(dialled.path)[:80]!r})" if dialled.path else ""
        remedy = f"; {trouble.remedy}" if trouble.remedy else ""
        _LOG.log(
            level,
            "a connection from %s was not let in: %s%s%s",
            connection.peer,
            printable(trouble.reason),
            where,
            remedy,
        )
