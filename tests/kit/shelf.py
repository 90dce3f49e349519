"""The journal's tables in memory, for books that are kept beside its own: what is written is on disk at once."""

import sqlite3
from collections.abc import Callable
from typing import Any
from weakref import finalize

from knx_ocpp_bridge.core.step import Note
from knx_ocpp_bridge.store.cells import Cell, Statement
from knx_ocpp_bridge.store.migrate import scripts


class Shelf:
    """Takes statements and answers questions, as `Journal.write` and `Journal.read` do."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        """The lines of the general log."""
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        finalize(self, self._connection.close)  # by any thread; Python 3.13 warns of one merely let go
        for _, script in sorted(scripts().items()):
            self._connection.executescript(script)

    def write(self, *statements: Statement, done: Callable[[], None] | None = None, tidy: bool = False) -> None:
        for statement in statements:
            self._connection.execute(*statement)
        if done is not None:
            done()

    def settle(self, done: Callable[[], None]) -> None:
        done()

    def log(self, charger: str, note: Note) -> None:
        self.notes.append(note.text)

    def read(self, sql: str, cells: tuple[Cell, ...] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, cells).fetchall()
