"""The KNX side of the daemon: one bus, and everybody who hears it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.core.events import InputHeard, Wished
from knx_ocpp_bridge.core.values import ChargerId, Value
from knx_ocpp_bridge.daemon.building.bus_alarm import BusAlarm, Raise
from knx_ocpp_bridge.daemon.building.monitor import Monitor
from knx_ocpp_bridge.daemon.building.project_names import NameReader
from knx_ocpp_bridge.daemon.clock import WallClock
from knx_ocpp_bridge.knx.bindings import BindingTable, ObjectKey
from knx_ocpp_bridge.knx.bus import Bus
from knx_ocpp_bridge.knx.means import Means
from knx_ocpp_bridge.knx.telegrams import Passed

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Whom the building's side asks and tells."""

    clock: WallClock
    wish: Callable[[ChargerId | None, Wished], None]
    known: Callable[[ObjectKey], Value | None]
    """What the building was or would have been told of an object last."""
    trace: Callable[[str], None] | None
    """Watches every telegram that concerns the bridge; None: nobody."""
    alarm: Raise
    """Begins and ends alarms of the bridge itself."""


class Building:
    """Serves the bus until cancelled; `bus` takes what is to be said there."""

    def __init__(self, loaded: Loaded, neighbours: Neighbours) -> None:
        """Nothing is opened before `run`."""
        self._neighbours = neighbours
        clock = neighbours.clock
        table = BindingTable(loaded.objects)
        self._bus_alarm = BusAlarm(neighbours.alarm, _call_later)
        self.monitor = Monitor(loaded, table, lambda: clock.moment().utc)
        self._names = NameReader(self.monitor.know, lambda trouble: _log.warning("%s", trouble))
        self._names.want(loaded.bridge.knx)
        self.bus = Bus(
            loaded.bridge.knx,
            table,
            _zone(loaded),
            Means(
                wish=neighbours.wish,
                told=self._told,
                moment=clock.moment,
                synchronised=clock.synchronised,
                passed=self._passed,
                link=self._link,
                trace=neighbours.trace,
            ),
        )

    async def run(self) -> None:
        """Be on the bus whenever that is possible."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.bus.run(), name="knx bus")
            tasks.create_task(self._names.run(), name="names of the project")

    def configure(self, loaded: Loaded) -> None:
        """Serve this configuration from now on."""
        table = BindingTable(loaded.objects)
        self.monitor.configure(loaded, table)
        self._names.want(loaded.bridge.knx)
        self.bus.rebind(table, _zone(loaded), self._neighbours.known)

    def _told(self, charger: ChargerId | None, heard: InputHeard) -> None:
        """An input of the building."""

    def _passed(self, passed: Passed) -> None:
        """A group telegram of anybody."""
        self.monitor.telegrams.tell(passed)

    def _link(self, trouble: str) -> None:
        """The bus is there, or is not."""
        self._bus_alarm.link(trouble)


def _call_later(after_s: float, what: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(after_s, what)


def _zone(loaded: Loaded) -> ZoneInfo:
    return ZoneInfo(loaded.bridge.site.timezone)
