"""P11: rows per second that the journal puts on the disk, each confirmed, beside bare SQLite that does the same."""

import asyncio
import contextlib
import itertools
import sqlite3
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.cpu import spread
from benchmarks.report import Line
from benchmarks.sessions import ended, points
from knx_ocpp_bridge.core.facts import TransactionRecorded
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.store.journal import Journal
from tests.kit.journals import on_disk, running

_NOON: Final = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
_CHARGER: Final = ChargerId("BENCH")
_ONE_BY_ONE: Final = 300
_AT_ONCE: Final = 100
"""Chargers that have something to say at the same moment, after a power cut for instance."""
_TURNS: Final = 20
_CURVES: Final = 60
"""What waits in memory between two writes is far less, and at most 20,000 points."""

_SINGLE: Final = "transactions, each on the disk before the next: {}"
_GROUPED: Final = "transactions of 100 chargers at once: {}"
_POINTS: Final = "points of curves: {}"
_OURS: Final = "journal"
_BARE: Final = "bare SQLite"

_CREATE: Final = "CREATE TABLE transactions (charger TEXT, id INTEGER, record TEXT, PRIMARY KEY (charger, id)) STRICT"
_INSERT: Final = "INSERT INTO transactions VALUES (?, ?, ?)"


def measure(directory: Path, rounds: int) -> list[Line]:
    """Medians over the rounds, in turn; a ratio is the median of the ratios of its rounds."""
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for what, rate in (asyncio.run(_journal(directory)) | _bare(directory)).items():
            found.setdefault(what, []).append(rate)
    lines = [Line("P11", what, statistics.median(rates), "rows/s") for what, rates in found.items()]
    for what in (_SINGLE, _GROUPED):
        ours, bare = found[what.format(_OURS)], found[what.format(_BARE)]
        ratios = [one / other for one, other in zip(bare, ours, strict=True)]
        lines.append(Line("P11", what.format("time, ours / bare"), statistics.median(ratios), "", None, spread(ratios)))
    return lines


async def _journal(directory: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=directory) as name:
        async with running(Path(name) / "journal.db") as journal:
            numbers = itertools.count(1)
            began_s = time.perf_counter()
            for _ in range(_ONE_BY_ONE):
                await _record(journal, next(numbers))
            single_s = time.perf_counter() - began_s
            for _ in range(_TURNS):
                await asyncio.gather(*(_record(journal, next(numbers)) for _ in range(_AT_ONCE)))
            grouped_s = time.perf_counter() - began_s - single_s
            curves = [list(points(ended(next(numbers), _NOON))) for _ in range(_CURVES)]
            began_s = time.perf_counter()
            for point in itertools.chain.from_iterable(curves):
                journal.sample(_CHARGER, point)
            for curve in curves:
                journal.append(_CHARGER, (TransactionRecorded(ended(curve[0].transaction, _NOON)),))
            await on_disk(journal, _CHARGER)
            points_s = time.perf_counter() - began_s
    return {
        _SINGLE.format(_OURS): _ONE_BY_ONE / single_s,
        _GROUPED.format(_OURS): _TURNS * _AT_ONCE / grouped_s,
        _POINTS.format(_OURS): sum(map(len, curves)) / points_s,
    }


async def _record(journal: Journal, number: int) -> None:
    await on_disk(journal, _CHARGER, (TransactionRecorded(ended(number, _NOON)),))


def _bare(directory: Path) -> dict[str, float]:
    """One row per COMMIT, or a hundred; the record as one text, by the thread that waits for it."""
    record = repr(ended(1, _NOON))
    with (
        tempfile.TemporaryDirectory(dir=directory) as name,
        contextlib.closing(sqlite3.connect(Path(name) / "bare.db", isolation_level=None)) as base,
    ):
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", _CREATE):
            base.execute(statement)
        numbers = itertools.count(1)
        began_s = time.perf_counter()
        for _ in range(_ONE_BY_ONE):
            base.execute(_INSERT, (_CHARGER, next(numbers), record))
        single_s = time.perf_counter() - began_s
        for _ in range(_TURNS):
            base.execute("BEGIN")
            for _ in range(_AT_ONCE):
                base.execute(_INSERT, (_CHARGER, next(numbers), record))
            base.execute("COMMIT")
        grouped_s = time.perf_counter() - began_s - single_s
    return {_SINGLE.format(_BARE): _ONE_BY_ONE / single_s, _GROUPED.format(_BARE): _TURNS * _AT_ONCE / grouped_s}
