"""The scheduler on a line without sockets: driven by hand, or with telegrams that take their time."""

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Final

from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.knx.monitor.telegrams import Service
from knx_ocpp_bridge.knx.sending.scheduler import Outgoing, Scheduler
from knx_ocpp_bridge.knx.sending.slot import Manner

Payload = DPTArray | DPTBinary
_TICK_S: Final = 0.025


class Line:
    """A bus that confirms everything at once; addresses 1..9 are states, unless other manners are given."""

    def __init__(self, manners: Mapping[int, Manner] | None = None, *, rate: float = 10.0, connected: bool = True):
        self.scheduler = Scheduler(rate)
        self.scheduler.bind(manners or {address: Manner(address) for address in range(1, 10)}, 0.0)
        if connected:
            self.scheduler.connected(0.0)

    def say(self, address: int, payload: Payload, now: float, *, again: bool = False) -> None:
        number = int.from_bytes(bytes(payload.value), "big") / 10 if isinstance(payload, DPTArray) else None
        self.scheduler.offer(address, payload, number, now, again=again)

    def heard(self, now: float) -> list[tuple[int, Payload | None]]:
        """All that goes at this very moment."""
        telegrams: list[tuple[int, Payload | None]] = []
        while (telegram := self.scheduler.take(now)) is not None:
            self.scheduler.confirmed(now)
            telegrams.append((telegram.address, telegram.payload))
        return telegrams

    def heard_until(self, end: float, now: float = 0.0) -> list[tuple[float, int, Payload | None]]:
        """(time, address, payload) of all that goes, woken whenever the scheduler wants to be."""
        telegrams: list[tuple[float, int, Payload | None]] = []
        while True:
            telegrams += [(now, *telegram) for telegram in self.heard(now)]
            following = self.scheduler.next_at(now)
            if following is None or following > end:
                return telegrams
            assert following > now
            now = following


@dataclass(frozen=True, slots=True)
class Said:
    """One telegram of the bridge."""

    taken_s: float
    """When the scheduler gave it."""
    heard_s: float
    """When it was confirmed, or given up."""
    telegram: Outgoing
    confirmed: bool = True

    @property
    def address(self) -> int:
        return self.telegram.address

    @property
    def written(self) -> bool:
        """It was a GroupValueWrite that arrived."""
        return self.confirmed and self.telegram.service is Service.WRITE


class TimedLine:
    """A line on which each telegram takes a while; what happens to the bridge is planned by `at`."""

    def __init__(
        self,
        manners: Mapping[int, Manner],
        *,
        rate: float = 10.0,
        flight_s: float | Callable[[float], float] = 0.025,
        quiet_until_s: float = -inf,
    ) -> None:
        """`flight_s` of a telegram, or a function of the time at which it begins."""
        self.scheduler = Scheduler(rate, quiet_until_s=quiet_until_s)
        self.scheduler.bind(manners, 0.0)
        self.scheduler.connected(0.0)
        self.said: list[Said] = []
        self.now = 0.0
        self.confirms: Callable[[Outgoing], bool] = lambda _telegram: True
        self._flight_s = flight_s if callable(flight_s) else lambda _now: flight_s
        self._deeds: list[tuple[float, int, Callable[[], None]]] = []
        self._planned = 0
        self._flight: tuple[float, Outgoing] | None = None
        self._lands_at = inf

    def at(self, at_s: float, deed: Callable[[], None]) -> None:
        """Do this then, in the order of planning."""
        self._planned += 1
        heapq.heappush(self._deeds, (at_s, self._planned, deed))

    def others_take(self, load: float, since_s: float, until_s: float) -> None:
        """Other devices use this part of the line meanwhile; the bridge hears them."""
        for tick in range(int((until_s - since_s) / _TICK_S)):
            self.at(since_s + tick * _TICK_S, lambda: self.scheduler.heard(load * _TICK_S, self.now))

    def run(self, until_s: float) -> None:
        """Live until then."""
        while (at_s := self._next()) <= until_s:
            self.now = max(self.now, at_s)
            if self._lands_at <= self.now:
                self._land()
            while self._deeds and self._deeds[0][0] <= self.now:
                heapq.heappop(self._deeds)[2]()
            self._fly()
        self.now = until_s

    def writes(self, address: int, since_s: float = -inf) -> list[Said]:
        """What arrived there, offered at or after `since_s`."""
        return [said for said in self.said if said.address == address and said.written and said.heard_s >= since_s]

    def _next(self) -> float:
        planned = self._deeds[0][0] if self._deeds else inf
        if self._flight is not None:
            return min(planned, self._lands_at)
        following = self.scheduler.next_at(self.now)
        return min(planned, inf if following is None else following)

    def _land(self) -> None:
        assert self._flight is not None
        taken_s, telegram = self._flight
        confirmed = self.confirms(telegram)
        self._flight, self._lands_at = None, inf
        self.said.append(Said(taken_s, self.now, telegram, confirmed))
        if confirmed:
            self.scheduler.confirmed(self.now)
        else:
            self.scheduler.failed(self.now, cost=4)

    def _fly(self) -> None:
        if self._flight is None and (telegram := self.scheduler.take(self.now)) is not None:
            self._flight, self._lands_at = (self.now, telegram), self.now + self._flight_s(self.now)
