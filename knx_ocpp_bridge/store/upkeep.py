"""The journal is tended once a day: curves are thinned, persons are forgotten.

In small steps through the journal's one writer, so that no fact waits long for its COMMIT on an SD card. A power cut
costs nothing: every step is whole, the place that was reached stands in the table `upkeep`, and to do it again is
harmless. Open transactions, energies, times and meter readings are never touched.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from knx_ocpp_bridge.config.models import Retention
from knx_ocpp_bridge.core.step import Level, Note
from knx_ocpp_bridge.core.values import Clock, Moment
from knx_ocpp_bridge.store import grid_evidence, points
from knx_ocpp_bridge.store.cells import Cell, Statement
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.retention import (
    THINNED_AFTER,
    UNKNOWN_CARDS_FOR,
    months_before,
    reckoned,
    superfluous,
)
from knx_ocpp_bridge.store.rows import MOST_SIGNED

_LOG = logging.getLogger(__name__)
AFTER_START_S: Final = 900.0
LOOK_AGAIN_S: Final = 3600.0
_PAUSE_S: Final = 0.25
"""Between two steps: whatever else has queued goes to the disk meanwhile."""
_A_DAY: Final = timedelta(hours=23)
_PAGE: Final = 100
"""Transactions that are looked at in one go."""
_STEP: Final = 250
"""Rows that are erased in one COMMIT, up to twice as many."""
_BEGINNING: Final = ("", "", 0)
_NEVER: Final = "9999"

_KEPT: Final = "SELECT name, value FROM upkeep"
_KEEP: Final = "REPLACE INTO upkeep (name, value) VALUES (?, ?)"
# One whose clock was doubtful is as old as the next that was heard of by a good clock when it began.
_ENDED: Final = """
SELECT stopped_at, charger, id,
  CASE WHEN clock_sane THEN stopped_at ELSE (
    SELECT n.started_at FROM transactions AS n
    WHERE n.number > t.number AND n.clock_sane AND NOT n.late ORDER BY n.number LIMIT 1) END,
  id_tag <> '' OR EXISTS (SELECT 1 FROM signed_values AS s WHERE s.charger = t.charger AND s.id = t.id)
