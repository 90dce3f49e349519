"""When which group address is told what: pace, order, newest value wins, silence without news. Pure, takes `now_s`.

One telegram is in flight at a time: `take` gives it, `confirmed` or `failed` ends it. All times are seconds of one
monotonic clock. Nothing here knows values of the core: a payload is compared, never read.
"""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Final

from knx_ocpp_bridge.knx.datapoints import Payload
from knx_ocpp_bridge.knx.monitor.telegrams import Service
from knx_ocpp_bridge.knx.sending.lanes import Lane, Lanes
from knx_ocpp_bridge.knx.sending.room import TELEGRAM_S
from knx_ocpp_bridge.knx.sending.slot import Manner, Mark, Slot

LONG_LOSS_S: Final = 5.0
"""After a longer loss of the bus nobody knows what the building has heard: everything is told again."""
MARKED_S: Final = 60.0
"""For so long after a command an answer is expected; a charger has 30 s to answer and to obey."""
_AHEAD: Final = 2
"""Telegrams of an address that a command sends ahead: the answer, and a change that happened to come before it."""
_MOST_AHEAD: Final = 6
_MOST_UNMARKED: Final = 3
"""So many answers whose command was not heard here go first; more of them at once belong to a central command."""
_MOST_ORDERS: Final = 64
_SPARE_TIMERS: Final = 64
"""Outdated timers that may lie on the heap before it is swept."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The telegram to send now."""

    address: int
    service: Service
    payload: Payload | None
    """None: a read carries nothing."""


@dataclass(slots=True)
class _Flight:
    outgoing: Outgoing
    lane: Lane
    sent_at: float
    slot: Slot | None = None
    """None: a read, or an order."""
    number: float | None = None
    mark: Mark | None = None
    """The command that this telegram may answer."""
    again: bool = False
    """`again` was asked for once more while this was under way."""


