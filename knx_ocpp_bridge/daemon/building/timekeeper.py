"""The time of day between bridge and building: told when there is news, or taken while no time server is there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.core.bus_time import LEAP_S, SMALL_S, Believed, BusTime, Doubted
from knx_ocpp_bridge.core.events import InputHeard
from knx_ocpp_bridge.core.group_objects import Quantity
from knx_ocpp_bridge.core.step import Level, Note, Update
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, Clock
from knx_ocpp_bridge.daemon.building.bus_alarm import Timer
from knx_ocpp_bridge.daemon.building.questions import Later, Questions
from knx_ocpp_bridge.daemon.clock import ClockSource, WallClock
from knx_ocpp_bridge.knx.seldom import Seldom

_LOOK_EVERY_S: Final = 900.0
"""Clocks are changed at full quarters of an hour, in UTC as well."""
_DOUBT_EVERY_S: Final = 3600.0
_UNANSWERED: Final = "unanswered"


@dataclass(frozen=True, slots=True)
class TimeMeans:
    """Whom the timekeeper asks and tells."""

    clock: WallClock
    offer: Callable[[Update], None]
    """Takes the time for the bus; its telegrams carry the time at which they are made."""
    read: Callable[[int], None]
    """Asks the building for the value of this group address, within the pace."""
    note: Callable[[ChargerId | None, Note], None]
    clock_set: Callable[[], None]
    """The clock has been set: whoever waits for a time looks again."""
    later: Later


class Timekeeper:
    """Serves the objects `bus_time` and `bus_date`. What the system's clock is set to is never changed."""

    def __init__(self, objects: Iterable[BoundObject], zone: ZoneInfo, means: TimeMeans) -> None:
        """Nothing is said or asked before `start`."""
        self._means = means
        self._heard = BusTime(zone, means.clock.floor)
        self._questions = Questions(means.read, self._unanswered, means.later)
        self._seldom = Seldom(_DOUBT_EVERY_S)
        self._timer: Timer | None = None
        self._running = self._connected = False
        self._said: dict[str, timedelta | None] = {}
        """The offset from UTC with which each object was told."""
        self._take(objects, zone)

    def start(self) -> None:
        """From now on the building is told."""
        self._running = True
        self._look()

    def stop(self) -> None:
        """Nothing is said or asked any more."""
        self._running = False
        self._questions.stop()
        if self._timer is not None:
            self._timer.cancel()

    def configure(self, objects: Iterable[BoundObject], zone: ZoneInfo) -> None:
        """Serve these from now on."""
        before = self._asked
        self._take(objects, zone)
        self._heard.zone = zone
        self._questions.keep_to(self._asked)
        if self._connected and self._asked != before:
            self._ask()
        self._say(anew=False)

    def leapt(self) -> None:
        """The clock was set, or can be believed from now on, or no longer."""
        self._say(anew=True)

    def link(self, trouble: str) -> None:
        """The bus is there (empty), and is asked for the time if nobody else knows it; or is not."""
        self._connected = not trouble
        if self._connected:
            self._ask()
        else:
            self._questions.stop()

    def heard(self, heard: InputHeard) -> None:
        """Somebody tells the time."""
        clock = self._means.clock
        now, source = clock.moment(), clock.source()
        match self._heard.heard(heard, now, certain=source is ClockSource.NETWORK):
            case Believed(utc, sender):
                self._questions.stop()
                off_s = (utc - now.utc).total_seconds()
                if source is not ClockSource.BUS or abs(off_s) >= SMALL_S:
                    self._set(utc, sender, aloud=source is ClockSource.SYSTEM or abs(off_s) > LEAP_S)
            case Doubted() as doubted:
                self._doubt(doubted)
            case None:
                return

    def _ask(self) -> None:
        if self._means.clock.source() is not ClockSource.NETWORK:
            self._questions.ask(self._asked)

    def _set(self, utc: datetime, sender: str, *, aloud: bool) -> None:
        if not self._means.clock.take(utc):
            return
        if aloud:
            text = f"the time is that of the bus from now on: {sender} tells {utc:%Y-%m-%d %H:%M:%S} UTC"
            self._means.note(None, Note(Level.INFO, None, text, "time"))
        self._means.clock_set()

    def _doubt(self, doubted: Doubted) -> None:
        if self._seldom.is_due((doubted.source, doubted.doubt), self._means.clock.moment().monotonic_s):
            text = (
                f"{doubted.source} tells {doubted.local:%Y-%m-%d %H:%M:%S} on the bus, which is not believed: "
                f"{doubted.doubt.value} (check its clock, and who sends the time in ETS)"
            )
            self._means.note(None, Note(Level.WARNING, None, text, "time"))

    def _unanswered(self, _address: int) -> None:
        if self._seldom.is_due(_UNANSWERED, self._means.clock.moment().monotonic_s):
            text = (
                "nobody answers when the time is read on the bus: it is waited for until somebody sends it (bus_time)"
            )
            self._means.note(None, Note(Level.INFO, None, text, "time"))

    def _take(self, objects: Iterable[BoundObject], zone: ZoneInfo) -> None:
        bound = [one for one in objects if one.row.quantity is Quantity.CLOCK]
        self._zone = zone
        self._asked = tuple(one.addresses[0] for one in bound if one.addresses)
        before, self._said = self._said, {}
        for one in bound:
            if one.state_address is not None:
                self._said[one.row.key] = before.get(one.row.key)

    def _look(self) -> None:
        self._say(anew=False)
        now = self._means.clock.moment().utc
        wait_s = _LOOK_EVERY_S - now.timestamp() % _LOOK_EVERY_S
        self._timer = self._means.later(wait_s, self._look)

    def _say(self, *, anew: bool) -> None:
        """The building is told where its clocks would differ, or if `anew`; nothing by a clock that nobody believes."""
        if not self._running:
            return
        now = self._means.clock.moment()
        offset = now.utc.astimezone(self._zone).utcoffset() if now.clock is Clock.SANE else None
        for key, said in self._said.items():
            if offset is None:
                if said is not None:
                    self._means.offer(Update(CHARGE_POINT, key, None))
            elif anew or said != offset:
                self._means.offer(Update(CHARGE_POINT, key, now.utc, again=True))
            self._said[key] = offset
