"""The general log, who was sent away, and how a charger is forgotten."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knx_ocpp_bridge.core.events import Identity
from knx_ocpp_bridge.core.facts import (
    AbilityLearned,
    IdentityLearned,
    Meter,
    MeterNoted,
    SecurityKept,
    TagIssued,
    Transaction,
    TransactionRecorded,
    Wishes,
    WishesKept,
)
from knx_ocpp_bridge.core.security import Security, SecurityProfile
from knx_ocpp_bridge.core.step import Level, Note
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.store import diary
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.journal import Journal
from tests.kit.journals import lines_on_disk, on_disk, reopened, running

GARAGE = ChargerId("GARAGE")
YARD = ChargerId("YARD")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
METER = MeterNoted(ConnectorId(1), Meter(5))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


@pytest.fixture
def closed(path: Path) -> Iterator[Journal]:
    """An open journal that nobody runs."""
    journal = Journal(path, utc=lambda: NOON)
    journal.open()
    yield journal
    journal.close()


def note(text: str, about: str = "connection", connector: int | None = None) -> Note:
    return Note(Level.WARNING, None if connector is None else ConnectorId(connector), text, about)


def texts(journal: Journal, **wanted: object) -> list[str]:
    return [row["text"] for row in journal.log_rows(**wanted)]


def say(journal: Journal, *words: str, charger: ChargerId = GARAGE) -> None:
    for word in words:
        journal.log(charger, note(word))


# lines


def test_a_line_says_when_where_how_loud_about_what_and_what(closed):
    closed.log(GARAGE, note("the charger cannot be limited", "SetChargingProfile", 2))
    row = {
        "number": 1,
        "at": "2026-11-21T12:00:00+00:00",
        "charger": "GARAGE",
        "connector": 2,
        "level": "WARNING",
        "about": "SetChargingProfile",
        "text": "the charger cannot be limited",
    }
    assert closed.log_rows() == [row]
    assert json.loads(json.dumps(row)) == row


async def test_lines_are_the_same_before_and_after_they_are_on_disk(path):
    async with running(path) as journal:
        journal.log(GARAGE, note("a", "BootNotification", 1))
        journal.log(YARD, note("b"))
        before = journal.log_rows()
        await on_disk(journal, GARAGE, (METER,))
        assert lines_on_disk(path) == [1, 2]
        assert journal.log_rows() == before


async def test_a_line_costs_no_commit_of_its_own(path):
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (METER,))
        wal = path.with_name("bridge.db-wal")
        size = wal.stat().st_size
        say(journal, *("word" for _ in range(diary.ENOUGH - 1)))
        await on_disk(journal, GARAGE)
        assert wal.stat().st_size == size
        await on_disk(journal, GARAGE, (METER,))
        assert len(lines_on_disk(path)) == diary.ENOUGH - 1


async def test_lines_that_no_fact_takes_along_are_written_when_their_minute_is_over(path, monkeypatch):
    due: list[float] = []
    async with running(path) as journal:
        call_later = asyncio.get_running_loop().call_later

        def at_once(delay_s, callback):
            due.append(delay_s)
            return call_later(0, callback)

        monkeypatch.setattr(asyncio.get_running_loop(), "call_later", at_once)
        say(journal, "a", "b")
        while not lines_on_disk(path):
            await on_disk(journal, GARAGE)
        assert lines_on_disk(path) == [1, 2]
    assert due == [60.0]


async def test_nothing_is_written_while_nothing_happens(path, monkeypatch):
    async with running(path) as journal:
        say(journal, "a")
        await on_disk(journal, GARAGE, (METER,))
        assert not journal._log.due


async def test_very_many_lines_wait_for_nothing(path):
    async with running(path) as journal:
        say(journal, *("word" for _ in range(diary.ENOUGH)))
        await on_disk(journal, GARAGE)
        assert len(lines_on_disk(path)) == diary.ENOUGH


async def test_a_flood_of_lines_is_written_seldom_and_its_loss_is_told(path):
    async with running(path) as journal:
        say(journal, *(str(number) for number in range(diary.ENOUGH)))
        say(journal, *(str(number) for number in range(diary.ENOUGH, 3000)))
        await on_disk(journal, GARAGE)
        assert len(lines_on_disk(path)) == diary.ENOUGH
        shown = texts(journal, after=diary.ENOUGH, limit=5000)
        assert shown[0] == "1800 lines are missing here: more was logged than the disk takes"
        assert shown[1:] == [str(number) for number in range(2000, 3000)]
        await on_disk(journal, GARAGE, (METER,))
        assert texts(journal, after=diary.ENOUGH, limit=5000) == shown


async def test_lines_that_were_logged_before_run_began_are_written_with_its_end(path):
    journal = Journal(path)
    journal.open()
    say(journal, "early")
    task = asyncio.create_task(journal.run())
    await on_disk(journal, GARAGE)
    assert lines_on_disk(path) == []
    say(journal, "late")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert lines_on_disk(path) == [1, 2]


async def test_numbers_of_lines_go_on_after_a_restart(path):
    async with running(path) as journal:
        say(journal, "a", "b")
    async with running(path) as journal:
        say(journal, "c")
        assert [(row["number"], row["text"]) for row in journal.log_rows()] == [(1, "a"), (2, "b"), (3, "c")]


async def test_the_oldest_lines_are_let_go(path, monkeypatch):
    monkeypatch.setattr(diary, "KEPT", 10)
    monkeypatch.setattr(diary, "TRIMMED_EVERY", 4)
    async with running(path) as journal:
        for number in range(1, 31):
            say(journal, str(number))
            await on_disk(journal, GARAGE, (METER,))
        assert lines_on_disk(path) == list(range(19, 31))


async def test_lines_are_found_by_charger_message_and_number_oldest_or_newest(path):
    async with running(path) as journal:
        for number in range(1, 9):
            journal.log(GARAGE if number % 2 else YARD, note(str(number), "wish" if number > 4 else "time"))
            if number == 5:
                await on_disk(journal, GARAGE, (METER,))
        assert texts(journal, charger="garage") == ["1", "3", "5", "7"]
        assert texts(journal, about="wish") == ["5", "6", "7", "8"]
        assert texts(journal, charger="Yard", about="wish", after=6) == ["8"]
        assert texts(journal, limit=6) == ["1", "2", "3", "4", "5", "6"]
        assert texts(journal, after=4, limit=2) == ["5", "6"]
        assert texts(journal, limit=4, newest=True) == ["5", "6", "7", "8"]
        assert texts(journal, limit=2, newest=True, about="time") == ["3", "4"]
        assert texts(journal, charger="nobody") == texts(journal, limit=0) == texts(journal, limit=0, newest=True) == []


async def test_whatever_a_line_holds_it_is_bounded_and_readable(path):
    async with running(path) as journal:
        journal.log("\ud800" + "X" * 300, Note(Level.INFO, ConnectorId(10**30), "long " * 1000, "A" * 300))
        await on_disk(journal, GARAGE, (METER,))
        (row,) = journal.log_rows()
    assert (len(row["charger"]), len(row["about"]), len(row["text"])) == (64, 64, 500)
    assert row["text"].endswith("…")
    assert row["connector"] == 2**63 - 1


async def test_a_log_that_cannot_be_read_says_why(closed, path):
    other = sqlite3.connect(path)
    other.execute("DROP TABLE log")
    other.close()
    with pytest.raises(StoreError, match="no such table: log"):
        closed.log_rows()


# strangers


async def test_who_was_sent_away_is_still_so_after_a_restart(path):
    async with running(path) as journal:
        journal.set_rejected("Visitor", rejected=True)
        journal.set_rejected("OTHER", rejected=True)
        journal.set_rejected("VISITOR", rejected=True)
        journal.set_rejected("other", rejected=False)
        assert journal.rejected() == {"VISITOR"}
    async with running(path) as journal:
        assert journal.rejected() == {"VISITOR"}
        journal.set_rejected("visitor", rejected=False)
    async with running(path) as journal:
        assert journal.rejected() == set()


async def test_of_a_charger_that_is_forgotten_nothing_is_left_but_what_was_charged(path):
    ended = Transaction(TransactionId(7), ConnectorId(1), IdTag("CARD"), 1000, NOON, stopped_at=NOON, energy_wh=500)
    began = Transaction(TransactionId(8), ConnectorId(1), IdTag("CARD"), 1500, NOON)
    known = (
        TagIssued(IdTag("OWN")),
        IdentityLearned(Identity("Box")),
        AbilityLearned("unlock", "no"),
        WishesKept(ConnectorId(1), Wishes(fast=True)),
        METER,
        SecurityKept(Security(SecurityProfile.BASIC)),
        TransactionRecorded(ended),
        TransactionRecorded(began),
    )
    async with running(path) as journal:
        journal.append(GARAGE, known)
        journal.append(YARD, known)
        journal.set_rejected("GARAGE", rejected=True)
        say(journal, "old")
        say(journal, "its neighbour", charger=YARD)
        await on_disk(journal, YARD, (METER,))
        say(journal, "waiting")
        journal.forget("garage")
        assert "waiting" not in texts(journal)
        await on_disk(journal, YARD)
        assert journal.rejected() == set()
        assert texts(journal) == ["its neighbour"]
        left, neighbour = journal.remembered(GARAGE), journal.remembered(YARD)
    assert (left.own_tag, left.identity, left.abilities, left.wishes, left.meters, left.open) == (
        None,
        None,
        {},
        {},
        {},
        (),
    )
    assert left.security == Security()
    assert left.ended[0] == ended
    assert (left.ended[1].id, left.ended[1].assumed, left.ended[1].energy_wh) == (8, True, None)
    assert (neighbour.own_tag, len(neighbour.open), len(neighbour.ended)) == ("OWN", 1, 1)
    async with running(path) as journal:
        assert journal.rejected() == set()
        assert journal.last_transaction_id() == 8


async def test_the_number_of_a_forgotten_transaction_may_still_be_stopped_by_its_charger(path):
    began = Transaction(TransactionId(8), ConnectorId(1), IdTag("CARD"), 1500, NOON)
    told = Transaction(TransactionId(8), ConnectorId(1), IdTag("CARD"), 1500, NOON, stopped_at=NOON, energy_wh=900)
    async with running(path) as journal:
        journal.append(GARAGE, (TransactionRecorded(began),))
        journal.forget(GARAGE)
        journal.append(GARAGE, (TransactionRecorded(told),))
    assert reopened(path, GARAGE).ended == (told,)


async def test_a_line_on_its_way_to_the_disk_when_its_charger_is_forgotten_does_not_stay(path):
    async with running(path) as journal:
        say(journal, "on its way")
        journal.append(YARD, (METER,))
        journal.forget(GARAGE)
        await on_disk(journal, YARD)
        assert lines_on_disk(path) == []


def test_what_waits_while_nobody_writes_is_bounded(closed):
    say(closed, *(str(number) for number in range(5000)))
    assert closed._log.waiting == diary.MOST_WAITING


async def test_older_lines_are_read_back_to_front_whether_they_are_on_disk_or_not(path):
    async with running(path) as journal:
        say(journal, "1", "2", "3")
        await on_disk(journal, GARAGE, (METER,))
        say(journal, "4", "5", charger=YARD)
        say(journal, "6", "7")
        assert texts(journal, charger="GARAGE", before=7, limit=2, newest=True) == ["3", "6"]
        assert texts(journal, before=3, limit=5, newest=True) == ["1", "2"]
