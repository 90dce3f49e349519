"""The account of one connector: everything that was ever charged there, today, yesterday and since the last reset.

It follows from the rows of the log, and from what the open transaction has taken so far. The newest transactions are
known one by one, as only those can still be corrected; the older ones are sums.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from knx_ocpp_bridge.core.days import day_of, energy_by_day, running_by_day, seconds_between, seconds_by_day
from knx_ocpp_bridge.core.facts import Transaction
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.values import IdTag, TransactionId

KEPT: Final = 16
"""Ended transactions, and sessions of older ones, that a Book knows one by one; a charger corrects its last eight."""
_A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Count:
    """So many sessions, so much energy, so much time."""

    sessions: int = 0
    energy_wh: int = 0
    seconds: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.sessions + other.sessions, self.energy_wh + other.energy_wh, self.seconds + other.seconds)

    def __sub__(self, other: "Count") -> "Count":
        return Count(self.sessions - other.sessions, self.energy_wh - other.energy_wh, self.seconds - other.seconds)


NOTHING: Final = Count()


@dataclass(frozen=True, slots=True)
class Tally:
    """The counters of a connector, a charger or the site. A day is None while nobody knows what day it is."""

    today: Count | None
    yesterday: Count | None
    total: Count
    """Since the last reset; never below 0, whatever is corrected after it."""


@dataclass(frozen=True, slots=True)
class Running:
    """The open transaction: what it has taken so far, and when that was said."""

    transaction: Transaction
    energy_wh: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """What a Book begins with, read from the log. Every session is in one of the two parts, as a whole."""

    transactions: tuple[Transaction, ...] = ()
    """The newest `KEPT`, the open ones, all that ended yesterday or later, and what is of the same sessions; in the
    order in which they were heard of."""
    older: Count = NOTHING
    """All others, refused ones without energy left out."""
    older_charges: int = 0
    older_id: int = 0
    """The highest number among the others, counted or not; 0: there are none."""
    older_last: Transaction | None = None
    """The charge among the others that was heard of last."""
    older_last_after: int = 0
    """So many of `transactions` had been heard of before it."""
    reset: Count = NOTHING
    """What all had come to at the last reset."""
    reset_at: datetime | None = None
    running: Running | None = None
    """What is known of the open transaction from before the start."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One transaction with what it comes to."""

    transaction: Transaction
    count: Count
    """Without the session."""
    by_day: Mapping[date, Count]
    ended_on: date | None
    heard: int = 0
    """Its place in the order in which they were heard of."""


@dataclass(frozen=True, slots=True)
class _Session:
    """Of the transactions of one session that are sums already."""

    started_at: datetime
    ended_on: date | None
    counts: bool


def is_charge(transaction: Transaction) -> bool:
    """True if it has ended and counts: one that was refused does only if it took energy all the same."""
    return transaction.stopped_at is not None and (transaction.accepted or bool(transaction.energy_wh))


def seconds_of(transaction: Transaction) -> int | None:
    """How long it took, in s; None: it has not ended, or nobody can tell, as a clock could not be believed."""
    if transaction.stopped_at is None or not transaction.clock_sane:
        return None
    return seconds_between(transaction.started_at, transaction.stopped_at)


def session_of(transaction: Transaction) -> TransactionId:
    """The name of its session."""
    return transaction.id if transaction.session is None else transaction.session


