"""A KNX bus without a wire: a KNXnet/IP tunnelling server on loopback, for the demo and the tests.

The bridge, ETS or any tunnelling client can join by UDP or TCP; a wall switch or a panel is a line of Python.
It has no security, no routing and no pace: it is nothing to put on a network.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from knx_ocpp_bridge.knx.virtual.virtual_frames import (
    BusTelegram,
    Kind,
    MessageCode,
    indication,
    individual,
    individual_raw,
    recoded,
    telegram_of,
)
from knx_ocpp_bridge.knx.virtual.virtual_server import Faults, TunnellingServer
from knx_ocpp_bridge.knx.virtual.virtual_tunnel import Tunnel

__all__ = ["BusTelegram", "Faults", "Kind", "VirtualBus"]

PANEL: Final = "1.1.200"
"""Individual address of whoever writes by this API and gives no other."""


class VirtualBus:
    """Open between `__aenter__` and `__aexit__`, or while `run` runs."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        name: str = "Virtual KNX bus",
        address: str = "1.1.0",
        slots: int = 8,
    ) -> None:
        """`port` 0 takes a free one, see `port`. Clients get the `slots` addresses after `address`, 240 at most."""
        first = individual_raw(address) + 1
        self.faults = Faults()
        self._host, self._wanted_port = host, port
        addresses = tuple(individual(first + n) for n in range(slots))
        self._server = TunnellingServer(name, address, addresses, self._heard, self.faults)
        self._listeners: list[Callable[[BusTelegram], None]] = []

    @property
    def port(self) -> int:
        """UDP and TCP port while open."""
        return self._server.port

    @property
    def clients(self) -> tuple[str, ...]:
        """Individual addresses of the connected clients."""
        return self._server.clients

    async def __aenter__(self) -> Self:
        await self._server.open(self._host, self._wanted_port)
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._server.close()

    async def run(self) -> None:
        """Be there until cancelled.

        Raises:
            OSError: the port is in use.
        """
        async with self:
            await asyncio.get_running_loop().create_future()

    def listen(self, listener: Callable[[BusTelegram], None]) -> Callable[[], None]:
        """Call `listener` for every group telegram, whoever sends it; what is returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def group_write(self, address: int, payload: bytes | int, source: str = PANEL) -> None:
        """GroupValueWrite from `source`. `payload`: an int is a small value of up to 6 bits, bytes are whole octets."""
        self._say(_telegram(source, address, Kind.WRITE, payload))

    async def group_read(self, address: int, timeout_s: float = 1.0, source: str = PANEL) -> BusTelegram | None:
        """GroupValueRead, and the first response; None: nobody answered in time."""
        answer: asyncio.Future[BusTelegram] = asyncio.get_running_loop().create_future()

        def note(telegram: BusTelegram) -> None:
            if telegram.kind is Kind.RESPONSE and telegram.destination == address and not answer.done():
                answer.set_result(telegram)

        stop = self.listen(note)
        try:
            self._say(BusTelegram(source, address, Kind.READ))
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError:
            return None
        finally:
            stop()

    def drop_all(self, *, silently: bool = False) -> None:
        """End every connection: with a word, or as a power cut would."""
        self._server.drop_all(silently=silently)

    def _say(self, telegram: BusTelegram) -> None:
        self._server.publish(indication(telegram), None)
        self._tell(telegram)

    def _heard(self, tunnel: Tunnel, cemi: bytes) -> None:
        """A client sends: the others hear it, and it gets its confirmation."""
        said = recoded(cemi, MessageCode.L_DATA_IND, tunnel.address)
        refused = self.faults.negative_confirmations
        if not refused:
            self._server.publish(said, tunnel)
        if not self.faults.withhold_confirmations:
            tunnel.deliver(recoded(said, MessageCode.L_DATA_CON, tunnel.address, refused=refused))
        telegram = telegram_of(said)
        if telegram is not None and not refused:
            self._tell(telegram)

    def _tell(self, telegram: BusTelegram) -> None:
        for listener in tuple(self._listeners):
            listener(telegram)


def _telegram(source: str, address: int, kind: Kind, payload: bytes | int) -> BusTelegram:
    if isinstance(payload, int):
        return BusTelegram(source, address, kind, bytes([payload & 0x3F]), small=True)
    return BusTelegram(source, address, kind, payload)
