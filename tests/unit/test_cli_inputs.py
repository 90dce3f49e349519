"""An installer looks at what the building tells, and where the time comes from."""

import json

import pytest

from knx_ocpp_bridge.cli.status import screen
from knx_ocpp_bridge.control.protocol import Snapshot
from tests.kit.played_bridge import PlayedBridge, command, lists

GRID = {
    "object": "grid_power",
    "charger": "",
    "connector": None,
    "addresses": ["1/7/1", "1/7/2"],
    "dpt": "9.024",
    "unit": "W",
    "state": "fresh",
    "value": 2300.0,
    "at": "2027-06-01T10:00:00+00:00",
    "age_s": 3.4,
    "source": "1.1.20",
    "timeout_s": 60.0,
    "fallback": 4000.0,
    "counts": 2300.0,
    "falls_back": False,
}
UNKNOWN = {"state": "unknown", "value": None, "at": None, "age_s": None, "source": "", "counts": None}
STALE = GRID | {"state": "stale", "age_s": 7265.0, "counts": 4000.0, "falls_back": True}
RELEASE = GRID | {"object": "release", "charger": "GARAGE", "connector": 2, "unit": "bool", "value": True}
PART = {"site": "", "version": "1", "clock": "sane", "knx": {}, "ocpp": {}, "window": {"open": False}}


@pytest.fixture
def bridge(tmp_path):
    playing = PlayedBridge(tmp_path / "control.sock")
    yield playing
    playing.close()


def cells(bridge, row):
    """What stands below each head."""
    lists(bridge, inputs=[row])
    shown = command(bridge, "knx", "inputs")
    assert shown.exit_code == 0
    heads, line = shown.stdout.splitlines()
    starts = [heads.index(head) for head in ("input", "where", "address", "value", "state", "told at", "by", "counts")]
    ends = [*starts[1:], None]
    return [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def test_a_fresh_input_shows_its_value_its_age_and_who_told_it(bridge):
    what, where, addresses, value, state, told, by, counts = cells(bridge, GRID)
    assert (what, where, addresses, value) == ("grid_power", "building", "1/7/1, 1/7/2", "2300 W")
    assert (state, by, counts) == ("fresh", "1.1.20", "2300 W")
    assert told.endswith("3 s ago")


def test_what_is_measured_is_rounded_for_people_and_whole_for_programs(bridge):
    current = GRID | {"unit": "A", "value": 10.04348, "counts": 10.04348}
    *_, value, _, _, _, counts = cells(bridge, current)
    assert (value, counts) == ("10.04 A", "10.04 A")
    assert cells(bridge, GRID | {"unit": "EUR", "value": 0.28734})[3] == "0.2873 EUR"
    assert json.loads(command(bridge, "knx", "inputs", "--json").stdout)["value"] == 0.28734


def test_a_stale_input_shows_what_counts_in_its_place(bridge):
    *_, value, state, told, _, counts = cells(bridge, STALE)
    assert (value, state, counts) == ("2300 W", "stale", "4000 W (fallback)")
    assert told.endswith("2 h 1 min ago")


def test_an_unknown_input_shows_that_nothing_counts(bridge):
    *_, value, state, told, by, counts = cells(bridge, GRID | UNKNOWN)
    assert (value, state, told, by, counts) == ("-", "unknown", "-", "-", "-")


def test_a_contact_is_0_or_1_and_stands_at_its_outlet(bridge):
    what, where, _, value, *_ = cells(bridge, RELEASE | {"age_s": 75.0, "counts": True})
    assert (what, where, value) == ("release", "GARAGE 2", "1")


def test_without_inputs_that_is_said(bridge):
    lists(bridge, inputs=[])
    assert command(bridge, "knx", "inputs").stdout == "no input is bound\n"


def test_for_programs_it_is_the_rows(bridge):
    lists(bridge, inputs=[GRID, RELEASE])
    shown = command(bridge, "knx", "inputs", "--json").stdout.splitlines()
    assert [json.loads(line) for line in shown] == [GRID, RELEASE]


@pytest.mark.parametrize(
    ("inputs", "line"),
    [
        ({}, []),
        ({"bound": 1, "stale": 0, "unknown": 0}, ["1 input, all fresh (knx-ocpp-bridge knx inputs)"]),
        ({"bound": 3, "stale": 2, "unknown": 0}, ["3 inputs: 2 stale (knx-ocpp-bridge knx inputs)"]),
        ({"bound": 3, "stale": 1, "unknown": 2}, ["3 inputs: 1 stale, 2 unknown (knx-ocpp-bridge knx inputs)"]),
    ],
)
def test_the_status_says_how_many_do_not_tell(inputs, line):
    shown = screen(Snapshot({**PART, "inputs": inputs}, ()))
    assert [each for each in shown if "input" in each] == line


@pytest.mark.parametrize("source", ["system", "network", "bus"])
def test_the_status_says_where_the_time_comes_from(source):
    assert f"clock sane ({source})" in screen(Snapshot({**PART, "clock_source": source}, ()))[0]
