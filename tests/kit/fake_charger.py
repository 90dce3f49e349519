"""A charger in the hands of a test: the simulated one, polite until told otherwise, over a real WebSocket."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Final, Self
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from knx_ocpp_bridge.ocpp.simulator import wire
from knx_ocpp_bridge.ocpp.simulator.answers import answer
from knx_ocpp_bridge.ocpp.simulator.charge_point import ChargePoint
from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from knx_ocpp_bridge.ocpp.simulator.wire import Json
from tests.kit.manners import Manner
from tests.kit.silence import fall_silent
from tests.kit.until import until

_TURN_S: Final = 0.02
PLAN: Final = Plan(reboot_s=0.3, time_lapse=0.0)
"""Two connectors; the meter stands still unless a test moves it."""


class CallRefusedError(Exception):
    """The Central System answered with a CALLERROR."""


class FakeCharger:
    """One charge point. Its hands: `plug`, `unplug`, `card` and the like act as a person or a car would."""

    def __init__(self, url: str, charger_id: str, plan: Plan = PLAN) -> None:
        self.id = charger_id
        self.clock_offset = timedelta()
        """How far the charger's own clock is off."""
        self.plan = plan
        self.machine = ChargePoint(plan, self.now())
        self.machine.configuration.change("MeterValueSampleInterval", "0")
        self.calls: list[wire.Call] = []
        """Everything the Central System asked, in order."""
        self.frames: list[str] = []
        """Every text frame received."""
        self.unreadable: list[str] = []
        """Those that are no frame of OCPP-J: answers to nonsense, if the test sent any."""
        self._url = f"{url.rstrip('/')}/{quote(charger_id, safe='')}"
        self._socket: ClientConnection | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ghosts: list[ClientConnection] = []
        self._manners: dict[str, Manner] = {}
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._in_flight = ""
        self._expected: set[int] = set()
        self._ids = itertools.count(1)

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def now(self) -> datetime:
        """What the charger's clock says."""
        return datetime.now(UTC) + self.clock_offset

    # The link

    async def connect(self, *, subprotocols: tuple[str, ...] = (wire.SUBPROTOCOL,), settle: bool = True) -> None:
        """Dial; by default wait until boot and all statuses are answered."""
        self._socket = await connect(
            self._url,
            subprotocols=[Subprotocol(name) for name in subprotocols] or None,
            compression=None,
            ping_interval=None,
            proxy=None,
            max_size=None,
        )
        self.machine.linked(self.now())
        self._start(self._read(self._socket))
        self._start(self._turn(self._socket))
        if settle:
            await self.settled()

    async def close(self) -> None:
        """A clean goodbye."""
        socket = self._drop()
        if socket is not None:
            await socket.close()
        await self._end()

    async def abort(self) -> None:
        """The connection is reset."""
        socket = self._drop()
        if socket is not None:
            socket.transport.abort()
        await self._end()

    def vanish(self) -> None:
        """The mains, the Wi-Fi, the router: nothing is ever heard of this socket again, not even a FIN."""
        socket = self._drop()
        if socket is not None:
            fall_silent(socket.transport.get_extra_info("socket"))
            self._ghosts.append(socket)

    async def reconnect_without_closing(self) -> None:
        """Dial again while the old socket is still open and says nothing."""
        socket = self._drop()
        if socket is not None:
            self._ghosts.append(socket)
        await self.connect()

    async def power_cycle(self) -> None:
        """The power goes and comes back: an open transaction ends with PowerLoss, told after the boot."""
        socket = self._drop()
        if socket is not None:
            self._ghosts.append(socket)
        self.machine.power_cycle(self.now())
        await self.boot_up()

    async def boot_up(self) -> None:
        """After a reset or a power cycle: wait out the reboot and dial."""
        if self._socket is not None:
            await self.abort()

        def awake() -> bool:
            self.machine.tick(self.now())
            return self.machine.wants_link

        await until(awake, self.plan.reboot_s + 15, f"{self.id} has rebooted")
        await self.connect()

    async def closed(self, within_s: float = 5.0) -> None:
        """The Central System has ended the connection."""
        await until(lambda: self._socket is None, within_s, f"{self.id} is disconnected")

    def _drop(self) -> ClientConnection | None:
        socket, self._socket = self._socket, None
        for task in self._tasks:
            task.cancel()
        self._in_flight = ""
        self.machine.unlinked(self.now())
        return socket

    async def _end(self) -> None:
        for ghost in self._ghosts:
            ghost.transport.abort()
        self._ghosts.clear()
        tasks = list(self._tasks)
        if tasks:
            await asyncio.wait(tasks)

    # Manners

    def answer(self, action: str, **payload: object) -> None:
        """From now on answer this action so, and do nothing of it."""
        self._manners[action] = Manner(payload=payload)

    def refuse(self, action: str, code: str = "NotSupported") -> None:
        """From now on answer this action with a CALLERROR."""
        self._manners[action] = Manner(error=code)

    def ignore(self, action: str) -> None:
        """From now on do not answer this action."""
        self._manners[action] = Manner(silent=True)

    def delay(self, action: str, seconds: float) -> None:
        """From now on obey this action, but late."""
        self._manners[action] = Manner(delay_s=seconds, obey=True)

    def be_polite(self, action: str) -> None:
        """Obey this action again."""
        self._manners.pop(action, None)

    # Words

    async def send(self, action: str, payload: Json | None = None, timeout_s: float = 5.0) -> Json:
        """Send any request and return the answer.

        Raises:
            CallRefusedError: it was a CALLERROR.
            TimeoutError: no answer in time.
        """
        id_ = f"t{next(self._ids)}"
        waiting: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[id_] = waiting
        try:
            await self.send_raw(wire.call(id_, wire.Request(action, payload or {})))
            async with asyncio.timeout(timeout_s):
                return await waiting
        finally:
            self._waiting.pop(id_, None)

    async def send_raw(self, frame: str | bytes) -> None:
        """Put a frame on the wire as it is."""
        if self._socket is None:
            raise ConnectionError(f"{self.id} is not connected")
        await self._socket.send(frame)

    async def says(self, connector: int, status: str, error_code: str = "NoError", **more: object) -> None:
        """A bare StatusNotification, whatever the machine thinks."""
        at = wire.stamp(self.now())
        fields: Json = {"connectorId": connector, "status": status, "errorCode": error_code, "timestamp": at}
        await self.send("StatusNotification", fields | more)

    async def meters(self, connector: int, *samples: Json, transaction: int | None = None) -> None:
        """A bare MeterValues with these samples."""
        value = {"timestamp": wire.stamp(self.now()), "sampledValue": list(samples)}
        payload: Json = {"connectorId": connector, "meterValue": [value]}
        await self.send("MeterValues", payload if transaction is None else payload | {"transactionId": transaction})

    async def deliver_offline_transaction(
        self,
        connector: int,
        id_tag: str,
        began: datetime,
        *,
        lasted: timedelta,
        energy_wh: int,
        meter_start_wh: int = 5000,
    ) -> int:
        """What was charged while the network was away, told now; the transaction's number."""
        started = await self.send(
            "StartTransaction",
            {
                "connectorId": connector,
                "idTag": id_tag,
                "meterStart": meter_start_wh,
                "timestamp": wire.stamp(began),
            },
        )
        number = wire.whole_of(started, "transactionId") or 0
        await self.send(
            "StopTransaction",
            {
                "transactionId": number,
                "idTag": id_tag,
                "meterStop": meter_start_wh + energy_wh,
                "timestamp": wire.stamp(began + lasted),
                "reason": "Local",
            },
        )
        return number

    async def expect_call(self, action: str, within_s: float = 3.0) -> Json:
        """The next call of this action that no test has taken yet."""

        def fresh() -> list[int]:
            return [i for i, call in enumerate(self.calls) if call.action == action and i not in self._expected]

        try:
            await until(lambda: bool(fresh()), within_s, f"{self.id} is asked for {action}")
        except TimeoutError as error:
            raise TimeoutError(f"{error}; it was asked for {self.fresh_calls()}") from error
        index = fresh()[0]
        self._expected.add(index)
        return self.calls[index].payload

    def forget_calls(self) -> None:
        """What was asked so far counts as taken."""
        self._expected.update(range(len(self.calls)))

    def fresh_calls(self) -> list[str]:
        """The actions of the calls that no test has taken."""
        return [call.action for index, call in enumerate(self.calls) if index not in self._expected]

    def fresh_payloads(self, action: str) -> list[Json]:
        """The payloads of the calls of this action that no test has taken."""
        return [c.payload for i, c in enumerate(self.calls) if c.action == action and i not in self._expected]

    def calls_of(self, action: str) -> list[Json]:
        """The payloads of all calls of this action so far."""
        return [call.payload for call in self.calls if call.action == action]

    # Hands

    async def plug(self, connector: int = 1) -> None:
        """A car is plugged in."""
        await self._do(lambda now: self.machine.plug(connector, now))

    async def unplug(self, connector: int = 1) -> None:
        """And out."""
        await self._do(lambda now: self.machine.unplug(connector, now))

    async def card(self, id_tag: str, connector: int = 1) -> None:
        """A card is held to the reader."""
        await self._do(lambda now: self.machine.card(connector, id_tag, now))

    async def meter(self, energy_wh: float, connector: int = 1) -> None:
        """The register moves and is told."""
        await self._do(lambda now: self.machine.meter(connector, energy_wh, now))

    def transaction(self, connector: int = 1) -> int | None:
        """The number of the open transaction."""
        open_now = self.machine.connectors[connector].transaction
        return None if open_now is None else open_now.id

    async def settled(self, within_s: float = 10.0) -> None:
        """Everything the machine had to say is answered."""
        await until(
            lambda: self.machine.online and self.machine.outbox.empty, within_s, f"{self.id} has said all it had to say"
        )

    async def charges(self, connector: int = 1, within_s: float = 5.0) -> int:
        """A transaction is open and told; its number."""
        await until(lambda: self.transaction(connector) is not None, within_s, f"{self.id}/{connector} charges")
        await self.settled()
        return self.transaction(connector) or 0

    async def _do(self, deed: Callable[[datetime], None]) -> None:
        deed(self.now())
        if self._socket is not None:
            await self.settled()

    # Inside

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _turn(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while self._socket is socket:
                self.machine.tick(self.now())
                await self._speak(socket)
                await asyncio.sleep(_TURN_S)

    async def _speak(self, socket: ClientConnection) -> None:
        request = self.machine.next_request(self.now()) if self._socket is socket else None
        if request is not None:
            self._in_flight = f"m{next(self._ids)}"
            await socket.send(wire.call(self._in_flight, request))

    async def _read(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in socket:
                text = message if isinstance(message, str) else message.decode()
                self.frames.append(text)
                self._heard(socket, text)
                await self._speak(socket)
        if self._socket is socket:
            self._socket = None
            self._in_flight = ""
            self.machine.unlinked(self.now())

    def _heard(self, socket: ClientConnection, text: str) -> None:
        try:
            frame = wire.decode(text)
        except wire.WireError:
            self.unreadable.append(text)
            return
        match frame:
            case wire.Call() as call:
                self._start(self._meet(socket, call))
            case wire.Result(id_, payload):
                self._answered(id_, payload)
            case wire.Refusal(id_, code, description):
                self._refused(id_, f"{code} {description}")

    async def _meet(self, socket: ClientConnection, call: wire.Call) -> None:
        self.calls.append(call)
        manner = self._manners.get(call.action, Manner(obey=True))
        await asyncio.sleep(manner.delay_s)
        if manner.silent:
            return
        payload = answer(self.machine, call.action, call.payload, self.now()) if manner.obey else manner.payload
        error = manner.error or "NotImplemented"
        with contextlib.suppress(ConnectionClosed):
            await socket.send(wire.refusal(call.id, error) if payload is None else wire.result(call.id, payload))
            self.machine.tick(self.now())
            await self._speak(socket)

    def _answered(self, id_: str, payload: Json) -> None:
        if id_ == self._in_flight:
            self._in_flight = ""
            self.machine.answered(payload, self.now())
        elif (waiting := self._waiting.get(id_)) is not None and not waiting.done():
            waiting.set_result(payload)

    def _refused(self, id_: str, reason: str) -> None:
        if id_ == self._in_flight:
            self._in_flight = ""
            self.machine.unanswered(self.now())
        elif (waiting := self._waiting.get(id_)) is not None and not waiting.done():
            waiting.set_exception(CallRefusedError(reason))
