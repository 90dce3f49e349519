"""The KNX edge of one charger in the hands of a test: what it would say, what it was told, what it traced."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.step import Update
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, Value
from knx_ocpp_bridge.knx.bindings import BindingTable
from knx_ocpp_bridge.knx.bus import Bus
from tests.kit.knx_means import means
from tests.kit.knx_objects import bound
from tests.kit.until import until

OBJECTS = (
    bound("status", "9/7/0"),
    bound("charging", "9/7/1", "9/7/2"),
    bound("current", "9/7/40", dpt="9.021"),
    bound("max_current", "9/7/41", "9/7/42"),
)


class Edge:
    """A bus edge with a charger that only takes notes."""

    def __init__(
        self, connection: str, port: int | None, objects: Iterable[BoundObject] = OBJECTS, **knx: object
    ) -> None:
        self.wishes: list[tuple[ChargerId | None, str, object, str | Origin]] = []
        self.lines: list[str] = []
        self.troubles: list[str] = []
        """What the rest of the bridge was told of the connection."""
        gateway = {} if port is None else {"gateway": f"127.0.0.1:{port}"}
        settings = Knx.model_validate({"connection": connection} | gateway | knx)
        self.bus = Bus(
            settings,
            BindingTable(tuple(objects)),
            ZoneInfo("Europe/Amsterdam"),
            means(
                lambda charger, wish: self.wishes.append((charger, wish.key, wish.value, wish.source)),
                trace=self.lines.append,
                link=self.troubles.append,
            ),
        )

    def say(self, key: str, value: Value | None, *, again: bool = False) -> None:
        """The charger has this value now."""
        self.bus.offer(ChargerId("GARAGE"), Update(ConnectorId(1), key, value, again))

    async def is_up(self, within_s: float = 5.0) -> None:
        """Wait for the bus."""
        await until(lambda: self.bus.state.connected, within_s, "the bus is connected")


@contextlib.asynccontextmanager
async def running(edge: Edge) -> AsyncIterator[Edge]:
    """It is on the bus whenever that is possible, meanwhile."""
    task = asyncio.create_task(edge.bus.run())
    try:
        yield edge
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
