"""The upkeep of a journal whose clock and pauses are the test's."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from knx_ocpp_bridge.config.models import Retention
from knx_ocpp_bridge.core.values import Clock, Moment
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.upkeep import Terms, Upkeep

FLOOR = datetime(2026, 11, 21, tzinfo=UTC)


@dataclass
class Caretaker:
    """What `Terms` are made of, to be changed at will; `slept` are the pauses, which take no time."""

    journal: Journal
    now: datetime = datetime(2030, 6, 15, 12, tzinfo=UTC)
    clock: Clock = Clock.SANE
    synchronised: bool = True
    retention: Retention = field(default_factory=Retention)
    known: frozenset[str] = frozenset()
    forgotten: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    meanwhile: Callable[[float], None] = lambda _seconds: None
    """What else happens in each pause."""

    @property
    def upkeep(self) -> Upkeep:
        """Another start of it."""
        terms = Terms(
            lambda: Moment(0.0, self.now, self.clock),
            lambda: self.synchronised,
            FLOOR,
            lambda: self.retention,
            self.known.__contains__,
            self.forgotten.append,
        )
        return Upkeep(self.journal, terms, self._sleep)

    async def tend(self) -> bool:
        """Once, if it is due."""
        return await self.upkeep.tend()

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.meanwhile(seconds)
        await asyncio.sleep(0)
