"""The journal's one writer: a thread that commits whatever has queued, all at once."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from knx_ocpp_bridge.core.facts import Fact
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.store import diary, rows
from knx_ocpp_bridge.store.cells import Statement

_LARGEST_GROUP: Final = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """Facts of one charger, or whatever else is to be on disk together, and whom to tell."""

    charger: ChargerId
    facts: tuple[Fact, ...]
    noted_at: str
    done: Callable[[], None] | None = None
    statements: tuple[Statement, ...] = ()
    lines: tuple[diary.Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Closing:
    """Put into the queue as the last thing: write what came before and end."""


Inbox = SimpleQueue[Entry | Closing]


def write_all(connection: sqlite3.Connection, inbox: Inbox, committed: Callable[[list[Entry]], None]) -> None:
    """Every entry before `Closing` is committed, in order, in groups; `committed` hears of each after its COMMIT.

    Raises:
        sqlite3.Error: the disk refused; what was not committed by then is not on it.
    """
    closing = False
    while not closing:
        group, closing = _next_group(inbox)
        if group:
            _commit(connection, group)
            committed(group)


def _next_group(inbox: Inbox) -> tuple[list[Entry], bool]:
    group: list[Entry] = []
    item = inbox.get()
    while isinstance(item, Entry):
        group.append(item)
        if len(group) == _LARGEST_GROUP:
            return group, False
        try:
            item = inbox.get_nowait()
        except Empty:
            return group, False
    return group, True


def _commit(connection: sqlite3.Connection, group: list[Entry]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for entry in group:
        for fact in entry.facts:
            connection.execute(*rows.statement(entry.charger, fact, entry.noted_at))
        diary.write(connection, entry.lines)
        for statement in entry.statements:
            connection.execute(*statement)
    connection.execute("COMMIT")
