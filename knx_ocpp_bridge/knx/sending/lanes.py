"""Whose turn it is: lanes of waiting group addresses, one pace for all of them, and patience with whoever is passed by.

Each lane is a queue: who waits keeps his place. The more urgent lane goes first, but once the head of another has
waited for `STARVED_S` it gets every second telegram (beside answers every third, beside feedback every fourth), the
longest waiting first. So of four telegrams one at least is older than any that waits: beside n others it is sent within
`STARVED_S` + 4 * (n + 6) / rate, whatever comes in meanwhile, on a line that carries the rate.

What nobody waits for leaves room for others: where they fill the line it goes once in 1 / `FLOOR` s, and every second
time it is the longest waiting of it. So beside n others it is sent within `STARVED_S` + (n + 6) * (2 / `FLOOR` + 12 /
rate), whatever comes in meanwhile.
"""

from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import Final

from knx_ocpp_bridge.knx.sending.pace import Pace
from knx_ocpp_bridge.knx.sending.room import TELEGRAM_S, Room

SPREAD_S: Final = 0.1
STARVED_S: Final = 5.0
"""A lane whose first has waited for longer gets its turn now and then, whatever goes before it."""
RESERVED: Final = 5
"""Telegrams of the burst that only feedback may use: an LED never waits for the pace behind a flood of states."""
ON_TIME_S: Final = 0.05
"""A free TP line carries any telegram of ours and confirms it within this."""
_MOST_LATE_S: Final = 1.0
HELD_S: Final = 0.3
"""On a busy line nothing else begins for so long after a command: its answer is about to come."""
_BETWEEN_HOLDS_S: Final = 1.0


class Lane(IntEnum):
    """What waits, the most urgent first."""

    FEEDBACK = 0
    """What answers a command for few targets."""
    ORDER = 1
    """What a person sends by hand."""
    CENTRAL = 2
    """What answers a command for many targets, and what follows from a command."""
    ANSWER = 3
    """GroupValueResponse; takes turns with states."""
    STATUS = 4
    READ = 5
    """GroupValueRead of what the building knows, spread out."""
    MEASUREMENT = 6
    RECOVERY = 7
    """Known states after a start or a long loss, spread out."""
    RECOVERY_MEASUREMENT = 8
    CYCLIC = 9
    CYCLIC_MEASUREMENT = 10
    RETRY = 11
    """What nobody has acknowledged twice: only while nothing else waits, as each costs the line four telegrams."""


_MEASURING: Final = frozenset({Lane.MEASUREMENT, Lane.RECOVERY_MEASUREMENT, Lane.CYCLIC_MEASUREMENT})
_SPREAD: Final = frozenset({Lane.READ, Lane.RECOVERY, Lane.RECOVERY_MEASUREMENT})
_WAITS_AT_START: Final = frozenset({Lane.STATUS, Lane.RECOVERY, Lane.CYCLIC}) | _MEASURING
_LEAVES_ROOM: Final = frozenset(lane for lane in Lane if lane > Lane.ANSWER)
"""What nobody waits for."""
FLOOR: Final = 1.0
"""So many telegrams a second of it all go on a line that is full without them."""
FLOOR_CENTRAL: Final = 2.0
"""And so many of CENTRAL, for which nobody waits at a single LED."""
_FLOORS: Final = {Lane.CENTRAL: FLOOR_CENTRAL} | dict.fromkeys(_LEAVES_ROOM, FLOOR)
"""Which lanes leave room for others; the rest is awaited by somebody."""
_OTHER: Final = {Lane.ANSWER: Lane.STATUS, Lane.STATUS: Lane.ANSWER}
_PATIENCE: Final = {lane: 3 if lane <= Lane.ANSWER else 1 for lane in Lane}
"""How often this lane may pass by another that starves."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The lane to go, and when the pace lets it."""

    lane: Lane
    at_s: float
    passes_by: bool
    """Another lane starves meanwhile."""


