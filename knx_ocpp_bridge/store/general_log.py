"""When the lines of the general log are written: with a COMMIT that is due anyhow, else once a minute."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from knx_ocpp_bridge.core.step import Note
from knx_ocpp_bridge.store import diary
from knx_ocpp_bridge.store.later import Later

_WAIT_FOR_S: Final = 60.0
_AGAIN_AFTER_S: Final = 10.0
"""A charger that makes the bridge talk without end does not make it write without end."""
_MOST_ROWS: Final = 10_000


class GeneralLog:
    """The lines in memory and when they leave it. `write` is called with lines that are due for their own sake."""

    def __init__(self, write: Callable[[tuple[diary.Line, ...]], None]) -> None:
        self._write = write
        self._lines = diary.Lines(0)
        self._due = Later(_WAIT_FOR_S, self.flush)
        self._running = False
        self._written_s = -_AGAIN_AFTER_S

    @property
    def waiting(self) -> int:
        """Lines that nobody has taken to be written."""
        return self._lines.waiting

    @property
    def due(self) -> bool:
        """They will be written for their own sake if nothing else is before."""
        return self._due.armed

    def open(self, connection: sqlite3.Connection) -> None:
        """Numbers go on where those on disk end."""
        self._lines = diary.Lines(diary.last_number(connection))

    def begin(self) -> None:
        """From now on there is somebody who writes."""
        self._running = True
        if self._lines.waiting:
            self._due.arm()

    def end(self) -> None:
        """What waits is written, and nothing is due any more."""
        self.flush()
        self._running = False

    def add(self, charger: str, note: Note, at: datetime) -> None:
        """The note will be a line within a minute, at once if very many wait."""
        self._lines.add(charger, note, at)
        if not self._running:
            return
        enough = self._lines.waiting >= diary.ENOUGH
        if enough and asyncio.get_running_loop().time() >= self._written_s + _AGAIN_AFTER_S:
            self.flush()
        else:
            self._due.arm()

    def take(self) -> tuple[diary.Line, ...]:
        """All that wait, for a COMMIT that is due anyhow."""
        self._due.disarm()
        lines = self._lines.take()
        if lines and self._running:
            self._written_s = asyncio.get_running_loop().time()
        return lines

    def flush(self) -> None:
        """All that wait are written."""
        lines = self.take()
        if lines:
            self._write(lines)

    def written(self, lines: tuple[diary.Line, ...]) -> None:
        """These are on disk."""
        self._lines.written(lines)

    def forget(self, charger: str) -> None:
        """Nothing of this charger waits."""
        self._lines.forget(charger)

    def rows(
        self, connection: sqlite3.Connection, wanted: diary.Excerpt, limit: int, *, newest: bool
    ) -> list[dict[str, Any]]:
        """Those of the lines, in order, on disk or not: the first `limit`, 10,000 at most, or the newest."""
        limit = max(0, min(limit, _MOST_ROWS))
        lines = diary.read(connection, wanted, limit, newest=newest)
        # Of those that are being written, some may have been found already.
        found = {line.number: line for line in (*lines, *self._lines.matching(wanted))}
        ordered = [found[number] for number in sorted(found)]
        chosen = ordered[max(0, len(ordered) - limit) :] if newest else ordered[:limit]
        return [line.row() for line in chosen]
