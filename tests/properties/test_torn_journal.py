"""Database and log as a power cut, a worn card or a careless copy may leave them: opened, or moved aside, never worse.

Every cut is at the boundary of a page or frame, or at an odd place near one; which ones is drawn by SEED.
"""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pytest

from knx_ocpp_bridge.core.facts import Meter, MeterNoted, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.store.files import make_durable
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.numbers import Numbers
from knx_ocpp_bridge.store.writer import commit
from tests.kit.bad_disk import entry

SEED = 20261121
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
GARAGE = ChargerId("GARAGE")
PAGE, FRAME, LOG_HEAD = 4096, 4096 + 24, 32
FOLDED_IN, IN_THE_LOG = 30, 60
"""Transactions up to the first are in the database, up to the second in its log alone."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database, its log and the file of numbers, copied in the middle of a life."""
    folder = tmp_path_factory.mktemp("journal")
    path = folder / "living.db"
    journal = Journal(path)
    journal.open()
    connection = sqlite3.connect(path, isolation_level=None)
    make_durable(connection)
    numbers = Numbers(path)
    for number in range(1, IN_THE_LOG + 1):
        begun = Transaction(TransactionId(number), ConnectorId(1), IdTag("CARD"), number, NOON)
        commit(connection, [entry(TransactionRecorded(begun), MeterNoted(ConnectorId(1), Meter(number)))])
        numbers.reach(number)
        if number == FOLDED_IN:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for suffix in ("", "-wal", ".numbers"):
        shutil.copyfile(f"{path}{suffix}", folder / f"bridge.db{suffix}")
    connection.close()
    journal.close()
    return folder / "bridge.db"


def damages(original: Path) -> Iterator[tuple[str, str, int, int]]:
    """What is done to which file: cut to a length, or that many bytes of nonsense at a place."""
    dice = random.Random(SEED)
    log = original.with_name("bridge.db-wal").stat().st_size
    database = original.stat().st_size
    for suffix, size, step, head in (("-wal", log, FRAME, LOG_HEAD), ("", database, PAGE, 0)):
        boundaries = range(head, size, step)
        for place in boundaries:
            yield "cut", suffix, place, 0
        odd = (min(size - 1, place + dice.choice((1, 7, 24, 512, 2000, 4095))) for place in boundaries)
        for place in chain((0, 1, 16, 31), dice.sample(list(odd), min(len(boundaries), 25))):
            yield "cut", suffix, place, 0
            if suffix:
                yield "nonsense", suffix, place, dice.choice((1, 16, 512, 4096))
            else:  # a database knows no checksums: what is damaged has to be seen, as a whole page is
                yield "nonsense", suffix, place // PAGE * PAGE, PAGE


def copied(original: Path, folder: Path) -> Path:
    folder.mkdir()
    for suffix in ("", "-wal", ".numbers"):
        shutil.copyfile(f"{original}{suffix}", folder / f"bridge.db{suffix}")
    return folder / "bridge.db"


def damage(file: Path, how: str, place: int, length: int) -> None:
    data = bytearray(file.read_bytes())
    data[place:] = b"" if how == "cut" else bytes(data[place:])
    if how == "nonsense":
        data[place : place + length] = b"\xa5" * min(length, len(data) - place)
    file.write_bytes(data)


def test_the_copy_itself_is_whole(original: Path, tmp_path: Path) -> None:
    journal = Journal(copied(original, tmp_path / "copy"))
    journal.open()
    assert [each.id for each in journal.remembered(GARAGE).open] == list(range(1, IN_THE_LOG + 1))
    journal.close()


def test_a_torn_copy_is_opened_or_moved_aside_and_no_number_comes_again(
    original: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outcomes = {"whole": 0, "older": 0, "moved aside": 0}
    for count, (how, suffix, place, length) in enumerate(damages(original)):
        where = f"seed {SEED}: {how} of bridge.db{suffix} at {place}, {length} bytes"
        path = copied(original, tmp_path / str(count))
        damage(path.with_name(f"bridge.db{suffix}"), how, place, length)
        caplog.clear()
        journal = Journal(path)
        journal.open()
        known = [int(each.id) for each in journal.remembered(GARAGE).open]
        assert journal.last_transaction_id() >= IN_THE_LOG, where
        if path.with_name("bridge.db.corrupt-1").exists():
            assert known == [], where
            assert "is damaged" in caplog.text, where
            assert "it was moved to" in caplog.text, where
            outcomes["moved aside"] += 1
        else:
            # Commits are there in their order, the newest may be missing; what stood in the database is.
            assert known == list(range(1, len(known) + 1)), where
            assert len(known) >= FOLDED_IN or suffix == "" or how == "nonsense", where
            meters = journal.remembered(GARAGE).meters
            assert [each.register_wh for each in meters.values()] == [len(known)][: len(known)], where
            outcomes["whole" if len(known) == IN_THE_LOG else "older"] += 1
        journal.close()
        shutil.rmtree(path.parent)
    assert min(outcomes.values()) > 5, outcomes