class Lanes:
    """In any time T at most `burst + rate * T` turns are paid for, measurements at most half of that."""

    def __init__(self, rate: float, burst: float, quiet_until_s: float) -> None:
        """`rate` in telegrams per second; before `quiet_until_s` no state and no measurement goes of its own accord."""
        self._queues: dict[Lane, dict[int, float]] = {lane: {} for lane in Lane}
        self._pace = Pace(rate, burst)
        self._half = Pace(rate / 2, burst / 2)
        self._spread_s = max(SPREAD_S, 1 / rate)
        self._spread_at = -inf
        self._quiet_until = quiet_until_s
        self._is_busy = False
        self._held_until = -inf
        self._room = Room()
        self._passed_by = {True: 0, False: 0}
        """Turns since one that starved had its own: of those that leave room, and of the others."""
        self._last: Lane = Lane.STATUS

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def waiting(self, lane: Lane) -> int:
        """How many wait in this lane."""
        return len(self._queues[lane])

    def enter(self, lane: Lane, address: int, now_s: float) -> None:
        """Wait there; who does so already keeps his place."""
        self._queues[lane].setdefault(address, now_s)

    def leave(self, lane: Lane, address: int) -> None:
        """Wait there no more, if at all."""
        self._queues[lane].pop(address, None)

    def clear(self) -> None:
        """Nobody waits any more."""
        for queue in self._queues.values():
            queue.clear()

    def first(self, lane: Lane) -> int:
        """Take out whoever has waited there longest."""
        queue = self._queues[lane]
        address = next(iter(queue))
        del queue[address]
        return address

    def turn(self, now_s: float) -> Turn | None:
        """Whose turn it is; None: nobody's, or only later."""
        open_ = [lane for lane, queue in self._queues.items() if queue and self._opens_at(lane) <= now_s]
        if not open_:
            return None
        first = self._most_urgent(open_)
        starving = [lane for lane in open_ if lane not in {first, Lane.RETRY} and now_s - self._since(lane) > STARVED_S]
        if starving and self._passed_by[first in _LEAVES_ROOM] >= _PATIENCE[first]:
            return Turn(min(starving, key=self._since), self._pace.next_at(now_s), passes_by=False)
        keep = 0 if first is Lane.FEEDBACK else RESERVED
        return Turn(first, self._pace.next_at(now_s, keep), passes_by=bool(starving))

    def next_at(self, now_s: float) -> float | None:
        """When there may be a turn; None: nobody waits."""
        turn = self.turn(now_s)
        if turn is not None:
            return turn.at_s
        return min((self._opens_at(lane) for lane, queue in self._queues.items() if queue), default=None)

    def pay(self, turn: Turn, now_s: float) -> None:
        """A telegram goes now."""
        leaves_room = turn.lane in _LEAVES_ROOM
        if turn.passes_by:
            self._passed_by[leaves_room] += 1
        else:
            self._passed_by |= {False: 0, leaves_room: 0}
        if turn.lane in _OTHER:
            self._last = turn.lane
        self._pace.spend(now_s)
        if turn.lane in _MEASURING:
            self._half.spend(now_s)
        if turn.lane in _SPREAD:
            self._spread_at = now_s + self._spread_s

    def heard(self, line_s: float, now_s: float) -> None:
        """A telegram of somebody else has taken the line for so long."""
        self._room.passed(line_s, now_s)

    def landed(self, lane: Lane, sent_s: float, now_s: float, line_s: float = TELEGRAM_S) -> None:
        """A telegram was under way, and took the line for `line_s`. If it was late the line is busy: no burst piles up
        meanwhile, and states leave the line alone for as long as this one had to wait, so that feedback finds it free.
        """
        late_s = min(now_s - sent_s - ON_TIME_S, _MOST_LATE_S)
        self._is_busy = late_s > 0
        if lane in _FLOORS:
            self._room.took(_FLOORS[lane], line_s, sent_s, now_s)
        else:
            self._room.passed(line_s, now_s)
        if late_s > 0:
            self._pace.lose(2 * late_s)
            self._half.lose(2 * late_s)

    def hold(self, now_s: float) -> None:
        """Feedback is about to come: keep a busy line free for it, for a moment."""
        if self._is_busy and now_s >= self._held_until + _BETWEEN_HOLDS_S:
            self._held_until = now_s + HELD_S

    def costs(self, now_s: float, telegrams: float) -> None:
        """The last telegram was so many on the line, and not one."""
        self._pace.spend(now_s, telegrams - 1)

    def _most_urgent(self, open_: list[Lane]) -> Lane:
        first = open_[0]
        other = _OTHER.get(first)
        return other if other is not None and first is self._last and other in open_ else first

    def _since(self, lane: Lane) -> float:
        return next(iter(self._queues[lane].values()))

    def _opens_at(self, lane: Lane) -> float:
        """From when on this lane may go at all, whatever the pace of all of them says."""
        if lane is Lane.FEEDBACK:
            return -inf
        at = max(self._held_until, self._quiet_until) if lane in _WAITS_AT_START else self._held_until
        if lane in _FLOORS:
            at = max(at, self._room.free_at(_FLOORS[lane]))
        if lane in _SPREAD:
            at = max(at, self._spread_at)
        return max(at, self._half.free_at) if lane in _MEASURING else at
