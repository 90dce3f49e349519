"""What a telegram is called and what it says, as rows of the group monitor."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.config.addresses import AddressStyle, parse_group_address
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.knx.bindings import BindingTable
from knx_ocpp_bridge.knx.monitor.address_book import AddressBook, ProjectNames, project_name
from knx_ocpp_bridge.knx.monitor.telegram_rows import row
from knx_ocpp_bridge.knx.monitor.telegrams import Passed, Service
from tests.kit.knx_objects import bound

RAW = parse_group_address
NOON = datetime(2026, 11, 21, 12, 0, 0, 412_999, tzinfo=UTC)
TABLE = BindingTable(
    (
        bound("status", "9/7/0"),
        bound("charging", "9/7/1", "9/7/2"),
        bound("charge_mode", None, "9/7/5"),
        bound("current", "9/7/6"),
        bound("reset", None, "9/7/70", connector=0),
        bound("chargers_online", "9/7/90", charger=None),
        bound("grid_power", None, "9/7/91", charger=None, dpt="9.024"),
        *(bound("charging", None, "9/6/1", charger=f"C{number}") for number in range(5)),
    )
)
PROJECT = ProjectNames(
    {RAW("3/1/1"): "Hall", RAW("9/7/2"): "Taster Garage", RAW("3/1/2"): "Lamp"},
    {RAW("3/1/1"): "9.001", RAW("9/7/2"): "1.001", RAW("3/1/4"): "5"},
)
BOOK = AddressBook(TABLE, {ChargerId("GARAGE"): "Garage", ChargerId("C0"): ""}, PROJECT)


def told(destination: str, payload=None, style=AddressStyle.THREE_LEVEL, **more):
    service = Service.READ if payload is None else Service.WRITE
    passed = replace(Passed(NOON, "1.1.5", RAW(destination), service, payload), **more)
    return row(7, passed, BOOK, style)


def test_a_telegram_is_one_row_of_plain_values():
    assert told("9/7/2", DPTBinary(1)) == {
        "number": 7,
        "at": "2026-11-21T12:00:00.412+00:00",
        "direction": "in",
        "source": "1.1.5",
        "source_name": "",
        "destination": "9/7/2",
        "name": "Garage/1 charging",
        "type": "GroupValueWrite",
        "dpt": "1.010",
        "payload": "$01",
        "value": "start",
        "misfit": "",
        "failure": "",
    }


@pytest.mark.parametrize(
    ("destination", "name", "dpt"),
    [
        ("9/7/1", "Garage/1 charging", "1.010"),
        ("9/7/70", "Garage reset", "1.015"),
        ("9/7/90", "bridge chargers_online", "5.010"),
        ("9/7/91", "bridge grid_power", "9.024"),
        ("9/6/1", "C0/1 charging, C1/1 charging, C2/1 charging and 2 more", "1.010"),
        ("3/1/1", "Hall", "9.001"),
        ("3/1/2", "Lamp", ""),
        ("3/1/4", "", "5"),
        ("1/1/1", "", ""),
    ],
)
def test_our_own_objects_go_before_the_project_and_what_nobody_knows_is_empty(destination, name, dpt):
    shown = told(destination)
    assert (shown["name"], shown["dpt"]) == (name, dpt)


@pytest.mark.parametrize(
    ("destination", "payload", "value", "misfit"),
    [
        ("9/7/0", DPTArray((2,)), "2 (charging)", ""),
        ("9/7/0", DPTArray((99,)), "99", ""),
        ("9/7/5", DPTArray((2,)), "2 (fast)", ""),
        ("9/7/6", DPTArray((0x41, 0x7E, 0x66, 0x66)), "15.9 A", ""),
        ("9/7/91", DPTArray((0x0C, 0x33)), "21.5 kW", ""),
        ("3/1/1", DPTArray((0x0C, 0x33)), "21.5 °C", ""),
        ("3/1/1", DPTArray((0x0C,)), "", "no value of 9.001"),
        ("3/1/4", DPTArray((7,)), "7", ""),
        ("1/1/1", DPTArray((7,)), "", ""),
    ],
)
def test_a_value_is_told_as_it_is_on_the_line(destination, payload, value, misfit):
    shown = told(destination, payload)
    assert (shown["value"], shown["misfit"]) == (value, misfit)


def test_a_read_carries_nothing():
    shown = told("9/7/0")
    assert (shown["type"], shown["payload"], shown["value"]) == ("GroupValueRead", "", "")


def test_what_the_bridge_sent_says_whether_it_arrived():
    shown = told("9/7/1", DPTBinary(0), ours=True, source="1.1.240", failure="the gateway did not confirm it")
    assert (shown["direction"], shown["source"], shown["source_name"]) == ("out", "1.1.240", "bridge")
    assert shown["failure"] == "the gateway did not confirm it"


def test_addresses_are_shown_in_the_style_of_the_site():
    assert told("9/7/1", style=AddressStyle.TWO_LEVEL)["destination"] == "9/1793"
    assert told("9/7/1", style=AddressStyle.FREE)["destination"] == "20225"


def test_times_are_told_in_utc():
    at = NOON.astimezone(timezone(timedelta(hours=1)))
    assert told("9/7/1", at=at)["at"] == "2026-11-21T12:00:00.412+00:00"


def test_rows_are_json_whatever_the_payload_is():
    for length in range(20):
        shown = told("3/1/1", DPTArray(tuple(range(length))))
        assert json.loads(json.dumps(shown)) == shown


def test_a_name_of_a_project_cannot_move_the_cursor():
    assert project_name(" Hall\x1b[2J\r\n2 ") == "Hall [2J  2"
    assert len(project_name("x" * 500)) == 120


def test_whose_an_address_is_can_be_asked():
    assert [BOOK.is_ours(RAW(ga)) for ga in ("9/7/0", "9/7/2", "9/7/91", "3/1/1")] == [True, True, True, False]
    assert [BOOK.is_sent_on(RAW(ga)) for ga in ("9/7/0", "9/7/2", "9/7/91", "3/1/1")] == [True, False, False, False]
    assert [BOOK.is_heard(RAW(ga)) for ga in ("9/7/0", "9/7/2", "9/7/91", "3/1/1")] == [False, True, True, False]


def test_what_an_object_cannot_read_is_known_beforehand():
    assert BOOK.misfit(RAW("9/7/2"), DPTBinary(1)) == ""
    assert "wrong length for 1.010" in BOOK.misfit(RAW("9/7/2"), DPTArray((1,)))
    assert "9.024" in BOOK.misfit(RAW("9/7/91"), DPTBinary(1))
    assert BOOK.misfit(RAW("3/1/1"), DPTBinary(1)) == ""
