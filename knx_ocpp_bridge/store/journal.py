"""The journal: every fact on disk before anybody acts on it, one writer, many facts per COMMIT.

Its disk is an SD card: it writes when something has happened, and the general log waits up to a minute for a COMMIT
that is due for the sake of a fact.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

from knx_ocpp_bridge.core.facts import Fact, Remembered, SignedKept, TransactionRecorded
from knx_ocpp_bridge.core.step import Note, Sampled
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.store import curve, diary, files, rows, signed, strangers
from knx_ocpp_bridge.store.cells import Cell, Statement
from knx_ocpp_bridge.store.curves import Curves
from knx_ocpp_bridge.store.disk import Disk
from knx_ocpp_bridge.store.entry import Entry
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.general_log import GeneralLog
from knx_ocpp_bridge.store.migrate import migrate, scripts
from knx_ocpp_bridge.store.numbers import FOREIGN_FROM, Numbers, beyond_all
from knx_ocpp_bridge.store.points import Point
from knx_ocpp_bridge.store.writer import Closing, Ears, Inbox, Trouble, Writer

_LONGEST_QUEUE: Final = 10_000

Along = tuple[tuple[Statement, ...], Callable[[], None] | None]
"""Statements, and whom to tell that they are on disk."""


class Journal:
    """What must outlive a power cut, in one SQLite database at `path`.

    Everything is called on the event loop's thread. `utc` is the bridge's wall clock.
    """

    def __init__(self, path: Path, utc: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._utc = utc
        self._inbox: Inbox = SimpleQueue()
        self._disk = Disk(path, utc)
        self._numbers = Numbers(path)
        self._queued = 0
        self._last_transaction = 0
        self._reading: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._ended = asyncio.Event()
        self._log = GeneralLog(self._write_lines)
        self._curves = Curves(self._write_points)
        self._signed = signed.SignedRoom(self.read)
        self._along: Callable[[], Along] = lambda: ((), None)
        self._rejected: dict[str, str] = {}
        """By the case-folded id."""

    def open(self) -> None:
        """The database exists, is sound, has the newest schema, and is nobody else's until `close` or the end of `run`.

        A damaged one was moved aside and replaced.

        Raises:
            StoreError: it cannot be opened or made, a bridge uses it, or it is a newer program's or another one's.
        """
        files.prepare(self._path)
        self._lock = files.lock(self._path)
        try:
            self._open_on_any_disk()
        except sqlite3.Error as error:
            self.close()
            raise self._refused(error) from error
        except StoreError:
            self.close()
            raise

    def close(self) -> None:
        """Lets go of the file; what `run` has written stays."""
        if self._reading is not None:
            self._reading.close()
            self._reading = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def remembered(self, charger: ChargerId) -> Remembered:
        """All that is on disk of this charger. Its identity is compared without regard to case.

        Raises:
            StoreError: the disk cannot be read, or holds what nobody has written.
        """
        try:
            return rows.remembered(self._connection(), charger)
        except sqlite3.Error as error:
            raise self._refused(error) from error
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"what it holds of {charger} cannot be understood ({error!r}): a value is damaged",
                self._path,
                "restore a backup (knx-ocpp-bridge restore), or move the file away to begin a new journal",
            ) from error

    def newest_entry(self) -> datetime | None:
        """When the newest fact was noted, in UTC by the bridge's clock of then; None: nothing ever was.

        Raises:
            StoreError: the disk cannot be read.
        """
        try:
            return rows.newest_entry(self._connection())
        except sqlite3.Error as error:
            raise self._refused(error) from error

    def last_transaction_id(self) -> int:
        """The highest number in use, those on their way to the disk included: the next one is free.

        Numbers of 2^30 and more, which only a charger can have made up, are not counted: the counter would run out
        of the 31 bits that chargers can hold.
        """
        return self._last_transaction

    def append(self, charger: ChargerId, facts: tuple[Fact, ...], done: Callable[[], None] | None = None) -> None:
        """The facts will be on disk, all or none of them; then `done` is called on the event loop.

        Never waits and never raises. Facts reach the disk, and callbacks the loop, in the order of the calls. While
        there is `trouble` with the disk, `done` is called although the facts wait in memory: charging goes on. When
        the disk has fallen behind hopelessly, nothing more is taken and `run` ends in a StoreError.
        """
        for fact in facts:
            if isinstance(fact, TransactionRecorded) and fact.transaction.id < FOREIGN_FROM:
                self._last_transaction = max(self._last_transaction, fact.transaction.id)
            elif isinstance(fact, SignedKept):
                kept, note = self._signed.admit(charger, fact, self._utc().date())
                if note is not None:
                    self.log(charger, note)
                if not kept:
                    facts = tuple(one for one in facts if one is not fact)
        lines = self._log.take() if facts else ()
        samples = self._curves.take_with(charger, facts)
        statements: tuple[Statement, ...] = ()
        if any(isinstance(fact, TransactionRecorded) for fact in facts):
            statements, told = self._along()
            done = partial(_both, told, done)
        self._put(Entry(charger, facts, self._now(), done, statements, lines, samples))

    def take_along(self, taken: Callable[[], Along]) -> None:
        """Each record of a transaction takes what this gives along to the disk; then its callback is called."""
        self._along = taken

    def log(self, charger: str, note: Note) -> None:
        """The note will be a line of the general log within a minute of `run`, or with its orderly end.

        Never waits and never raises. Texts are cut at 500 characters. While the disk is slower than what is logged,
        the oldest lines that wait are lost, which a line in their place tells.
        """
        self._log.add(charger, note, self._utc())

    def sample(self, charger: ChargerId, sampled: Sampled) -> None:
        """The point of the curve will be on disk with the next fact that takes it along, else within 15 minutes.

        Those are records of its transaction and notes of its charger's meter. Never waits and never raises. Of a
        minute the last point counts; of 20,000 that wait the oldest are let go.
        """
        if self._curves.add(charger, sampled):
            self.log("", curve.LOST)

    def points(self, charger: str, transaction: int) -> list[Point]:
        """The points of this curve that are not on disk yet, in order; one or the other may be there already."""
        return self._curves.of(charger, transaction)

    def log_rows(
        self,
        charger: str | None = None,
        about: str | None = None,
        after: int = 0,
        limit: int = 1000,
        *,
        newest: bool = False,
        before: int = 0,
    ) -> list[dict[str, Any]]:
        """Lines of the general log with a number above `after`, in order: the first `limit`, or the newest.

        With `before`, those with a number below that alone.

        Those that are not on disk yet are among them. A row has `number`, `at` (UTC), `charger` (compared without
        regard to case), `connector`, `level`, `about`, `text`; plain JSON.

        Raises:
            StoreError: the disk cannot be read.
        """
        try:
            wanted = diary.Excerpt(charger, about, after, before)
            return self._log.rows(self._connection(), wanted, limit, newest=newest)
        except sqlite3.Error as error:
            raise self._refused(error) from error

    def rejected(self) -> set[str]:
        """The chargers that nobody configured and somebody has sent away."""
        return set(self._rejected.values())

    def set_rejected(self, charger: str, *, rejected: bool) -> None:
        """The charger is sent away from now on, or is not any more; on disk as soon as may be."""
        self._rejected.pop(charger.casefold(), None)
        if rejected:
            self._rejected[charger.casefold()] = charger
        self._put_statements(charger, strangers.rejecting(charger, on=rejected, noted_at=self._now()))

    def write(self, *statements: Statement, done: Callable[[], None] | None = None, tidy: bool = False) -> None:
        """The statements will be on disk, all or none of them, in the order of the calls; then `done` is called.

        Never waits and never raises; for the books that stand beside the journal's own. `tidy`: what they erase is
        not to be found in the files afterwards, which takes the time of writing the database anew.
        """
        self._put(Entry(ChargerId(""), (), self._now(), done, statements=statements, tidy=tidy))

    def settle(self, done: Callable[[], None]) -> None:
        """Everything so far will be on disk, lines of the general log as well; then `done` is called."""
        self._log.flush()
        self.write(done=done)

    def read(self, sql: str, cells: tuple[Cell, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows that are on disk.

        Raises:
            StoreError: the disk cannot be read.
        """
        try:
            return self._connection().execute(sql, cells).fetchall()
        except sqlite3.Error as error:
            raise self._refused(error) from error

    def forget(self, charger: str) -> None:
        """Of this charger, which nobody configured, nothing is kept but its transactions.

        Those are somebody's account; one that is open ends now, as if its end had been assumed.
        """
        self._rejected.pop(charger.casefold(), None)
        self._log.forget(charger)
        self._put_statements(charger, *strangers.forgetting(charger, self._now()))

    @property
    def trouble(self) -> str | None:
        """Since when the disk refuses, why, and how many entries wait in memory; None: everything is on disk."""
        return self._disk.trouble

    def on_trouble(self, listener: Callable[[str | None], None]) -> None:
        """The listener is told, on the event loop, why the disk refuses when it begins, and None when it is over."""
        self._disk.listener = listener

    async def run(self) -> None:
        """Writes until cancelled; then everything appended before is on disk and the database is closed.

        A disk that is full, read-only or fails ends it only if something still waits for it at the end.

        Raises:
            StoreError: the database refuses, or the disk cannot keep up or does not take what waits at the end.
        """
        connection = self._writing_connection()
        loop = asyncio.get_running_loop()
        writer = Writer(connection, self._ears(loop), partial(files.release, self._path))
        thread = ThreadPoolExecutor(1, "journal")
        self._log.begin()
        self._curves.begin()
        writing = thread.submit(writer.run, self._inbox)
        writing.add_done_callback(lambda _: loop.call_soon_threadsafe(self._ended.set))
        try:
            await self._ended.wait()
        finally:
            self._log.end()
            self._curves.end()
            self._inbox.put(Closing())
            thread.shutdown()  # the loop waits: whoever cancels twice must not lose a fact either
            self._numbers.settle(self._last_transaction)
            connection.close()
            self.close()
            files.reserve(self._path)
            self._raise_failure(writing)
        raise StoreError(
            f"{self._queued} facts wait to be written and the disk does not keep up",
            self._path,
            "check the disk for errors (dmesg), replace the SD card",
        )

    def _open_on_any_disk(self) -> None:
        """A full disk has room for SQLite's own files once the reserve is given up."""
        try:
            self._open()
        except sqlite3.Error:
            if not files.release(self._path):
                raise
            if self._reading is not None:
                self._reading.close()
            self._open()
        else:
            files.reserve(self._path)

    def _open(self) -> None:
        why = files.damage(self._path)
        if why is not None:
            files.move_aside(self._path, why)
            files.prepare(self._path)
        self._reading = files.connect(self._path)
        migrate(self._reading, self._path, scripts())
        files.make_durable(self._reading)
        rows.begin(self._reading, self._first_number())
        self._numbers.load()
        self._last_transaction = max(rows.last_transaction(self._reading, below=FOREIGN_FROM), self._numbers.given)
        self._log.open(self._reading)
        self._rejected = {charger.casefold(): charger for charger in strangers.rejected(self._reading)}

    def _first_number(self) -> int:
        """A journal that replaces a damaged one starts beyond every number that chargers may still hold."""
        if not files.has_damaged(self._path):
            return 0
        return beyond_all(self._utc())

    def _writing_connection(self) -> sqlite3.Connection:
        try:
            connection = files.connect(self._path)
            files.make_durable(connection)
        except sqlite3.Error as error:
            raise self._refused(error) from error
        return connection

    def _put(self, entry: Entry) -> None:
        if self._queued >= _LONGEST_QUEUE:
            self._ended.set()
            return
        self._queued += 1
        self._inbox.put(entry)

    def _put_statements(self, charger: str, *statements: Statement) -> None:
        self._put(Entry(ChargerId(charger), (), self._now(), statements=statements))

    def _write_lines(self, lines: tuple[diary.Line, ...]) -> None:
        self._put(Entry(ChargerId(""), (), self._now(), lines=lines))

    def _write_points(self, samples: tuple[Statement, ...]) -> None:
        self._put(Entry(ChargerId(""), (), self._now(), samples=samples))

    def _now(self) -> str:
        return self._utc().isoformat(timespec="seconds")

    def _ears(self, loop: asyncio.AbstractEventLoop) -> Ears:
        def taken(group: list[Entry]) -> None:
            self._numbers.reach(self._last_transaction)
            loop.call_soon_threadsafe(self._taken, group)

        def written(lines: tuple[diary.Line, ...]) -> None:
            loop.call_soon_threadsafe(self._log.written, lines)

        def trouble(news: Trouble | None) -> None:
            if news is None:
                files.reserve(self._path)
            loop.call_soon_threadsafe(self._disk.hear, news)

        return Ears(taken, written, trouble)

    def _taken(self, group: list[Entry]) -> None:
        self._queued -= len(group)
        loop = asyncio.get_running_loop()
        for entry in group:
            self._curves.written(entry.samples)
            if entry.done is not None:
                loop.call_soon(entry.done)

    def _raise_failure(self, writing: Future[None]) -> None:
        error = writing.exception()
        if isinstance(error, sqlite3.Error):
            raise self._refused(error) from error
        if error is not None:
            raise error

    def _connection(self) -> sqlite3.Connection:
        if self._reading is None:
            raise StoreError("the journal is not open", self._path, "this is a fault of the program: report it")
        return self._reading

    def _refused(self, error: sqlite3.Error) -> StoreError:
        return StoreError(
            f"the disk or the database refuses ({error})",
            self._path,
            "check free space (df), permissions and the disk (dmesg); the bridge ends, and systemd starts it again",
        )


def _both(*calls: Callable[[], None] | None) -> None:
    for call in calls:
        if call is not None:
            call()
