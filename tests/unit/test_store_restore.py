"""A backup and its way back: all or nothing, what was there stays, and no number of a transaction comes again."""

import os
import sqlite3
import stat
import tarfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.store import placing
from knx_ocpp_bridge.store.backup import Sources, make
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.files import lock
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.migrate import scripts
from knx_ocpp_bridge.store.placing import Moves
from knx_ocpp_bridge.store.restore import Places, Restored, is_sealed, restore
from tests.kit.databases import filled
from tests.kit.journals import reopened

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
GARAGE = ChargerId("GARAGE")


class House:
    """An installation in a folder: configuration, cards, secrets, certificates, and a database with history."""

    def __init__(self, folder: Path) -> None:
        self.state, self.config = folder / "state", folder / "etc/bridge.yaml"
        self.folder = folder

    def build(self) -> "House":
        (self.state / "certs").mkdir(parents=True)
        (self.state / "certs/ca.pem").write_text("root key")
        (self.state / "certs/.ca.pem.new").write_text("half written")
        filled(self.state / "bridge.db", max(scripts()))
        (self.folder / "etc").mkdir()
        self.config.write_text("site: {name: Old}\n")
        (self.folder / "etc/tags.yaml").write_text("CARD: {}\n")
        return self

    def sources(self) -> Sources:
        return Sources(self.state, self.config, (self.folder / "etc/tags.yaml",))

    def places(self, *, state: bool = True, configuration: bool = True) -> Places:
        return Places(self.state, self.config, state, configuration)

    def content(self) -> dict[str, bytes]:
        """Every file, but those that a lock and an opened database leave."""
        return {
            str(each.relative_to(self.folder)): each.read_bytes()
            for each in sorted(self.folder.rglob("*"))
            if each.is_file()
        }


@pytest.fixture
def old(tmp_path: Path) -> House:
    return House(tmp_path / "old").build()


@pytest.fixture
def new(tmp_path: Path) -> House:
    return House(tmp_path / "new")


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    return tmp_path / "bridge.backup"


def back(backup: Path, places: Places, password: str | None = None) -> Restored:
    return restore(backup, places, password, NOW)


def test_nobody_is_logged_in_by_a_backup(old: House, new: House, backup: Path):
    make(backup, old.sources(), "1.0", NOW, None)
    back(backup, new.places())
    with closing(sqlite3.connect(new.state / "bridge.db")) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() != (0,)
        assert connection.execute("SELECT count(*) FROM web_sessions").fetchone() == (0,)


@pytest.mark.parametrize("password", [None, "mole"])
def test_a_restored_bridge_knows_everything(old: House, new: House, backup: Path, password: str | None) -> None:
    before = reopened(old.state / "bridge.db", GARAGE)
    make(backup, old.sources(), "1.0", NOW, password)
    assert is_sealed(backup) == (password is not None)
    back(backup, new.places(), password)
    assert reopened(new.state / "bridge.db", GARAGE) == before
    assert (new.state / "certs/ca.pem").read_text() == "root key"
    assert new.config.read_text() == "site: {name: Old}\n"
    assert (new.config.parent / "tags.yaml").read_text() == "CARD: {}\n"
    assert not (new.state / "certs/.ca.pem.new").exists()


def test_a_backup_of_a_running_bridge_holds_what_is_in_its_log_only(old: House, new: House, backup: Path) -> None:
    running = sqlite3.connect(old.state / "bridge.db", isolation_level=None)
    running.execute("PRAGMA journal_mode = WAL")
    running.execute("UPDATE own_tags SET id_tag = 'NEWER'")
    make(backup, old.sources(), "1.0", NOW, None)
    running.close()
    back(backup, new.places())
    assert reopened(new.state / "bridge.db", GARAGE).own_tag == "NEWER"


def test_a_backup_is_its_owners_alone_and_leaves_nothing_beside_it(old: House, backup: Path) -> None:
    make(backup, old.sources(), "1.0", NOW, "mole")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert sorted(each.name for each in backup.parent.iterdir()) == ["bridge.backup", "old"]
    assert b"root key" not in backup.read_bytes()
    assert not [each for each in old.state.iterdir() if each.name.startswith(".")]


