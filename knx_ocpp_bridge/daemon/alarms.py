"""What people are told of even if nobody looks at the log: kept with its time, and said to the building while it lasts.

Names of people are never in an alarm: who charged is looked up when the list is shown.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any, Final

from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.core.settings import ChargerSettings
from knx_ocpp_bridge.core.step import AlarmKind, Note, Update
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, ConnectorId, IdTag, Moment, Value
from knx_ocpp_bridge.store.alarms import Alarm, AlarmBook, Happening
from knx_ocpp_bridge.store.cells import Statement

_OVER_WHEN: Final[Mapping[str, tuple[AlarmKind, Value]]] = {
    "online": (AlarmKind.OFFLINE, True),
    "fault": (AlarmKind.FAULT, False),
    "charging": (AlarmKind.LIMIT_DISOBEYED, False),
}
"""What the building is told shows that an alarm is over: after a restart nobody else knows that it ever began."""

_LONGEST_TEXT: Final = 14
"""Characters of DPT 16.001."""
_WORDS: Final[Mapping[str, str]] = {
    AlarmKind.FAULT.value: "fault",
    AlarmKind.OFFLINE.value: "offline",
    AlarmKind.LIMIT_DISOBEYED.value: "limit",
    AlarmKind.CLOCK.value: "clock not set",
    AlarmKind.STORAGE.value: "disk trouble",
    AlarmKind.BUS.value: "no KNX bus",
    AlarmKind.INPUT.value: "stale input",
    AlarmKind.PAGES.value: "no web pages",
    AlarmKind.LOAD.value: "load",
}


@dataclass(frozen=True, slots=True)
class Sources:
    """Where alarms look things up."""

    chargers: Callable[[], Mapping[ChargerId, ChargerSettings]]
    """The configured ones: of no other anything is kept."""
    name_of: Callable[[IdTag], str]
    """Whose card it is; empty: nobody has said."""


class Alarms:
    """Hears every note and every value, and keeps what is an alarm. `offer` takes the bridge's own objects."""

    def __init__(
        self, book: AlarmBook, moment: Callable[[], Moment], offer: Callable[[Update], None], sources: Sources
    ) -> None:
        self._book = book
        self._moment = moment
        self._offer = offer
        self._sources = sources

    def hear(self, charger_id: ChargerId, note: Note) -> None:
        """A note of a charger: kept if it is an alarm, or the end of one."""
        if note.alarm is None or note.transaction is not None or charger_id not in self._sources.chargers():
            return
        self._happens(Happening(note.alarm, charger_id, note.connector, note.text), over=note.over)

    def charge(self, charger_id: ChargerId, note: Note) -> None:
        """A transaction of a charger begins or ends: kept with its record (`take`), or within a minute."""
        if note.alarm is not None and charger_id in self._sources.chargers():
            what = Happening(note.alarm, charger_id, note.connector, note.text, note.transaction)
            self._book.tell(what, self._moment(), to_acknowledge=False)

    def see(self, charger_id: ChargerId, update: Update) -> None:
        """A value of a charger: it may show that an alarm is over."""
        found = _OVER_WHEN.get(update.key)
        if found is None or update.value is not found[1]:
            return
        kind = found[0]
        for alarm in self._book.standing:
            if (
                alarm.kind == kind.value
                and alarm.charger.casefold() == charger_id.casefold()
                and (alarm.connector or CHARGE_POINT) == update.connector
            ):
                self._end(alarm)

    def own(self, kind: AlarmKind, text: str = "", *, over: bool = False) -> None:
        """Something of the bridge itself stands, or is over."""
        self._happens(Happening(kind, text=text), over=over)

    def told(self, kind: AlarmKind, text: str) -> None:
        """Something of the bridge itself has happened, and is over already."""
        self._book.tell(Happening(kind, text=text), self._moment(), to_acknowledge=True)

    def configured(self) -> None:
        """The configuration was read: whoever is not in it any more has no alarms that stand."""
        known = {charger_id.casefold() for charger_id in self._sources.chargers()}
        for alarm in self._book.standing:
            if alarm.charger and alarm.charger.casefold() not in known:
                self._end(alarm)

    def end_others(self, kind: AlarmKind, begun: Container[tuple[ChargerId | None, ConnectorId | None]]) -> None:
        """Those of this kind that stand since before the start are over, but where this run has begun one."""
        for alarm in self._book.standing:
            place = (ChargerId(alarm.charger) or None, None if not alarm.connector else ConnectorId(alarm.connector))
            if alarm.kind == kind.value and place not in begun:
                self._end(alarm)

    def standing(self) -> int:
        """How many have begun and are not over."""
        return len(self._book.standing)

    def say(self) -> None:
        """The objects `fault` and `error_text` of the bridge are as the alarms that stand."""
        standing = self._book.standing
        self._offer(Update(CHARGE_POINT, "fault", value=bool(standing)))
        self._offer(Update(CHARGE_POINT, "error_text", value=self._in_short(standing[-1]) if standing else ""))

    def write(self) -> None:
        """All that is known is on its way to the disk."""
        self._book.write()

    def take(self) -> tuple[tuple[Statement, ...], Callable[[], None]]:
        """All news, for a COMMIT that is due anyhow; whom to call once it is on disk."""
        return self._book.take()

    def find(self, number: int) -> Alarm | None:
        """The alarm of this number as it is now; None: there is none."""
        return self._book.find(number)

    def acknowledge(self, number: int, by: str) -> Alarm | None:
        """Somebody has seen it; None: there is none of this number."""
        return self._book.acknowledge(number, by, self._moment())

    def acknowledge_all(self, by: str) -> int:
        """Somebody has seen them all; how many nobody had seen before."""
        return self._book.acknowledge_all(by, self._moment())

    def rows(self, after: int, limit: int, *, newest: bool, standing: bool) -> list[dict[str, Any]]:
        """Alarms with a number above `after`, in order, as plain JSON; idTags are masked."""
        return [self._row(alarm) for alarm in self._book.rows(after, limit, newest=newest, standing=standing)]

    def _happens(self, what: Happening, *, over: bool) -> None:
        now = self._moment()
        if self._book.end(what, now) if over else self._book.begin(what, now):
            self.say()

    def _end(self, alarm: Alarm) -> None:
        connector = None if alarm.connector is None else ConnectorId(alarm.connector)
        self._happens(Happening(AlarmKind(alarm.kind), alarm.charger, connector), over=True)

    def _in_short(self, alarm: Alarm) -> str:
        """Which charger, and one word, in 14 characters: of its name so much as there is room for."""
        word = _WORDS.get(alarm.kind, "alarm")
        if not alarm.charger:
            return word
        settings = self._sources.chargers().get(ChargerId(alarm.charger))
        name = alarm.charger if settings is None else settings.name or settings.id
        several = settings is not None and len(settings.connectors) > 1 and alarm.connector
        tail = f" {alarm.connector} {word}" if several else f" {word}"
        room = max(0, _LONGEST_TEXT - len(tail))
        return (name[:room].rstrip() + tail).lstrip()[:_LONGEST_TEXT]

    def _row(self, alarm: Alarm) -> dict[str, Any]:
        settings = self._sources.chargers().get(ChargerId(alarm.charger))
        card = self._book.card_of(alarm)
        return {
            "number": alarm.number,
            "at": alarm.at,
            "over_at": alarm.over_at,
            "charger": alarm.charger,
            "charger_name": "" if settings is None else settings.name,
            "connector": alarm.connector,
            "kind": alarm.kind,
            "text": alarm.text,
            "times": alarm.times,
            "clock": "sane" if alarm.clock_sane else "doubtful",
            "transaction": alarm.transaction_id,
            "id_tag": "" if card is None else masked(card),
            "name": "" if card is None else self._sources.name_of(card),
            "to_acknowledge": alarm.acknowledged_at is None,
            "acknowledged_at": alarm.acknowledged_at if alarm.acknowledged_by else None,
            "acknowledged_by": alarm.acknowledged_by,
        }
