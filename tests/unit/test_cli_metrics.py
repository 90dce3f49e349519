"""A monitoring system asks how the bridge is."""

import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from knx_ocpp_bridge.control.protocol import Listing, Query, Snapshot
from tests.kit.played_bridge import PlayedBridge, command

BUS = {
    "connected": True,
    "connection": "tunneling_tcp",
    "gateway": "192.168.1.5:3671",
    "own_address": "1.1.240",
    "trouble": "",
    "second": False,
    "sent": 120,
    "failed": 3,
    "negative": 2,
    "repeated": 3,
    "received": 4711,
    "refused": {"replay": 1},
    "reconnections": 1,
    "load_percent": 12.5,
    "waiting": 7,
}
VITALS = {
    "accepting": True,
    "journal": "",
    "configuration": "line 3: no such key",
    "certificates": [{"file": "rsa.pem", "not_after": "2028-01-01T00:00:00+00:00"}],
    "calls": [
        {"direction": "in", "action": "Heartbeat", "result": "answered", "count": 12},
        {"direction": "out", "action": "Reset", "result": "timed out", "count": 1},
    ],
    "call_seconds": {"buckets": [[0.5, 3], [1.0, 4]], "count": 5, "sum": 7.5},
}
OUTLET = {
    "id": 1,
    "values": {"status": 2, "charging": True, "current": 16.0, "current_l1": 15.5, "power": 3680.0, "meter": 812345},
    "transaction": {"id": 7, "id_tag": "…E680"},
}
GARAGE = {"id": "GARAGE", "name": "Blue car", "configured": True, "online": "online", "connectors": [OUTLET]}
YARD = {"id": "YARD", "name": "", "configured": True, "online": "offline", "connectors": [{"id": 1, "values": {}}]}
STRANGER = {"id": "STRANGER", "name": "", "configured": False, "online": "online", "connectors": []}
SNAPSHOT = Snapshot({"version": "0.4.0", "clock": "sane", "alarms": 2}, (GARAGE, YARD, STRANGER))


@pytest.fixture
def bridge(tmp_path):
    playing = PlayedBridge(tmp_path / "control.sock")
    rows = {"bus": BUS, "vitals": VITALS}
    playing.answers = lambda asked: Listing((rows[asked.topic],)) if isinstance(asked, Query) else SNAPSHOT
    yield playing
    playing.close()


