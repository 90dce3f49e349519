"""A KNXnet/IP gateway with a real line behind it: a telegram takes its time, and is confirmed when it has gone.

Other devices of the line can be made to talk as well; who wins where two are ready at once is a matter of chance.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from math import inf
from random import Random
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

_BIT_S: Final = 1 / 9600
_CHARACTER_BITS: Final = 13
_SHORTEST_BITS: Final = 193
"""A telegram with a value of up to 6 bits, its acknowledgement and the pauses (KNX Communication Medium TP1)."""
_ADDRESS: Final = "1.1.0"
_SWITCH: Final = "1.1.5"
_OTHERS: Final = BusTelegram("1.1.77", 0x7FFF, Kind.WRITE, bytes(2))
_MOST_WAITING: Final = 10_000


@dataclass(frozen=True, slots=True)
class Passed:
    """One telegram of a tunnel or of a wall switch, when it had gone over the line."""

    at_s: float
    telegram: BusTelegram


@dataclass(frozen=True, slots=True)
class _Waiting:
    since_s: float
    cemi: bytes
    """The L_Data.ind that the others are going to hear."""
    tunnel: Tunnel | None = None
    """Whose it is; None: a device of the line."""


class TpLine:
    """Open between `__aenter__` and `__aexit__`."""

    def __init__(self) -> None:
        self.passed: list[Passed] = []
        self.others = 0
        """Telegrams of the other devices."""
        self._load = 0.0
        self._wins = 0.5
        self._evenly = True
        self._random = Random(1)
        self._others_due_s = 0.0
        slots = tuple(individual(individual_raw(_ADDRESS) + n) for n in range(1, 9))
        self._server = TunnellingServer("TP line", _ADDRESS, slots, self._heard, Faults())
        self._tunnels: deque[_Waiting] = deque()
        self._switches: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """UDP and TCP port while open."""
        return self._server.port

    async def __aenter__(self) -> Self:
        await self._server.open("127.0.0.1", 0)
        self._task = asyncio.create_task(self._carry(), name="line")
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._server.close()

    def others_take(self, load: float, *, wins: float = 0.5, evenly: bool = True) -> None:
        """Other devices use this part of the line (0..0.99) from now on, evenly or at random moments.

        `wins` is how often they win an arbitration: 0.5 where the addresses of both are mixed, 1 at the worst.
        """
        self._load, self._wins, self._evenly = load, wins, evenly
        self._others_due_s = asyncio.get_running_loop().time()
        self._wake.set()

    def press(self, address: int, payload: int) -> None:
        """A wall switch of the line sends one bit; it competes for the line as everybody does."""
        telegram = BusTelegram(_SWITCH, address, Kind.WRITE, bytes([payload]), small=True)
        self._wait(self._switches, None, indication(telegram))

    def read(self, address: int) -> None:
        """Somebody on the other side of the gateway asks for this value: the line does not carry the question."""
        self.hand_over(BusTelegram(_SWITCH, address, Kind.READ))

    def hand_over(self, telegram: BusTelegram) -> None:
        """The gateway tells its tunnels of this telegram now; what is handed over at once goes in one piece."""
        self._server.publish(indication(telegram), None)

    @property
    def others_ask_per_s(self) -> float:
        """How many telegrams the other devices have to say."""
        return self._load / _duration_s(indication(_OTHERS))

    def _heard(self, tunnel: Tunnel, cemi: bytes) -> None:
        self._wait(self._tunnels, tunnel, recoded(cemi, MessageCode.L_DATA_IND, tunnel.address))

    def _wait(self, queue: deque[_Waiting], tunnel: Tunnel | None, said: bytes) -> None:
        if len(queue) < _MOST_WAITING:
            queue.append(_Waiting(asyncio.get_running_loop().time(), said, tunnel))
            self._wake.set()

    async def _carry(self) -> None:
        """Whoever has been ready when the line became free begins then."""
        loop = asyncio.get_running_loop()
        free_s = loop.time()
        while True:
            others_at = max(free_s, self._others_due_s) if self._load else inf
            queue = self._switches or self._tunnels
            ours_at = max(free_s, queue[0].since_s) if queue else inf
            begins_s = min(others_at, ours_at)
            if begins_s > loop.time():
                await self._idle(begins_s)
                continue
            theirs = others_at < ours_at or (others_at == ours_at and self._random.random() < self._wins)
            said = _Waiting(others_at, indication(_OTHERS)) if theirs else queue.popleft()
            free_s = begins_s + _duration_s(said.cemi)
            await asyncio.sleep(max(0.0, free_s - loop.time()))
            self._arrived(said)
            if theirs:
                self.others += 1
                self._others_due_s += self._gap_s()

    def _arrived(self, said: _Waiting) -> None:
        self._server.publish(said.cemi, said.tunnel)
        if said.tunnel is not None:
            said.tunnel.deliver(recoded(said.cemi, MessageCode.L_DATA_CON, said.tunnel.address))
        telegram = telegram_of(said.cemi)
        if telegram is not None:
            self.passed.append(Passed(asyncio.get_running_loop().time(), telegram))

    async def _idle(self, until_s: float) -> None:
        self._wake.clear()
        alarm = None if until_s == inf else asyncio.get_running_loop().call_at(until_s, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            if alarm is not None:
                alarm.cancel()

    def _gap_s(self) -> float:
        mean_s = _duration_s(indication(_OTHERS)) / self._load
        return mean_s if self._evenly else self._random.expovariate(1 / mean_s)


def _duration_s(cemi: bytes) -> float:
    octets = cemi[2 + cemi[1] + 6]  # the length octet counts from the second octet of the APCI on
    return (_SHORTEST_BITS + _CHARACTER_BITS * (octets - 1)) * _BIT_S
