"""The simulated charger's socket: dials, redials with back-off, and moves frames between wire and charger. Waits."""

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from knx_ocpp_bridge.ocpp.simulator import wire
from knx_ocpp_bridge.ocpp.simulator.answers import answer
from knx_ocpp_bridge.ocpp.simulator.charge_point import ChargePoint
from knx_ocpp_bridge.ocpp.simulator.door import authorization, security_event, tls_context
from knx_ocpp_bridge.ocpp.simulator.wording import sentence

_TURN_S: Final = 0.05
_ANSWER_TIMEOUT_S: Final = 30.0
_BACK_OFF_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

Watch = Callable[[str, str], None]
"""Called with a direction (`>` sent, `<` received, `*` happened) and one line."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """The request in flight; `until_s` on the loop's clock."""

    id: str
    action: str
    until_s: float


class Link:
    """Keeps one simulated charger connected for as long as it wants to be."""

    def __init__(self, charger: ChargePoint, charger_id: str, url: str, watch: Watch) -> None:
        self._charger = charger
        self._id = charger_id
        self._url = f"{url.rstrip('/')}/{quote(charger_id, safe='')}"
        self._watch = watch
        self._sent: _Sent | None = None

    async def run(self) -> None:
        """Connect, converse, and connect again, until cancelled."""
        failures = 0
        while True:
            if not self._charger.wants_link:
                await self._turn()
                continue
            try:
                socket = await self._dial()
            except (OSError, InvalidHandshake, TimeoutError) as error:
                self._watch("*", f"no connection to {self._address}: {error}")
                self._charger.turned_away(security_event(error), str(error)[:255], _now())
                await self._pause(_BACK_OFF_S[min(failures, len(_BACK_OFF_S) - 1)])
                failures += 1
                continue
            failures = 0
            self._watch("*", f"connected to {self._address}")
            await self._converse(socket)
            await self._pause(_BACK_OFF_S[0])

    @property
    def _address(self) -> str:
        """The URL that is dialled: by TLS where the security profile asks for it."""
        if self._charger.security.access.tls:
            return self._url.replace("ws://", "wss://", 1)
        return self._url

    async def _dial(self) -> ClientConnection:
        security = self._charger.security
        return await connect(
            self._address,
            subprotocols=[Subprotocol(wire.SUBPROTOCOL)],
            additional_headers=authorization(self._id, security),
            ssl=tls_context(security) if self._address.startswith("wss:") else None,
            compression=None,
            ping_interval=None,
            proxy=None,
        )

    async def _converse(self, socket: ClientConnection) -> None:
        self._charger.linked(_now())
        reader = asyncio.create_task(self._read(socket))
        try:
            with contextlib.suppress(ConnectionClosed):  # the reader sees it as well, and says so
                while self._charger.wants_link and not reader.done():
                    await self._speak(socket)
                    await self._turn()
            socket.transport.abort()  # a reboot or a lost network says no goodbye
        finally:
            reader.cancel()
            await asyncio.wait([reader])
            await socket.close()
            self._sent = None
            self._charger.unlinked(_now())
            self._watch("*", "disconnected")

    async def _speak(self, socket: ClientConnection) -> None:
        now_s = asyncio.get_running_loop().time()
        if self._sent is not None and now_s >= self._sent.until_s:
            self._watch("*", f"{self._sent.action}: no answer in time")
            self._sent = None
            self._charger.unanswered(_now())
        request = self._charger.next_request(_now())
        if request is not None:
            self._sent = _Sent(uuid.uuid4().hex, request.action, now_s + _ANSWER_TIMEOUT_S)
            self._watch(">", sentence(request.action, request.payload))
            await socket.send(wire.call(self._sent.id, request))

    async def _read(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in socket:
                if not self._charger.wants_link:
                    return  # it is closing, and deaf
                if isinstance(message, str):
                    await self._heard(socket, message)
                    await self._speak(socket)

    async def _heard(self, socket: ClientConnection, text: str) -> None:
        try:
            frame = wire.decode(text)
        except wire.WireError as error:
            self._watch("*", str(error))
            return
        match frame:
            case wire.Call():
                await self._reply(socket, frame)
            case wire.Result(id_, payload):
                action = self._take(id_)
                if action is not None:
                    self._watch("<", sentence(f"{action}.conf", payload))
                    self._charger.answered(payload, _now())
            case wire.Refusal(id_, code, description):
                action = self._take(id_)
                if action is not None:
                    self._watch("<", f"{action} refused: {code} {description}")
                    self._charger.unanswered(_now())

    async def _reply(self, socket: ClientConnection, asked: wire.Call) -> None:
        self._watch("<", sentence(asked.action, asked.payload))
        payload = answer(self._charger, asked.action, asked.payload, _now())
        if payload is None:
            self._watch(">", f"{asked.action} refused: NotImplemented")
            await socket.send(wire.refusal(asked.id, "NotImplemented"))
        else:
            self._watch(">", sentence(f"{asked.action}.conf", payload))
            await socket.send(wire.result(asked.id, payload))
        self._charger.tick(_now())

    def _take(self, id_: str) -> str | None:
        """The action that waits for an answer with this id; None: nothing does."""
        if self._sent is None or self._sent.id != id_:
            self._watch("*", "an answer to nothing")
            return None
        action, self._sent = self._sent.action, None
        return action

    async def _turn(self) -> None:
        self._charger.tick(_now())
        for line in self._charger.news:
            self._watch("*", line)
        self._charger.news.clear()
        await asyncio.sleep(_TURN_S)

    async def _pause(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end_s = loop.time() + seconds
        while loop.time() < end_s:
            await self._turn()


def _now() -> datetime:
    return datetime.now(UTC)
