"""Points of curves on their way to the disk, and signed values that there is no room for."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from knx_ocpp_bridge.core.events import SignedValue
from knx_ocpp_bridge.core.facts import Meter, MeterNoted, SignedKept, TagIssued, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.step import Sampled
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.store import curve, points
from knx_ocpp_bridge.store.curve import Points
from knx_ocpp_bridge.store.history import History
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.rows import LONGEST_SIGNED, MOST_SIGNED
from tests.kit.journals import on_disk, running

GARAGE, YARD = ChargerId("GARAGE"), ChargerId("YARD")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
METER = MeterNoted(ConnectorId(1), Meter(5))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


def point(minute: float, number: int = 1, energy_wh: int = 100) -> Sampled:
    return Sampled(TransactionId(number), NOON + timedelta(minutes=minute), energy_wh, 7200.0, 10.5)


def record(number: int) -> TransactionRecorded:
    return TransactionRecorded(Transaction(TransactionId(number), ConnectorId(1), IdTag("CARD"), 0, NOON))


def minutes_on_disk(path: Path) -> list[tuple[str, int, int]]:
    """Charger, transaction and minute of the points that another process can read."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        logged = connection.execute("SELECT charger, id FROM transactions ORDER BY charger, id").fetchall()
        return [
            (charger, number, (at_s - int(NOON.timestamp())) // 60)
            for charger, number in logged
            for (at_s,) in connection.execute(*points.times(charger, number))
        ]
    finally:
        connection.close()


def size_of_log(path: Path) -> int:
    """Bytes of the write-ahead log: they grow with every COMMIT."""
    return path.with_name("bridge.db-wal").stat().st_size


# points


async def test_points_cost_no_commit_of_their_own_and_wait_for_the_record_of_their_transaction(path):
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (METER, record(1)))
        size = size_of_log(path)
        for minute in range(10):
            journal.sample(GARAGE, point(minute))
            journal.sample(GARAGE, point(minute, number=2))
            journal.sample(YARD, point(minute))
        await on_disk(journal, GARAGE)
        assert size_of_log(path) == size
        await on_disk(journal, GARAGE, (TagIssued(IdTag("04A1")),))
        assert minutes_on_disk(path) == []
        await on_disk(journal, GARAGE, (record(1),))
        assert minutes_on_disk(path) == [("GARAGE", 1, minute) for minute in range(10)]


async def test_the_note_of_a_meter_takes_the_points_of_its_charger_along_and_nothing_is_due_then(path, monkeypatch):
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (record(1), record(2)))
        await on_disk(journal, YARD, (record(1),))
        for number in (1, 2):
            journal.sample(GARAGE, point(0, number=number))
        journal.sample(YARD, point(0))
        await on_disk(journal, GARAGE, (METER,))
        assert minutes_on_disk(path) == [("GARAGE", 1, 0), ("GARAGE", 2, 0)]
        await on_disk(journal, YARD, (METER,))
        assert len(minutes_on_disk(path)) == 3
        due: list[float] = []
        monkeypatch.setattr(asyncio.get_running_loop(), "call_later", lambda delay_s, _: due.append(delay_s))
        journal.sample(GARAGE, point(1))
        assert due == [900.0]


async def test_a_charger_that_is_spelled_otherwise_is_the_same(path):
    async with running(path) as journal:
        journal.sample(ChargerId("garage"), point(0))
        await on_disk(journal, GARAGE, (record(1),))
        assert minutes_on_disk(path) == [("GARAGE", 1, 0)]
        assert len(History(journal).samples("GARAGE", 1)) == 1


async def test_of_a_minute_the_last_point_counts(path):
    async with running(path) as journal:
        for second in (0, 20, 59):
            journal.sample(GARAGE, point(second / 60, energy_wh=second))
        await on_disk(journal, GARAGE, (record(1),))
        assert [one.energy_wh for one in History(journal).samples(GARAGE, 1)] == [59]


async def test_points_that_no_record_takes_along_are_written_after_a_quarter_of_an_hour(path, monkeypatch):
    due: list[float] = []
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (record(1),))
        call_later = asyncio.get_running_loop().call_later

        def at_once(delay_s, callback):
            due.append(delay_s)
            return call_later(0, callback)

        monkeypatch.setattr(asyncio.get_running_loop(), "call_later", at_once)
        journal.sample(GARAGE, point(0))
        journal.sample(GARAGE, point(1))
        while len(journal.points(GARAGE, 1)):
            await on_disk(journal, GARAGE)
        assert minutes_on_disk(path) == [("GARAGE", 1, 0), ("GARAGE", 1, 1)]
        assert due == [900.0]


async def test_nothing_is_due_while_nobody_charges(path, monkeypatch):
    async with running(path) as journal:
        monkeypatch.setattr(asyncio.get_running_loop(), "call_later", None)
        await on_disk(journal, GARAGE, (METER, record(1)))


async def test_a_point_of_a_transaction_that_nobody_has_recorded_belongs_to_no_curve(path):
    async with running(path) as journal:
        journal.sample(GARAGE, point(0))
        await on_disk(journal, GARAGE, (METER,))
        await on_disk(journal, GARAGE, (record(1),))
        assert journal.read("SELECT count(*) FROM samples") == [(0,)]


