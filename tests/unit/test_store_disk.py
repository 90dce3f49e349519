"""A disk that refuses: what the installer is told, what a full one still opens; and numbers that never repeat."""

import asyncio
import logging
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knx_ocpp_bridge.core.facts import Transaction, TransactionRecorded
from knx_ocpp_bridge.core.step import Level, Note
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.store import files
from knx_ocpp_bridge.store.backlog import Lost
from knx_ocpp_bridge.store.disk import Disk
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.numbers import AHEAD, Numbers
from knx_ocpp_bridge.store.writer import Trouble
from tests.kit.bad_disk import BadDisk
from tests.kit.journals import on_disk, reopened, running

GARAGE = ChargerId("GARAGE")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
FULL = Trouble("database or disk is full", 3, Lost())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "bridge.db"


def begun(number: int) -> TransactionRecorded:
    return TransactionRecorded(Transaction(TransactionId(number), ConnectorId(1), IdTag("CARD"), 1000, NOON))


def content(file: Path) -> bytes:
    return file.read_bytes()


def put_back(file: Path, old: bytes) -> None:
    file.write_bytes(old)


def last_number(path: Path) -> int:
    journal = Journal(path)
    journal.open()
    journal.close()
    return journal.last_transaction_id()


def test_trouble_is_told_once_when_it_begins_and_once_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str | None] = []
    disk = Disk(Path("bridge.db"), lambda: NOON)
    disk.listener = told.append
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            disk.hear(FULL)
        assert disk.trouble == (
            "since 2026-11-21 12:00:00+00:00 the disk refuses (database or disk is full); entries that wait: 3"
        )
        disk.hear(None)
        disk.hear(None)
    assert disk.trouble is None
    assert len(caplog.records) == 2
    assert told[1:] == [None]
    assert "a power cut or restart would lose them" in str(told[0])


async def test_a_journal_goes_on_while_its_disk_refuses(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str | None] = []
    journal = Journal(path)
    journal.open()
    journal.on_trouble(told.append)
    disk = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=BadDisk)
    disk.code = sqlite3.SQLITE_FULL
    with monkeypatch.context() as its_writer:
        its_writer.setattr(files, "connect", lambda _path: disk)
        task = asyncio.create_task(journal.run())
        await asyncio.sleep(0)
    journal.log("GARAGE", Note(Level.INFO, ConnectorId(1), "a line", "connection"))
    await on_disk(journal, GARAGE, (begun(5),))
    await on_disk(journal, GARAGE, (begun(6),))
    assert journal.last_transaction_id() == 6
    assert "database or disk is full); entries that wait: 2" in str(journal.trouble)
    assert [row["text"] for row in journal.log_rows()] == ["a line"]
    assert journal.remembered(GARAGE).open == ()
    disk.code = None
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [each.id for each in reopened(path, GARAGE).open] == [5, 6]
    assert "a power cut or restart would lose them" in str(told[0])


def test_the_loss_of_facts_is_told_when_it_begins_and_counted_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    disk = Disk(Path("bridge.db"), lambda: NOON)
    disk.hear(FULL)
    with caplog.at_level(logging.INFO):
        for lost in (1, 2, 3):
            disk.hear(Trouble("database or disk is full", 9, Lost(entries=lost)))
        disk.hear(None)
    _begins, critical, over = caplog.records
    assert (critical.levelname, "oldest facts are being lost" in critical.message) == ("CRITICAL", True)
    assert "3 entries with facts and 0 lines and points of curves are lost" in over.message


async def test_a_full_disk_opens_the_journal_that_is_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (begun(5),))
    look = files.damage

    def on_a_full_disk(database: Path) -> str | None:
        if database.with_name("bridge.db.reserve").exists():
            raise sqlite3.OperationalError("disk I/O error")
        return look(database)

    monkeypatch.setattr(files, "damage", on_a_full_disk)
    assert last_number(path) == 5


async def test_what_was_given_up_is_reserved_again_at_an_orderly_end(path: Path) -> None:
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (begun(5),))
        assert files.release(path)
    assert files.release(path)


def test_the_reserve_is_real_room_on_the_disk(path: Path) -> None:
    last_number(path)
    reserve = path.with_name("bridge.db.reserve").stat()
    assert reserve.st_blocks * 512 >= 256 * 1024
    assert files.release(path)
    assert not files.release(path)


async def test_numbers_go_on_without_a_gap_after_an_orderly_end(path: Path) -> None:
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (begun(5),))
    assert last_number(path) == 5


async def test_a_database_that_has_become_older_gives_no_number_twice(path: Path) -> None:
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (begun(5),))
    old = content(path)
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (begun(6),))
        await on_disk(journal, GARAGE, (begun(500),))
    put_back(path, old)
    assert last_number(path) == 500


async def test_after_a_power_cut_numbers_go_on_beyond_all_that_were_given(path: Path) -> None:
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (begun(5),))
        beside = path.with_name("bridge.db.numbers")
        of_the_cut = content(beside)
    put_back(path, b"")
    put_back(beside, of_the_cut)
    assert 5 <= last_number(path) <= 5 + AHEAD


def test_the_file_of_numbers_is_written_once_for_many(path: Path) -> None:
    path.parent.mkdir()
    numbers = Numbers(path)
    beside = path.with_name("bridge.db.numbers")
    contents = set()
    for number in range(1, AHEAD * 3):
        numbers.reach(number)
        contents.add(beside.read_bytes())
    assert len(contents) == 3


@pytest.mark.parametrize("said", [b"", b"0000000123", b"0000000123 00000000\n", b"\xff" * 20])
def test_a_damaged_file_of_numbers_says_nothing(path: Path, said: bytes) -> None:
    path.parent.mkdir()
    put_back(path.with_name("bridge.db.numbers"), said)
    numbers = Numbers(path)
    numbers.load()
    assert numbers.given == 0


def test_a_disk_that_cannot_be_written_keeps_nobody_waiting_for_the_file_of_numbers(path: Path) -> None:
    numbers = Numbers(path)  # its directory does not exist
    numbers.reach(1)
    numbers.reach(2)
    assert numbers.given == 1 + AHEAD