def test_a_backup_that_fails_leaves_the_one_before(old: House, backup: Path) -> None:
    make(backup, old.sources(), "1.0", NOW, None)
    before = backup.read_bytes()
    (old.state / "bridge.db").write_bytes(b"nonsense " * 1000)
    with pytest.raises(StoreError):
        make(backup, old.sources(), "1.0", NOW, None)
    assert backup.read_bytes() == before
    assert len(list(backup.parent.iterdir())) == 2


def test_a_bridge_without_a_database_is_told_which_directory_was_meant(old: House, backup: Path) -> None:
    (old.state / "bridge.db").unlink()
    with pytest.raises(StoreError, match=r"bridge\.db: there is no database; .*--state"):
        make(backup, old.sources(), "1.0", NOW, None)


def test_files_from_elsewhere_are_in_the_backup_and_said_to_be_so(old: House, new: House, backup: Path) -> None:
    elsewhere = old.folder / "cards.yaml"
    elsewhere.write_text("OTHER: {}\n")
    manifest = make(backup, Sources(old.state, old.config, (elsewhere,)), "1.0", NOW, None)
    assert manifest.outside == {"config/outside/1-cards.yaml": str(elsewhere)}
    back(backup, new.places())
    assert (new.config.parent / "outside/1-cards.yaml").read_text() == "OTHER: {}\n"


def test_what_was_there_before_is_moved_aside_and_never_deleted(old: House, backup: Path) -> None:
    make(backup, old.sources(), "1.0", NOW, None)
    for time in (1, 2):
        (old.state / "certs/ca.pem").write_text(f"key {time}")
        old.config.write_text(f"site: {{name: Time {time}}}\n")
        asides = back(backup, old.places()).asides
        assert {each.name for each in asides} == {
            f"{name}.before-restore-{time}" for name in ("bridge.db", "certs", "bridge.yaml", "tags.yaml")
        }
    assert [(old.state / f"certs.before-restore-{time}/ca.pem").read_text() for time in (1, 2)] == ["key 1", "key 2"]
    assert old.config.with_name("bridge.yaml.before-restore-2").read_text() == "site: {name: Time 2}\n"
    assert old.config.read_text() == "site: {name: Old}\n"


def test_only_the_state_or_only_the_configuration_can_be_put_back(old: House, backup: Path) -> None:
    make(backup, old.sources(), "1.0", NOW, None)
    old.config.write_text("site: {name: New}\n")
    (old.state / "certs/ca.pem").write_text("new key")
    back(backup, old.places(configuration=False))
    assert (old.config.read_text(), (old.state / "certs/ca.pem").read_text()) == ("site: {name: New}\n", "root key")
    (old.state / "certs/ca.pem").write_text("new key")
    assert back(backup, old.places(state=False)).after_transaction is None
    assert (old.config.read_text(), (old.state / "certs/ca.pem").read_text()) == ("site: {name: Old}\n", "new key")


def numbers_after(state: Path) -> int:
    journal = Journal(state / "bridge.db")
    journal.open()
    journal.close()
    return journal.last_transaction_id()


def test_numbers_go_on_beyond_all_that_a_bridge_can_have_given_since(old: House, new: House, backup: Path) -> None:
    make(backup, old.sources(), "1.0", NOW, None)
    number = back(backup, new.places()).after_transaction
    assert number is not None
    assert numbers_after(new.state) == number > 3_600_000


def test_numbers_go_on_beyond_those_of_the_database_that_was_there(old: House, backup: Path) -> None:
    make(backup, old.sources(), "1.0", NOW, None)
    later = sqlite3.connect(old.state / "bridge.db", isolation_level=None)
    later.execute("UPDATE transactions SET id = 5000000 WHERE id = 17")
    later.close()
    back(backup, old.places())
    assert numbers_after(old.state) >= 5_000_000


def test_a_running_bridge_is_not_pulled_from_under(old: House, backup: Path) -> None:
    make(backup, old.sources(), "1.0", NOW, None)
    held = lock(old.state / "bridge.db")
    before = old.content()
    with pytest.raises(StoreError, match=r"a bridge already uses this directory; stop that one \(systemctl stop"):
        back(backup, old.places())
    os.close(held)
    assert old.content() == before


