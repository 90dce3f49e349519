"""A connector is reserved for a card by the command line."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from knx_ocpp_bridge.control.protocol import Call
from tests.kit.played_bridge import PlayedBridge, answers, command


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[PlayedBridge]:
    playing = PlayedBridge(tmp_path / "control.sock")
    yield playing
    playing.close()


def test_a_connector_is_reserved_for_a_card_and_its_group_until_a_time(bridge):
    answers(bridge, status="Accepted")
    result = command(bridge, "reserve", "GARAGE/2", "on", "--tag", "04A1", "--parent", "FAMILY", "--minutes", "90")
    assert result.exit_code == 0
    (asked,) = bridge.asked
    assert isinstance(asked, Call)
    until = datetime.fromisoformat(str(asked.payload["expiryDate"]))
    assert timedelta(minutes=88) < until - datetime.now(UTC) < timedelta(minutes=91)
    assert {key: value for key, value in asked.payload.items() if key != "expiryDate"} == {
        "reservationId": 1002,
        "connectorId": 2,
        "idTag": "04A1",
        "parentIdTag": "FAMILY",
    }


def test_it_is_freed_by_the_same_number(bridge):
    answers(bridge, status="Accepted")
    command(bridge, "reserve", "GARAGE/2", "off", "--tag", "04A1")
    assert bridge.asked == [Call("GARAGE", "CancelReservation", {"reservationId": 1002})]


def test_a_group_without_a_card_is_a_mistake(bridge):
    assert command(bridge, "reserve", "GARAGE", "on", "--parent", "FAMILY").exit_code == 2
    assert bridge.asked == []
