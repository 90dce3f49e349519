"""Somebody looks at the counters on a terminal, and begins totals anew."""

import json

import pytest

from knx_ocpp_bridge.cli.tables import time_of_day
from knx_ocpp_bridge.control.protocol import Failed, Manage, Managed, Query
from tests.kit.played_bridge import PlayedBridge, command, lists

ONCE = {"sessions": 1, "energy_wh": 8314, "seconds": 7559}
NONE = {"sessions": 0, "energy_wh": 0, "seconds": 0}
STOPPED = "2026-11-21T09:58:04+00:00"
LAST = {"name": "Blue card\x1b[2J", "stopped_at": STOPPED, "energy_wh": 7900, "seconds": 60, "clock": "doubtful"}
RUNNING = {"name": "", "energy_wh": 412, "seconds": None}
TOGETHER = {"charger": "GARAGE", "charger_name": "Garage", "connector": None}
TOGETHER |= {"today": ONCE, "yesterday": NONE, "total": ONCE}
OUTLET = TOGETHER | {"connector": 1, "today": None, "running": RUNNING, "last": LAST, "reset_at": None}
SITE = TOGETHER | {"charger": "", "charger_name": ""}


@pytest.fixture
def bridge(tmp_path):
    playing = PlayedBridge(tmp_path / "control.sock")
    yield playing
    playing.close()


def test_the_counters_are_a_table(bridge):
    lists(bridge, counters=[OUTLET, TOGETHER, SITE])
    shown = command(bridge, "counters")
    assert shown.exit_code == 0
    head, outlet, together, site = (line.split() for line in shown.output.splitlines())
    assert head[:5] == ["charger", "no", "today", "yesterday", "total"]
    once = ["1x", "8.31", "kWh", "2:05", "h"]
    none = ["0x", "0.00", "kWh", "0:00", "h"]
    last = [*time_of_day(STOPPED).split(), "?", "7.90", "kWh", "Blue", "card?[2J"]
    assert outlet == ["Garage", "1", "-", *none, *once, *last, "0.41", "kWh", "-"]
    assert together == ["Garage", *once, *none, *once]
    assert site == ["site", *once, *none, *once]


def test_for_programs_each_row_is_a_line(bridge):
    lists(bridge, counters=[SITE])
    assert json.loads(command(bridge, "counters", "--json").output) == SITE


def test_one_charger_is_asked_for(bridge):
    lists(bridge, counters=[TOGETHER])
    command(bridge, "counters", "--charger", "GARAGE")
    assert bridge.asked == [Query("counters", "GARAGE", {})]


def resets(bridge, **topics):
    """It has these counters, and begins totals anew."""
    lists(bridge, **topics)
    listed = bridge.answers
    bridge.answers = lambda request: listed(request) if isinstance(request, Query) else Managed(True, ("done",))


def managed(bridge):
    return [request for request in bridge.asked if isinstance(request, Manage)]


@pytest.mark.parametrize("words", [["GARAGE", "1"], ["GARAGE/1"]])
def test_a_reset_asks_before_and_takes_a_connector_as_every_verb_does(bridge, words):
    resets(bridge, counters=[OUTLET, TOGETHER])
    for typed, why in (("n\n", "nothing was done"), ("", "say --yes")):
        refused = command(bridge, "counters", "reset", *words, typed=typed)
        assert (refused.exit_code, why in refused.stderr, "Aborted" in refused.stderr) == (1, True, False)
    assert managed(bridge) == []
    assert command(bridge, "counters", "reset", *words, typed="y\n").exit_code == 0
    assert managed(bridge) == [Manage("reset_counters", "GARAGE", {"connector": 1})]


def test_what_is_not_there_is_refused_before_anything_is_asked(bridge):
    resets(bridge, counters=[OUTLET, TOGETHER])
    refused = command(bridge, "counters", "reset", "GARAGE/2", typed="y\n")
    assert (refused.exit_code, "known: 1" in refused.stderr, "[y/N]" in refused.stderr) == (1, True, False)
    assert command(bridge, "counters", "reset", "GARAGE/1", "1").exit_code == 2
    bridge.answers = lambda _request: Failed("there is no charger 'NOPE'; known: GARAGE")
    assert "[y/N]" not in command(bridge, "counters", "reset", "NOPE", typed="y\n").stderr
    assert managed(bridge) == []


def test_a_reset_of_the_site_does_not_ask_where_it_must_not(bridge):
    bridge.answers = lambda _request: Managed(done=True, messages=("done",))
    assert command(bridge, "counters", "reset", "--yes").exit_code == 0
    assert bridge.asked == [Manage("reset_counters", "", {"connector": 0})]


def test_options_stand_behind_the_verb_that_takes_them(bridge):
    assert command(bridge, "counters", "--json", "reset", "--yes").exit_code == 2
