"""An installer looks how the bridge stands to the bus."""

import json

import pytest

from knx_ocpp_bridge.cli.status import screen
from knx_ocpp_bridge.control.protocol import Snapshot
from tests.kit.played_bridge import PlayedBridge, command, lists

ROW = {
    "connected": True,
    "connection": "tunneling",
    "gateway": "192.168.1.6:3671",
    "own_address": "1.1.240",
    "trouble": "",
    "second": True,
    "sent": 120,
    "failed": 3,
    "negative": 2,
    "repeated": 3,
    "received": 4711,
    "refused": {"replay": 1, "plain": 2},
    "reconnections": 1,
    "load_percent": 12.5,
    "waiting": 0,
}


@pytest.fixture
def bridge(tmp_path):
    playing = PlayedBridge(tmp_path / "control.sock")
    yield playing
    playing.close()


def lines(bridge, row):
    lists(bridge, bus=[row])
    shown = command(bridge, "knx", "bus")
    assert shown.exit_code == 0
    return dict(line.split("  ", 1) for line in shown.stdout.splitlines())


def test_connection_and_statistics_are_a_list(bridge):
    said = {name.strip(): value.strip() for name, value in lines(bridge, ROW).items()}
    assert said["connected"] == "yes"
    assert said["gateway"] == "192.168.1.6:3671 (the second gateway)"
    assert said["failed"] == "3, of these 2 that nobody on the line acknowledged"
    assert said["refused"] == "replay 1, plain 2"
    assert said["load of the line"].startswith("12.5 %")
    assert said["waiting"] == "0"
    assert "trouble" not in said


def test_a_bus_that_is_away_says_why(bridge):
    away = ROW | {"connected": False, "trouble": "cannot reach 192.168.1.5:3671: no answer", "own_address": None}
    said = {name.strip(): value.strip() for name, value in lines(bridge, away).items()}
    assert (said["connected"], said["trouble"]) == ("no", away["trouble"])
    assert "own address" not in said


def test_for_programs_it_is_the_row(bridge):
    lists(bridge, bus=[ROW])
    assert json.loads(command(bridge, "knx", "bus", "--json").stdout) == ROW


def test_status_leaves_out_what_did_not_happen():
    bridge = {"version": "1", "clock": "sane", "ocpp": {}, "alarms": 0}
    calm = ROW | {"second": False, "failed": 0, "negative": 0, "repeated": 0, "refused": {}, "reconnections": 0}
    assert screen(Snapshot(bridge | {"knx": calm}, ()))[1] == (
        "KNX   connected yes, connection tunneling, gateway 192.168.1.6:3671, own address 1.1.240, sent 120, failed 0, "
        "received 4711, load percent 12.5, waiting 0"
    )
    busy = screen(Snapshot(bridge | {"knx": ROW}, ()))[1]
    assert "refused replay 1, plain 2, reconnections 1" in busy
    assert "gateway 192.168.1.6:3671 (the second gateway), own" in busy