async def test_curves_that_lie_side_by_side_on_the_disk_are_kept_apart(path):
    first, last = (
        Sampled(TransactionId(1), datetime.fromtimestamp(at_s, UTC), energy_wh, None, None)
        for at_s, energy_wh in ((0, 0), (2**33 - 1, 9))
    )
    async with running(path) as journal:
        for charger in (GARAGE, YARD):
            journal.sample(charger, last)
            journal.sample(charger, first)
            await on_disk(journal, charger, (record(1),))
        for charger in (GARAGE, YARD):
            assert [one.at_s for one in History(journal).samples(charger, 1)] == [0, 2**33 - 1]
        journal.write(points.erasing("garage", 1, [0]))
        await on_disk(journal, GARAGE)
        assert [one.at_s for one in History(journal).samples(GARAGE, 1)] == [2**33 - 1]
        assert len(History(journal).samples(YARD, 1)) == 2


def test_a_point_of_a_time_that_has_no_place_is_none():
    curves = Points()
    for at in (datetime(1969, 12, 31, tzinfo=UTC), datetime(2243, 1, 1, tzinfo=UTC)):
        curves.add(GARAGE, Sampled(TransactionId(1), at, 0, None, None))
    assert len(curves) == 0


async def test_an_orderly_end_loses_no_point(path):
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (record(1),))
        journal.sample(GARAGE, point(0))
    journal = Journal(path)
    journal.open()
    assert len(History(journal).samples(GARAGE, 1)) == 1
    journal.close()


async def test_points_that_came_before_run_began_are_written_with_its_end(path):
    journal = Journal(path)
    journal.open()
    journal.append(GARAGE, (record(1),))
    journal.sample(GARAGE, point(0))
    task = asyncio.create_task(journal.run())
    await on_disk(journal, GARAGE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert minutes_on_disk(path) == [("GARAGE", 1, 0)]


def test_of_too_many_points_the_oldest_are_let_go_and_that_is_said_once(path, monkeypatch):
    monkeypatch.setattr(curve, "MOST_WAITING", 10)
    journal = Journal(path)
    journal.open()
    for minute in range(30):
        journal.sample(GARAGE, point(minute, energy_wh=minute))
    assert [one.energy_wh for one in journal.points(GARAGE, 1)] == list(range(20, 30))
    assert [row["text"] for row in journal.log_rows()] == [
        "the oldest points of curves are let go: more come in than the disk takes"
    ]
    journal.close()


def test_points_on_their_way_to_a_slow_disk_count_as_well(monkeypatch):
    monkeypatch.setattr(curve, "MOST_WAITING", 10)
    points = Points()
    for minute in range(8):
        points.add(GARAGE, point(minute))
    sent = points.take()
    assert (len(sent), len(points)) == (8, 8)
    assert [points.add(GARAGE, point(minute)) for minute in range(8, 12)] == [False, False, True, False]
    assert len(points) == 10
    points.written(sent)
    assert len(points) == 2
    assert [points.add(GARAGE, point(minute)) for minute in range(12, 20)] == [False] * 8
    assert points.add(GARAGE, point(20)) is False  # it was told already, and nobody has taken them since
    points.take()
    assert points.add(GARAGE, point(21)) is True


def test_what_is_on_its_way_is_known_until_it_is_there():
    points = Points()
    points.add(GARAGE, point(0))
    first = points.take()
    points.add(GARAGE, point(1))
    second = points.take_with(GARAGE, (record(1),))
    assert points.take_with(GARAGE, (record(1), METER)) == points.take() == ()
    assert len(points.of("garage", 1)) == 2
    points.written(second)
    assert len(points) == 0
    points.written(first)
    points.written(())
    assert points.of(GARAGE, 1) == []


# signed values


def signed(*texts: str, number: int = 1) -> SignedKept:
    return SignedKept(TransactionId(number), tuple(SignedValue(None, "Other", text) for text in texts))


def warnings(journal: Journal) -> list[str]:
    return [row["text"] for row in journal.log_rows(about="MeterValues")]


async def test_there_is_room_for_so_many_signed_values_and_what_is_beyond_is_said_once(path):
    async with running(path) as journal:
        for start in range(0, MOST_SIGNED, 8):
            await on_disk(journal, GARAGE, (signed(*(str(n) for n in range(start, start + 8))),))
        assert warnings(journal) == []
        for number in range(100, 110):
            await on_disk(journal, GARAGE, (signed(str(number)),))
        assert warnings(journal) == [
            "transaction 1: not all signed meter values are kept, there is room for 64 of at most 32768 characters"
        ]
        kept = History(journal).signed(GARAGE, 1)
        assert [(row["number"], row["text"]) for row in kept] == [(n + 1, str(n)) for n in range(MOST_SIGNED)]
        await on_disk(journal, GARAGE, (signed("another transaction's", number=2),))
        assert len(warnings(journal)) == 1


async def test_a_signed_value_that_is_sent_again_is_kept_once_over_restarts_too(path):
    for _ in range(2):
        async with running(path) as journal:
            for _ in range(MOST_SIGNED):
                await on_disk(journal, GARAGE, (signed("begin", "end", "begin"),))
            assert [row["text"] for row in History(journal).signed(GARAGE, 1)] == ["begin", "end"]
            assert warnings(journal) == []


async def test_room_that_was_used_up_before_a_restart_is_used_up(path):
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (signed(*map(str, range(60))),))
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (signed("a", "b", "c", "d"),))
        assert warnings(journal) == []
        await on_disk(journal, GARAGE, (signed("e"),))
        assert len(warnings(journal)) == 1
        assert len(History(journal).signed(GARAGE, 1)) == MOST_SIGNED


async def test_half_a_signed_value_would_be_worth_nothing(path):
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (signed("x" * LONGEST_SIGNED, "y" * (LONGEST_SIGNED + 1), "z"),))
        assert [row["text"][0] for row in History(journal).signed(GARAGE, 1)] == ["x", "z"]
        assert len(warnings(journal)) == 1


async def test_no_signed_values_are_none(path):
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (signed(),))
        assert History(journal).signed(GARAGE, 1) == []
