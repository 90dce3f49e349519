"""Points of curves wait in memory for a COMMIT: a power cut may take the last quarter of an hour of a curve.

Nobody waits for them. They go to the disk with the next record of their transaction or the next note of their charger's
meter, which is due as often, else after 15 minutes: a COMMIT of their own would cost the SD card as much again.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.facts import Fact, MeterNoted, TransactionRecorded
from knx_ocpp_bridge.core.step import Level, Note, Sampled
from knx_ocpp_bridge.core.values import ChargerId, TransactionId
from knx_ocpp_bridge.store import points
from knx_ocpp_bridge.store.cells import Statement
from knx_ocpp_bridge.store.points import Point, has_a_place

WAIT_FOR_S: Final = 900.0
MOST_WAITING: Final = 20_000
"""Points in memory, those on their way to the disk included: a quarter of an hour of 1300 connectors."""
LOST: Final = Note(
    Level.WARNING, None, "the oldest points of curves are let go: more come in than the disk takes", "curve"
)
_MINUTE_S: Final = 60

_Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class _Waiting:
    charger: ChargerId
    transaction: TransactionId
    point: Point

    @property
    def key(self) -> _Key:
        return self.charger.casefold(), self.transaction, self.point.at_s // _MINUTE_S

    def statement(self) -> Statement:
        return points.putting(self.charger, self.transaction, self.point)


class Points:
    """The points that are not on disk yet, one per transaction and minute, never more than 20,000."""

    def __init__(self) -> None:
        self._waiting: dict[_Key, _Waiting] = {}
        self._on_their_way: deque[tuple[tuple[Statement, ...], tuple[_Waiting, ...]]] = deque()
        self._losing = False

    def __len__(self) -> int:
        """How many are in memory."""
        return len(self._waiting) + sum(len(points) for _, points in self._on_their_way)

    def add(self, charger: ChargerId, sampled: Sampled) -> bool:
        """The point waits, in place of an earlier one of its minute; one of before 1970 or after 2242 is none.

        Returns:
            Whether an old point was let go to make room, and none had to be since all were taken the last time.
        """
        power_w = None if sampled.power_w is None else round(sampled.power_w)
        point = Point(int(sampled.at.timestamp()), sampled.energy_wh, power_w, sampled.current_a)
        if not has_a_place(point.at_s):
            return False
        waiting = _Waiting(charger, sampled.transaction, point)
        self._waiting[waiting.key] = waiting
        if len(self) <= MOST_WAITING:
            return False
        del self._waiting[next(iter(self._waiting))]
        first = not self._losing
        self._losing = True
        return first

    @property
    def waiting(self) -> bool:
        """Some are not on their way yet."""
        return bool(self._waiting)

    def take(self) -> tuple[Statement, ...]:
        """All that wait, to be written now."""
        self._losing = False
        return self._send(tuple(self._waiting))

    def take_with(self, charger: ChargerId, facts: Iterable[Fact]) -> tuple[Statement, ...]:
        """Those of the transactions that these facts record, or, with a note of its meter, all of this charger's."""
        recorded = {fact.transaction.id for fact in facts if isinstance(fact, TransactionRecorded)}
        noted = any(isinstance(fact, MeterNoted) for fact in facts)
        if not (recorded or noted) or not self._waiting:
            return ()
        folded = charger.casefold()
        return self._send(tuple(key for key in self._waiting if key[0] == folded and (noted or key[1] in recorded)))

    def written(self, statements: tuple[Statement, ...]) -> None:
        """These need not be kept in memory any more."""
        if any(sent is statements for sent, _ in self._on_their_way):
            while self._on_their_way.popleft()[0] is not statements:
                pass

    def of(self, charger: str, transaction: int) -> list[Point]:
        """What is known of this curve and is not on disk yet, in order."""
        folded = charger.casefold()
        known = (*(one for _, sent in self._on_their_way for one in sent), *self._waiting.values())
        return [one.point for one in known if one.key[:2] == (folded, transaction)]

    def _send(self, keys: tuple[_Key, ...]) -> tuple[Statement, ...]:
        sent = tuple(self._waiting.pop(key) for key in keys)
        statements = tuple(one.statement() for one in sent)
        if statements:
            self._on_their_way.append((statements, sent))
        return statements
