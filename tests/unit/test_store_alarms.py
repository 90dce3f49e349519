"""Alarms outlive a restart, and a charger that comes and goes every second fills neither the list nor the SD card."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from knx_ocpp_bridge.core.facts import AbilityLearned, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.step import AlarmKind
from knx_ocpp_bridge.core.values import ChargerId, Clock, ConnectorId, IdTag, Moment, TransactionId
from knx_ocpp_bridge.store import alarms
from knx_ocpp_bridge.store.alarms import AlarmBook, Happening
from knx_ocpp_bridge.store.journal import Journal
from tests.kit.journals import running

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
OUTLET = ConnectorId(1)
GARAGE = ChargerId("GARAGE")


def fault(charger: str = "GARAGE", text: str = "Faulted: GroundFailure") -> Happening:
    return Happening(AlarmKind.FAULT, charger, OUTLET, text)


OFFLINE = Happening(AlarmKind.OFFLINE, "GARAGE", None, "offline for 60 s: no connection")


def started(number: int) -> Happening:
    return Happening(
        AlarmKind.CHARGING_STARTED, "GARAGE", OUTLET, f"transaction {number} begins", TransactionId(number)
    )


def record(number: int) -> TransactionRecorded:
    return TransactionRecorded(Transaction(TransactionId(number), OUTLET, IdTag("CARD"), 0, NOON))


def at(seconds: float, clock: Clock = Clock.SANE) -> Moment:
    return Moment(1000 + seconds, NOON + timedelta(seconds=seconds), clock)


@dataclass
class Timers:
    """Rings when told to."""

    waiting: list[Callable[[], None]] = field(default_factory=list)

    def later(self, _seconds: float, call: Callable[[], None]) -> None:
        self.waiting.append(call)

    def ring(self) -> None:
        waiting, self.waiting = self.waiting, []
        for call in waiting:
            call()


@dataclass
class Counting:
    """A journal whose writes are counted."""

    journal: Journal
    writes: int = 0

    def write(self, *statements, done=None) -> None:
        self.writes += 1
        self.journal.write(*statements, done=done)

    def read(self, sql, cells=()):
        return self.journal.read(sql, cells)


async def settled(journal: Journal) -> None:
    """All that was written is on disk, and everybody has been told."""
    done = asyncio.get_running_loop().create_future()
    journal.write(done=lambda: done.set_result(None))
    await done


@pytest.fixture
def timers() -> Timers:
    return Timers()


async def test_an_alarm_that_stands_when_the_bridge_stops_stands_after_the_start(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        book.begin(OFFLINE, at(0))
        book.begin(fault(), at(1))
        book.end(fault(), at(2))
        book.write()
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        assert [(alarm.kind, alarm.charger, alarm.at) for alarm in book.standing] == [
            ("offline", "GARAGE", "2026-12-01T12:00:00+00:00")
        ]
        assert not book.begin(OFFLINE, at(60))
        assert book.end(OFFLINE, at(61))
        assert not book.end(OFFLINE, at(62))
        assert [(alarm.number, alarm.over_at is not None) for alarm in book.rows(0, 10)] == [(1, True), (2, True)]


async def test_a_power_cut_right_after_an_alarm_began_does_not_lose_it(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        AlarmBook(journal, timers.later).begin(fault(), at(0))
        await settled(journal)
        assert journal.read("SELECT text, over_at FROM alarms") == [("Faulted: GroundFailure", None)]


async def test_an_alarm_that_stands_is_raised_once_and_chargers_are_told_apart(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        assert [book.begin(fault(), at(0)), book.begin(fault(), at(1)), book.begin(fault("garage"), at(2))] == [
            True,
            False,
            False,
        ]
        assert book.begin(fault("STREET"), at(3))
        assert book.begin(OFFLINE, at(4))
        assert [alarm.number for alarm in book.standing] == [1, 2, 3]


async def test_a_charger_that_fails_each_second_for_an_hour_is_one_row_and_two_writes_a_minute(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        shelf = Counting(journal)
        book = AlarmBook(shelf, timers.later)
        for second in range(0, 3600, 2):
            book.begin(fault(), at(second))
            book.end(fault(), at(second + 1))
            if second % 60 == 58:
                timers.ring()
                assert len(timers.waiting) <= 1
        timers.ring()
        (row,) = book.rows(0, 100)
        assert (row.times, row.at, row.over_at) == (1800, at(0).utc.isoformat(), at(3599).utc.isoformat())
        assert shelf.writes <= 121
        await settled(journal)
        assert journal.read("SELECT count(*), max(times) FROM alarms") == [(1, 1800)]


async def test_a_fault_that_comes_back_after_ten_minutes_is_another_one(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        book.begin(fault(), at(0))
        book.end(fault(), at(1))
        book.begin(fault(), at(1 + alarms.AGAIN_WITHIN_S))
        assert len(book.rows(0, 10)) == 1
        book.end(fault(), at(700))
        book.begin(fault(), at(700.1 + alarms.AGAIN_WITHIN_S))
        assert [row.times for row in book.rows(0, 10)] == [2, 1]


async def test_what_somebody_has_acknowledged_comes_back_as_news(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        book.begin(fault(), at(0))
        seen = book.acknowledge(1, "CLI", at(5))
        assert seen is not None
        assert (seen.acknowledged_at, seen.acknowledged_by, seen.over_at) == (at(5).utc.isoformat(), "CLI", None)
        book.end(fault(), at(6))
        book.begin(fault(), at(7))
        assert [(row.number, row.acknowledged_by, row.over_at is None) for row in book.rows(0, 10)] == [
            (1, "CLI", False),
            (2, "", True),
        ]


async def test_an_acknowledgement_is_on_disk_and_the_first_one_counts(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        book.begin(fault(), at(0))
        book.acknowledge(1, "CLI", at(5))
        book.acknowledge(1, "API", at(9))
        assert book.acknowledge(7, "CLI", at(9)) is None
    async with running(tmp_path / "j.db") as journal:
        (row,) = AlarmBook(journal, timers.later).rows(0, 10)
        assert (row.acknowledged_by, row.acknowledged_at) == ("CLI", at(5).utc.isoformat())


async def test_all_can_be_acknowledged_at_once_those_of_earlier_days_too(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        book.begin(fault(), at(0))
        book.end(fault(), at(1))
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        book.begin(OFFLINE, at(2))
        book.tell(started(7), at(3), to_acknowledge=False)
        assert book.acknowledge_all("page", at(4)) == 2
        assert book.acknowledge_all("page", at(5)) == 0
        assert [(row.kind, row.acknowledged_by) for row in book.rows(0, 10)] == [
            ("fault", "page"),
            ("offline", "page"),
            ("charging_started", ""),
        ]


async def test_a_charge_is_told_and_never_stands(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        book.tell(started(7), at(0), to_acknowledge=False)
        book.tell(started(8), at(600), to_acknowledge=False)
        assert book.standing == ()
        assert [(row.transaction_id, row.over_at == row.at) for row in book.rows(0, 10)] == [(7, True), (8, True)]


async def test_two_people_who_charge_within_a_minute_are_two_rows_with_their_own_words(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        book.tell(started(7), at(0), to_acknowledge=False)
        book.tell(started(8), at(20), to_acknowledge=False)
        assert [(row.times, row.transaction_id, row.text) for row in book.rows(0, 10)] == [
            (1, 7, "transaction 7 begins"),
            (1, 8, "transaction 8 begins"),
        ]


async def test_the_same_charge_that_is_told_again_and_again_is_counted_in_one_row(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        for second in range(60):
            book.tell(started(7), at(second), to_acknowledge=False)
        assert [(row.times, row.transaction_id) for row in book.rows(0, 10)] == [(60, 7)]


async def test_a_charger_that_charges_anew_each_second_makes_no_write_of_its_own_and_fills_no_list(
    tmp_path, timers, monkeypatch
):
    monkeypatch.setattr(alarms, "KEPT", 200)
    async with running(tmp_path / "j.db") as journal:
        shelf = Counting(journal)
        book = AlarmBook(shelf, timers.later)
        journal.take_along(book.take)
        book.begin(OFFLINE, at(0))
        for number in range(1, 1000):
            book.tell(started(number), at(number), to_acknowledge=False)
            journal.append(GARAGE, (record(number),))
            assert len(timers.waiting) <= 1
        await settled(journal)
        assert shelf.writes == 1
        numbers = [number for (number,) in journal.read("SELECT number FROM alarms ORDER BY number")]
        assert numbers == [1, *range(801, 1001)]


async def test_a_power_cut_takes_no_begun_charge_from_the_alarms_that_the_log_has(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        journal.take_along(book.take)
        book.begin(fault(), at(0))
        book.end(fault(), at(1))
        book.tell(started(7), at(2), to_acknowledge=False)
        told = asyncio.get_running_loop().create_future()
        journal.append(GARAGE, (record(7),), lambda: told.set_result(None))
        await told
        assert journal.read("SELECT id FROM transactions") == [(7,)]
        assert journal.read("SELECT kind, transaction_id, over_at IS NULL FROM alarms ORDER BY number") == [
            ("fault", None, 0),
            ("charging_started", 7, 0),
        ]
        timers.ring()
        assert [row.kind for row in book.rows(0, 10)] == ["fault", "charging_started"]


async def test_facts_of_other_kinds_take_no_alarm_along(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        journal.take_along(book.take)
        book.tell(started(7), at(0), to_acknowledge=False)
        told = asyncio.get_running_loop().create_future()
        journal.append(GARAGE, (AbilityLearned("SmartCharging", "no"),), lambda: told.set_result(None))
        await told
        assert journal.read("SELECT count(*) FROM alarms") == [(0,)]


async def test_pages_hold_what_is_on_disk_and_what_is_not_yet(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        for number in range(30):
            book.tell(Happening(AlarmKind.CLOCK, f"C{number}"), at(number), to_acknowledge=True)
            if number == 19:
                book.write()
                await settled(journal)
        assert [row.number for row in book.rows(0, 25)] == list(range(1, 26))
        assert [row.number for row in book.rows(25, 25)] == list(range(26, 31))
        assert [row.number for row in book.rows(0, 5, newest=True)] == list(range(26, 31))
        assert [row.number for row in book.rows(0, 15, newest=True)] == list(range(16, 31))


async def test_of_those_that_stand_nothing_else_is_listed(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        book.begin(fault(), at(0))
        book.end(fault(), at(1))
        book.begin(OFFLINE, at(2))
        assert [row.kind for row in book.rows(0, 10, standing=True)] == ["offline"]
        assert book.rows(2, 10, standing=True) == []


async def test_the_oldest_go_and_what_stands_stays(tmp_path, timers, monkeypatch):
    monkeypatch.setattr(alarms, "KEPT", 200)
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        book.begin(OFFLINE, at(0))
        for number in range(999):
            book.tell(Happening(AlarmKind.CLOCK, f"C{number}"), at(number), to_acknowledge=True)
        book.write()
        await settled(journal)
        numbers = [number for (number,) in journal.read("SELECT number FROM alarms ORDER BY number")]
        assert numbers == [1, *range(801, 1001)]


async def test_a_time_by_a_clock_that_was_not_set_is_marked(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        book.begin(fault(), Moment(5, datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC), Clock.WAITING))
        assert [(row.at, row.clock_sane) for row in book.rows(0, 10)] == [("1970-01-01T00:00:05+00:00", 0)]


async def test_a_long_text_is_cut(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        book = AlarmBook(journal, timers.later)
        book.begin(fault(text="x" * 5000), at(0))
        assert len(book.standing[0].text) == 500


async def test_a_fault_that_becomes_another_one_is_the_same_alarm_with_the_newest_text(tmp_path, timers):
    async with running(tmp_path / "j.db") as journal:
        shelf = Counting(journal)
        book = AlarmBook(shelf, timers.later)
        book.begin(fault(), at(0))
        for second in range(1, 50):
            assert not book.begin(fault(text=f"Faulted: {second}"), at(second))
        assert [(row.text, row.times) for row in book.rows(0, 10)] == [("Faulted: 49", 1)]
        assert shelf.writes == 1
        timers.ring()
        assert shelf.writes == 2
