"""A connection to a database on a disk that refuses when a test says so."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.store import diary, files
from knx_ocpp_bridge.store.entry import Entry
from knx_ocpp_bridge.store.writer import Ears, Trouble, Writer

WORDS: Final = {
    sqlite3.SQLITE_FULL: "database or disk is full",
    sqlite3.SQLITE_IOERR_WRITE: "disk I/O error",
    sqlite3.SQLITE_READONLY: "attempt to write a readonly database",
    sqlite3.SQLITE_CORRUPT: "database disk image is malformed",
}


class BadDisk(sqlite3.Connection):
    """Statements that contain `words` fail with `code`; by default all COMMITs do, once there is a code."""

    code: int | None = None
    words: str = "COMMIT"

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if self.code is not None and self.words in sql:
            error = sqlite3.OperationalError(WORDS[self.code])
            error.sqlite_errorcode = self.code
            raise error
        return super().execute(sql, parameters)


class Desk:
    """A writer on such a disk whose time is a test's, and all that it has said."""

    def __init__(self, path: Path, most_waiting: int = 10_000) -> None:
        self.disk = sqlite3.connect(path, isolation_level=None, factory=BadDisk)
        files.make_durable(self.disk)
        self.now_s = 0.0
        self.taken: list[Entry] = []
        self.lines: list[diary.Line] = []
        self.troubles: list[Trouble | None] = []
        self.reserves = 0
        self.on_release: Callable[[], None] = lambda: None
        ears = Ears(self.taken.extend, self.lines.extend, self.troubles.append)
        self.writer = Writer(self.disk, ears, self._make_room, lambda: self.now_s, most_waiting)

    def refuses(self, code: int = sqlite3.SQLITE_FULL, words: str = "COMMIT") -> None:
        self.disk.code, self.disk.words = code, words

    def is_well(self) -> None:
        self.disk.code = None

    def _make_room(self) -> bool:
        self.on_release()
        self.reserves += 1
        return self.reserves == 1


def line(number: int) -> diary.Line:
    return diary.Line(number, "2026-11-21T12:00:00+00:00", "GARAGE", 1, 20, "StatusNotification", f"line {number}")


def entry(*facts: Any, lines: tuple[diary.Line, ...] = (), samples: int = 0, tell: Any = None) -> Entry:
    """Facts of the charger GARAGE, with so many points of the curve of transaction 1."""
    points = tuple(("REPLACE INTO samples VALUES (?, 5, 6, 7)", (at,)) for at in range(samples))
    return Entry(ChargerId("GARAGE"), facts, "2026-11-21T12:00:00+00:00", tell, lines=lines, samples=points)
