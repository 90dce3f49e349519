"""Adopting, rejecting and securing chargers by the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from knx_ocpp_bridge.control.protocol import (
    Listing,
    Manage,
    Managed,
    Request,
    Response,
    Snapshot,
    Status,
)
from tests.kit.played_bridge import PlayedBridge, command, lists

CLOSED = {"open": False, "closes_in_s": 0, "left": 0, "adopted": []}


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[PlayedBridge]:
    playing = PlayedBridge(tmp_path / "control.sock")
    yield playing
    playing.close()


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (("adopt", "NEW"), Manage("adopt", "NEW", {"name": "", "connectors": 0})),
        (
            ("adopt", "NEW", "--name", "Yard", "--connectors", "2"),
            Manage("adopt", "NEW", {"name": "Yard", "connectors": 2}),
        ),
        (("reject", "NEW"), Manage("reject", "NEW")),
        (("forget", "NEW"), Manage("forget", "NEW")),
        (("window", "10"), Manage("window", "", {"minutes": 10})),
        (("secure", "NEW"), Manage("secure", "NEW", {"profile": 2, "key": ""})),
        (("secure", "NEW", "--profile", "1"), Manage("secure", "NEW", {"profile": 1, "key": ""})),
        (("password", "NEW"), Manage("password", "NEW", {"none": False})),
        (("password", "NEW", "--none", "--profile", "0"), Manage("password", "NEW", {"none": True, "profile": 0})),
    ],
)
def test_what_is_done_to_a_charger_is_asked_of_the_bridge(bridge, words, asked):
    bridge.answers = lambda _request: Managed(True, ("it is done", "two\nlines"))
    result = command(bridge, "chargers", *words)
    assert bridge.asked == [asked]
    assert result.stdout.splitlines()[-3:] == ["it is done", "two", "lines"]
    assert result.exit_code == 0


def test_secrets_come_from_files_and_never_from_the_command_line(bridge, tmp_path):
    bridge.answers = lambda _request: Managed(True)
    (tmp_path / "key").write_text("00" * 16 + "\n")
    command(bridge, "chargers", "secure", "NEW", "--key-file", str(tmp_path / "key"))
    command(bridge, "chargers", "password", "NEW", "--file", "-", typed="pass word\n")
    assert bridge.asked[0].options["key"] == "00" * 16
    assert bridge.asked[1].options["password"] == "pass word"


def test_what_was_not_done_ends_with_4_and_says_why(bridge):
    bridge.answers = lambda _request: Managed(False, ("its registration is rejected",))
    result = command(bridge, "chargers", "secure", "NEW")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "its registration is rejected" in result.stderr
    assert json.loads(command(bridge, "chargers", "forget", "NEW", "--json").stdout) == {
        "done": False,
        "messages": ["its registration is rejected"],
    }


def stranger(**more: object) -> dict:
    names = ("vendor", "model", "serial", "firmware", "iccid", "imsi", "meter_serial", "meter_type")
    return dict.fromkeys((*names, "charge_box_serial", "user_agent", "last_reason"), "") | {
        "id": "NEW",
        "address": "10.0.0.9",
        "tries": 3,
        "first_seen": None,
        "last_seen": "2026-11-21T12:00:00Z",
        "registration": "pending",
        **more,
    }


def test_pending_chargers_are_listed_with_what_is_known_and_the_window(bridge):
    lists(
        bridge,
        strangers=[stranger(vendor="ACME\x1b[2J", iccid="8931", last_reason="it hung up")],
        window=[{"open": True, "closes_in_s": 61, "left": 16, "adopted": []}],
    )
    lines = command(bridge, "chargers", "pending").stdout.splitlines()
    assert lines[0] == "adoption window: open for 1:01 more, or 16 more chargers"
    assert lines[3].split()[:3] == ["NEW", "ACME?[2J", "-"]
    assert "  iccid        8931" in lines
    assert "  last reason  it hung up" in lines
    assert lines[-1] == "knx-ocpp-bridge chargers adopt ID, or: chargers reject ID"


def test_no_pending_charger_is_a_sentence(bridge):
    lists(bridge, strangers=[], window=[CLOSED])
    assert "no unknown charger has dialled in" in command(bridge, "chargers", "pending").stdout


def test_the_list_has_the_configured_ones_with_their_security_profile(bridge):
    charger = {
        "id": "GARAGE",
        "name": "Garage",
        "configured": True,
        "online": "online",
        "registration": "accepted",
        "vendor": "ACME",
        "model": "Box",
        "firmware": "1.2",
        "peer": "10.0.0.9",
    }

    def either(request: Request) -> Response:
        if isinstance(request, Status):
            return Snapshot({}, (charger, {**charger, "id": "NEW", "configured": False}))
        return Listing(({"charger": "GARAGE", "needed": 2},))

    bridge.answers = either
    lines = command(bridge, "chargers", "list").stdout.splitlines()
    assert len(lines) == 2
    assert lines[1].split() == ["GARAGE", "Garage", "online", "accepted", "2", "ACME", "Box", "1.2", "10.0.0.9"]


def test_the_list_tells_of_a_charger_that_has_not_come_back_the_way_that_it_was_told(bridge):
    charger = dict.fromkeys(("name", "online", "registration", "vendor", "model", "firmware", "peer"), "x")
    charger |= {"id": "GARAGE", "configured": True}

    def either(request: Request) -> Response:
        if isinstance(request, Status):
            return Snapshot({}, (charger,))
        return Listing(({"charger": "GARAGE", "needed": 0, "wanted": 2},))

    bridge.answers = either
    assert "0 (2 awaited)" in command(bridge, "chargers", "list").stdout


def test_a_charger_is_shown_with_its_flags_and_why_they_act(bridge):
    row = {
        "id": "GARAGE",
        "name": "Garage",
        "online": "online",
        "peer": "10.0.0.9",
        "registration": "accepted",
        "identity": {"vendor": "ACME", "iccid": "8931", "imsi": ""},
        "aliases": ["SERIAL-1"],
        "security": {
            "needed": 1,
            "shown": 1,
            "wanted": 2,
            "password": True,
            "tls": False,
            "certificate": None,
        },
        "flags": [{"name": "stack_level", "value": 1, "source": "brand", "why": "its lowest is 1"}],
        "abilities": {},
        "counters": {"events": 12},
        "refused": {"at": "2026-11-21T12:00:00Z", "reason": "its password is wrong"},
        "connectors": [{"id": 1, "values": {"status": 2}, "transaction": {"id": 7}}],
    }
    lists(bridge, charger=[row])
    shown = command(bridge, "chargers", "show", "GARAGE").stdout
    assert "not let in: its password is wrong" in shown
    assert "wanted    2 TLS and a password" in shown
    assert "stack_level  1      brand   its lowest is 1" in shown
    assert "  iccid   8931" in shown
    assert "imsi" not in shown
    assert "  status  2 Charging" in shown
    assert json.loads(command(bridge, "chargers", "show", "GARAGE", "--json").stdout) == row


@pytest.mark.parametrize("told", ["offline", "not heard of since the bridge started"])
def test_a_charger_that_is_connected_and_waits_is_not_shown_as_gone(bridge, told):
    row = dict.fromkeys(("name", "registration", "vendor", "model", "firmware", "peer"), "x")
    row |= {"id": "NEW", "configured": True, "online": told, "linked": True}

    def either(request: Request) -> Response:
        return Snapshot({}, (row,)) if isinstance(request, Status) else Listing(())

    bridge.answers = either
    assert "connected, not admitted yet" in command(bridge, "chargers", "list").stdout
    assert json.loads(command(bridge, "chargers", "list", "--json").stdout)[0]["online"] == told
