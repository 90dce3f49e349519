"""The journal's one writer: a thread that commits whatever has queued, all at once.

A disk that is full, fails or is read-only stops nothing but history. What cannot be written waits in memory and is
tried again; whoever waits for it is told all the same, so that charging goes on.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from knx_ocpp_bridge.store import diary, rows
from knx_ocpp_bridge.store.backlog import MOST_WAITING, Backlog, Lost
from knx_ocpp_bridge.store.entry import Entry
from knx_ocpp_bridge.store.files import primary_code

_LOG = logging.getLogger(__name__)

AGAIN_AFTER_S: Final = 10.0
_LARGEST_GROUP: Final = 1000
_PASSING: Final = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY}
)
"""Troubles of the disk that may pass, and after which the database is as it was."""


@dataclass(frozen=True, slots=True)
class Closing:
    """Put into the queue as the last thing: write what came before and end."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The disk refuses: why, in SQLite's words, how many entries wait, and what had to be let go."""

    why: str
    waiting: int
    lost: Lost


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears from the writer, in its thread."""

    taken: Callable[[list[Entry]], None]
    """These are on disk, or the disk refuses and they wait: either way things go on."""
    written: Callable[[tuple[diary.Line, ...]], None]
    """These lines of the log are on disk."""
    trouble: Callable[[Trouble | None], None]
    """How things stand with the disk; None: everything is on it again."""


Inbox = SimpleQueue[Entry | Closing]


class Writer:
    """Owns the connection. `run` is the thread's; the rest is what it consists of.

    `make_room` frees what little the disk has in reserve, for what still waits at the end; False: there is nothing.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        ears: Ears,
        make_room: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._connection = connection
        self._ears = ears
        self._make_room = make_room
        self._clock = clock
        self._backlog = Backlog(most_waiting)
        self._error: sqlite3.Error | None = None
        """What the disk said last; None: there is no trouble."""
        self._again_s = 0.0

    def run(self, inbox: Inbox) -> None:
        """Every entry before `Closing` is committed, in order, in groups.

        Raises:
            sqlite3.Error: the database is of no use, or at the end something still waits that the disk does not take.
        """
        closing = False
        while not closing:
            group, closing = _next_group(inbox, self._wait_s())
            if group:
                self.take(group)
            if self._error is not None and (closing or self._clock() >= self._again_s):
                self.try_again()
        if self._error is not None and self._make_room():
            self.try_again()
        if self._error is not None and self._backlog.needed:
            raise self._error

    def take(self, group: list[Entry]) -> None:
        """The group is on disk, or, as far as the disk refuses, waits."""
        if self._error is None:
            self._take_in_health(group)
        elif self._backlog.needed or not self._committed(_needed(group)):
            self._backlog.keep(group)
        else:
            self._backlog.keep_history(group)
        if self._error is not None:
            self._tell(self._error)
        self._ears.taken(group)

    def try_again(self) -> None:
        """What waits is on disk as far as the disk takes it; the next try is due in ten seconds."""
        while self._backlog:
            group = self._backlog.next_group(_LARGEST_GROUP)
            if not self._committed(group):
                self._again_s = self._clock() + AGAIN_AFTER_S
                return
            self._backlog.written(group)
            self._lines_written(group)
        self._error = None
        self._backlog.lost = Lost()
        self._ears.trouble(None)

    def _take_in_health(self, group: list[Entry]) -> None:
        if self._committed(group):
            self._lines_written(group)
            return
        self._again_s = self._clock() + AGAIN_AFTER_S
        if any(entry.lines or entry.samples for entry in group) and self._committed(_needed(group)):
            self._backlog.keep_history(group)
        else:
            self._backlog.keep(group)

    def _committed(self, group: list[Entry]) -> bool:
        """False: the disk refuses for now, and nothing of the group is on it.

        Raises:
            sqlite3.Error: there is more to it than the disk.
        """
        if not group:
            return True
        try:
            commit(self._connection, group)
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):  # it may have been rolled back by SQLite already
                self._connection.rollback()
            if primary_code(error) not in _PASSING:
                raise
            self._error = error
            return False
        return True

    def _wait_s(self) -> float | None:
        return None if self._error is None else max(0.0, self._again_s - self._clock())

    def _lines_written(self, group: list[Entry]) -> None:
        for entry in group:
            if entry.lines:
                self._ears.written(entry.lines)

    def _tell(self, error: sqlite3.Error) -> None:
        self._ears.trouble(Trouble(str(error), self._backlog.needed, self._backlog.lost))


def commit(connection: sqlite3.Connection, group: Collection[Entry]) -> None:
    """All of the group is on disk.

    Raises:
        sqlite3.Error: nothing of it is; a transaction may still be open.
    """
    connection.execute("BEGIN IMMEDIATE")
    for entry in group:
        for fact in entry.facts:
            connection.execute(*rows.statement(entry.charger, fact, entry.noted_at))
        diary.write(connection, entry.lines)
        for statement in (*entry.statements, *entry.samples):
            connection.execute(*statement)
    connection.execute("COMMIT")
    if any(entry.tidy for entry in group):
        _tidy(connection)


def _tidy(connection: sqlite3.Connection) -> None:
    """Nothing of what was erased is left in the files; it takes the time of writing the database anew."""
    try:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        _LOG.warning("what was erased is not overwritten on the disk yet (%s): there is too little room", error)


def _needed(group: list[Entry]) -> list[Entry]:
    return [entry.without_history() for entry in group if entry.facts or entry.statements]


def _next_group(inbox: Inbox, wait_s: float | None) -> tuple[list[Entry], bool]:
    """What has queued, after waiting for the first of it; and whether that was the last."""
    group: list[Entry] = []
    try:
        item = inbox.get(timeout=wait_s)
        while isinstance(item, Entry):
            group.append(item)
            if len(group) == _LARGEST_GROUP:
                return group, False
            item = inbox.get_nowait()
    except Empty:
        return group, False
    return group, True
