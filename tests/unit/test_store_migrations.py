"""Databases that older programs have really left, opened by this one.

`tests/fixtures/databases/schema-<n>.sqlite` were written by the programs of then, the last one with schema 1 and the
last one with schema 2: `knx-ocpp-bridge run`, with `simulate charge-point` as the two chargers. GARAGE has charged
twice with cards and is charging again when the bridge ends (transaction 7), YARD was started and unplugged; GARAGE/1 is
limited to 10 A; with schema 2 YARD was given a password and VISITOR was sent away. That of
schema 3 is that of schema 2 after the last program with schema 3 has run on it.
"""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from knx_ocpp_bridge.core.facts import StartedBy, TransactionRecorded
from knx_ocpp_bridge.core.security import SecurityProfile
from knx_ocpp_bridge.core.status import ConnectorStatus, StopReason
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag
from knx_ocpp_bridge.store.history import History
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.migrate import scripts
from tests.kit.journals import on_disk, reopened, running
from tests.kit.life import Life, garage, outlet
from tests.kit.memory import Memory

OLD = Path(__file__).parents[1] / "fixtures" / "databases"
SCHEMAS = sorted(int(file.stem.removeprefix("schema-")) for file in OLD.glob("*.sqlite"))
GARAGE, YARD = ChargerId("GARAGE"), ChargerId("YARD")
DAYS_LATER = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(params=SCHEMAS)
def schema(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def path(tmp_path: Path, schema: int) -> Path:
    return Path(shutil.copy(OLD / f"schema-{schema}.sqlite", tmp_path / "bridge.db"))


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    journal = Journal(path)
    journal.open()
    yield journal
    journal.close()


def contents(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {table: [dict(row) for row in connection.execute(f"SELECT * FROM {table}")] for table in tables}
    connection.close()
    return found


def assert_nothing_lost(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> None:
    for table, rows in before.items():
        assert [{name: now[name] for name in then} for then, now in zip(rows, after[table], strict=True)] == rows, table


def test_there_is_a_database_of_every_schema_before_this_one() -> None:
    assert list(range(1, max(scripts()))) == SCHEMAS


def test_no_row_and_no_value_is_lost_on_the_way(path: Path) -> None:
    before = contents(path)
    reopened(path, GARAGE)
    after = contents(path)
    assert_nothing_lost(before, after)
    assert {table for table, rows in after.items() if rows} == {table for table, rows in before.items() if rows}


def test_everything_that_was_known_of_the_chargers_is_known(journal: Journal, schema: int) -> None:
    garage_, yard = journal.remembered(GARAGE), journal.remembered(YARD)
    assert ([one.id for one in garage_.open], [one.id for one in garage_.ended]) == ([7], [1, 4])
    assert [(one.id, one.energy_wh, one.reason) for one in yard.ended] == [(3, 25, StopReason.EV_DISCONNECTED)]
    assert garage_.wishes[ConnectorId(1)].limit_a == 10.0
    assert {number: meter.register_wh for number, meter in garage_.meters.items()} == {1: 14821, 2: 11525}
    assert garage_.identity is not None
    assert (garage_.identity.vendor, garage_.identity.serial) == ("KNX-OCPP bridge", "SIM-GARAGE")
    assert dict(garage_.abilities) == ({"profile_way": "0"} if schema == 1 else {"limit_by": "tx_default"})
    assert yard.own_tag == yard.ended[0].id_tag
    assert yard.security.profile is SecurityProfile.OPEN
    assert len(yard.security.passwords) == (0 if schema == 1 else 3)
    assert journal.rejected() == (set() if schema == 1 else {"VISITOR"})
    assert len(journal.log_rows()) == (0 if schema == 1 else 34)


def test_what_was_never_asked_then_is_unknown_now(journal: Journal) -> None:
    found = History(journal).transactions()
    assert [one.transaction.days for one in found] == [()] * 4
    assert {one.transaction.started_by for one in found} == {StartedBy.UNKNOWN}
    assert {one.transaction.session for one in found} == {None}
    assert [mark for one in found for mark in one.marks] == []


def test_old_transactions_are_numbered_in_the_order_in_which_they_began(journal: Journal) -> None:
    found = History(journal).transactions()
    assert [(one.number, one.charger, one.transaction.id) for one in found] == [
        (1, GARAGE, 1),
        (2, YARD, 3),
        (3, GARAGE, 4),
        (4, GARAGE, 7),
    ]
    assert [one.row()["energy_wh"] for one in found] == [4821, 25, 1525, None]


async def test_charging_goes_on_where_the_old_program_was(path: Path) -> None:
    async with running(path) as journal:
        known = journal.remembered(GARAGE)
        memory = Memory({one.id: one for one in (*known.ended, *known.open)}, dict(known.wishes), dict(known.meters))
        life = Life(garage(outlet(1), outlet(2)), memory, utc=DAYS_LATER)
        life.arrives(ConnectorStatus.CHARGING)
        life.stops(7, meter_wh=30_000, id_tag=IdTag("04A2B3C4D5"))
        assert journal.last_transaction_id() == 7
        number = life.starts(meter_wh=30_000)
        await on_disk(journal, GARAGE, tuple(TransactionRecorded(one) for one in memory.transactions.values()))
        assert journal.last_transaction_id() == number == 8
        history = [
            (one.number, one.transaction.id, one.transaction.energy_wh) for one in History(journal).transactions()
        ]
        assert history == [(1, 1, 4821), (2, 3, 25), (3, 4, 1525), (4, 7, 30_000 - 14_821), (5, 8, None)]
    assert [one.id for one in reopened(path, GARAGE).open] == [8]


def test_the_clock_of_then_counts_as_the_past(journal: Journal) -> None:
    newest = journal.newest_entry()
    assert newest is not None
    assert timedelta() < DAYS_LATER - newest < timedelta(days=4)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_a_power_cut_amid_a_migration_leaves_the_old_database_whole(path: Path, schema: int, share: float) -> None:
    program = f"""
        import os, signal, sqlite3
        from pathlib import Path
        from knx_ocpp_bridge.store.migrate import migrate, scripts
        path = Path({str(path)!r})
        known = scripts()
        newest = max(known)
        statements = known[newest].split(";\\n")
        statements.insert(round({share} * (len(statements) - 1)), "\\nSELECT die()")
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA cache_size = 1")  # pages are in the file long before the COMMIT
        connection.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
        migrate(connection, path, known | {{newest: ";\\n".join(statements)}})
    """
    before = contents(path)
    died = subprocess.run([sys.executable, "-c", dedent(program)], cwd=OLD.parents[2], check=False)
    assert died.returncode == -9
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (max(scripts()) - 1,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert_nothing_lost(before, contents(path))
    assert [one.id for one in reopened(path, GARAGE).open] == [7]
    assert not list(path.parent.glob("*.corrupt-*"))