FROM transactions AS t WHERE (stopped_at, charger, id) > (?, ?, ?) AND stopped_at < ?
ORDER BY stopped_at, charger, id LIMIT ?"""
_FORGET_CARD: Final = (
    ("UPDATE transactions SET id_tag = '' WHERE charger = ? AND id = ? AND stopped_at IS NOT NULL", 1),
    ("DELETE FROM signed_values WHERE charger = ? AND id = ?", MOST_SIGNED),
)
"""With the number of rows."""
_CARDS: Final = "SELECT id_tag, at FROM cards_seen"
_FORGET_SEEN: Final = "DELETE FROM cards_seen WHERE id_tag = ?"

_Place = tuple[str, str, int]
"""End, charger and number of the transaction that was looked at last."""


class Book(Protocol):
    """What of the journal is used here."""

    def read(self, sql: str, cells: tuple[Cell, ...] = ()) -> list[tuple[Any, ...]]: ...
    def write(self, *statements: Statement, done: Callable[[], None] | None = None) -> None: ...
    def log(self, charger: str, note: Note) -> None: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """By which clock, and how long what is kept."""

    moment: Callable[[], Moment]
    synchronised: Callable[[], bool]
    """The system says that its clock follows a time server."""
    floor: datetime
    """No sane clock shows less."""
    retention: Callable[[], Retention]
    is_known: Callable[[str], bool]
    """Somebody has named the card of this idTag."""
    forgotten: Callable[[str], None]
    """Told of every card that nobody remembers to have been held to a reader."""


@dataclass(frozen=True, slots=True)
class _Limits:
    """What ended before these instants is thinned, loses its curve, loses its card."""

    thinned: str
    curve: str
    card: str


@dataclass(frozen=True, slots=True)
class _Ended:
    """A transaction that ended at this time, as far as can be known; `personal`: it has a card or signed values."""

    charger: str
    number: int
    at: str
    personal: bool


@dataclass(slots=True)
class _Done:
    cards: int = 0
    curves: int = 0


class Upkeep:
    """Tends the journal of a bridge that runs."""

    def __init__(self, journal: Book, terms: Terms, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._journal = journal
        self._terms = terms
        self._sleep = sleep

    async def run(self) -> None:
        """Tends it once a day until cancelled, the first time a quarter of an hour after the start."""
        await self._sleep(AFTER_START_S)
        while True:
            try:
                await self.tend()
            except StoreError as error:
                _LOG.error("the journal cannot be tended: %s", error)
            await self._sleep(LOOK_AGAIN_S)

    async def tend(self) -> bool:
        """All that is due is done; nothing by a clock that is not sane, nor twice within a day.

        Returns:
            Whether it was time.

        Raises:
            StoreError: the disk cannot be read.
        """
        terms, kept = self._terms, dict(self._journal.read(_KEPT))
        now = terms.moment()
        if now.clock is not Clock.SANE or _recent(kept.get("finished"), now.utc):
            return False
        before = datetime.fromisoformat(kept["reckoned"]) if "reckoned" in kept else None
        today = reckoned(now.utc, before, terms.floor, synchronised=terms.synchronised())
        retention = terms.retention()
        card = _text(months_before(today, retention.personal_data))
        limits = _Limits(_text(today - THINNED_AFTER), _text(months_before(today, retention.samples)), card)
        done = _Done()
        await self._transactions(limits, _place(kept.get("place")), done)
        await self._cards(_text(today - UNKNOWN_CARDS_FOR), card)
        self._tell(done, retention)
        await self._write(
            (_KEEP, ("finished", now.utc.isoformat())),
            (_KEEP, ("reckoned", today.isoformat())),
            grid_evidence.erasing(_text(months_before(today, grid_evidence.KEPT_MONTHS))),
            ("DELETE FROM upkeep WHERE name = 'place'", ()),
        )
        return True

    async def _transactions(self, limits: _Limits, place: _Place, done: _Done) -> None:
        """Every transaction that ended more than a week ago, the oldest first."""
        while page := self._journal.read(_ENDED, (*place, limits.thinned, _PAGE)):
            step: list[Statement] = []
            size = 0
            for stopped_at, charger, number, ended, personal in page:
                place = (stopped_at, charger, number)
                one = _Ended(charger, number, ended or _NEVER, personal=bool(personal))
                for statement, rows in self._steps(one, limits, done):
                    step.append(statement)
                    size += rows
                    if size >= _STEP:
                        await self._write(*step, _reached(place))
                        step, size = [], 0
            if step:
                await self._write(*step, _reached(place))
            await self._sleep(0)

    def _steps(self, one: _Ended, limits: _Limits, done: _Done) -> Iterator[tuple[Statement, int]]:
        """What is to be done to this transaction, and to how many rows at most."""
        of = (one.charger, one.number)
        if one.personal and one.at < limits.card:
            done.cards += 1
            yield from (((sql, of), rows) for sql, rows in _FORGET_CARD)
        if one.at >= limits.thinned:
            return
        at_s = [each for (each,) in self._journal.read(*points.times(*of))]
        whole = one.at < limits.curve
        done.curves += whole and bool(at_s)
        gone = at_s if whole else superfluous(at_s)
        for start in range(0, len(gone), _STEP):
            some = gone[start : start + _STEP]
            yield points.erasing(*of, some), len(some)

    async def _cards(self, unknown_until: str, known_until: str) -> None:
        """Cards that were held to a reader long ago: unknown ones earlier than those that somebody has named."""
        gone: list[str] = [
            id_tag
            for id_tag, at in self._journal.read(_CARDS)
            if at < known_until or (at < unknown_until and not self._terms.is_known(id_tag))
        ]
        if gone:
            await self._write(*((_FORGET_SEEN, (id_tag,)) for id_tag in gone))
        for id_tag in gone:
            self._terms.forgotten(id_tag)

    async def _write(self, *statements: Statement) -> None:
        """They are on disk, and whoever waited for the disk meanwhile has had it."""
        written = asyncio.Event()
        self._journal.write(*statements, done=written.set)
        await written.wait()
        await self._sleep(_PAUSE_S)

    def _tell(self, done: _Done, retention: Retention) -> None:
        for count, months, what in (
            (done.cards, retention.personal_data, "their cards and signed values"),
            (done.curves, retention.samples, "their curves"),
        ):
            if count:
                text = f"transactions that ended more than {months} months ago and have lost {what} today: {count}"
                self._journal.log("", Note(Level.INFO, None, text, "retention"))


def _recent(finished: str | None, now: datetime) -> bool:
    """One from the future is none: the clock was wrong then."""
    return finished is not None and timedelta() <= now - datetime.fromisoformat(finished) < _A_DAY


def _place(written: str | None) -> _Place:
    if written is None:
        return _BEGINNING
    stopped_at, charger, number = json.loads(written)
    return stopped_at, charger, number


def _reached(place: _Place) -> Statement:
    """Where to go on after a power cut: with this transaction, of which not all may be done."""
    stopped_at, charger, number = place
    return _KEEP, ("place", json.dumps((stopped_at, charger, number - 1)))


def _text(instant: datetime | None) -> str:
    """As times stand in the journal, so that they compare; never: before all of them."""
    return "" if instant is None else instant.astimezone(UTC).isoformat()
