"""Charging profiles by the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from knx_ocpp_bridge.control.protocol import Listing, Manage, Managed, Query, Request, Response
from knx_ocpp_bridge.core.status import CommandResult
from tests.kit.played_bridge import PlayedBridge, command

SENT = {
    "connectorId": 1,
    "csChargingProfiles": {
        "chargingProfileId": 100,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}, {"startPeriod": 60, "limit": 10}],
        },
    },
}
AT = "2026-11-22T17:00:00Z"
ROW: dict[str, Any] = {
    "connector": 1,
    "wanted_a": 10.0,
    "in_force_a": 10.0,
    "orders": [
        {"at": "2026-11-22T16:00:00Z", "what": "TxDefaultProfile 10 A", "state": "confirmed", "answer": "Accepted"}
    ],
    "writes": [
        {"at": AT, "action": "SetChargingProfile", "sent": SENT, "result": "accepted", "answer": "Accepted"},
        {"at": AT, "action": "ClearChargingProfile", "sent": {"id": 7}, "result": "timed_out", "answer": "no answer"},
    ],
    "composite": None,
}


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[PlayedBridge]:
    playing = PlayedBridge(tmp_path / "control.sock")
    yield playing
    playing.close()


def gives(bridge: PlayedBridge, managed: Managed) -> None:
    """What is managed ends like this; what is looked at is one connector."""

    def answer(request: Request) -> Response:
        return Listing((ROW,), 0, "Europe/Berlin") if isinstance(request, Query) else managed

    bridge.answers = answer


def test_a_profile_is_written_with_the_words_of_ocpp(bridge):
    gives(bridge, Managed(True, ("accepted: TxProfile 7",), row={"status": "Accepted"}))
    words = ("--purpose", "txprofile", "--unit", "W", "--id", "7", "--duration", "3600", "--valid-to", "2026-12-24")
    result = command(bridge, "profile", "set", "GARAGE/1", "0:4000", "600:2000:1", *words)
    assert result.stdout.strip() == "accepted: TxProfile 7"
    assert bridge.asked == [
        Manage(
            "profile_set",
            "GARAGE",
            {
                "connector": 1,
                "id": 7,
                "periods": "0:4000 600:2000:1",
                "purpose": "TxProfile",
                "kind": "Absolute",
                "unit": "W",
                "duration": 3600,
                "valid_to": "2026-12-24",
            },
        )
    ]


def test_a_profile_that_the_charger_refuses_ends_with_4(bridge):
    gives(bridge, Managed(False, ("rejected: Rejected",), CommandResult.REJECTED))
    result = command(bridge, "profile", "set", "GARAGE", "16")
    assert (result.exit_code, result.stderr.strip()) == (4, "rejected: Rejected")


def test_profiles_are_cleared_by_what_is_named(bridge):
    gives(bridge, Managed(True, ("accepted: it is cleared",)))
    command(bridge, "profile", "clear", "GARAGE/0", "--purpose", "ChargePointMaxProfile", "--stack-level", "2")
    command(bridge, "profile", "clear", "GARAGE", "--all")
    assert [request.options for request in bridge.asked if isinstance(request, Manage)] == [
        {"connector": 0, "purpose": "ChargePointMaxProfile", "stack_level": 2},
        {"all": True},
    ]


def test_what_was_told_by_hand_and_by_the_bridge_stands_in_order(bridge):
    gives(bridge, Managed(True))
    lines = command(bridge, "profile", "show", "GARAGE").stdout.splitlines()
    assert lines[0].split() == ["at", "connector", "by", "what", "answer"]
    assert lines[1].split()[:4] == ["2026-11-22", "17:00:00", "1", "bridge"]
    assert "TxDefaultProfile 100 Absolute, 0:16 60:10 A" in "".join(lines[2:])
    assert "clear id 7" in "".join(lines[2:])
    assert "timed_out no answer" in "".join(lines[2:])
    shown = json.loads(command(bridge, "profile", "show", "GARAGE/1", "--json").stdout)
    assert shown["connectors"][0]["connector"] == 1


def test_a_composite_schedule_is_asked_for_and_told_below(bridge):
    gives(bridge, Managed(True, ("the charger reckons with: from 0 s 10 A", "meant: 10 A; confirmed: 10 A")))
    result = command(bridge, "profile", "show", "GARAGE/2", "--composite", "3600")
    assert Manage("composite_schedule", "GARAGE", {"connector": 2, "duration": 3600}) in bridge.asked
    assert result.stdout.splitlines()[-2:] == [
        "the charger reckons with: from 0 s 10 A",
        "meant: 10 A; confirmed: 10 A",
    ]


def test_a_charger_that_tells_no_composite_schedule_ends_with_4(bridge):
    gives(bridge, Managed(False, ("rejected: Rejected",), CommandResult.REJECTED))
    result = command(bridge, "profile", "show", "GARAGE", "--composite", "60")
    assert (result.exit_code, result.stderr.strip()) == (4, "rejected: Rejected")
