"""What the building tells the bridge: kept with its age, asked for where it is missing, an alarm where it is late."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, assert_never
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.config.addresses import AddressStyle, format_address
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.core.events import InputHeard
from knx_ocpp_bridge.core.group_objects import CATALOGUE
from knx_ocpp_bridge.core.inputs import (
    Implausible,
    InputBook,
    InputEvent,
    InputKey,
    InputNews,
    InputState,
    InputTerms,
    Reading,
)
from knx_ocpp_bridge.core.step import AlarmKind, Level, Note
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, ConnectorId, Moment
from knx_ocpp_bridge.daemon.building.bus_alarm import Timer
from knx_ocpp_bridge.daemon.building.questions import Later, Questions
from knx_ocpp_bridge.knx.seldom import Seldom

_NOTED_EVERY_S: Final = 600.0

_Place = tuple[ChargerId | None, ConnectorId]
"""Where inputs stand: one alarm tells of all that are stale there."""
_BUILDING: Final[_Place] = (None, CHARGE_POINT)


def _nobody(_reading: Reading | None) -> None:
    return


@dataclass(frozen=True, slots=True)
class InputMeans:
    """Whom the inputs ask and tell."""

    moment: Callable[[], Moment]
    read: Callable[[int], None]
    """Asks the building for the value of this group address, within the pace."""
    note: Callable[[ChargerId | None, Note], None]
    """A sentence for the log."""
    alarm: Callable[[ChargerId | None, Note], None]
    """An alarm, or the end of one; for the list of alarms alone."""
    later: Later
    sensed: Callable[[Reading | None], None] = _nobody
    """An input was told, or (None) any of them is stale or is bound otherwise."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How addresses and times are shown, and where alarms may stand."""

    style: AddressStyle
    zone: ZoneInfo
    outlets: frozenset[tuple[ChargerId, ConnectorId]] = frozenset()
    """All charge points (connector 0) and connectors of the configuration, inputs or not."""


