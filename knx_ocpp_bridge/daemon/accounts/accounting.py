"""Drives the ledger: hears what is on disk, looks at the time, resets totals, and has the building told of it."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.actor import Timer
from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.core.book import Book, Count, Opening, Running, Tally
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.days import day_of, midnight, next_midnight, seconds_between
from knx_ocpp_bridge.core.events import Wished
from knx_ocpp_bridge.core.facts import Fact, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.ledger import Ledger
from knx_ocpp_bridge.core.registers import running_wh
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import CardShown, Level, Note, Update
from knx_ocpp_bridge.core.tags import fits
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, Clock, ConnectorId, IdTag, Moment, Value
from knx_ocpp_bridge.daemon.accounts.announcing import SITE, Announcer, Offer
from knx_ocpp_bridge.store.accounts import openings, resetting
from knx_ocpp_bridge.store.cells import Cell, Statement
from knx_ocpp_bridge.store.errors import StoreError

_log = logging.getLogger(__name__)

RESET: Final = "reset_counters"
_SOON_S: Final = 1.0
_CARDS_AT_ONCE: Final = 5
"""So many in a second: a reader that is tried without end would take the time of all other chargers."""
_READS_PART: Final = 20
"""Reading a log takes at most a twentieth of the time."""
_WHILE_CHARGING_S: Final = 10.0
_EVERY_S: Final = 60.0
"""A clock that jumps, and an hour that is left out, are noticed within this."""
_AFTER_MIDNIGHT_S: Final = 0.01
_A_DAY: Final = timedelta(days=1)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)

Outlet = tuple[ChargerId, ConnectorId]


class Log(Protocol):
    """The part of the journal that is needed here."""

    @property
    def trouble(self) -> str | None: ...
    def read(self, sql: str, cells: tuple[Cell, ...] = ()) -> list[tuple[Any, ...]]: ...
    def write(self, *statements: Statement, done: Callable[[], None] | None = None) -> None: ...
    def log(self, charger: str, note: Note) -> None: ...


@dataclass(frozen=True, slots=True)
class Means:
    """What accounting works with."""

    moment: Callable[[], Moment]
    charger: Callable[[ChargerId], Charger | None]
    """The charger as it is now."""
    offer: Offer
    call_later: Callable[[float, Callable[[], None]], Timer]


class Accounting:
    """Owns the ledger. Of a charger whose log cannot be read nothing is told until it can, nor of the site."""

    def __init__(self, loaded: Loaded, log: Log, means: Means) -> None:
        self._loaded, self._log, self._means = loaded, log, means
        self._ledger = Ledger(ZoneInfo(loaded.bridge.site.timezone))
        self._announcer = Announcer(self._ledger, means.charger, means.offer)
        self._unread = set(loaded.chargers)
        """Their log must be read (again): what is known of them does not hold."""
        self._cards_told: dict[ChargerId, tuple[float, int]] = {}
        self._cards_wait: set[ChargerId] = set()
        """Cards are held there one right after the other: told soon."""
        self._readable_s: dict[ChargerId, float] = {}
        self._today = self._day(means.moment())
        self._timer: Timer | None = None
        self._read()

    def configure(self, loaded: Loaded) -> None:
        """The configured chargers count from now on, by the days of the configured zone, and all is told."""
        before, self._loaded = self._loaded.chargers, loaded
        zone = ZoneInfo(loaded.bridge.site.timezone)
        for charger_id in before.keys() - loaded.chargers.keys():
            self._ledger.close(charger_id)
            self._announcer.forget(charger_id)
            self._unread.discard(charger_id)
        for charger_id, settings in loaded.chargers.items():
            if charger_id not in before or before[charger_id].connectors.keys() != settings.connectors.keys():
                self._unread.add(charger_id)
        if zone != self._ledger.zone:
            self._ledger.move(zone)
            self._unread.update(loaded.chargers)
        self.tell()

    def tell(self) -> None:
        """All is told that is news, and the time is watched from now on."""
        self._turn()
        self._read()
        self._tell(self._ledger.chargers)

    def read_again(self) -> None:
        """The log was changed by somebody else: what was summed up of it does not hold any more."""
        self._unread.update(self._loaded.chargers)
        self.tell()

    def moved(self, charger_id: ChargerId) -> None:
        """The charger came or went: what nobody knows of it meanwhile is not told."""
        if charger_id not in self._ledger.chargers:
            return
        now = self._means.moment()
        self._follow(charger_id, now.utc)
        # Of its outlets alone: no sum of the charger or the site is another, and 200 may come at once.
        for connector in self._loaded.chargers[charger_id].connectors:
            self._announcer.say((charger_id, connector), _believed(now), now.monotonic_s, exactly=False)

    def stop(self) -> None:
        """Nothing is told any more of its own accord."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def recorded(self, charger_id: ChargerId, facts: tuple[Fact, ...]) -> None:
        """These facts are on disk."""
        transactions = [fact.transaction for fact in facts if isinstance(fact, TransactionRecorded)]
        if not transactions or charger_id not in self._loaded.chargers:
            return
        for transaction in transactions:
            self._see(charger_id, transaction)
            if not self._ledger.record(charger_id, transaction):
                self._unread.add(charger_id)
        self._read()
        self._tell((charger_id,))

    def card(self, charger_id: ChargerId, shown: CardShown) -> None:
        """A card was held to a reader: for a minute it is seen whose it is, whatever came of it."""
        settings = self._loaded.chargers.get(charger_id)
        if settings is None:
            return
        now_s = self._means.moment().monotonic_s
        name = self._announcer.holder(charger_id, shown.id_tag)
        for connector in {CHARGE_POINT, shown.connector} & {CHARGE_POINT, *settings.connectors}:
            self._announcer.readers.show((charger_id, connector), name, now_s)
        since_s, told = self._cards_told.get(charger_id, (now_s, 0))
        if now_s - since_s >= _SOON_S:
            since_s, told = now_s, 0
        if told < _CARDS_AT_ONCE:
            self._cards_told[charger_id] = (since_s, told + 1)
            self._tell((charger_id,), exactly=False)
        elif charger_id not in self._cards_wait:
            self._cards_wait.add(charger_id)
            self._arm()

    def forget(self, id_tags: Iterable[IdTag]) -> None:
        """A card is erased: its charges are nobody's, and its name is not told any more; every number stays."""
        known = tuple(id_tags)
        for charger_id in self._ledger.chargers:
            charger = self._means.charger(charger_id)
            if charger is not None:
                for book in self._ledger.books(charger_id).values():
                    book.forget(partial(_is_one_of, charger, known))
        self._announcer.readers.clear()
        self.tell()

    def heard(self, charger_id: ChargerId | None, wished: Wished) -> None:
        """A 1 on a group address, or the like: totals begin anew, and the outlet is told what became of it."""
        source = f" ({wished.source})" if wished.source else ""
        who = f"{wished.origin.value}{source}"
        if not self.reset(charger_id, wished.connector, who, partial(self._answer, charger_id, wished.connector)):
            self._answer(charger_id, wished.connector, CommandResult.REJECTED)

    def reset(self, charger_id: ChargerId | None, connector: ConnectorId, who: str, done: Callable[[], None]) -> bool:
        """The totals of an outlet, of a charger (connector 0) or of all (None) begin anew; `done` once that is on disk.

        False: nothing is known there.
        """
        now = self._means.moment()
        counts: dict[Outlet, Count] = {}
        self._read(at_once=True)
        for each in self._ledger.chargers if charger_id is None else (charger_id,):
            self._follow(each, now.utc)
            for number, book in self._ledger.books(each).items():
                if connector in {CHARGE_POINT, number}:
                    counts[each, number] = book.everything(_believed(now))
        level, words = (Level.INFO, "the totals begin anew") if counts else (Level.WARNING, "nothing is counted here")
        note = Note(level, connector or None, f"{RESET} from {who}: {words}", "wish")
        self._log.log(charger_id or "", note)
        _log.log(level.value, "%s: %s", charger_id or "bridge", note.text)
        if counts:
            statements = [resetting(*outlet, count, now.utc) for outlet, count in counts.items()]
            self._log.write(*statements, done=partial(self._is_reset, counts, now.utc, done))
        return bool(counts)

    @property
    def unknown(self) -> frozenset[ChargerId]:
        """Configured chargers of which nothing can be told, as their log cannot be read."""
        return frozenset(self._loaded.chargers) - frozenset(self._ledger.chargers)

    def tally(self, charger_id: ChargerId | None, connector: ConnectorId = CHARGE_POINT) -> Tally:
        """The counters of an outlet, of a charger (connector 0) or of the site (None), at this moment."""
        now = self._means.moment()
        if charger_id is None:
            return self._ledger.of_site(_believed(now))
        if connector == CHARGE_POINT:
            return self._ledger.of_charger(charger_id, _believed(now))
        return self._book(charger_id, connector).tally(_believed(now))

    def running(self, charger_id: ChargerId, connector: ConnectorId) -> Running | None:
        """The open transaction there, and what it has taken so far."""
        self._follow(charger_id, self._means.moment().utc)
        return self._book(charger_id, connector).running

    def elapsed_s(self, running: Running) -> int | None:
        """Since the open transaction began, in s; None: nobody can tell."""
        now = _believed(self._means.moment())
        if now is None or not running.transaction.clock_sane:
            return None
        return seconds_between(running.transaction.started_at, now)

    def reset_at(self, charger_id: ChargerId, connector: ConnectorId) -> datetime | None:
        """Since when the totals of this outlet count; None: since the beginning."""
        return self._book(charger_id, connector).reset_at

    def last(self, charger_id: ChargerId, connector: ConnectorId) -> Transaction | None:
        """The charge that ended last there."""
        return self._book(charger_id, connector).last

    def name(self, charger_id: ChargerId, transaction: Transaction) -> str:
        """Who has charged."""
        return self._announcer.name(charger_id, transaction)

    def values(self, charger_id: ChargerId | None, connector: ConnectorId = CHARGE_POINT) -> dict[str, Value]:
        """What there is to be seen at this moment, object by object."""
        now = self._means.moment()
        if charger_id is not None:
            self._follow(charger_id, now.utc)
        seen = self._announcer.sight((charger_id, connector), _believed(now), now.monotonic_s)
        return {key: value for key, value in seen.items() if value is not None}

    def _tick(self) -> None:
        self._timer = None
        try:
            turned = self._turn()
            unread = bool(self._unread)
            self._read()
            gone = self._announcer.readers.gone(self._means.moment().monotonic_s)
            gone |= self._cards_wait & set(self._ledger.chargers)
            self._cards_wait.clear()
            if turned or unread:
                self._tell(self._ledger.chargers)
            else:
                self._tell({each for each in self._ledger.chargers if self._is_running(each)} | gone, exactly=False)
        finally:
            if self._timer is None:
                self._arm()

    def _turn(self) -> bool:
        """The day is looked at; True: it is another one."""
        before, self._today = self._today, self._day(self._means.moment())
        if self._today is not None and (before is None or self._today < before):
            # What is a sum already may be of these days: the log can tell.
            self._unread.update(self._loaded.chargers)
        return before != self._today

    def _tell(self, chargers: Iterable[ChargerId], *, exactly: bool = True) -> None:
        now = self._means.moment()
        for charger_id in chargers:
            self._follow(charger_id, now.utc)
            for connector in (*self._loaded.chargers[charger_id].connectors, CHARGE_POINT):
                self._announcer.say((charger_id, connector), _believed(now), now.monotonic_s, exactly=exactly)
        if len(self._ledger.chargers) == len(self._loaded.chargers):
            self._announcer.say(SITE, _believed(now), now.monotonic_s, exactly=exactly)
        self._arm()

    def _see(self, charger_id: ChargerId, transaction: Transaction) -> None:
        """Somebody begins to charge, or has ended: then the name is seen for a minute more."""
        book = self._book(charger_id, transaction.connector)
        places = ((charger_id, CHARGE_POINT), (charger_id, transaction.connector))
        running = book.running
        if transaction.stopped_at is None and not book.holds(transaction.id):
            for place in places:
                self._announcer.readers.begin(place)
        elif transaction.stopped_at is not None and running is not None and running.transaction.id == transaction.id:
            for place in places:
                name = self._announcer.name(charger_id, transaction)
                self._announcer.readers.show(place, name, self._means.moment().monotonic_s)

    def _follow(self, charger_id: ChargerId, utc: datetime) -> None:
        """What the open transactions have taken so far, of those that are on disk."""
        charger = self._means.charger(charger_id)
        for number, book in self._ledger.books(charger_id).items():
            connector = None if charger is None else charger.connectors.get(number)
            if connector is None or connector.transaction is None:
                continue  # one that has just ended runs until that is on disk
            if book.running is not None and _is_hidden(connector, book.running):
                book.running = None
            elif not connector.hidden and book.holds(connector.transaction.id):
                book.run(connector.transaction, running_wh(connector), utc)

    def _is_running(self, charger_id: ChargerId) -> bool:
        return any(book.running is not None for book in self._ledger.books(charger_id).values())

    def _read(self, *, at_once: bool = False) -> None:
        """What must be read of the log is, if it can be; while facts wait for the disk it would not say all.

        A log that takes long to read is not read all the time, but `at_once`: whoever makes it long and asks for it
        again and again would take the time of all other chargers.
        """
        if not self._unread or self._log.trouble is not None:
            return
        zone, today = self._ledger.zone, self._today
        since = _NEVER if today is None else midnight(today - _A_DAY, zone)
        for charger_id in tuple(self._unread):
            began_s = self._means.moment().monotonic_s
            if not at_once and began_s < self._readable_s.get(charger_id, began_s):
                continue
            try:
                found = openings(self._log.read, charger_id, since)
            except StoreError as error:
                _log.warning("the counters of %s are not known: %s", charger_id, error)
                continue
            for connector in self._loaded.chargers[charger_id].connectors:
                found.setdefault(connector, Opening())
            self._ledger.open(charger_id, found)
            self._unread.discard(charger_id)
            now = self._means.moment()
            self._readable_s[charger_id] = now.monotonic_s + _READS_PART * (now.monotonic_s - began_s)
            self._follow(charger_id, now.utc)

    def _is_reset(self, counts: dict[Outlet, Count], at: datetime, done: Callable[[], None]) -> None:
        for (charger_id, connector), count in counts.items():
            book = self._ledger.books(charger_id).get(connector)
            if book is not None:
                book.reset, book.reset_at = count, at
        self._tell({charger_id for charger_id, _ in counts if charger_id in self._loaded.chargers})
        done()

    def _answer(
        self, charger_id: ChargerId | None, connector: ConnectorId, result: CommandResult = CommandResult.ACCEPTED
    ) -> None:
        if charger_id is not None and connector != CHARGE_POINT:
            self._means.offer(charger_id, Update(connector, "command_result", int(result), again=True))

    def _book(self, charger_id: ChargerId, connector: ConnectorId) -> Book:
        book = self._ledger.books(charger_id).get(connector)
        return Book(self._ledger.zone, Opening()) if book is None else book

    def _day(self, now: Moment) -> date | None:
        return day_of(now.utc, self._ledger.zone) if now.clock is Clock.SANE else None

    def _arm(self) -> None:
        """Ring again when something may have changed that nobody tells."""
        now = self._means.moment()
        running = any(self._is_running(each) for each in self._ledger.chargers)
        delays_s = [_WHILE_CHARGING_S if running else _EVERY_S]
        delays_s.append((next_midnight(now.utc, self._ledger.zone) - now.utc).total_seconds() + _AFTER_MIDNIGHT_S)
        shown_s = self._announcer.readers.next_at()
        if self._cards_wait:
            delays_s.append(_SOON_S)
        if shown_s is not None:
            delays_s.append(max(0.0, shown_s - now.monotonic_s))
        self.stop()
        self._timer = self._means.call_later(min(delays_s), self._tick)


def _is_one_of(charger: Charger, known: tuple[IdTag, ...], id_tag: IdTag) -> bool:
    return any(fits(charger, id_tag, one) for one in known)


def _believed(now: Moment) -> datetime | None:
    """The time, if it can be believed."""
    return now.utc if now.clock is Clock.SANE else None


def _is_hidden(connector: Connector, running: Running) -> bool:
    """Its start was delivered late: it may have ended long ago."""
    transaction = connector.transaction
    return connector.hidden and transaction is not None and transaction.id == running.transaction.id