def damaged(data: bytes) -> bytes:
    place = data.index(b"root key")
    return data[:place] + b"ROOT KEY" + data[place + 8 :]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (damaged, "is not what was backed up"),
        (lambda data: data[:-2000], "it is cut"),
        (lambda data: data[:512], "it is cut"),
        (lambda data: b"", "it is cut"),
        (lambda data: b"nonsense" * 1000, "no tar file"),
    ],
)
def test_a_backup_that_is_not_sound_changes_nothing(old: House, backup: Path, change: object, words: str) -> None:
    make(backup, old.sources(), "1.0", NOW, None)
    backup.write_bytes(change(backup.read_bytes()))
    before = old.content()
    with pytest.raises(StoreError, match=f"{words}.*nothing was changed"):
        back(backup, old.places())
    assert old.content() == before


def test_a_wrong_password_changes_nothing(old: House, backup: Path) -> None:
    make(backup, old.sources(), "1.0", NOW, "mole")
    before = old.content()
    with pytest.raises(StoreError, match="the password is wrong; try again; nothing was changed"):
        back(backup, old.places(), "vole")
    assert old.content() == before


def test_a_database_of_a_newer_program_is_not_put_back(
    old: House, new: House, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(backup, old.sources(), "1.0", NOW, None)
    older = {number: script for number, script in scripts().items() if number < max(scripts())}
    monkeypatch.setattr("knx_ocpp_bridge.store.copies.scripts", lambda: older)
    with pytest.raises(StoreError, match=r"has schema \d, this program knows schemas up to \d; install the newer"):
        back(backup, new.places())
    assert not new.state.exists()
    assert not new.config.exists()


def test_a_database_that_is_not_sound_inside_is_not_put_back(
    old: House, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(backup, old.sources(), "1.0", NOW, None)
    before = old.content()
    monkeypatch.setattr("knx_ocpp_bridge.store.files.damage", lambda _path: "row 3 missing from index")
    with pytest.raises(StoreError, match="the database in it is damaged"):
        back(backup, old.places())
    assert old.content() == before


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TRIGGER t AFTER UPDATE ON beginning BEGIN DELETE FROM transactions; END",
        "DROP TABLE beginning; CREATE VIEW beginning AS SELECT 1 AS only_row, 2 AS after_transaction",
        "DROP TABLE tags",
        "ALTER TABLE tags ADD COLUMN more TEXT",
        "CREATE TABLE more (x TEXT)",
    ],
)
def test_a_database_that_somebody_has_prepared_is_not_put_back(
    old: House, new: House, backup: Path, change: str
) -> None:
    with closing(sqlite3.connect(old.state / "bridge.db")) as database:
        database.executescript(change)
    make(backup, old.sources(), "1.0", NOW, None)
    with pytest.raises(StoreError, match="is not as this program makes it: "):
        back(backup, new.places())
    assert not new.state.exists()


def test_a_database_without_a_beginning_is_put_back(old: House, new: House, backup: Path) -> None:
    with closing(sqlite3.connect(old.state / "bridge.db")) as database, database:
        database.execute("DELETE FROM beginning")
    make(backup, old.sources(), "1.0", NOW, None)
    back(backup, new.places())
    assert (new.state / "bridge.db").exists()


@pytest.mark.parametrize("schema", sorted(scripts()))
def test_a_database_of_every_earlier_schema_is_put_back(old: House, new: House, backup: Path, schema: int) -> None:
    (old.state / "bridge.db").unlink()
    filled(old.state / "bridge.db", schema)
    make(backup, old.sources(), "1.0", NOW, None)
    assert back(backup, new.places()).manifest.schema == schema


@pytest.mark.parametrize("own", ["state/bridge.db", "state/certs/ca.pem", "etc/bridge.yaml", "etc/tags.yaml"])
def test_no_backup_takes_the_place_of_what_is_backed_up(old: House, own: str) -> None:
    before = old.content()
    with pytest.raises(StoreError, match="one of the files that are to be backed up"):
        make(old.folder / own, old.sources(), "1.0", NOW, None)
    assert old.content() == before


