"""The journal while the bridge lives: order, numbers, clocks, trouble."""

import asyncio
import sqlite3
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from knx_ocpp_bridge.core.events import Identity
from knx_ocpp_bridge.core.facts import (
    AbilityLearned,
    IdentityLearned,
    Meter,
    MeterNoted,
    TagIssued,
    Transaction,
    TransactionRecorded,
    Wishes,
    WishesKept,
)
from knx_ocpp_bridge.core.status import ChargeMode
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.store import writer
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.journal import Journal
from tests.kit.journals import on_disk, read_beside, reopened, running

GARAGE = ChargerId("GARAGE")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "bridge.db"


def started(number: int, stopped_at: datetime | None = None) -> TransactionRecorded:
    return TransactionRecorded(
        Transaction(TransactionId(number), ConnectorId(1), IdTag("CARD"), 1000, NOON, stopped_at=stopped_at)
    )


async def test_only_the_bridges_own_user_can_read_the_journal(path: Path) -> None:
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (started(1),))
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "bridge.db-wal" in modes
    assert set(modes.values()) == {0o600}


async def test_a_second_bridge_is_kept_away_until_the_first_has_ended(path: Path) -> None:
    second = Journal(path)
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (started(201),))
        with pytest.raises(StoreError, match=r"state: a bridge already uses this directory; stop that one .*--state"):
            second.open()
        assert [each.id for each in journal.remembered(GARAGE).open] == [201]
    second.open()
    assert second.last_transaction_id() == 201
    second.close()


def test_a_journal_that_was_refused_keeps_nobody_away(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    for _ in range(2):
        with pytest.raises(StoreError, match="another program's database"):
            Journal(path).open()


async def test_a_caller_is_told_only_when_another_process_could_read_the_fact(path: Path) -> None:
    async with running(path) as journal:
        seen = asyncio.get_running_loop().create_future()
        journal.append(GARAGE, (started(7),), lambda: seen.set_result(read_beside(path, GARAGE).open))
        assert [each.id for each in await seen] == [7]


async def test_callers_are_told_in_the_order_in_which_they_asked(path: Path) -> None:
    told: list[int] = []
    async with running(path) as journal:
        for number in range(200):
            facts = (started(number),) if number % 3 else ()
            journal.append(GARAGE, facts, lambda number=number: told.append(number))
        await on_disk(journal, GARAGE)
        assert told == list(range(200))


async def test_a_caller_that_fails_leaves_the_others_told(path: Path) -> None:
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context["exception"]))
    async with running(path) as journal:
        journal.append(GARAGE, (), lambda: {}["nobody waits any more"])
        await on_disk(journal, GARAGE)
    assert [type(each) for each in failures] == [KeyError]


async def test_fifty_cars_that_start_at_once_share_few_commits(path: Path) -> None:
    journal = Journal(path)
    journal.open()
    for number in range(50):
        journal.append(GARAGE, (started(number),))
    groups: list[int] = []
    connection = sqlite3.connect(path, isolation_level=None)
    journal._inbox.put(writer.Closing())
    ears = writer.Ears(lambda group: groups.append(len(group)), lambda _lines: None, lambda _trouble: None)
    writer.Writer(connection, ears, lambda: False).run(journal._inbox)
    connection.close()
    journal.close()
    assert groups == [50]


async def test_what_was_appended_before_run_began_is_written_too(path: Path) -> None:
    journal = Journal(path)
    journal.open()
    journal.append(GARAGE, (started(3),))
    task = asyncio.create_task(journal.run())
    await on_disk(journal, GARAGE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [each.id for each in reopened(path, GARAGE).open] == [3]


async def test_numbers_of_transactions_go_on_after_a_restart(path: Path) -> None:
    async with running(path) as journal:
        assert journal.last_transaction_id() == 0
        journal.append(GARAGE, (started(41),))
        journal.append(ChargerId("YARD"), (started(40),))
        assert journal.last_transaction_id() == 41
    again = Journal(path)
    again.open()
    assert again.last_transaction_id() == 41
    again.close()


async def test_a_number_that_a_charger_made_up_does_not_use_up_the_counter(path: Path) -> None:
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (started(12), started(1_936_029_036)))
        assert journal.last_transaction_id() == 12
    again = Journal(path)
    again.open()
    assert again.last_transaction_id() == 12
    assert [each.id for each in again.remembered(GARAGE).open] == [12, 1_936_029_036]
    again.close()


async def test_two_chargers_may_hold_the_same_number(path: Path) -> None:
    async with running(path) as journal:
        journal.append(GARAGE, (started(5),))
        await on_disk(journal, ChargerId("YARD"), (started(5, stopped_at=NOON),))
        assert [each.id for each in journal.remembered(GARAGE).open] == [5]
        assert [each.id for each in journal.remembered(ChargerId("YARD")).ended] == [5]


