"""The simulated charger with its own link, as `simulate charge-point` runs it, in the hands of a test."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

from knx_ocpp_bridge.ocpp.simulator.charge_point import ChargePoint
from knx_ocpp_bridge.ocpp.simulator.link import Link
from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from knx_ocpp_bridge.ocpp.simulator.script import perform
from knx_ocpp_bridge.ocpp.simulator.security import Security
from tests.kit.until import until

BOX: Final = Plan(reboot_s=0.3, time_lapse=0.0, work_s=0.2)


@dataclass(slots=True)
class Box:
    """One charger that dials, redials and changes its way in by itself, between `__aenter__` and `__aexit__`."""

    url: str
    id: str
    plan: Plan = BOX
    security: Security = field(default_factory=Security)
    said: list[str] = field(default_factory=list)
    """Every line that a person would see, with its direction."""
    machine: ChargePoint = field(init=False)
    _running: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.machine = ChargePoint(self.plan, datetime.now(UTC), self.security)

    async def __aenter__(self) -> Self:
        link = Link(self.machine, self.id, self.url, lambda direction, text: self.said.append(f"{direction} {text}"))
        self._running = asyncio.create_task(link.run())
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
        if exc is not None:
            print("\n".join(self.said))

    def do(self, line: str) -> None:
        """One command of the simulator's prompt."""
        perform(line, self.machine, datetime.now(UTC))

    @property
    def profile(self) -> int:
        """The security profile it dials with."""
        return self.machine.security.access.profile

    def connections(self, scheme: str = "") -> int:
        """How often it was let in by this scheme."""
        return sum(line.startswith(f"* connected to {scheme}") for line in self.said)

    async def comes_in(self, scheme: str, times: int = 1, within_s: float = 20.0) -> None:
        """It was let in so often by this scheme, and all it had to say is answered."""
        await until(
            lambda: self.connections(f"{scheme}://") >= times and self.machine.settled,
            within_s,
            f"{self.id} comes in by {scheme} {times} times; it said {self.said[-12:]}",
        )
