"""The KNX side of the daemon: one bus, and everybody who hears it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.core.events import InputHeard, Wished
from knx_ocpp_bridge.core.group_objects import CATALOGUE, Quantity
from knx_ocpp_bridge.core.inputs import Reading
from knx_ocpp_bridge.core.step import Level, Note
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, Value
from knx_ocpp_bridge.daemon.building.bus_alarm import BusAlarm, Raise
from knx_ocpp_bridge.daemon.building.by_hand import ByHand
from knx_ocpp_bridge.daemon.building.inputs import InputMeans, Inputs, Manner
from knx_ocpp_bridge.daemon.building.judge import Judge
from knx_ocpp_bridge.daemon.building.monitor import Monitor
from knx_ocpp_bridge.daemon.building.project_names import NameReader
from knx_ocpp_bridge.daemon.building.scanner import Scanner
from knx_ocpp_bridge.daemon.building.timekeeper import Timekeeper, TimeMeans
from knx_ocpp_bridge.daemon.clock import WallClock
from knx_ocpp_bridge.knx.bindings import BindingTable, ObjectKey
from knx_ocpp_bridge.knx.bus import Bus
from knx_ocpp_bridge.knx.means import Means
from knx_ocpp_bridge.knx.monitor.telegrams import Passed

_log = logging.getLogger(__name__)


def _nobody(*_heard: object) -> None:
    return


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
    note: Callable[[ChargerId | None, Note], None] = _nobody
    """A sentence about the building's side for the log, of a charger or of the bridge itself (None)."""
    written: Callable[[Note], None] = _nobody
    """A sentence that the system's log has already, for the general log alone."""
    alarm_of: Callable[[ChargerId | None, Note], None] = _nobody
    """Begins and ends alarms of a charger too; for the list of alarms alone."""
    clock_set: Callable[[], None] = _nobody
    """The building has set the clock."""
    state: Path | None = None
    """Directory for what must outlive a restart."""
    sensed: Callable[[Reading | None], None] = _nobody
    """As `InputMeans.sensed`."""


class Building:
    """Serves the bus until cancelled; `bus` takes what is to be said there."""

    def __init__(self, loaded: Loaded, neighbours: Neighbours) -> None:
        """Nothing is opened before `run`."""
        self._neighbours = neighbours
        self.loaded = loaded
        """The configuration that is in force."""
        clock, zone = neighbours.clock, _zone(loaded)
        table = BindingTable(loaded.objects)
        self._bus_alarm = BusAlarm(neighbours.alarm, _call_later)
        self.monitor = Monitor(loaded, table, lambda: clock.moment().utc)
        self._names = NameReader(self.monitor.know, lambda trouble: _log.warning("%s", trouble))
        self._names.want(loaded.bridge.knx)
        self.bus = Bus(
            loaded.bridge.knx,
            table,
            zone,
            Means(
                wish=neighbours.wish,
                told=self._told,
                moment=clock.moment,
                synchronised=clock.synchronised,
                passed=self._passed,
                link=self._link,
                complain=self._complain,
                state=neighbours.state,
                trace=neighbours.trace,
            ),
        )
        self.scanner = Scanner(lambda: self.loaded.bridge.knx, lambda: clock.moment().utc)
        self.judge = Judge(lambda: self.loaded, lambda: clock.moment().utc)
        self.by_hand = ByHand(self.bus, self.monitor, neighbours.note)
        self.inputs = Inputs(
            loaded.objects,
            _manner(loaded, zone),
            InputMeans(
                clock.moment,
                self.bus.read,
                neighbours.note,
                neighbours.alarm_of,
                _call_later,
                neighbours.sensed,
            ),
        )
        self._timekeeper = Timekeeper(
            loaded.objects,
            zone,
            TimeMeans(
                clock,
                partial(self.bus.offer, None),
                self.bus.read,
                neighbours.note,
                neighbours.clock_set,
                _call_later,
                neighbours.alarm,
            ),
        )

    async def run(self) -> None:
        """Be on the bus whenever that is possible."""
        self.inputs.start()
        self._timekeeper.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.bus.run(), name="knx bus")
                tasks.create_task(self._names.run(), name="names of the project")
        finally:
            self.inputs.stop()
            self._timekeeper.stop()

    def configure(self, loaded: Loaded) -> None:
        """Serve this configuration from now on."""
        self.loaded = loaded
        table, zone = BindingTable(loaded.objects), _zone(loaded)
        self.monitor.configure(loaded, table)
        self._names.want(loaded.bridge.knx)
        self.bus.rekey(loaded.bridge.knx)
        self.bus.rebind(table, zone, self._neighbours.known)
        self.inputs.configure(loaded.objects, _manner(loaded, zone))
        self._timekeeper.configure(loaded.objects, zone)

    def clock_leapt(self) -> None:
        """The clock was set, or can be believed from now on, or no longer."""
        self._timekeeper.leapt()
        self.inputs.leapt()

    def _told(self, charger: ChargerId | None, heard: InputHeard) -> None:
        """An input of the building, or its time."""
        if CATALOGUE[heard.key].quantity is Quantity.CLOCK:
            self._timekeeper.heard(heard)
        else:
            self.inputs.heard(charger, heard)

    def _passed(self, passed: Passed) -> None:
        """A group telegram of anybody."""
        self.monitor.tell(passed)
        self.by_hand.passed(passed)

    def _complain(self, words: str) -> None:
        """Somebody sends what cannot be taken."""
        self._neighbours.written(Note(Level.WARNING, None, words, "bus"))

    def _link(self, trouble: str) -> None:
        """The bus is there, or is not."""
        self.inputs.link(trouble)
        self._timekeeper.link(trouble)
        self._bus_alarm.link(trouble)


def _call_later(after_s: float, what: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(after_s, what)


def _manner(loaded: Loaded, zone: ZoneInfo) -> Manner:
    outlets = {
        (charger_id, connector)
        for charger_id, settings in loaded.chargers.items()
        for connector in (CHARGE_POINT, *settings.connectors)
    }
    return Manner(loaded.bridge.knx.style, zone, frozenset(outlets))


def _zone(loaded: Loaded) -> ZoneInfo:
    return ZoneInfo(loaded.bridge.site.timezone)
