"""A disk that is full, fails or is read-only: charging goes on, and what waits is written later, in its order."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

import pytest

from knx_ocpp_bridge.core.facts import Meter, MeterNoted, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.store.backlog import Lost
from knx_ocpp_bridge.store.entry import Entry
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.writer import AGAIN_AFTER_S, Closing, Inbox
from tests.kit.bad_disk import WORDS, Desk, entry, line
from tests.kit.journals import lines_on_disk, read_beside

GARAGE = ChargerId("GARAGE")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PASSING = [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_READONLY]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    database = tmp_path / "bridge.db"
    journal = Journal(database)
    journal.open()
    journal.close()
    return database


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    made = Desk(path)
    yield made
    made.disk.close()


def begun(number: int) -> TransactionRecorded:
    return TransactionRecorded(Transaction(TransactionId(number), ConnectorId(1), IdTag("CARD"), 1000, NOON))


def meter(register_wh: int) -> MeterNoted:
    return MeterNoted(ConnectorId(1), Meter(register_wh))


def open_ones(path: Path) -> list[int]:
    return [each.id for each in read_beside(path, GARAGE).open]


def points(path: Path) -> int:
    connection = sqlite3.connect(path)
    (count,) = connection.execute("SELECT count(*) FROM samples").fetchone()
    connection.close()
    return int(count)


@pytest.mark.parametrize("code", PASSING)
def test_who_waits_is_told_although_the_disk_refuses(desk: Desk, path: Path, code: int) -> None:
    desk.refuses(code)
    waiting = entry(begun(1))
    desk.writer.take([waiting])
    assert desk.taken == [waiting]
    assert [(each.why, each.waiting) for each in desk.troubles if each] == [(WORDS[code], 1)]
    assert open_ones(path) == []


@pytest.mark.parametrize("code", PASSING)
def test_what_waited_is_on_disk_once_the_disk_is_well(desk: Desk, path: Path, code: int) -> None:
    desk.refuses(code)
    desk.writer.take([entry(begun(1), lines=(line(1),), samples=2)])
    desk.writer.take([entry(begun(2), lines=(line(2),))])
    desk.is_well()
    desk.writer.try_again()
    assert open_ones(path) == [1, 2]
    assert lines_on_disk(path) == [1, 2]
    assert points(path) == 2
    assert desk.troubles[-1] is None


def test_facts_go_in_before_points_and_lines_when_there_is_room_for_one_of_both(desk: Desk, path: Path) -> None:
    desk.refuses(words="INSERT INTO log")
    desk.writer.take([entry(begun(1), lines=(line(1),), samples=3)])
    assert (open_ones(path), lines_on_disk(path), points(path)) == ([1], [], 0)
    desk.writer.take([entry(begun(2), lines=(line(2),))])
    assert open_ones(path) == [1, 2]
    assert [each.waiting for each in desk.troubles if each] == [0, 0]
    desk.is_well()
    desk.writer.try_again()
    assert (lines_on_disk(path), points(path), desk.troubles[-1]) == ([1, 2], 3, None)


def test_a_later_fact_does_not_overtake_one_that_waits(desk: Desk, path: Path) -> None:
    desk.refuses()
    desk.writer.take([entry(meter(10))])
    desk.is_well()
    desk.writer.take([entry(meter(20))])
    assert read_beside(path, GARAGE).meters == {}
    desk.writer.try_again()
    assert read_beside(path, GARAGE).meters[ConnectorId(1)].register_wh == 20


def test_lines_count_as_written_only_when_they_are(desk: Desk) -> None:
    desk.refuses()
    desk.writer.take([entry(begun(1), lines=(line(1),))])
    assert desk.lines == []
    desk.is_well()
    desk.writer.try_again()
    assert desk.lines == [line(1)]


def test_nobody_is_told_twice(desk: Desk) -> None:
    desk.refuses()
    desk.writer.take([entry(begun(1), tell=lambda: None)])
    desk.is_well()
    desk.writer.try_again()
    assert len(desk.taken) == 1


def test_a_damaged_database_ends_the_writer(desk: Desk) -> None:
    desk.refuses(sqlite3.SQLITE_CORRUPT)
    with pytest.raises(sqlite3.Error, match="malformed"):
        desk.writer.take([entry(begun(1))])
    assert desk.taken == []


def test_a_database_that_proves_damaged_while_facts_wait_ends_the_writer(desk: Desk) -> None:
    desk.refuses()
    desk.writer.take([entry(begun(1))])
    desk.refuses(sqlite3.SQLITE_CORRUPT)
    with pytest.raises(sqlite3.Error, match="malformed"):
        desk.writer.try_again()


def test_a_statement_that_is_wrong_ends_the_writer_with_its_own_words(desk: Desk) -> None:
    wrong = Entry(GARAGE, (), "", statements=(("DELETE FROM meters WHERE charger = ?", ()),))
    with pytest.raises(sqlite3.ProgrammingError, match="Incorrect number of bindings"):
        desk.writer.take([wrong])


def test_the_disk_is_left_alone_for_ten_seconds(desk: Desk, path: Path) -> None:
    inbox: Inbox = SimpleQueue()
    desk.refuses()
    desk.writer.take([entry(begun(1))])
    desk.is_well()
    desk.now_s = AGAIN_AFTER_S - 1
    desk.writer.take([entry(begun(2))])
    assert open_ones(path) == []
    desk.now_s = AGAIN_AFTER_S
    inbox.put(entry(begun(3)))
    inbox.put(Closing())
    desk.writer.run(inbox)
    assert open_ones(path) == [1, 2, 3]


def test_an_end_with_facts_that_wait_gives_up_the_reserve_for_them(desk: Desk, path: Path) -> None:
    inbox: Inbox = SimpleQueue()
    desk.refuses()
    desk.on_release = desk.is_well
    inbox.put(entry(begun(1)))
    inbox.put(Closing())
    desk.writer.run(inbox)
    assert open_ones(path) == [1]


def test_an_end_with_facts_that_the_disk_does_not_take_says_so(desk: Desk) -> None:
    inbox: Inbox = SimpleQueue()
    desk.refuses()
    inbox.put(entry(begun(1)))
    inbox.put(Closing())
    with pytest.raises(sqlite3.Error, match="disk is full"):
        desk.writer.run(inbox)


def test_an_end_with_only_history_waiting_is_an_orderly_one(desk: Desk) -> None:
    inbox: Inbox = SimpleQueue()
    desk.refuses(words="INSERT INTO log")
    inbox.put(entry(begun(1), lines=(line(1),)))
    inbox.put(Closing())
    desk.writer.run(inbox)


def test_the_reserve_stays_while_the_disk_is_well(desk: Desk) -> None:
    inbox: Inbox = SimpleQueue()
    inbox.put(entry(begun(1)))
    inbox.put(Closing())
    desk.writer.run(inbox)
    assert desk.reserves == 0


def test_when_too_much_waits_facts_that_were_replaced_go_first(path: Path) -> None:
    desk = Desk(path, most_waiting=100)
    desk.refuses()
    desk.writer.take([entry(begun(1))])
    for register in range(1000):
        desk.writer.take([entry(meter(register))])
    desk.is_well()
    desk.writer.try_again()
    assert open_ones(path) == [1]
    assert read_beside(path, GARAGE).meters[ConnectorId(1)].register_wh == 999
    assert {each.lost for each in desk.troubles if each} == {Lost()}
    desk.disk.close()


def test_when_too_many_transactions_wait_the_oldest_are_lost_and_counted(path: Path) -> None:
    desk = Desk(path, most_waiting=100)
    desk.refuses()
    for number in range(1, 102):
        desk.writer.take([entry(begun(number))])
    assert desk.troubles[-1] is not None
    assert desk.troubles[-1].lost.entries == 11
    desk.is_well()
    desk.writer.try_again()
    assert open_ones(path) == list(range(12, 102))
    desk.disk.close()


def test_when_too_much_history_waits_its_oldest_goes_and_no_fact_does(path: Path) -> None:
    desk = Desk(path, most_waiting=100)
    desk.refuses()
    for number in range(1, 52):
        desk.writer.take([entry(begun(number), lines=(line(number), line(1000 + number)))])
    desk.is_well()
    desk.writer.try_again()
    assert open_ones(path) == list(range(1, 52))
    assert min(lines_on_disk(path)) > 20
    assert [each.lost for each in desk.troubles if each][-1].history == 52
    desk.disk.close()
