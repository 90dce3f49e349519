"""When points of curves are written: with facts of their charger, else after a quarter of an hour."""

from collections.abc import Callable, Iterable

from knx_ocpp_bridge.core.facts import Fact
from knx_ocpp_bridge.core.step import Sampled
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.store.cells import Statement
from knx_ocpp_bridge.store.curve import WAIT_FOR_S, Points
from knx_ocpp_bridge.store.later import Later
from knx_ocpp_bridge.store.points import Point


class Curves:
    """The points in memory and when they leave it. `write` is called with those that are due for their own sake."""

    def __init__(self, write: Callable[[tuple[Statement, ...]], None]) -> None:
        self._write = write
        self._points = Points()
        self._due = Later(WAIT_FOR_S, self.flush)
        self._running = False

    def begin(self) -> None:
        """From now on there is somebody who writes."""
        self._running = True
        if self._points.waiting:
            self._due.arm()

    def end(self) -> None:
        """What waits is written, and nothing is due any more."""
        self.flush()
        self._running = False

    def add(self, charger: ChargerId, sampled: Sampled) -> bool:
        """As `Points.add`; the point is due within 15 minutes."""
        lost = self._points.add(charger, sampled)
        if self._running:
            self._due.arm()
        return lost

    def take_with(self, charger: ChargerId, facts: Iterable[Fact]) -> tuple[Statement, ...]:
        """As `Points.take_with`; if none are left, nothing is due."""
        taken = self._points.take_with(charger, facts)
        if taken and not self._points.waiting:
            self._due.disarm()
        return taken

    def flush(self) -> None:
        """All that wait are written."""
        self._due.disarm()
        points = self._points.take()
        if points:
            self._write(points)

    def written(self, statements: tuple[Statement, ...]) -> None:
        """These need not be kept in memory any more."""
        self._points.written(statements)

    def of(self, charger: str, transaction: int) -> list[Point]:
        """What is known of this curve and is not on disk yet, in order."""
        return self._points.of(charger, transaction)