class Book:
    """The account of one connector. Its memory is bounded, however long the log is."""

    __slots__ = (
        "_cache",
        "_charges",
        "_days",
        "_entries",
        "_heard",
        "_last",
        "_last_heard",
        "_older",
        "_older_id",
        "_sessions",
        "_zone",
        "reset",
        "reset_at",
        "running",
    )

    def __init__(self, zone: tzinfo, opening: Opening) -> None:
        self.reset, self.reset_at = opening.reset, opening.reset_at
        self.running = opening.running
        self._zone = zone
        self._cache: dict[date | None, Count] = {}
        """Of a day, or of all (None), without the open transaction; until something is recorded."""
        self._entries: dict[TransactionId, _Entry] = {}
        self._sessions: dict[TransactionId, _Session] = {}
        self._days: dict[date, Count] = {}
        self._older = opening.older
        self._charges = opening.older_charges
        self._older_id = opening.older_id
        self._heard = 0
        self._last, self._last_heard = opening.older_last, opening.older_last_after
        for transaction in opening.transactions:
            self.record(transaction)

    @property
    def charges(self) -> int:
        """How many charges have ever ended here."""
        return self._charges + sum(is_charge(entry.transaction) for entry in self._entries.values())

    @property
    def last(self) -> Transaction | None:
        """The charge that was told last; a late one follows those that were told before, a corrected one none."""
        charges = [entry for entry in self._entries.values() if is_charge(entry.transaction)]
        newest = max(charges, key=_place, default=None)
        return self._last if newest is None or not self._follows(newest) else newest.transaction

    def holds(self, transaction: TransactionId) -> bool:
        """It is known here one by one: a record of it can be taken."""
        return transaction in self._entries

    def may_hold(self, transaction: Transaction) -> bool:
        """Nobody can tell here whether it is new: it may be among those that are sums."""
        return bool(self._older_id) and (transaction.stopped_at is not None or transaction.id <= self._older_id)

    def may_know(self, session: TransactionId) -> bool:
        """Nobody can tell here whether this session is new: it may be among those of which only the sum is left."""
        return bool(self._older_id) and session not in self._entries and session not in self._sessions

    def record(self, transaction: Transaction) -> None:
        """The transaction as it now stands; as in the log, one that has truly ended is no other one by and by."""
        known = self._entries.get(transaction.id)
        if known is not None and _is_another(known.transaction, transaction):
            return
        if known is None:
            self._heard += 1
        heard = self._heard if known is None else known.heard
        self._entries[transaction.id] = replace(_entry(transaction, self._zone), heard=heard)
        self._cache.clear()
        running = self.running
        if running is not None and running.transaction.id == transaction.id:
            if transaction.stopped_at is not None:
                self.running = None
            else:
                self.running = Running(transaction, running.energy_wh, running.at)
        self._fold()

    def run(self, transaction: Transaction, energy_wh: int, at: datetime) -> None:
        """An open transaction has taken so much at least; what was heard of it before is not taken back."""
        known = self.running
        if known is not None and known.transaction.id == transaction.id and energy_wh <= known.energy_wh:
            self.running = Running(transaction, known.energy_wh, known.at)
        else:
            self.running = Running(transaction, max(energy_wh, sum(day.energy_wh for day in transaction.days)), at)

    def forget(self, mine: Callable[[IdTag], bool]) -> None:
        """The ended charges of this card are nobody's from now on; what was counted stays."""
        for number, entry in self._entries.items():
            if entry.transaction.stopped_at is not None and mine(entry.transaction.id_tag):
                self._entries[number] = replace(entry, transaction=replace(entry.transaction, id_tag=IdTag("")))
        if self._last is not None and mine(self._last.id_tag):
            self._last = replace(self._last, id_tag=IdTag(""))

    def everything(self, now: datetime | None) -> Count:
        """All that was ever charged here. `now` in UTC; None: nobody knows what time it is."""
        return self._counted(None) + self._running_count(now)

    def tally(self, now: datetime | None) -> Tally:
        """The counters at `now` in UTC; None: nobody knows what time it is."""
        total = _not_negative(self.everything(now) - self.reset)
        if now is None:
            return Tally(None, None, total)
        today = day_of(now, self._zone)
        days = (today, today - _A_DAY)
        if today not in self._cache:
            self._cache.clear()
            self._days = {day: count for day, count in self._days.items() if day >= days[1]}
        today_count, yesterday_count = (self._counted(day) + self._running_on(day, now) for day in days)
        return Tally(today_count, yesterday_count, total)

    def session_seconds(self, now: datetime) -> int | None:
        """Since the running session began to charge, in s; 0 while nothing charges, None: nobody can tell."""
        if self.running is None:
            return 0
        transaction = self.running.transaction
        if not transaction.clock_sane:
            return None
        session = session_of(transaction)
        begins = [
            entry.transaction.started_at
            for entry in self._entries.values()
            if session_of(entry.transaction) == session and entry.transaction.clock_sane
        ]
        if session in self._sessions:
            begins.append(self._sessions[session].started_at)
        return seconds_between(min(begins, default=transaction.started_at), now)

    def _counted(self, day: date | None) -> Count:
        found = self._cache.get(day)
        if found is None:
            found = self._cache[day] = self._all() if day is None else self._on(day)
        return found

    def _all(self) -> Count:
        counts = (entry.count for entry in self._entries.values())
        return sum(counts, self._older + Count(sessions=len(self._session_days())))

    def _on(self, day: date) -> Count:
        sessions = sum(ended_on == day for ended_on in self._session_days().values())
        counts = (entry.by_day.get(day, NOTHING) for entry in self._entries.values())
        return sum(counts, self._days.get(day, NOTHING) + Count(sessions=sessions))

    def _session_days(self) -> dict[TransactionId, date | None]:
        """The sessions that are known one by one, and the day on which the last of their transactions ended."""
        found = {name: session.ended_on for name, session in self._sessions.items() if session.counts}
        for entry in self._entries.values():
            if is_charge(entry.transaction):
                session = session_of(entry.transaction)
                found[session] = _later(found.get(session), entry.ended_on)
        return found

    def _running_count(self, now: datetime | None) -> Count:
        running = self.running
        if running is None or not (running.transaction.accepted or running.energy_wh):
            return NOTHING
        if now is None or not running.transaction.clock_sane:
            return Count(energy_wh=running.energy_wh)
        return Count(energy_wh=running.energy_wh, seconds=seconds_between(running.transaction.started_at, now))

    def _running_on(self, day: date, now: datetime) -> Count:
        running = self.running
        if running is None or not (running.transaction.accepted or running.energy_wh):
            return NOTHING
        transaction = running.transaction
        if not transaction.clock_sane:
            return NOTHING
        energy = running_by_day(transaction, running.energy_wh, running.at, self._zone)
        seconds = seconds_by_day(transaction.started_at, now, self._zone)
        return Count(energy_wh=energy.get(day, 0), seconds=seconds.get(day, 0))

    def _fold(self) -> None:
        """Beyond the newest, ended transactions become sums."""
        ended = sorted(number for number, entry in self._entries.items() if entry.transaction.stopped_at is not None)
        for number in ended[:-KEPT]:
            self._sum_up(self._entries.pop(number))
        held = {session_of(entry.transaction) for entry in self._entries.values()}
        past = [name for name in self._sessions if name not in held]
        for name in past[:-KEPT]:
            self._close_session(self._sessions.pop(name))

    def _sum_up(self, entry: _Entry) -> None:
        transaction = entry.transaction
        self._older_id = max(self._older_id, transaction.id)
        self._older += entry.count
        for day, count in entry.by_day.items():
            self._days[day] = self._days.get(day, NOTHING) + count
        if is_charge(transaction):
            self._charges += 1
            if self._follows(entry):
                self._last, self._last_heard = transaction, entry.heard
        session = session_of(transaction)
        known = self._sessions.pop(session, _Session(transaction.started_at, None, counts=False))
        begin = min(known.started_at, transaction.started_at) if transaction.clock_sane else known.started_at
        ended_on = _later(known.ended_on, entry.ended_on)
        self._sessions[session] = _Session(begin, ended_on, counts=known.counts or is_charge(transaction))

    def _follows(self, entry: _Entry) -> bool:
        """It was heard of after the last one of the sums."""
        return self._last is None or entry.heard > self._last_heard

    def _close_session(self, session: _Session) -> None:
        if session.counts:
            self._older += Count(sessions=1)
            if session.ended_on is not None:
                self._days[session.ended_on] = self._days.get(session.ended_on, NOTHING) + Count(sessions=1)


