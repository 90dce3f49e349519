"""What a backup has to do with KNX Secure: it takes the keyring along, and leaves the sequence numbers alone."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from knx_ocpp_bridge.cli.main import main
from knx_ocpp_bridge.core.values import Moment
from knx_ocpp_bridge.knx.secure.sequence_file import NAME, Kept, read, write
from knx_ocpp_bridge.knx.secure.sequence_numbers import SequenceNumbers, of_time
from knx_ocpp_bridge.store.migrate import scripts
from tests.kit.databases import filled
from tests.kit.keyrings import Keyring, key_of

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SIGNATURE = "ab" * 16


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with `bridge.yaml`, its keyring in a folder below, and a state in `state`."""
    (tmp_path / "state").mkdir()
    (tmp_path / "ets").mkdir()
    filled(tmp_path / "state/bridge.db", max(scripts()))
    (tmp_path / "bridge.yaml").write_text("knx: {keyring: ets/house.knxkeys, keyring_password: !secret keyring}\n")
    (tmp_path / "secrets.yaml").write_text("keyring: pwd-Test1\n")
    Keyring(groups={"9/7/1": key_of("9/7/1")}).write(tmp_path / "ets/house.knxkeys")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words, state="state"):
    result = CliRunner().invoke(main, [*words, "-c", "bridge.yaml", "--state", state])
    assert result.exit_code == 0, result.output


def next_number(state, at=NOW):
    numbers = SequenceNumbers(Path(state) / NAME, lambda: Moment(0.0, at))

    async def started():
        await numbers.begin(SIGNATURE, {})
        await numbers.start()
        return numbers.take()

    return asyncio.run(started())


def test_the_keyring_comes_back_with_the_configuration(home):
    was = (home / "ets/house.knxkeys").read_bytes()
    run("backup", "out")
    (home / "ets/house.knxkeys").unlink()
    run("restore", "out")

    assert (home / "ets/house.knxkeys").read_bytes() == was


def test_an_old_backup_does_not_take_sequence_numbers_back(home):
    write(home / "state" / NAME, Kept(of_time(NOW), SIGNATURE, {0x1114: 1}))
    run("backup", "out")
    later = Kept(of_time(NOW) + 10**9, SIGNATURE, {0x1114: 4711})
    write(home / "state" / NAME, later)
    run("restore", "out")

    assert read(home / "state" / NAME) == later
    assert next_number("state") == later.sending


def test_on_another_machine_numbers_begin_with_the_time_which_is_above_all_that_were_sent(home):
    last_of_a_minute = next_number("state") + 40 * 60
    run("backup", "out")
    run("restore", "out", state="new")

    assert not (home / "new" / NAME).exists()
    assert next_number("new", NOW + timedelta(minutes=1)) > last_of_a_minute