class Scheduler:
    """Never above the pace; the last value always arrives, except inside its deadband; no one waits for ever."""

    def __init__(self, rate: float, burst: int = 20, quiet_until_s: float = -inf) -> None:
        """`rate` in telegrams per second; in any time T at most `burst + rate * T` telegrams are given.

        Before `quiet_until_s` commands and reads are answered, and nothing else is said.
        """
        self._lanes = Lanes(rate, burst, quiet_until_s)
        self._manners: dict[int, Manner] = {}
        self._slots: dict[int, Slot] = {}
        self._marks: dict[int, Mark] = {}
        self._orders: dict[int, Payload | None] = {}
        self._timers: list[tuple[float, int]] = []
        self._flight: _Flight | None = None
        self._connected = False
        self._lost_at = -inf

    @property
    def waiting(self) -> int:
        """How many telegrams would go at once if the pace allowed it."""
        return len(self._lanes)

    def bind(self, manners: Mapping[int, Manner], now_s: float) -> None:
        """From now on these group addresses are served; what stays with its owner keeps its past."""
        self._manners = dict(manners)
        for address in [address for address in self._marks if address not in manners]:
            del self._marks[address]
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
            slot = self._slots[address] = Slot(self._manners[address], payload, number)
        elif payload != slot.payload and slot.manner.lane is not Lane.MEASUREMENT:
            slot.recover = False
            self._slots[address] = self._slots.pop(address)  # after a loss it is told in this order
        slot.payload, slot.number = payload, number
        if again:
            self._say_again(address, slot, now_s)
        self._settle(address, slot, now_s)

    def expect(self, address: int, now_s: float, *, first: bool) -> None:
        """A command concerns this address: its next changes, in a minute at most, go before other states.

        `first`: the next ones go before everything else, as one switch waits for it.
        """
        if address not in self._manners:
            return
        mark = self._mark(address, now_s)
        if mark is None:
            mark = self._marks[address] = Mark()
        mark.until_s, mark.left = now_s + MARKED_S, min(mark.left + _AHEAD, _MOST_AHEAD)
        if first:
            self._lanes.hold(now_s)
            mark.firsts = min(mark.firsts + _AHEAD, _MOST_AHEAD)
        slot = self._slots.get(address)
        if slot is not None and slot.retry_at > now_s:
            slot.retry_at = now_s
            self._settle(address, slot, now_s)

    def withdraw(self, address: int) -> None:
        """The value is unknown: what waits is dropped, reads get no answer, the next value is news."""
        slot = self._slots.pop(address, None)
        if slot is not None and slot.lane is not None:
            self._lanes.leave(slot.lane, address)
        self._lanes.leave(Lane.ANSWER, address)

    def asked(self, address: int, now_s: float) -> None:
        """A GroupValueRead was heard: one answer is due if the value is known, however many have asked meanwhile."""
        said = self._flight.outgoing if self._flight is not None else None
        answering = said is not None and said.service is Service.RESPONSE and said.address == address
        if self._connected and address in self._slots and not answering:
            self._lanes.enter(Lane.ANSWER, address, now_s)
            self._somebody_is_there(address, now_s)

    def ask(self, address: int, now_s: float) -> None:
        """Send a GroupValueRead on this address, spread out and behind states; it is lost with the bus, not repeated.

        Nothing while there is no bus; one that waits already is not asked twice.
        """
        if self._connected:
            self._lanes.enter(Lane.READ, address, now_s)

    def order(self, address: int, payload: Payload | None, now_s: float) -> bool:
        """Send this by hand, on any address, soon and once: a GroupValueWrite, or a GroupValueRead (None).

        False: there is no bus, or too many of them wait; the newest on an address replaces one that waits.
        """
        if not self._connected or (address not in self._orders and len(self._orders) >= _MOST_ORDERS):
            return False
        self._orders[address] = payload
        self._lanes.enter(Lane.ORDER, address, now_s)
        return True

    def connected(self, now_s: float) -> None:
        """The bus is back: everything known is due after a long loss, else what was not confirmed."""
        self._connected = True
        long = now_s - self._lost_at > LONG_LOSS_S
        for address, slot in self._slots.items():
            slot.failures, slot.retry_at = 0, -inf
            if long and not (slot.manner.passing and slot.said == slot.payload):
                slot.said, slot.again, slot.recover = None, False, True
            self._settle(address, slot, now_s)

    def disconnected(self, now_s: float, since_s: float) -> None:
        """The bus is away, and may have been since `since_s`: nothing goes, only newest values are kept."""
        if self._flight is not None:
            self.failed(now_s)
        if self._connected:
            self._lost_at = since_s
        self._connected = False
        self._lanes.clear()
        self._orders.clear()
        self._timers.clear()
        for slot in self._slots.values():
            slot.lane = slot.timer_at = None

    def take(self, now_s: float) -> Outgoing | None:
        """The next telegram, if one may go now. It is in flight until `confirmed` or `failed`."""
        if not self._connected or self._flight is not None:
            return None
        self._ring(now_s)
        while (turn := self._lanes.turn(now_s)) is not None and turn.at_s <= now_s:
            address = self._lanes.first(turn.lane)
            flight = self._flying(address, turn.lane, now_s)
            if flight is not None:
                self._lanes.pay(turn, now_s)
                self._flight = flight
                return flight.outgoing
        return None

    def heard(self, line_s: float, now_s: float) -> None:
        """A telegram of somebody else took the line for so long: what nobody waits for leaves room for others."""
        self._lanes.heard(line_s, now_s)

    def confirmed(self, now_s: float, line_s: float = TELEGRAM_S) -> None:
        """The telegram in flight is on the bus, and took the line for so long."""
        flight, address, slot = self._landed(now_s, line_s)
        if slot is None:
            return
        if flight.outgoing.service is Service.WRITE:
            slot.said, slot.said_number, slot.said_at = flight.outgoing.payload, flight.number, now_s
            slot.again, slot.recover = flight.again, False
            slot.failures, slot.refusals, slot.retry_at = 0, 0, -inf
            if flight.mark is not None:
                flight.mark.said()
        self._settle(address, slot, now_s)

    def failed(self, now_s: float, cost: float = 1.0) -> None:
        """The telegram in flight did not arrive: the newest value goes later, an answer is given up.

        `cost`: what the line has carried of it all the same, in telegrams.
        """
        flight, address, slot = self._landed(now_s, cost * TELEGRAM_S)
        self._lanes.costs(now_s, cost)
        if slot is None:
            return
        if flight.outgoing.service is Service.WRITE:
            slot.failed(now_s, refused=cost > 1)
        self._settle(address, slot, now_s)

    def next_at(self, now_s: float) -> float | None:
        """When `take` has something, as far as is known now; None: not before the next call of another method."""
        if not self._connected or self._flight is not None:
            return None
        while self._timers and not self._is_set(*self._timers[0]):
            heapq.heappop(self._timers)
        moments = [self._timers[0][0]] if self._timers else []
        if (at_s := self._lanes.next_at(now_s)) is not None:
            moments.append(at_s)
        return max(now_s, min(moments)) if moments else None

    def _say_again(self, address: int, slot: Slot, now_s: float) -> None:
        slot.again, slot.recover = True, False
        if self._flight is not None and self._flight.slot is slot:
            self._flight.again = True
        if slot.manner.answers and self._mark(address, now_s) is None:
            self.expect(address, now_s, first=self._lanes.waiting(Lane.FEEDBACK) < _MOST_UNMARKED)

    def _somebody_is_there(self, address: int, now_s: float) -> None:
        slot = self._slots[address]
        if slot.refusals:
            slot.refusals, slot.retry_at = 0, -inf
            self._settle(address, slot, now_s)

    def _mark(self, address: int, now_s: float) -> Mark | None:
        mark = self._marks.get(address)
        if mark is None or (mark.left > 0 and mark.until_s > now_s):
            return mark
        del self._marks[address]
        return None

    def _flying(self, address: int, lane: Lane, now_s: float) -> _Flight | None:
        """The telegram of whoever has waited there; None: it has become needless meanwhile."""
        if lane is Lane.READ:
            return _Flight(Outgoing(address, Service.READ, None), lane, now_s)
        if lane is Lane.ORDER:
            payload = self._orders.pop(address)
            return _Flight(Outgoing(address, Service.READ if payload is None else Service.WRITE, payload), lane, now_s)
        slot = self._slots[address]
        if lane is Lane.ANSWER:
            return _Flight(Outgoing(address, Service.RESPONSE, slot.payload), lane, now_s, slot)
        slot.lane = None
        mark = self._mark(address, now_s)
        due = slot.due(mark)
        if due is None or due[1] > now_s:  # it was news once, and went back to what was said
            self._settle(address, slot, now_s)
            return None
        outgoing = Outgoing(address, Service.WRITE, slot.payload)
        return _Flight(outgoing, lane, now_s, slot, slot.number, mark)

    def _settle(self, address: int, slot: Slot, now_s: float) -> None:
        """Put the address where it belongs: into a lane, on the clock, or nowhere.

        Who waits keeps his place, even if his value goes back and forth meanwhile: else he might wait for ever. He
        leaves it only for a more urgent lane.
        """
        if not self._connected or (self._flight is not None and self._flight.slot is slot):
            return
        due = slot.due(self._mark(address, now_s))
        lane = due[0] if due is not None and due[1] <= now_s else None
        if slot.lane is not None:
            if lane is None or lane >= slot.lane:
                return
            self._lanes.leave(slot.lane, address)
        if lane is not None:
            self._lanes.enter(lane, address, now_s)
        slot.lane = lane
        self._set_timer(address, slot, due[1] if due is not None and lane is None else None)

    def _set_timer(self, address: int, slot: Slot, at_s: float | None) -> None:
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
                slot = self._slots[address]
                slot.timer_at = None
                self._settle(address, slot, now_s)

    def _is_set(self, at: float, address: int) -> bool:
        slot = self._slots.get(address)
        return slot is not None and slot.timer_at == at

    def _landed(self, now_s: float, line_s: float) -> tuple[_Flight, int, Slot | None]:
        """End the flight; its slot is None if the value was withdrawn meanwhile."""
        flight = self._flight
        if flight is None:
            raise RuntimeError("no telegram is in flight")
        self._flight = None
        self._lanes.landed(flight.lane, flight.sent_at, now_s, line_s)
        address = flight.outgoing.address
        return flight, address, flight.slot if self._slots.get(address) is flight.slot else None