def _entry(transaction: Transaction, zone: tzinfo) -> _Entry:
    if not is_charge(transaction) or transaction.stopped_at is None:
        return _Entry(transaction, NOTHING, {}, None)
    seconds = seconds_of(transaction)
    count = Count(energy_wh=transaction.energy_wh or 0, seconds=seconds or 0)
    if seconds is None:
        return _Entry(transaction, count, {}, None)
    times = seconds_by_day(transaction.started_at, transaction.stopped_at, zone)
    energies = energy_by_day(transaction, zone)
    by_day = {day: Count(0, energies.get(day, 0), times.get(day, 0)) for day in energies.keys() | times.keys()}
    return _Entry(transaction, count, by_day, day_of(transaction.stopped_at, zone))


def _is_another(known: Transaction, transaction: Transaction) -> bool:
    """A number of long ago that turns up for something new; the log keeps what was told as ended."""
    return known.stopped_at is not None and not known.assumed and known.started_at != transaction.started_at


def _place(entry: _Entry) -> int:
    return entry.heard


def _later(one: date | None, other: date | None) -> date | None:
    return max((day for day in (one, other) if day is not None), default=None)


def _not_negative(count: Count) -> Count:
    return Count(max(0, count.sessions), max(0, count.energy_wh), max(0, count.seconds))