def test_a_backup_takes_the_place_of_plain_files_alone(old: House) -> None:
    """As root a device could be lost so."""
    os.mkfifo(old.folder / "device")
    with pytest.raises(StoreError, match="this is no plain file"):
        make(old.folder / "device", old.sources(), "1.0", NOW, None)
    assert (old.folder / "device").is_fifo()


def test_a_step_that_fails_takes_the_others_back(old: House, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(backup, old.sources(), "1.0", NOW, None)
    before = old.content()
    steps = iter(range(100))
    place = Moves.place

    def fails_at_the_third(moves: Moves, move: placing.Move) -> None:
        if next(steps) == 2:
            raise OSError(28, "No space left on device")
        place(moves, move)

    monkeypatch.setattr(Moves, "place", fails_at_the_third)
    with pytest.raises(StoreError, match=r"No space left on device.*nothing was changed"):
        back(backup, old.places())
    assert old.content() == before


def test_a_configuration_that_remembers_elsewhere_wants_to_be_confirmed(old: House, new: House, backup: Path) -> None:
    make(backup, Sources(old.state, old.config, (), "elsewhere"), "1.0", NOW, None)
    with pytest.raises(StoreError, match=r"remembers in another directory .*--state .*etc/elsewhere; nothing"):
        back(backup, new.places())
    back(backup, Places(new.config.parent / "elsewhere", new.config))
    assert (new.config.parent / "elsewhere/bridge.db").exists()


def test_a_replaced_configuration_keeps_its_rights_and_the_state_is_private(old: House, backup: Path) -> None:
    make(backup, old.sources(), "1.0", NOW, None)
    old.config.chmod(0o600)
    (old.config.parent / "tags.yaml").unlink()
    back(backup, old.places())
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in (old.config, old.config.parent / "tags.yaml")}
    assert modes == {"bridge.yaml": 0o600, "tags.yaml": 0o640}
    private = (old.state / "bridge.db", old.state / "certs/ca.pem", old.state / "certs")
    assert [stat.S_IMODE(each.stat().st_mode) for each in private] == [0o600, 0o600, 0o700]


def test_a_keyring_is_nobody_elses_on_its_way_and_the_sequence_numbers_stay_where_they_are(
    old: House, new: House, backup: Path
) -> None:
    keyring, numbers = old.config.parent / "house.knxkeys", old.state / "knx-sequence.json"
    for path in (keyring, numbers):
        path.write_text("secret")
        path.chmod(0o600)
    make(backup, Sources(old.state, old.config, (keyring,)), "1.0", NOW, None)
    with tarfile.open(backup) as tar:
        modes = {each.name.rpartition("/")[2]: each.mode for each in tar.getmembers()}
    assert modes["house.knxkeys"] == 0o600
    assert numbers.name not in modes
    keyring.write_text("changed since")
    numbers.write_text("higher since")
    back(backup, old.places())
    back(backup, new.places())
    assert (keyring.read_text(), stat.S_IMODE(keyring.stat().st_mode)) == ("secret", 0o600)
    assert (numbers.read_text(), stat.S_IMODE(numbers.stat().st_mode)) == ("higher since", 0o600)
    there = new.config.parent / "house.knxkeys"  # where none was: as the configuration, for the group of the service
    assert stat.S_IMODE(there.stat().st_mode) == 0o640
    assert not (new.state / numbers.name).exists()


def test_root_gives_the_state_to_the_user_of_the_service(
    old: House, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(backup, old.sources(), "1.0", NOW, None)
    given: set[tuple[str, int, int]] = set()

    def chown(path: Path, uid: int, gid: int, *, follow_symlinks: bool = True) -> None:
        given.add((Path(path).name, uid, gid))

    monkeypatch.setattr(placing.os, "geteuid", lambda: 0)
    monkeypatch.setattr(placing.os, "chown", chown)
    back(backup, old.places(configuration=False))
    there = old.state.stat()
    assert given == {(name, there.st_uid, there.st_gid) for name in ("bridge.db", "certs", "ca.pem")}


def test_the_lock_of_a_restore_keeps_no_bridge_away(old: House, backup: Path) -> None:
    make(backup, old.sources(), "1.0", NOW, None)
    back(backup, old.places())
    assert not (old.state / "bridge.db.lock").exists()
    assert reopened(old.state / "bridge.db", GARAGE).own_tag == "TAG"
