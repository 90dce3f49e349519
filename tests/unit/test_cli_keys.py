"""Configuration keys by the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from knx_ocpp_bridge.control.protocol import Failed, Manage, Managed
from knx_ocpp_bridge.core.status import CommandResult
from tests.kit.played_bridge import PlayedBridge, command

ROWS = (
    {"key": "HeartbeatInterval", "value": "300", "access": "RW", "type": "integer", "unit": "s", "meaning": "Interval"},
    {"key": "WifiPassword", "value": None, "access": "RW", "type": "", "unit": "", "meaning": ""},
)


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[PlayedBridge]:
    playing = PlayedBridge(tmp_path / "control.sock")
    yield playing
    playing.close()


def gives(bridge: PlayedBridge, managed: Managed | Failed) -> None:
    bridge.answers = lambda _request: managed


def test_keys_are_shown_with_what_is_known_of_them_and_no_secret(bridge):
    gives(bridge, Managed(True, ("2 keys were read",), row={"keys": list(ROWS), "unknown": []}))
    result = command(bridge, "keys", "get", "GARAGE")
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["key", "value", "access", "type", "meaning"]
    assert lines[1].split() == ["HeartbeatInterval", "300", "RW", "integer,", "s", "Interval"]
    assert "(secret)" in lines[2]
    assert result.stderr == ""
    assert bridge.asked == [Manage("keys_read", "GARAGE", {"keys": ""})]


def test_keys_that_are_named_are_asked_for_and_unknown_ones_told(bridge):
    gives(bridge, Managed(True, ("Odd: the charger does not know it",), row={"keys": [], "unknown": ["Odd"]}))
    result = command(bridge, "keys", "get", "GARAGE", "HeartbeatInterval", "Odd")
    assert bridge.asked == [Manage("keys_read", "GARAGE", {"keys": "HeartbeatInterval,Odd"})]
    assert result.stderr.strip() == "Odd: the charger does not know it"
    for_programs = command(bridge, "keys", "get", "GARAGE", "Odd", "--json")
    assert json.loads(for_programs.stdout) == {"keys": [], "unknown": ["Odd"]}


def test_a_key_is_written_and_a_restart_that_it_needs_is_told(bridge):
    """Row K3: told, and not done by itself."""
    gives(bridge, Managed(True, ("accepted: X = 30", "reboot needed"), row={"key": "X", "reboot_needed": True}))
    result = command(bridge, "keys", "set", "GARAGE", "X", "30")
    assert bridge.asked == [Manage("key_set", "GARAGE", {"key": "X", "value": "30", "force": False})]
    assert "accepted: X = 30" in result.stdout
    assert "knx-ocpp-bridge reset GARAGE" in result.stdout


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Managed(False, ("X: rejected: Rejected",), CommandResult.REJECTED), 4),
        (Managed(False, ("offline: not connected",), CommandResult.OFFLINE), 5),
        (Failed("X is true or false; with force it is sent all the same", usage=True), 2),
    ],
)
def test_a_refusal_ends_with_its_code_and_its_reason(bridge, answer, code):
    gives(bridge, answer)
    result = command(bridge, "keys", "set", "GARAGE", "X", "1", "--force")
    assert result.exit_code == code
    assert result.stderr.strip() == (answer.error if isinstance(answer, Failed) else answer.messages[0])
