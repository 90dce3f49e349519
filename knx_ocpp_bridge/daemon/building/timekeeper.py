"""The time of day between bridge and building: told when there is news, or taken while no time server is there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.core.bus_time import (
    CONTRADICTIONS,
    FAITHFUL_S,
    LEAP_S,
    SMALL_S,
    Believed,
    BusTime,
    Doubted,
    Machine,
)
from knx_ocpp_bridge.core.events import InputHeard
from knx_ocpp_bridge.core.group_objects import Quantity
from knx_ocpp_bridge.core.step import AlarmKind, Level, Note, Update
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, Clock
from knx_ocpp_bridge.daemon.building.bus_alarm import Raise, Timer
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
    alarm: Raise


class Timekeeper:
    """Serves the objects `bus_time` and `bus_date`. What the system's clock is set to is never changed."""

    def __init__(self, objects: Iterable[BoundObject], zone: ZoneInfo, means: TimeMeans) -> None:
        """Nothing is said or asked before `start`."""
        self._means = means
        self._heard = BusTime(zone)
        self._questions = Questions(means.read, self._unanswered, means.later)
        self._seldom = Seldom(_DOUBT_EVERY_S)
        self._timer: Timer | None = None
        self._running = self._connected = False
        self._said: dict[str, timedelta | None] = {}
        """The offset from UTC with which each object was told."""
        self._contradiction: tuple[str, float] | None = None
        """The alarm that stands because the clocks of building and machine contradict each other, and when that was
        last so.
        """
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
        machine = Machine(clock.own(), clock.floor, clock.build_date, certain=source is ClockSource.NETWORK)
        match self._heard.heard(heard, now, machine):
            case Believed(utc, sender):
                self._questions.stop()
                off_s = (utc - now.utc).total_seconds()
                if source is not ClockSource.BUS or abs(off_s) >= SMALL_S:
                    self._set(utc, sender, aloud=source is ClockSource.SYSTEM or abs(off_s) > LEAP_S)
                self._agreed()
            case Doubted() as doubted:
                self._doubt(doubted, machine)
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

    def _doubt(self, doubted: Doubted, machine: Machine) -> None:
        now_s = self._means.clock.moment().monotonic_s
        words = (
            f"{doubted.source} tells {doubted.local:%Y-%m-%d %H:%M:%S} on the bus, which is not believed: "
            f"{doubted.doubt.value}"
        )
        if doubted.doubt in CONTRADICTIONS:
            own = machine.own.astimezone(self._zone)
            words = (
                f"{words}; this machine shows {own:%Y-%m-%d %H:%M:%S}: set the one that is wrong (the clock on the "
                "bus, or here: sudo timedatectl set-time …), or let this machine reach a time server once"
            )
            self._contradiction = (self._contradiction[0] if self._contradiction else words, now_s)
            self._means.alarm(AlarmKind.CLOCK, self._contradiction[0])
        else:
            words = f"{words} (check its clock, and who sends the time in ETS)"
        if self._seldom.is_due(doubted.doubt, now_s):  # senders can be made up
            self._means.note(None, Note(Level.WARNING, None, words + self._seldom.left_out(), "time"))

    def _agreed(self) -> None:
        """Nobody has to look at the clocks any more; as long as nobody knows the time, another alarm says so."""
        if self._contradiction is not None:
            self._contradiction = None
            if self._means.clock.moment().clock is Clock.SANE:
                self._means.alarm(AlarmKind.CLOCK, over=True)

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
        now = self._means.clock.moment()
        silent = self._contradiction is not None and now.monotonic_s - self._contradiction[1] > FAITHFUL_S
        if silent or self._means.clock.source() is ClockSource.NETWORK:
            self._agreed()
        wait_s = _LOOK_EVERY_S - now.utc.timestamp() % _LOOK_EVERY_S
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
