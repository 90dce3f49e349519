"""An installer asks how the bridge fares, and takes along what support needs."""

import tarfile

import pytest
from click.testing import CliRunner

from knx_ocpp_bridge.cli.main import main
from knx_ocpp_bridge.control.protocol import Listing, Snapshot, Status
from tests.kit.played_bridge import PlayedBridge, command, lists

GOOD = {"check": "clock", "level": "good", "text": "The clock follows a time server.", "remedy": ""}
BAD = {"check": "bus", "level": "trouble", "text": "There is no \x1b[31m bus.", "remedy": "Look at the gateway."}


@pytest.fixture
def bridge(tmp_path):
    playing = PlayedBridge(tmp_path / "control.sock")
    yield playing
    playing.close()


def test_what_is_wrong_stands_there_with_what_to_do_and_ends_with_1(bridge):
    lists(bridge, health=[BAD, GOOD])
    told = command(bridge, "health")
    assert told.exit_code == 1
    first, remedy, good = told.stdout.splitlines()
    assert first.startswith("trouble  There is no")
    assert "\x1b" not in told.stdout
    assert remedy.strip() == "-> Look at the gateway."
    assert good == "good     The clock follows a time server."


def test_all_well_ends_with_0(bridge):
    lists(bridge, health=[GOOD])
    assert command(bridge, "health").exit_code == 0


def test_what_support_needs_is_one_file_that_only_its_owner_reads(bridge, tmp_path):
    bridge.answers = lambda request: Snapshot({"site": "Villa"}, ()) if request == Status() else Listing(())
    file = tmp_path / "support.tar.gz"
    told = command(bridge, "support-bundle", str(file))
    assert told.exit_code == 0, told.output
    assert "README.txt" in told.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    with tarfile.open(file) as tar:
        assert "support-bundle/status.json" in tar.getnames()


def test_a_place_that_cannot_be_written_is_told(bridge, tmp_path):
    told = command(bridge, "support-bundle", str(tmp_path / "nowhere" / "support.tar.gz"))
    assert told.exit_code == 1
    assert "name another file" in told.stderr


def test_without_a_bridge_there_is_nobody_to_ask(tmp_path):
    words = ["support-bundle", str(tmp_path / "support.tar.gz"), "--socket", str(tmp_path / "nobody.sock")]
    told = CliRunner().invoke(main, words)
    assert told.exit_code == 5
    assert not (tmp_path / "support.tar.gz").exists()
