"""A KNX line driven by hand, second by second."""

from collections.abc import Mapping

from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.knx.scheduler import Scheduler
from knx_ocpp_bridge.knx.slot import Manner

Payload = DPTArray | DPTBinary


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
