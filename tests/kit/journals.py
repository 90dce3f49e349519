"""A journal that runs for the length of a test, and what it would remember if it were a dictionary."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path
from typing import assert_never

from knx_ocpp_bridge.core.facts import (
    AbilityLearned,
    Fact,
    IdentityLearned,
    MeterNoted,
    Remembered,
    SecurityKept,
    SignedKept,
    TagIssued,
    Transaction,
    TransactionRecorded,
    WishesKept,
)
from knx_ocpp_bridge.core.values import ChargerId, TransactionId
from knx_ocpp_bridge.store import rows
from knx_ocpp_bridge.store.journal import Journal


@contextlib.asynccontextmanager
async def running(path: Path) -> AsyncIterator[Journal]:
    """An open journal whose `run` is a task; leaving cancels it, as the daemon does at its end."""
    journal = Journal(path)
    journal.open()
    task = asyncio.create_task(journal.run())
    await asyncio.sleep(0)
    try:
        yield journal
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def on_disk(journal: Journal, charger: ChargerId, facts: tuple[Fact, ...] = ()) -> None:
    """Returns when these facts, and all before them, are committed."""
    done = asyncio.get_running_loop().create_future()
    journal.append(charger, facts, lambda: done.set_result(None))
    await done


def reopened(path: Path, charger: ChargerId) -> Remembered:
    """What a new start of the bridge would remember."""
    journal = Journal(path)
    journal.open()
    try:
        return journal.remembered(charger)
    finally:
        journal.close()


def read_beside(path: Path, charger: ChargerId) -> Remembered:
    """What another process can read while a journal is open."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return rows.remembered(connection, charger)
    finally:
        connection.close()


def lines_on_disk(path: Path) -> list[int]:
    """The numbers of the lines of the general log that another process can read."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return [number for (number,) in connection.execute("SELECT number FROM log ORDER BY number")]
    finally:
        connection.close()


def model(facts: Iterable[Fact]) -> Remembered:
    """What must be remembered after these facts of one charger."""
    result = Remembered()
    transactions: dict[TransactionId, Transaction] = {}
    for fact in facts:
        match fact:
            case TransactionRecorded(transaction):
                known = transactions.get(transaction.id)
                if known is None or known.stopped_at is None or known.assumed or _same(known, transaction):
                    transactions[transaction.id] = transaction
            case WishesKept(connector, wishes):
                result = replace(result, wishes={**result.wishes, connector: wishes})
            case MeterNoted(connector, meter):
                result = replace(result, meters={**result.meters, connector: meter})
            case IdentityLearned(identity):
                result = replace(result, identity=identity)
            case AbilityLearned(name, value):
                result = replace(result, abilities={**result.abilities, name: value})
            case TagIssued(id_tag):
                result = replace(result, own_tag=id_tag)
            case SecurityKept(security):
                result = replace(result, security=security)
            case SignedKept():
                pass  # nobody decides by it
            case _:
                assert_never(fact)
    ordered = [transactions[number] for number in sorted(transactions)]
    return replace(
        result,
        open=tuple(each for each in ordered if each.stopped_at is None),
        ended=tuple(each for each in ordered if each.stopped_at is not None)[-8:],
    )


def _same(one: Transaction, other: Transaction) -> bool:
    """Not another car that came under a number that was given before."""
    return one.started_at == other.started_at
