"""Databases that are old, new, damaged or somebody else's."""

import logging
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.store import files
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.migrate import migrate, scripts, version
from tests.kit.databases import filled
from tests.kit.journals import reopened

GARAGE = ChargerId("GARAGE")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


def opened(path: Path, utc: datetime | None = None) -> Journal:
    journal = Journal(path, utc=lambda: utc or datetime.now(UTC))
    journal.open()
    return journal


def test_the_schema_files_are_numbered_without_a_gap() -> None:
    assert list(scripts()) == list(range(1, len(scripts()) + 1))


@pytest.mark.parametrize("schema", list(scripts()))
def test_a_database_of_every_older_program_is_opened_with_all_it_held(path: Path, schema: int) -> None:
    filled(path, schema)
    journal = opened(path)
    known = journal.remembered(GARAGE)
    assert (known.own_tag, [each.id for each in known.open], [each.id for each in known.ended]) == ("TAG", [17], [16])
    assert known.meters[1].register_wh == 123_456
    assert known.wishes[1].limit_a == 10.5
    assert (known.identity.vendor, dict(known.abilities)) == ("Vendor", {"profile_way": "1"})
    assert journal.last_transaction_id() == 17
    assert journal.newest_entry() == datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
    journal.close()
    assert reopened(path, GARAGE) == known


def test_a_database_of_a_newer_program_is_refused_and_untouched(path: Path) -> None:
    filled(path, schema=1, user_version=9)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"has schema 9, this program knows schemas up to \d; install the newer"):
        opened(path)
    assert path.read_bytes() == before
    assert sorted(each.name for each in path.parent.iterdir()) == ["bridge.db", "bridge.db.lock"]


def test_another_programs_database_is_refused_and_untouched(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program's database; move it away"):
        opened(path)
    assert path.read_bytes() == before


def test_a_migration_that_fails_leaves_the_database_as_it_was(path: Path) -> None:
    filled(path, schema=1)
    connection = sqlite3.connect(path, isolation_level=None)
    broken = {**scripts(), 2: "ALTER TABLE meters ADD COLUMN colour TEXT; INSERT INTO nowhere VALUES (1);"}
    with pytest.raises(StoreError, match="schema 2 could not be applied: no such table: nowhere"):
        migrate(connection, path, broken)
    assert version(connection) == 1
    assert "colour" not in [row[1] for row in connection.execute("PRAGMA table_info(meters)")]
    connection.close()


def test_a_migration_runs_once(path: Path) -> None:
    filled(path, schema=1)
    known = {1: scripts()[1], 2: "ALTER TABLE meters ADD COLUMN colour TEXT;"}
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, path, known)
    migrate(connection, path, known)
    assert version(connection) == 2
    connection.close()


@pytest.mark.parametrize("damage", ["garbage", "cut", "page"])
def test_a_damaged_database_is_moved_aside_said_so_and_replaced(
    path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    filled(path, schema=1)
    content = bytearray(path.read_bytes())
    match damage:
        case "garbage":
            content = bytearray(b"\xde\xad" * 5000)
        case "cut":
            content = content[: len(content) // 2]
        case "page":
            content[8192:12288] = b"\xff" * 4096
    path.write_bytes(content)
    with caplog.at_level(logging.ERROR):
        known = reopened(path, GARAGE)
    assert known.open == ()
    assert path.with_name("bridge.db.corrupt-1").read_bytes() == bytes(content)
    assert "is damaged" in caplog.text
    assert "bridge.db.corrupt-1" in caplog.text


@pytest.mark.parametrize(
    ("column", "value"), [("started_at", "2026-1x"), ("reason", "NOBODY"), ("days", "[[1,"), ("started_by", "")]
)
def test_a_value_that_nobody_has_written_is_told_with_its_remedy(path: Path, column: str, value: str) -> None:
    filled(path, max(scripts()))
    worn = sqlite3.connect(path, isolation_level=None)
    worn.execute(f"UPDATE transactions SET {column} = ?", (value,))
    worn.close()
    with pytest.raises(StoreError, match=r"what it holds of GARAGE cannot be understood .* restore a backup"):
        reopened(path, GARAGE)


def test_a_second_damaged_database_does_not_replace_the_first(path: Path) -> None:
    for _ in range(2):
        path.write_bytes(b"nonsense " * 1000)
        opened(path).close()
    assert sorted(each.name for each in path.parent.glob("*.corrupt-*")) == [
        "bridge.db.corrupt-1",
        "bridge.db.corrupt-2",
    ]


def test_numbers_begin_beyond_the_lost_ones_after_damage(path: Path) -> None:
    path.write_bytes(b"nonsense " * 1000)
    journal = opened(path, datetime(2026, 1, 1, tzinfo=UTC))
    assert journal.last_transaction_id() > 3_000_000
    first = journal.last_transaction_id()
    journal.close()
    later = opened(path, datetime(2027, 1, 1, tzinfo=UTC))
    assert later.last_transaction_id() == first
    later.close()


def test_a_directory_that_cannot_be_made_is_told_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"file/bridge\.db: .*cannot be opened for writing .*STATE_DIRECTORY"):
        opened(tmp_path / "file" / "bridge.db")


def test_a_journal_that_was_copied_with_its_log_is_whole(path: Path, tmp_path: Path) -> None:
    filled(path, schema=1)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA journal_mode = WAL")
    holder.execute("UPDATE own_tags SET id_tag = 'NEWER'")
    copy = tmp_path / "copy.db"
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
    holder.close()
    assert reopened(copy, GARAGE).own_tag == "NEWER"


def test_every_commit_waits_for_the_disk_and_the_log_stays_small(path: Path) -> None:
    connection = files.connect(path)
    files.make_durable(connection)
    pragmas = ("journal_mode", "synchronous", "wal_autocheckpoint", "journal_size_limit")
    assert [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas] == ["wal", 2, 1000, 4194304]
    connection.close()
