"""The alarms: what stands, what has been, and who has seen it.

What begins to stand and what is acknowledged is on its way to the disk at once; the beginning and the end of a charge
go there with the record of the transaction, and take all other news along, which else waits up to a minute. Something
that comes and goes all the time makes the bridge write twice a minute: its coming waits then as well.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Final, Protocol

from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.step import AlarmKind
from knx_ocpp_bridge.core.values import Clock, ConnectorId, IdTag, Moment, TransactionId
from knx_ocpp_bridge.store.cells import Cell, Statement, cell

KEPT: Final = 10_000
"""Rows on disk, about 2 MB; up to `TRIMMED_EVERY` more until they are trimmed. What stands is never trimmed."""
TRIMMED_EVERY: Final = 100
WAITS_FOR_S: Final = 60.0
AGAIN_WITHIN_S: Final = 600.0
"""What comes back so soon after its end is the same alarm, unless somebody has acknowledged it meanwhile."""
TOLD_AGAIN_WITHIN_S: Final = 60.0
_MOST_RECENT: Final = 1000
_LONGEST_TEXT: Final = 500


class Shelf(Protocol):
    """The part of the journal that is written to and read from here."""

    def write(self, *statements: Statement, done: Callable[[], None] | None = None) -> None: ...
    def read(self, sql: str, cells: tuple[Cell, ...] = ()) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True, slots=True)
class Alarm:
    """One row; its fields are the columns of the table `alarms`, in order. Times are UTC in ISO 8601."""

    number: int
    at: str
    charger: str
    """Empty: it is about the bridge itself."""
    connector: int | None
    kind: str
    """The value of an `AlarmKind`."""
    text: str
    transaction_id: int | None
    clock_sane: int
    """0: `at` is by a clock that could not be believed."""
    times: int
    over_at: str | None
    acknowledged_at: str | None
    acknowledged_by: str
    """Empty with `acknowledged_at`: nobody has to."""


@dataclass(frozen=True, slots=True)
class Happening:
    """What is to be told, and of what."""

    kind: AlarmKind
    charger: str = ""
    connector: ConnectorId | None = None
    text: str = ""
    transaction: TransactionId | None = None


_COLUMNS: Final = tuple(field.name for field in fields(Alarm))
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM alarms"
_REPLACE: Final = f"REPLACE INTO alarms VALUES ({', '.join('?' * len(_COLUMNS))})"
_TRIM: Final = "DELETE FROM alarms WHERE number <= ? AND over_at IS NOT NULL"
_CARD: Final = "SELECT id_tag FROM transactions WHERE charger = ? AND id = ?"
_UNSEEN: Final = f"{_SELECT} WHERE acknowledged_at IS NULL"

_Key = tuple[str, str, int | None, int | None]


class AlarmBook:
    """Owns the rows. `later` calls back after so many seconds; the journal is open.

    Everything is called on the event loop's thread and never waits. All of it may raise a StoreError where it reads.
    """

    def __init__(self, shelf: Shelf, later: Callable[[float, Callable[[], None]], object]) -> None:
        self._shelf = shelf
        self._later = later
        ((last,),) = shelf.read("SELECT max(number) FROM alarms")
        self._last_number = int(last or 0)
        standing = [Alarm(*row) for row in shelf.read(f"{_SELECT} WHERE over_at IS NULL ORDER BY number")]
        self._standing = {_key_of(alarm): alarm for alarm in standing}
        self._recent: dict[_Key, tuple[Alarm, float]] = {}
        """What was over a while ago, and since when on the monotonic clock."""
        self._news: dict[int, Alarm] = {}
        """Rows that nobody has begun to write."""
        self._on_their_way: dict[int, Alarm] = {}
        self._due = False
        self._hurried_s = -WAITS_FOR_S

    @property
    def standing(self) -> tuple[Alarm, ...]:
        """What has begun and is not over, in the order of beginning."""
        return tuple(self._standing.values())

    def begin(self, what: Happening, now: Moment) -> bool:
        """It stands from now on, in the row of before if that has just ended; False: it stood already.

        What is said of it is the newest text.
        """
        key = _key(what)
        known = self._standing.get(key)
        if known is not None:
            if known.text != _text(what.text):
                self._standing[key] = replace(known, text=_text(what.text))
                self._put(self._standing[key])
            return False
        again = self._recently(key, now, AGAIN_WITHIN_S)
        if again is not None and again.acknowledged_at is None:
            alarm = replace(again, text=_text(what.text), times=again.times + 1, over_at=None)
        else:
            alarm = self._new(what, now)
        self._recent.pop(key, None)
        self._standing[key] = alarm
        self._put(alarm)
        if alarm.times == 1 or now.monotonic_s - self._hurried_s >= WAITS_FOR_S:
            self._hurried_s = now.monotonic_s
            self.write()
        return True

    def end(self, what: Happening, now: Moment) -> bool:
        """It is over; False: it did not stand."""
        alarm = self._standing.pop(_key(what), None)
        if alarm is None:
            return False
        self._end(replace(alarm, over_at=_time(now)), now)
        return True

    def tell(self, what: Happening, now: Moment, *, to_acknowledge: bool) -> None:
        """Something that has no end to wait for; the same again within a minute is counted in its row.

        What is told of another transaction is never the same. Its row waits for `take`, or a minute.
        """
        again = self._recently(_key(what), now, TOLD_AGAIN_WITHIN_S)
        if again is not None and (again.acknowledged_at is None or not again.acknowledged_by):
            alarm = replace(again, text=_text(what.text), times=again.times + 1)
        else:
            alarm = self._new(what, now)
        if not to_acknowledge:
            alarm = replace(alarm, acknowledged_at=_time(now))
        self._end(replace(alarm, over_at=_time(now)), now)

    def find(self, number: int) -> Alarm | None:
        """The row of this number as it is now; None: there is none."""
        here = {alarm.number: alarm for alarm in self.standing} | self._on_their_way | self._news
        if number in here:
            return here[number]
        rows = self._shelf.read(f"{_SELECT} WHERE number = ?", (cell(number),))
        return Alarm(*rows[0]) if rows else None

    def acknowledge(self, number: int, by: str, now: Moment) -> Alarm | None:
        """Somebody has seen it: the row as it is now, or None if there is none of this number."""
        known = self.find(number)
        if known is None or known.acknowledged_at is not None:
            return known
        (seen,) = self._acknowledge((known,), by, now)
        return seen

    def acknowledge_all(self, by: str, now: Moment) -> int:
        """Somebody has seen them all; how many nobody had seen before."""
        unseen = {row[0]: Alarm(*row) for row in self._shelf.read(_UNSEEN)} | self._on_their_way | self._news
        wanted = tuple(alarm for alarm in unseen.values() if alarm.acknowledged_at is None)
        self._acknowledge(wanted, by, now)
        return len(wanted)

    def rows(self, after: int, limit: int, *, newest: bool = False, standing: bool = False) -> list[Alarm]:
        """Alarms with a number above `after`, in order: the first `limit`, or the newest; or of those that stand."""
        if standing:
            found = {alarm.number: alarm for alarm in self.standing}
        else:
            sql = f"{_SELECT} WHERE number > ? ORDER BY number {'DESC' if newest else 'ASC'} LIMIT ?"
            found = {row[0]: Alarm(*row) for row in self._shelf.read(sql, (cell(after), limit))}
            found |= {alarm.number: alarm for alarm in self.standing} | self._on_their_way | self._news
        ordered = [found[number] for number in sorted(found) if number > after]
        return ordered[max(0, len(ordered) - limit) :] if newest else ordered[:limit]

    def card_of(self, alarm: Alarm) -> IdTag | None:
        """The card of the transaction that it is about; None: it is about none, or nothing is known of it any more."""
        if alarm.transaction_id is None:
            return None
        rows = self._shelf.read(_CARD, (cell(alarm.charger), cell(alarm.transaction_id)))
        return IdTag(rows[0][0]) if rows and rows[0][0] else None

    def write(self) -> None:
        """All news is on its way to the disk."""
        if self._news:
            statements, done = self.take()
            self._shelf.write(*statements, done=done)

    def take(self) -> tuple[tuple[Statement, ...], Callable[[], None]]:
        """All news, for a COMMIT that is due anyhow; whom to call once it is on disk."""
        written = self._news
        self._news = {}
        self._on_their_way |= written
        statements: list[Statement] = [
            (_REPLACE, tuple(cell(getattr(alarm, name)) for name in _COLUMNS)) for alarm in written.values()
        ]
        trimmed = [number for number in written if number % TRIMMED_EVERY == 0]
        statements += [(_TRIM, (number - KEPT,)) for number in trimmed]
        return tuple(statements), partial(self._written, written)

    def _written(self, rows: dict[int, Alarm]) -> None:
        for number, alarm in rows.items():
            if self._on_their_way.get(number) is alarm:
                del self._on_their_way[number]

    def _new(self, what: Happening, now: Moment) -> Alarm:
        self._last_number += 1
        return Alarm(
            number=self._last_number,
            at=_time(now),
            charger=what.charger,
            connector=what.connector,
            kind=what.kind.value,
            text=_text(what.text),
            transaction_id=what.transaction,
            clock_sane=int(now.clock is Clock.SANE),
            times=1,
            over_at=None,
            acknowledged_at=None,
            acknowledged_by="",
        )

    def _end(self, alarm: Alarm, now: Moment) -> None:
        key = _key_of(alarm)
        self._recent.pop(key, None)
        if len(self._recent) >= _MOST_RECENT:
            del self._recent[next(iter(self._recent))]
        self._recent[key] = (alarm, now.monotonic_s)
        self._put(alarm)

    def _recently(self, key: _Key, now: Moment, within_s: float) -> Alarm | None:
        alarm, ended_s = self._recent.get(key, (None, 0.0))
        return alarm if now.monotonic_s - ended_s <= within_s else None

    def _acknowledge(self, alarms: tuple[Alarm, ...], by: str, now: Moment) -> list[Alarm]:
        all_seen = [replace(alarm, acknowledged_at=_time(now), acknowledged_by=by) for alarm in alarms]
        for seen in all_seen:
            key = _key_of(seen)
            if key in self._standing and self._standing[key].number == seen.number:
                self._standing[key] = seen
            recent, ended_s = self._recent.get(key, (None, 0.0))
            if recent is not None and recent.number == seen.number:
                self._recent[key] = (seen, ended_s)
            self._news[seen.number] = seen
        self.write()
        return all_seen

    def _put(self, alarm: Alarm) -> None:
        self._news[alarm.number] = alarm
        if not self._due:
            self._due = True
            self._later(WAITS_FOR_S, self._ring)

    def _ring(self) -> None:
        self._due = False
        self.write()


def _key(what: Happening) -> _Key:
    return what.kind.value, what.charger.casefold(), what.connector, what.transaction


def _key_of(alarm: Alarm) -> _Key:
    return alarm.kind, alarm.charger.casefold(), alarm.connector, alarm.transaction_id


def _time(now: Moment) -> str:
    return now.utc.isoformat(timespec="seconds")


def _text(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