def numbers(text):
    """Every sample by its name and labels."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_bus_is_in_the_metrics(bridge):
    said = numbers(command(bridge, "metrics").stdout)
    assert said["knx_ocpp_knx_connected",] == 1
    assert said["knx_ocpp_knx_telegrams_total", "sent"] == 120
    assert said["knx_ocpp_knx_telegrams_total", "negative"] == 2
    assert said["knx_ocpp_knx_refused_total", "replay"] == 1
    assert said["knx_ocpp_knx_reconnections_total",] == 1
    assert said["knx_ocpp_knx_load_ratio",] == 0.125
    assert said["knx_ocpp_knx_queue_length",] == 7
    assert said["knx_ocpp_alarms",] == 2


def test_a_connector_has_one_status_and_the_values_that_are_known(bridge):
    said = numbers(command(bridge, "metrics").stdout)
    assert sum(value for (name, *_), value in said.items() if name == "knx_ocpp_connector_status") == 1
    assert said["knx_ocpp_connector_status", "1", "Charging", "GARAGE"] == 1
    assert said["knx_ocpp_current_amperes", "1", "GARAGE", "max"] == 16.0
    assert said["knx_ocpp_current_amperes", "1", "GARAGE", "l1"] == 15.5
    assert said["knx_ocpp_power_watts", "1", "GARAGE"] == 3680.0
    assert said["knx_ocpp_energy_import_wh_total", "1", "GARAGE"] == 812345
    assert ("knx_ocpp_session_energy_wh", "1", "GARAGE") not in said
    assert (said["knx_ocpp_charge_point_connected", "GARAGE"], said["knx_ocpp_charge_point_connected", "YARD"]) == (
        1,
        0,
    )


def test_calls_are_counted_and_timed(bridge):
    said = numbers(command(bridge, "metrics").stdout)
    assert said["knx_ocpp_calls_total", "Heartbeat", "answered", "in"] == 12
    assert said["knx_ocpp_calls_total", "Reset", "out", "timed out"] == 1
    assert said["knx_ocpp_call_seconds_bucket", "0.5"] == 3
    assert said["knx_ocpp_call_seconds_bucket", "+Inf"] == 5
    assert (said["knx_ocpp_call_seconds_count",], said["knx_ocpp_call_seconds_sum",]) == (5, 7.5)


def test_circuits_are_in_the_metrics_where_current_is_shared(bridge):
    assert not [name for name, *_ in numbers(command(bridge, "metrics").stdout) if "circuit" in name]
    main = {"name": "main", "limit_a": [32.0, 32.0, 25.0], "house_a": None, "granted_a": [10.0, 0.0, 0.0]}
    main |= {"drawn_a": [9.8, 0.0, 0.0], "free_a": [0.0, 22.0, 15.0]}
    site = {"settling": False, "waiting": 1, "surplus_w": None, "price": 0.31, "grid_limit_w": 4200.0}
    site |= {"grid_limit_confirmed": False, "circuits": [main]}
    moment = Snapshot(SNAPSHOT.bridge | {"energy": site}, ())
    rows = {"bus": BUS, "vitals": VITALS}
    bridge.answers = lambda asked: Listing((rows[asked.topic],)) if isinstance(asked, Query) else moment
    said = numbers(command(bridge, "metrics").stdout)
    assert said["knx_ocpp_circuit_limit_amperes", "l3", "main"] == 25.0
    assert said["knx_ocpp_circuit_granted_amperes", "l1", "main"] == 10.0
    assert ("knx_ocpp_circuit_house_amperes", "l1", "main") not in said
    assert (said["knx_ocpp_connectors_waiting",], said["knx_ocpp_grid_limit_watts",]) == (1, 4200.0)
    assert (said["knx_ocpp_grid_limit_confirmed",], said["knx_ocpp_price",]) == (0, 0.31)
    assert ("knx_ocpp_surplus_watts",) not in said


def test_what_an_alarm_can_be_made_of_is_there(bridge):
    said = numbers(command(bridge, "metrics").stdout)
    assert said["knx_ocpp_config_reload_success",] == 0
    assert (said["knx_ocpp_listening",], said["knx_ocpp_journal_writable",]) == (1, 1)
    assert said["knx_ocpp_certificate_expiry_seconds", "rsa.pem"] == 1830297600


def test_neither_strangers_nor_cards_nor_names_are_in_the_metrics(bridge):
    text = command(bridge, "metrics").stdout
    for secret in ("STRANGER", "E680", "Blue car"):
        assert secret not in text


def test_a_file_is_written_whole(bridge, tmp_path):
    path = tmp_path / "knx-ocpp-bridge.prom"
    result = command(bridge, "metrics", "--output", str(path))
    assert (result.exit_code, result.stdout) == (0, "")
    assert numbers(path.read_text())["knx_ocpp_build_info", "0.4.0"] == 1
    assert [each.name for each in tmp_path.glob("knx-ocpp-bridge.prom*")] == [path.name]


def test_a_file_that_cannot_be_written_is_named(bridge, tmp_path):
    result = command(bridge, "metrics", "--output", str(tmp_path / "missing" / "x.prom"))
    assert result.exit_code == 1
    assert "missing/x.prom cannot be written" in result.stderr


def test_the_daemon_does_not_load_what_only_the_metrics_need():
    loaded = "import knx_ocpp_bridge.daemon.main, sys; print('prometheus_client' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "False\n"
    )
