"""What one group address has to say, and since when it may. Pure."""

from collections.abc import Hashable
from dataclasses import dataclass
from math import inf
from typing import Final

from knx_ocpp_bridge.knx.datapoints import Payload
from knx_ocpp_bridge.knx.sending.lanes import Lane

RETRY_S: Final[tuple[float, ...]] = (1.0, 2.0, 5.0, 10.0, 30.0)
REFUSED_RETRY_S: Final[tuple[float, ...]] = (1.0, 10.0, 60.0, 300.0, 1800.0, 3600.0)
"""Where nobody acknowledges, an installer has to link something first; a read there shows that he has."""
GIVEN_UP: Final = 2
"""After so many refusals in a row an address waits behind everything else."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How one group address is served."""

    owner: Hashable
    """The object that speaks here; another owner has another past."""
    lane: Lane = Lane.STATUS
    """STATUS or MEASUREMENT: where its news waits while no command concerns it."""
    min_change: float = 0.0
    """Deadband in the unit of the number offered; 0: none."""
    min_interval_s: float = 0.0
    """Between two telegrams; what answers a command does not wait for it."""
    cyclic_s: float = 0.0
    """0: never."""
    answers: bool = False
    """What is said again here answers a command."""
    passing: bool = False
    """What is said here is of the moment: after a loss of the bus it is not told again."""


@dataclass(slots=True)
class Mark:
    """A command concerns this address: what it says next is its answer."""

    until_s: float = inf
    left: int = 0
    """Telegrams that still go before other states, lest an object that changes all the time goes on so."""
    firsts: int = 0
    """So many of them go before everything else; the rest with those of central commands."""

    def lane(self) -> Lane:
        """Where the answer waits."""
        return Lane.FEEDBACK if self.firsts else Lane.CENTRAL

    def said(self) -> None:
        """One of them has arrived."""
        self.left -= 1
        self.firsts = max(0, self.firsts - 1)


@dataclass(slots=True)
class Slot:
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
    refusals: int = 0
    """So often in a row nobody acknowledged it on the line: the address is linked to nothing, or the bus unplugged."""
    retry_at: float = -inf
    lane: Lane | None = None
    timer_at: float | None = None

    def is_news(self) -> bool:
        """Whether the building should hear the present value."""
        if self.again or self.said is None:
            return True
        if self.payload == self.said:
            return False
        if not self.manner.min_change or self.number is None or self.said_number is None:
            return True
        if self.number == 0 or self.said_number == 0:
            return True
        return abs(self.number - self.said_number) > self.manner.min_change * (1 + 1e-9)

    def failed(self, now_s: float, *, refused: bool) -> None:
        """It did not arrive, and is tried again later: more seldom where nobody on the line acknowledged it."""
        if refused:
            waits_s, before = REFUSED_RETRY_S, self.refusals
            self.refusals += 1
        else:
            waits_s, before, self.refusals = RETRY_S, self.failures, 0
        self.failures += 1
        self.retry_at = now_s + waits_s[min(before, len(waits_s) - 1)]

    def due(self, mark: Mark | None) -> tuple[Lane, float] | None:
        """Where it belongs and from when on; None: there is nothing to say."""
        found = self._due(mark)
        if found is None or mark is not None or self.refusals < GIVEN_UP:
            return found
        return Lane.RETRY, found[1]

    def _due(self, mark: Mark | None) -> tuple[Lane, float] | None:
        manner, measures = self.manner, self.manner.lane is Lane.MEASUREMENT
        if self.recover:
            return (Lane.RECOVERY_MEASUREMENT if measures else Lane.RECOVERY), self.retry_at
        if self.is_news():
            if mark is not None:
                return mark.lane(), self.retry_at
            return manner.lane, self.retry_at if self.again else max(
                self.retry_at, self.said_at + manner.min_interval_s
            )
        if manner.cyclic_s:
            lane = Lane.CYCLIC_MEASUREMENT if measures else Lane.CYCLIC
            return lane, max(self.retry_at, self.said_at + max(manner.cyclic_s, manner.min_interval_s))
        return None
