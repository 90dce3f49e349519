"""The journal: every fact on disk before anybody acts on it, one writer, many facts per COMMIT.

It writes when something has happened and never by a timer, because its disk is an SD card.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from knx_ocpp_bridge.core.facts import Fact, Remembered, TransactionRecorded
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.store import files, rows
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.migrate import migrate, scripts
from knx_ocpp_bridge.store.writer import Closing, Entry, Inbox, write_all

_LONGEST_QUEUE: Final = 10_000
_FOREIGN_FROM: Final = 2**30
"""Numbers from here on were not given by us: some chargers make up their own, anywhere below 2^31."""
_FIRST_DAY: Final = datetime(2020, 1, 1, tzinfo=UTC)


class Journal:
    """What must outlive a power cut, in one SQLite database at `path`.

    Everything is called on the event loop's thread. `utc` is the bridge's wall clock.
    """

    def __init__(self, path: Path, utc: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._utc = utc
        self._inbox: Inbox = SimpleQueue()
        self._queued = 0
        self._last_transaction = 0
        self._reading: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._ended = asyncio.Event()

    def open(self) -> None:
        """The database exists, is sound, has the newest schema, and is nobody else's until `close` or the end of `run`.

        A damaged one was moved aside and replaced.

        Raises:
            StoreError: it cannot be opened or made, a bridge uses it, or it is a newer program's or another one's.
        """
        files.prepare(self._path)
        self._lock = files.lock(self._path)
        try:
            self._open()
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
            StoreError: the disk cannot be read.
        """
        try:
            return rows.remembered(self._connection(), charger)
        except sqlite3.Error as error:
            raise self._refused(error) from error

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

        Never waits and never raises. Facts reach the disk, and callbacks the loop, in the order of the calls. When
        the disk has fallen behind hopelessly, nothing more is taken and `run` ends in a StoreError.
        """
        if self._queued >= _LONGEST_QUEUE:
            self._ended.set()
            return
        for fact in facts:
            if isinstance(fact, TransactionRecorded) and fact.transaction.id < _FOREIGN_FROM:
                self._last_transaction = max(self._last_transaction, fact.transaction.id)
        self._queued += 1
        self._inbox.put(Entry(charger, facts, self._utc().isoformat(timespec="seconds"), done))

    async def run(self) -> None:
        """Writes until cancelled; then everything appended before is on disk and the database is closed.

        Raises:
            StoreError: the disk refuses, or cannot keep up.
        """
        loop = asyncio.get_running_loop()
        connection = self._writing_connection()
        thread = ThreadPoolExecutor(1, "journal")

        def committed(group: list[Entry]) -> None:
            loop.call_soon_threadsafe(self._committed, group)

        writing = thread.submit(write_all, connection, self._inbox, committed)
        writing.add_done_callback(lambda _: loop.call_soon_threadsafe(self._ended.set))
        try:
            await self._ended.wait()
        finally:
            self._inbox.put(Closing())
            thread.shutdown()  # the loop waits: whoever cancels twice must not lose a fact either
            connection.close()
            self.close()
            self._raise_failure(writing)
        raise StoreError(
            f"{self._queued} facts wait to be written and the disk does not keep up",
            self._path,
            "check the disk for errors (dmesg), replace the SD card",
        )

    def _open(self) -> None:
        why = files.damage(self._path)
        if why is not None:
            files.move_aside(self._path, why)
            files.prepare(self._path)
        self._reading = files.connect(self._path)
        migrate(self._reading, self._path, scripts())
        files.make_durable(self._reading)
        rows.begin(self._reading, self._first_number())
        self._last_transaction = rows.last_transaction(self._reading, below=_FOREIGN_FROM)

    def _first_number(self) -> int:
        """A journal that replaces a damaged one starts beyond every number that chargers may still hold."""
        if not files.has_damaged(self._path):
            return 0
        return max(0, (self._utc() - _FIRST_DAY) // timedelta(minutes=1))

    def _writing_connection(self) -> sqlite3.Connection:
        try:
            connection = files.connect(self._path)
            files.make_durable(connection)
        except sqlite3.Error as error:
            raise self._refused(error) from error
        return connection

    def _committed(self, group: list[Entry]) -> None:
        self._queued -= len(group)
        loop = asyncio.get_running_loop()
        for entry in group:
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
