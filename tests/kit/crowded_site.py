"""200 connectors behind one bus edge, all of whose objects change every second."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from typing import Final
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.config.addresses import parse_group_address
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.core.events import Wished
from knx_ocpp_bridge.core.step import Update
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, Value
from knx_ocpp_bridge.knx.bindings import BindingTable
from knx_ocpp_bridge.knx.bus import Bus
from knx_ocpp_bridge.knx.virtual.virtual_frames import Kind
from tests.kit.knx_means import means
from tests.kit.knx_objects import bound
from tests.kit.tp_line import Passed, TpLine
from tests.kit.until import until

CONNECTORS: Final = 200
KEYS: Final = ("charging", "command_result", "status", "online", "max_current", "current", "power", "meter")
RATE: Final = 10.0
_DECIDES_S: Final = 0.02
_ALL_OFF: Final = "31/7/0"
ALL_OFF: Final = parse_group_address(_ALL_OFF)
"""Stops every connector."""
_FIRST: Final = 2048
_BLOCK: Final = 16


def state_address(connector: int, key: str) -> int:
    """Where this object is told."""
    return _FIRST + connector * _BLOCK + KEYS.index(key)


def command_address(connector: int) -> int:
    """The switch of this connector."""
    return _FIRST + connector * _BLOCK + _BLOCK - 1


class Site:
    """The bus edge of a daemon, and chargers that decide 20 ms after they are told."""

    def __init__(self, port: int, connection: str = "tunneling_tcp") -> None:
        self.charging: dict[int, bool] = {}
        self.decided: dict[int, float] = {}
        """When a charger has decided, by the address of its switch's LED."""
        self._beat = 0
        settings = {"connection": connection, "gateway": f"127.0.0.1:{port}", "rate_limit": RATE}
        table = BindingTable(tuple(_objects()))
        self.bus = Bus(Knx.model_validate(settings), table, ZoneInfo("UTC"), means(self._wished))

    def say(self, connector: int, key: str, value: Value, *, again: bool = False) -> None:
        """This object has this value from now on."""
        self.bus.offer(ChargerId(f"C{connector}"), Update(ConnectorId(1), key, value, again))

    def change(self, connector: int) -> None:
        """Every object of a connector has another value; that of its switch, in the second half of the site alone."""
        for key in ("max_current", "current", "power", "meter"):
            self.say(connector, key, 300.0 * self._beat)
        self.say(connector, "status", 6 + (self._beat + connector) % 3)
        self.say(connector, "online", self._beat % 2 == 0)
        if connector >= CONNECTORS // 2:
            self.say(connector, "charging", self._beat % 2 == 0)

    async def live(self) -> None:
        """Change everything every second."""
        while True:
            began = time.monotonic()
            self._beat += 1
            for connector in range(CONNECTORS):
                self.change(connector)
                if connector % 20 == 0:
                    await asyncio.sleep(0)
            await asyncio.sleep(max(0.0, began + 1.0 - time.monotonic()))

    def _wished(self, charger: ChargerId | None, wish: Wished) -> None:
        connector = int((charger or "C0")[1:])
        asyncio.get_running_loop().call_later(_DECIDES_S, self._decide, connector, bool(wish.value))

    def _decide(self, connector: int, value: bool) -> None:
        self.charging[connector] = value
        self.decided[state_address(connector, "charging")] = time.monotonic()
        self.say(connector, "charging", value, again=True)
        self.say(connector, "command_result", 0, again=True)


@contextlib.asynccontextmanager
async def at_work(site: Site, before_s: float = 2.0) -> AsyncIterator[Site]:
    """The site lives; after `before_s` it has used up its burst."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(site.bus.run())]
        await until(lambda: site.bus.state.connected, 5, "the bus is connected")
        running.append(tasks.create_task(site.live()))
        await asyncio.sleep(before_s)
        try:
            yield site
        finally:
            for task in running:
                task.cancel()


def writes(line: TpLine, address: int | None = None) -> list[Passed]:
    """What the bridge wrote, on this address or on any."""
    return [
        each
        for each in line.passed
        if each.telegram.kind is Kind.WRITE
        and each.telegram.source == "1.1.1"
        and address in {None, each.telegram.destination}
    ]


async def pressed(site: Site, line: TpLine, connector: int) -> float:
    """Seconds from the decision until the LED of this switch has its telegram."""
    led, value = state_address(connector, "charging"), not site.charging.get(connector, False)
    site.decided.pop(led, None)
    line.press(command_address(connector), int(value))
    await until(lambda: led in site.decided, 3, "the decision")

    def heard() -> list[float]:
        return [each.at_s for each in writes(line, led) if each.at_s >= site.decided[led]]

    await until(lambda: bool(heard()), 5, "the feedback")
    return heard()[0] - site.decided[led]


def _objects() -> Iterator[BoundObject]:
    for connector in range(CONNECTORS):
        for key in KEYS:
            commands = (str(command_address(connector)), _ALL_OFF) if key == "charging" else ()
            yield bound(key, str(state_address(connector, key)), *commands, charger=f"C{connector}")
