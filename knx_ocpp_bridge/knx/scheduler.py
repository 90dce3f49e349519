"""When which group address is told what: pace, order, newest value wins, silence without news. Pure, takes `now_s`.

One telegram is in flight at a time: `take` gives it, `confirmed` or `failed` ends it. All times are seconds of one
monotonic clock. Nothing here knows values of the core: a payload is compared, never read.
"""

import heapq
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import Final

from knx_ocpp_bridge.knx.datapoints import Payload
from knx_ocpp_bridge.knx.pace import Pace
from knx_ocpp_bridge.knx.telegrams import Service

LONG_LOSS_S: Final = 5.0
"""After a longer loss of the bus nobody knows what the building has heard: everything is told again."""
SPREAD_S: Final = 0.1
RETRY_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
STARVED_S: Final = 5.0
"""A lane whose first has waited for longer gets every fourth telegram, whatever goes before it."""
_PATIENCE: Final = 3
_SPARE_TIMERS: Final = 64
"""Outdated timers that may lie on the heap before it is swept."""


class Lane(IntEnum):
    """What waits, in the order of going. The lanes of measurements share half of the pace."""

    FEEDBACK = 0
    """The answer to a command, and objects that can be commanded."""
    ANSWER = 1
    """GroupValueResponse."""
    STATUS = 2
    READ = 3
    """GroupValueRead of something that the building knows."""
    MEASUREMENT = 4
    RECOVERY = 5
    """Known states after a start or a long loss, spread out."""
    RECOVERY_MEASUREMENT = 6
    CYCLIC = 7
    CYCLIC_MEASUREMENT = 8


_MEASURING: Final = frozenset({Lane.MEASUREMENT, Lane.RECOVERY_MEASUREMENT, Lane.CYCLIC_MEASUREMENT})
_SPREAD: Final = frozenset({Lane.READ, Lane.RECOVERY, Lane.RECOVERY_MEASUREMENT})


@dataclass(frozen=True, slots=True)
class Manner:
    """How one group address is served."""

    owner: Hashable
    """The object that speaks here; another owner has another past."""
    lane: Lane = Lane.STATUS
    """FEEDBACK, STATUS or MEASUREMENT."""
    min_change: float = 0.0
    """Deadband in the unit of the number offered; 0: none."""
    min_interval_s: float = 0.0
    cyclic_s: float = 0.0
    """0: never."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The telegram to send now."""

    address: int
    service: Service
    payload: Payload | None
    """None: a read carries nothing."""
    repeated: bool = False
    """The same address has failed just before."""


@dataclass(slots=True)
class _Slot:
    """The life of one group address from its first value to its withdrawal."""

    manner: Manner
    payload: Payload
    number: float | None
    said: Payload | None = None
    """What the building is known to have heard."""
    said_number: float | None = None
    said_at: float = -inf
    again: bool = False
    recover: bool = False
    failures: int = 0
    retry_at: float = -inf
    lane: Lane | None = None
    timer_at: float | None = None

    def is_news(self) -> bool:
        if self.again or self.said is None:
            return True
        if self.payload == self.said:
            return False
        if not self.manner.min_change or self.number is None or self.said_number is None:
            return True
        if self.number == 0 or self.said_number == 0:
            return True
        return abs(self.number - self.said_number) > self.manner.min_change * (1 + 1e-9)

    def due(self) -> tuple[Lane, float] | None:
        """Where it belongs and from when on; None: there is nothing to say."""
        measures = self.manner.lane is Lane.MEASUREMENT
        if self.recover:
            return (Lane.RECOVERY_MEASUREMENT if measures else Lane.RECOVERY), self.retry_at
        if self.again:
            return Lane.FEEDBACK, self.retry_at
        if self.is_news():
            return self.manner.lane, max(self.retry_at, self.said_at + self.manner.min_interval_s)
        if self.manner.cyclic_s:
            lane = Lane.CYCLIC_MEASUREMENT if measures else Lane.CYCLIC
            return lane, max(self.retry_at, self.said_at + self.manner.cyclic_s)
        return None

    def due_lane(self, now_s: float) -> Lane | None:
        """The lane to stand in now; None: not now."""
        due = self.due()
        return due[0] if due is not None and due[1] <= now_s else None


@dataclass(slots=True)
class _Flight:
    outgoing: Outgoing
    slot: _Slot | None = None
    """None: a read."""
    number: float | None = None
    again: bool = False
    """`again` was asked for once more while this was under way."""