async def test_a_transaction_that_has_ended_is_not_overwritten_by_another_with_its_number(path: Path) -> None:
    ended = started(5, stopped_at=NOON)
    later = replace(started(5).transaction, started_at=NOON + timedelta(days=30), id_tag=IdTag("OTHER"))
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (ended,))
        await on_disk(journal, GARAGE, (TransactionRecorded(later),))
        corrected = TransactionRecorded(replace(ended.transaction, energy_wh=700))
        await on_disk(journal, GARAGE, (corrected,))
    remembered = reopened(path, GARAGE)
    assert remembered.open == ()
    assert remembered.ended == (corrected.transaction,)


async def test_a_charger_respelled_in_the_configuration_keeps_its_history(path: Path) -> None:
    async with running(path) as journal:
        await on_disk(journal, ChargerId("Garage"), (started(1), TagIssued(IdTag("ABC"))))
        await on_disk(journal, ChargerId("GARAGE"), (TagIssued(IdTag("DEF")),))
        known = journal.remembered(ChargerId("garage"))
    assert (known.own_tag, len(known.open)) == ("DEF", 1)


async def test_only_the_newest_eight_ended_transactions_are_remembered_and_all_open_ones(path: Path) -> None:
    async with running(path) as journal:
        ended = tuple(started(number, stopped_at=NOON) for number in range(1, 12))
        await on_disk(journal, GARAGE, (*ended, *(started(number) for number in range(20, 32))))
        known = journal.remembered(GARAGE)
    assert [each.id for each in known.ended] == list(range(4, 12))
    assert [each.id for each in known.open] == list(range(20, 32))


async def test_the_newest_entry_is_the_clock_at_the_last_fact(path: Path) -> None:
    times = iter([NOON.replace(hour=13), NOON, NOON])
    journal = Journal(path, utc=lambda: next(times))
    journal.open()
    assert journal.newest_entry() is None
    task = asyncio.create_task(journal.run())
    journal.append(GARAGE, (TagIssued(IdTag("A")),))
    await on_disk(journal, GARAGE, (MeterNoted(ConnectorId(1), Meter(5)),))
    assert journal.newest_entry() == NOON.replace(hour=13)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_mode_goals_and_limits_of_a_session_outlive_a_power_cut(path: Path) -> None:
    wishes = Wishes(
        mode=ChargeMode.SURPLUS,
        session_mode=ChargeMode.SCHEDULED,
        session_limit_wh=20_000,
        session_limit_s=14_400,
        session_limit_soc=80.5,
        session_limit_cost=5.25,
        goal_wh=15_000,
        goal_soc=70.0,
        goal_minute=0,
        shut=True,
    )
    async with running(path) as journal:
        await on_disk(journal, GARAGE, (WishesKept(ConnectorId(1), wishes),))
    async with running(path) as journal:
        assert journal.remembered(GARAGE).wishes == {ConnectorId(1): wishes}


async def test_nonsense_that_slipped_through_is_stored_as_something_readable(path: Path) -> None:
    async with running(path) as journal:
        await on_disk(
            journal,
            GARAGE,
            (
                IdentityLearned(Identity(vendor="half \ud800 pair", model="nul \0 inside")),
                MeterNoted(ConnectorId(1), Meter(10**30)),
                WishesKept(ConnectorId(1), Wishes(limit_a=float("nan"))),
                AbilityLearned("profile_way", ""),
            ),
        )
        known = journal.remembered(GARAGE)
    assert known.identity == Identity(vendor="half ? pair", model="nul \0 inside")
    assert known.meters[ConnectorId(1)].register_wh == 2**63 - 1
    assert known.wishes[ConnectorId(1)].limit_a is None


async def test_a_disk_that_refuses_ends_run_with_what_where_and_remedy(path: Path) -> None:
    journal = Journal(path)
    journal.open()
    task = asyncio.create_task(journal.run())
    await on_disk(journal, GARAGE, (started(1),))
    other = sqlite3.connect(path)
    other.execute("DROP TABLE transactions")
    other.close()
    told: list[int] = []
    journal.append(GARAGE, (started(2),), lambda: told.append(2))
    with pytest.raises(
        StoreError,
        match=r"bridge\.db: .*no such table: transactions.*; check free space .*; the bridge ends, and systemd",
    ):
        await task
    assert told == []


async def test_an_error_while_stopping_is_not_swallowed_by_the_cancellation(path: Path) -> None:
    journal = Journal(path)
    journal.open()
    task = asyncio.create_task(journal.run())
    await on_disk(journal, GARAGE)
    other = sqlite3.connect(path)
    other.execute("DROP TABLE own_tags")
    other.close()
    journal.append(GARAGE, (TagIssued(IdTag("A")),))
    task.cancel()
    with pytest.raises(StoreError, match="no such table: own_tags"):
        await task


async def test_a_disk_that_has_fallen_behind_hopelessly_ends_run(path: Path) -> None:
    journal = Journal(path)
    journal.open()
    for _ in range(10_001):
        journal.append(GARAGE, ())
    with pytest.raises(StoreError, match=r"10000 facts wait .* does not keep up"):
        await journal.run()