class Inputs:
    """The book of inputs, driven by the clock of the loop."""

    def __init__(self, objects: Iterable[BoundObject], manner: Manner, means: InputMeans) -> None:
        """Nothing is asked and no alarm told before `start`."""
        self._means = means
        self._book = InputBook()
        self._questions = Questions(means.read, self._unanswered, means.later)
        self._seldom = Seldom(_NOTED_EVERY_S)
        self._timer: Timer | None = None
        self._running = self._connected = False
        self._noted = set[InputKey]()
        """Those of which the log says that they are stale."""
        self._told: dict[_Place, str] = {}
        """The alarms that stand, as far as this run has told them, and in which words."""
        self._quiet = set[_Place]()
        """Where this run has said once that none stands."""
        self._take(objects, manner)

    def start(self) -> None:
        """From now on the building may be late."""
        self._running = True
        self._look()
        self._settle()

    def stop(self) -> None:
        """Nothing is asked for, nothing becomes stale any more."""
        self._running = False
        self._questions.stop()
        if self._timer is not None:
            self._timer.cancel()

    def configure(self, objects: Iterable[BoundObject], manner: Manner) -> None:
        """Serve these from now on: what listens as before keeps its value, all else is asked for."""
        self._tell(self._take(objects, manner))
        self._questions.keep_to(self._asked.values())
        if self._connected:
            self._ask(key for key in self._asked if self._is_unknown(key))
        self._look()
        self._settle()
        self._means.sensed(None)

    def heard(self, charger: ChargerId | None, heard: InputHeard) -> None:
        """A telegram for one of them."""
        key: InputKey = (charger, heard.connector, heard.key)
        if not isinstance(heard.value, bool | float | int):
            return
        now, first = self._means.moment(), self._is_unknown(key)
        events = self._book.heard(key, heard.value, heard.source, now)
        if isinstance(events, Implausible):
            if self._seldom.is_due(key, now.monotonic_s):
                self._note(key, Level.WARNING, f": a value from {heard.source} does not count: {events.reason}")
            return
        if key in self._asked:
            self._questions.answered(self._asked[key])
        self._tell(events)
        if first or events:
            self._settle()
        self._set_timer()
        reading = self._book.reading(key, now)
        if reading is not None:
            self._means.sensed(reading)

    def leapt(self) -> None:
        """The wall clock was set: alarms name times by the new one."""
        self._settle()

    def link(self, trouble: str) -> None:
        """The bus is there (empty), and is asked what may have changed; or is not."""
        self._connected = not trouble
        if self._connected:
            self._ask(self._asked)
        else:
            self._questions.stop()

    def readings(self) -> tuple[Reading, ...]:
        """All inputs as they stand, in the order of the configuration."""
        return self._book.readings(self._means.moment())

    def summary(self) -> dict[str, int]:
        """How many there are, and how many of them do not tell; empty: none is bound."""
        states = [reading.state for reading in self.readings()]
        stale, unknown = states.count(InputState.STALE), states.count(InputState.UNKNOWN)
        return {"bound": len(states), "stale": stale, "unknown": unknown} if states else {}

    def rows(self) -> list[dict[str, Any]]:
        """All of them as plain JSON."""
        now = self._means.moment()
        return [self._row(reading, now) for reading in self._book.readings(now)]

    def _take(self, objects: Iterable[BoundObject], manner: Manner) -> tuple[InputEvent, ...]:
        bound = {(one.charger, one.connector, one.row.key): one for one in objects if one.row.input}
        self._style, self._zone, self._outlets = manner.style, manner.zone, manner.outlets
        self._asked: dict[InputKey, int] = {key: one.addresses[0] for key, one in bound.items() if one.read_on_init}
        """On which address each is asked for."""
        self._addresses = {key: self._shown(one.addresses) for key, one in bound.items()}
        terms = (
            InputTerms(key, one.addresses, one.dpt, one.invert, one.timeout_s, one.fallback)
            for key, one in bound.items()
        )
        return self._book.configure(terms, self._means.moment())

    def _ask(self, keys: Iterable[InputKey]) -> None:
        self._questions.ask(self._asked[key] for key in keys)

    def _is_unknown(self, key: InputKey) -> bool:
        reading = self._book.reading(key, self._means.moment())
        return reading is not None and reading.told is None

    def _unanswered(self, address: int) -> None:
        keys = [key for key, asked in self._asked.items() if asked == address]
        if keys:
            words = (
                ": nobody answers when it is read, so it is unknown until it is sent: set the read flag (L, R) of that "
                "object in ETS, or write read_on_init: false"
            )
            self._note(keys[0], Level.INFO, words)

    def _look(self) -> None:
        """What time or the configuration has changed is told."""
        if not self._running:
            return
        events = self._book.passed(self._means.moment())
        self._tell(events)
        if events:
            self._settle()
        self._set_timer()
        self._means.sensed(None)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline_s = self._book.deadline_s
        if self._running and deadline_s is not None:
            delay_s = max(0.0, deadline_s - self._means.moment().monotonic_s)
            self._timer = self._means.later(delay_s, self._look)

    def _tell(self, events: Iterable[InputEvent]) -> None:
        """One line in the log for each; the alarms are left to `_settle`."""
        now, places = self._means.moment(), set[_Place]()
        for event in events:
            reading = self._book.reading(event.key, now)
            if reading is None:
                continue
            match event.news:
                case InputNews.STALE:
                    places.add(event.key[:2])
                    self._note_stale(reading, now)
                case InputNews.COMES_AND_GOES:
                    self._note_late(reading, now)
                case InputNews.SPEAKS_AGAIN:
                    if event.key in self._noted:
                        self._noted.discard(event.key)
                        self._note(event.key, Level.INFO, " is told again")
                case _:
                    assert_never(event.news)
        for place in places & self._told.keys():
            self._end(place)  # to be begun anew: whoever has acknowledged it learns of the next one

    def _settle(self) -> None:
        """Where an input is stale, or was so lately, an alarm stands and names all of them; where none is, none stands.

        One that stands since before the start is over once all inputs there have spoken.
        """
        if not self._running:
            return
        now = self._means.moment()
        everywhere: tuple[_Place, ...] = (*self._told, _BUILDING, *(self._outlets - self._quiet))
        places: dict[_Place, list[Reading]] = {place: [] for place in everywhere}
        for reading in self._book.readings(now):
            places.setdefault(reading.terms.key[:2], []).append(reading)
        for place, readings in places.items():
            stale = [reading for reading in readings if reading.late_since_s is not None]
            waited_for = any(reading.state is InputState.UNKNOWN and reading.terms.timeout_s for reading in readings)
            if stale:
                self._begin(
                    place, "; ".join(f"{self._name(each.terms.key)}: {self._silent(each, now)}" for each in stale)
                )
            elif place in self._told or not (waited_for or place in self._quiet):
                self._end(place)

    def _begin(self, place: _Place, text: str) -> None:
        if self._told.get(place) != text:
            self._told[place] = text
            self._means.alarm(place[0], Note(Level.WARNING, _outlet(place), text, "input", AlarmKind.INPUT))

    def _end(self, place: _Place) -> None:
        self._told.pop(place, None)
        self._quiet.add(place)
        self._means.alarm(place[0], Note(Level.INFO, _outlet(place), "", "input", AlarmKind.INPUT, over=True))

    def _note_stale(self, reading: Reading, now: Moment) -> None:
        """Once in a while for each: a sender whose cycle is a little too long would fill the log."""
        key = reading.terms.key
        if self._seldom.is_due((InputNews.STALE, key), now.monotonic_s):
            self._noted.add(key)
            self._note(key, Level.WARNING, f" is stale: {self._silent(reading, now)}; {_consequence(reading)}")

    def _note_late(self, reading: Reading, now: Moment) -> None:
        """Likewise."""
        key = reading.terms.key
        if self._seldom.is_due((InputNews.COMES_AND_GOES, key), now.monotonic_s):
            words = f" comes later than its timeout of {reading.terms.timeout_s:g} s, again and again"
            self._note(key, Level.WARNING, f"{words}: have it sent more often, or set a longer timeout")

    def _note(self, key: InputKey, level: Level, words: str) -> None:
        self._means.note(key[0], Note(level, _outlet(key[:2]), f"input {self._name(key)}{words}", "input"))

    def _silent(self, reading: Reading, now: Moment) -> str:
        """Since when: by the clock as it is now, in case it was set meanwhile; in a log the machine's zone may be
        another.
        """
        late_s = reading.silent_since_s if reading.late_since_s is None else reading.late_since_s
        since = self._time(late_s, now).astimezone(self._zone)
        what = (
            "never heard"
            if reading.told is None
            else "too late again and again"
            if reading.comes_and_goes
            else "silent"
        )
        return f"{what} since {since:%Y-%m-%d %H:%M %Z}"

    @staticmethod
    def _time(monotonic_s: float, now: Moment) -> datetime:
        return now.utc - timedelta(seconds=now.monotonic_s - monotonic_s)

    def _name(self, key: InputKey) -> str:
        return f"{key[2]} ({', '.join(self._addresses[key])})"

    def _shown(self, addresses: Iterable[int]) -> tuple[str, ...]:
        return tuple(format_address(address, self._style) for address in addresses)

    def _row(self, reading: Reading, now: Moment) -> dict[str, Any]:
        charger, connector, key = reading.terms.key
        told = reading.told
        return {
            "object": key,
            "charger": charger or "",
            "connector": None if charger is None else int(connector),
            "addresses": list(self._addresses[reading.terms.key]),
            "dpt": reading.terms.dpt,
            "unit": CATALOGUE[key].quantity.value,
            "state": reading.state.value,
            "value": None if told is None else told.value,
            "at": None if told is None else self._time(told.at.monotonic_s, now).isoformat(timespec="seconds"),
            "age_s": None if told is None else round(now.monotonic_s - told.at.monotonic_s, 1),
            "source": "" if told is None else told.source,
            "timeout_s": reading.terms.timeout_s,
            "fallback": reading.terms.fallback,
            "counts": reading.counts,
            "falls_back": reading.falls_back,
        }


def _outlet(place: _Place) -> ConnectorId | None:
    return None if place[0] is None or place[1] == CHARGE_POINT else place[1]


def _consequence(reading: Reading) -> str:
    if not reading.falls_back:
        return "nothing counts in its place"
    return f"its fallback counts, {reading.counts:g}"