class Scheduler:
    """Never above the pace; the last value always arrives, except inside its deadband; no one waits for ever."""

    def __init__(self, rate: float, burst: int = 20) -> None:
        """`rate` in telegrams per second; in any time T at most `burst + rate * T` telegrams are given."""
        self._pace = Pace(rate, burst)
        self._half = Pace(rate / 2, burst / 2)
        self._spread_s = max(SPREAD_S, 1 / rate)
        self._spread_at = -inf
        self._manners: dict[int, Manner] = {}
        self._slots: dict[int, _Slot] = {}
        self._lanes: dict[Lane, dict[int, float]] = {lane: {} for lane in Lane}
        self._timers: list[tuple[float, int]] = []
        self._flight: _Flight | None = None
        self._connected = False
        self._lost_at = -inf
        self._patience = _PATIENCE

    @property
    def waiting(self) -> int:
        """How many telegrams would go at once if the pace allowed it."""
        return sum(map(len, self._lanes.values()))

    def bind(self, manners: Mapping[int, Manner], now_s: float) -> None:
        """From now on these group addresses are served; what stays with its owner keeps its past."""
        self._manners = dict(manners)
        for address, slot in list(self._slots.items()):
            manner = self._manners.get(address)
            if manner is None or manner.owner != slot.manner.owner:
                self.withdraw(address)
            else:
                slot.manner = manner
                self._settle(address, slot, now_s)

    def offer(self, address: int, payload: Payload, number: float | None, now_s: float, *, again: bool = False) -> None:
        """The value of this address is now `payload`; it goes out if it is news, or if `again`."""
        slot = self._slots.get(address)
        if slot is None:
            slot = self._slots[address] = _Slot(self._manners[address], payload, number)
        elif payload != slot.payload and slot.manner.lane is not Lane.MEASUREMENT:
            slot.recover = False
            self._slots[address] = self._slots.pop(address)  # after a loss it is told in this order
        slot.payload, slot.number = payload, number
        if again:
            slot.again, slot.recover = True, False
            if self._flight is not None and self._flight.slot is slot:
                self._flight.again = True
        self._settle(address, slot, now_s)

    def withdraw(self, address: int) -> None:
        """The value is unknown: what waits is dropped, reads get no answer, the next value is news."""
        slot = self._slots.pop(address, None)
        if slot is not None and slot.lane is not None:
            del self._lanes[slot.lane][address]
        self._lanes[Lane.ANSWER].pop(address, None)

    def asked(self, address: int, now_s: float) -> None:
        """A GroupValueRead was heard: one answer is due if the value is known."""
        flight = self._flight
        answering = flight is not None and flight.outgoing == Outgoing(
            address, Service.RESPONSE, flight.outgoing.payload
        )
        if self._connected and address in self._slots and not answering:
            self._lanes[Lane.ANSWER].setdefault(address, now_s)

    def ask(self, address: int, now_s: float) -> None:
        """Send a GroupValueRead on this address, spread out and behind states; it is lost with the bus, not repeated.

        Nothing while there is no bus; one that waits already is not asked twice.
        """
        if self._connected:
            self._lanes[Lane.READ].setdefault(address, now_s)

    def connected(self, now_s: float) -> None:
        """The bus is back: everything known is due after a long loss, else what was not confirmed."""
        self._connected = True
        long = now_s - self._lost_at > LONG_LOSS_S
        for address, slot in self._slots.items():
            slot.failures, slot.retry_at = 0, -inf
            if long:
                slot.said, slot.again, slot.recover = None, False, True
            self._settle(address, slot, now_s)

    def disconnected(self, now_s: float, since_s: float) -> None:
        """The bus is away, and may have been since `since_s`: nothing goes, only newest values are kept."""
        if self._flight is not None:
            self.failed(now_s)
        if self._connected:
            self._lost_at = since_s
        self._connected = False
        for lane in self._lanes.values():
            lane.clear()
        self._timers.clear()
        for slot in self._slots.values():
            slot.lane = slot.timer_at = None

    def take(self, now_s: float) -> Outgoing | None:
        """The next telegram, if one may go now. It is in flight until `confirmed` or `failed`."""
        if not self._connected or self._flight is not None:
            return None
        self._ring(now_s)
        while (lane := self._choose(now_s)) is not None:
            address = next(iter(self._lanes[lane]))
            del self._lanes[lane][address]
            if lane is not Lane.READ and lane is not Lane.ANSWER and not self._is_due(address, lane, now_s):
                continue
            self._pay(lane, now_s)
            self._flight = self._flying(address, lane)
            return self._flight.outgoing
        return None

    def _is_due(self, address: int, lane: Lane, now_s: float) -> bool:
        """Whether what has waited there is still to be said."""
        slot = self._slots[address]
        slot.lane = None
        if slot.due_lane(now_s) is lane:
            return True
        self._settle(address, slot, now_s)  # it was news once, and went back to what was said
        return False

    def _flying(self, address: int, lane: Lane) -> _Flight:
        if lane is Lane.READ:
            return _Flight(Outgoing(address, Service.READ, None))
        slot = self._slots[address]
        service = Service.RESPONSE if lane is Lane.ANSWER else Service.WRITE
        repeated = service is Service.WRITE and slot.failures > 0
        return _Flight(Outgoing(address, service, slot.payload, repeated), slot, slot.number)

    def confirmed(self, now_s: float) -> None:
        """The telegram in flight is on the bus."""
        flight, address, slot = self._landed()
        if slot is None:
            return
        if flight.outgoing.service is Service.WRITE:
            slot.said, slot.said_number, slot.said_at = flight.outgoing.payload, flight.number, now_s
            slot.again, slot.recover = flight.again, False
            slot.failures, slot.retry_at = 0, -inf
        self._settle(address, slot, now_s)

    def failed(self, now_s: float) -> None:
        """The telegram in flight did not arrive: the newest value goes later, an answer is given up."""
        flight, address, slot = self._landed()
        if slot is None:
            return
        if flight.outgoing.service is Service.WRITE:
            slot.retry_at = now_s + RETRY_S[min(slot.failures, len(RETRY_S) - 1)]
            slot.failures += 1
        self._settle(address, slot, now_s)

    def next_at(self, now_s: float) -> float | None:
        """When `take` has something, as far as is known now; None: not before the next call of another method."""
        if not self._connected or self._flight is not None:
            return None
        moments = [self._open_at(lane, now_s) for lane, queue in self._lanes.items() if queue]
        while self._timers and not self._is_set(*self._timers[0]):
            heapq.heappop(self._timers)
        if self._timers:
            moments.append(self._timers[0][0])
        return max(now_s, min(moments)) if moments else None

    def _settle(self, address: int, slot: _Slot, now_s: float) -> None:
        """Put the address where it belongs: into a lane, on the clock, or nowhere.

        Who waits keeps his place, even if his value goes back and forth meanwhile: else he might wait for ever.
        """
        if not self._connected or (self._flight is not None and self._flight.slot is slot):
            return
        lane = slot.due_lane(now_s)
        if lane is None and slot.lane is not None:
            return
        if slot.lane is not None and slot.lane is not lane:
            del self._lanes[slot.lane][address]
        if lane is not None:
            self._lanes[lane].setdefault(address, now_s)
        slot.lane = lane
        due = slot.due()
        self._set_timer(address, slot, due[1] if due is not None and lane is None else None)

    def _set_timer(self, address: int, slot: _Slot, at_s: float | None) -> None:
        if at_s == slot.timer_at:
            return
        slot.timer_at = at_s
        if at_s is None:
            return
        heapq.heappush(self._timers, (at_s, address))
        if len(self._timers) > 2 * len(self._slots) + _SPARE_TIMERS:
            self._timers = [(slot.timer_at, a) for a, slot in self._slots.items() if slot.timer_at is not None]
            heapq.heapify(self._timers)

    def _ring(self, now_s: float) -> None:
        while self._timers and self._timers[0][0] <= now_s:
            at, address = heapq.heappop(self._timers)
            if self._is_set(at, address):
                self._settle(address, self._slots[address], now_s)

    def _is_set(self, at: float, address: int) -> bool:
        slot = self._slots.get(address)
        return slot is not None and slot.timer_at == at

    def _choose(self, now_s: float) -> Lane | None:
        """The first lane that may go; but a head that has waited too long gets its turn now and then."""
        ready = [lane for lane, queue in self._lanes.items() if queue and self._open_at(lane, now_s) <= now_s]
        if not ready:
            return None
        first, *others = ready
        starving = [lane for lane in others if now_s - self._head_since(lane) > STARVED_S]
        if not starving:
            return first
        if self._patience > 0:
            self._patience -= 1
            return first
        self._patience = _PATIENCE
        return min(starving, key=self._head_since)

    def _head_since(self, lane: Lane) -> float:
        return next(iter(self._lanes[lane].values()))

    def _open_at(self, lane: Lane, now_s: float) -> float:
        """When the pace lets this lane go."""
        at = self._pace.next_at(now_s)
        if lane in _MEASURING:
            at = max(at, self._half.next_at(now_s))
        return max(at, self._spread_at) if lane in _SPREAD else at

    def _pay(self, lane: Lane, now_s: float) -> None:
        self._pace.spend(now_s)
        if lane in _MEASURING:
            self._half.spend(now_s)
        if lane in _SPREAD:
            self._spread_at = now_s + self._spread_s

    def _landed(self) -> tuple[_Flight, int, _Slot | None]:
        """End the flight; its slot is None if the value was withdrawn meanwhile."""
        flight = self._flight
        if flight is None:
            raise RuntimeError("no telegram is in flight")
        self._flight = None
        address = flight.outgoing.address
        return flight, address, flight.slot if self._slots.get(address) is flight.slot else None
