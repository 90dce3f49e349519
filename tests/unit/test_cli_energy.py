"""Somebody looks at circuits, plans, prices and orders of the grid operator on a terminal, and says what is wanted."""

import csv
import io
import json

import pytest

from knx_ocpp_bridge.cli.tables import time_of_day
from knx_ocpp_bridge.control.protocol import Manage, Managed, Query
from knx_ocpp_bridge.core.status import CommandResult
from tests.kit.played_bridge import PlayedBridge, command, lists

MORNING = "2027-01-11T06:00:00+00:00"
NIGHT = "2027-01-11T01:15:00Z"
OUTLET = {
    "charger": "GARAGE", "connector": 1, "online": True, "mode": "minimum_and_surplus", "phases": [2, 3, 1],
    "wants_a": 16.0, "granted_a": 10.0, "in_force_a": 10.0, "current_a": 9.8, "waiting": False, "full": False,
    "words": "garage, L1", "binds": "circuit", "why": "circuit garage, L1",
}  # fmt: skip
GARAGE = {
    "name": "garage", "parent": "main", "max_current_a": [20.0] * 3, "house_a": None, "granted_a": [10.0, 0.0, 0.0],
    "drawn_a": [9.8, 0.0, 0.0], "free_a": [10.0, 20.0, 20.0], "words": "", "settling": False, "outlets": [OUTLET],
}  # fmt: skip
MAIN = GARAGE | {"name": "main", "parent": "", "house_a": [3.0, 4.5, 0.0], "words": "the meter is silent"}
WAITS = OUTLET | {
    "charger": "YARD\x1b[2J",
    "waiting": True,
    "granted_a": 0.0,
    "current_a": None,
    "why": "waits, garage, L1: behind GARAGE\x1b 1",
}
AWAY = OUTLET | {"charger": "AWAY", "online": False, "why": "offline", "phases": []}
PLAN = {
    "charger": "GARAGE", "connector": 1, "mode": "scheduled",
    "goal": {"energy_wh": 20000, "soc": None, "ready_by": "07:00"},
    "ready_by": MORNING, "energy_wh": 12400, "next_start": NIGHT, "reachable": True, "cost": 3.1, "words": "",
    "slots": [{"begins": NIGHT, "ends": MORNING, "current_a": 16.0}],
}  # fmt: skip
NOTHING = PLAN | {
    "connector": 2, "goal": None, "ready_by": None, "energy_wh": None, "next_start": None, "reachable": None,
    "cost": None, "slots": [],
}  # fmt: skip
ORDER = {
    "active": True, "limit_w": 4200.0, "confirmed": False, "per": "charger",
    "outlets": [
        {"charger": "GARAGE", "connector": 1, "limit_a": 6.0, "in_force_a": 6.0, "promised_a": 6.0, "current_a": None,
         "online": False, "since": MORNING, "words": ""}
    ],
}  # fmt: skip
LINE = {
    "number": 1, "at": MORNING, "clock": "sane", "what": "ordered", "charger": "", "connector": None, "limit_w": 4200.0,
    "detail": "=grid_limit",
}  # fmt: skip
SENT = LINE | {"number": 2, "clock": "doubtful", "what": "sent", "charger": "GARAGE", "connector": 1, "detail": ""}


@pytest.fixture
def bridge(tmp_path):
    playing = PlayedBridge(tmp_path / "control.sock")
    yield playing
    playing.close()


def words(shown):
    return [line.split() for line in shown.output.splitlines()]


def test_circuits_are_a_tree_whatever_their_order_and_outlets_say_why_they_have_no_more(bridge):
    lists(bridge, circuits=[GARAGE, MAIN | {"outlets": [WAITS, AWAY]}])
    lines = [" ".join(line) for line in words(command(bridge, "circuits"))]
    assert lines[1] == "main 20 20 20 3 4.5 0 10 0 0 9.8 0 0 10 20 20 the meter is silent"
    assert lines[2] == "garage 20 20 20 - 10 0 0 9.8 0 0 10 20 20"
    assert lines[5] == "GARAGE/1 L2L3L1 minimum and surplus 16 A 10 A 10 A 9.8 A circuit garage, L1"
    assert lines[6].startswith("YARD?[2J/1 ")
    assert lines[6].endswith(" waits, garage, L1: behind GARAGE? 1")
    assert lines[7].endswith(" offline")


def test_a_bridge_that_has_just_started_says_that_nothing_is_given_out_yet(bridge):
    lists(bridge, circuits=[MAIN | {"settling": True}])
    assert "nothing is given out before all is known" in command(bridge, "circuits").output


def test_outlets_in_no_circuit_have_no_table_of_circuits(bridge):
    lists(bridge, circuits=[{"name": "", "parent": "", "settling": False, "outlets": [OUTLET]}])
    lines = words(command(bridge, "circuits"))
    assert (lines[0][0], lines[1][0]) == ("outlet", "GARAGE/1")


@pytest.mark.parametrize(
    ("verb", "topic", "said"),
    [
        ("circuits", "circuits", "nothing shares any current here"),
        ("plan", "plans", "nothing is planned"),
        ("prices", "prices", "nobody knows what energy costs"),
        ("grid-limit log", "grid_log", "the grid operator has ordered nothing"),
    ],
)
def test_where_there_is_nothing_it_is_said(bridge, verb, topic, said):
    lists(bridge, **{topic: []})
    assert said in command(bridge, *verb.split()).output


@pytest.mark.parametrize(
    ("verb", "topic", "row"),
    [
        ("circuits", "circuits", MAIN),
        ("plan", "plans", PLAN),
        ("prices", "prices", {"begins": NIGHT, "ends": MORNING, "price": None}),
        ("grid-limit", "grid_limit", ORDER),
        ("grid-limit log", "grid_log", LINE),
    ],
)
def test_programs_get_one_line_of_json_a_row(bridge, verb, topic, row):
    lists(bridge, **{topic: [row]})
    assert json.loads(command(bridge, *verb.split(), "--json").output) == row


def test_a_plan_is_a_line_and_of_one_connector_a_curve_as_well(bridge):
    lists(bridge, plans=[PLAN, NOTHING])
    lines = words(command(bridge, "plan"))
    assert lines[1][:4] == ["GARAGE/1", "scheduled", "20.0", "kWh"]
    assert lines[1][-2:] == ["yes", "3.10"]
    assert lines[2] == ["GARAGE/2", "scheduled", "-", "-", "-", "-", "-", "-"]
    assert len(lines) == 3
    one = command(bridge, "plan", "GARAGE/1").output.splitlines()
    assert one[-1].split() == [*time_of_day(NIGHT).split(), *time_of_day(MORNING).split(), "16"]
    assert bridge.asked[-1] == Query("plans", "GARAGE", {})


def test_what_is_wanted_by_when_is_asked_for(bridge):
    bridge.answers = lambda _asked: Managed(done=True, messages=("20000 Wh, for the next session",))
    assert command(bridge, "plan", "GARAGE/2", "--energy", "20", "--by", "07:00").exit_code == 0
    assert bridge.asked[-1] == Manage(
        "plan",
        "GARAGE",
        {"connector": 2, "energy_wh": 20000, "soc": None, "by": "07:00", "scheduled": True, "off": False},
    )
    assert command(bridge, "plan", "GARAGE", "--off").exit_code == 0
    assert bridge.asked[-1].options["off"] is True


def test_a_session_limit_that_the_bridge_refuses_ends_with_its_exit_code(bridge):
    bridge.answers = lambda _asked: Managed(False, ("session_limit_soc: 0 to 100",), CommandResult.REJECTED)
    shown = command(bridge, "session-limit", "GARAGE", "--energy", "10.5", "--minutes", "90", "--cost", "7,50")
    assert shown.exit_code == 4
    assert bridge.asked[-1] == Manage(
        "session_limit",
        "GARAGE",
        {"connector": 1, "energy_wh": 10500, "minutes": 90, "soc": None, "cost": "7,50", "off": False},
    )


@pytest.mark.parametrize("arguments", [("--energy", "20"), ("--keep-mode",), ("GARAGE", "--energy", "-1")])
def test_half_a_plan_is_a_mistake_of_usage(bridge, arguments):
    assert command(bridge, "plan", *arguments).exit_code == 2


def test_an_order_of_the_grid_operator_is_shown_with_whoever_has_not_confirmed_it(bridge):
    lists(bridge, grid_limit=[ORDER])
    shown = command(bridge, "grid-limit").output
    assert "the grid operator limits each charger to 4200 W: not every charger has confirmed it yet" in shown
    assert shown.splitlines()[-1].endswith("offline")
    lists(bridge, grid_limit=[ORDER | {"active": False, "outlets": []}])
    assert command(bridge, "grid-limit").output == "no order of the grid operator is in force\n"


def test_the_log_of_orders_goes_into_a_spreadsheet_and_calculates_nothing_there(bridge):
    lists(bridge, grid_log=[LINE, SENT])
    assert words(command(bridge, "grid-limit", "log"))[2][3] == "?"
    rows = list(csv.reader(io.StringIO(command(bridge, "grid-limit", "log", "--csv").output)))
    assert rows[0] == ["number", "at", "clock", "what", "charger", "connector", "limit_w", "detail"]
    assert rows[1] == ["1", MORNING, "sane", "ordered", "", "", "4200.0", "'=grid_limit"]
    assert command(bridge, "grid-limit", "log", "--csv", "--json").exit_code == 2


def test_prices_are_told_with_their_hours(bridge):
    lists(bridge, prices=[{"begins": NIGHT, "ends": MORNING, "price": 0.22}])
    assert words(command(bridge, "prices", "--hours", "12"))[1][-1] == "0.2200"
    assert bridge.asked[-1] == Query("prices", "", {"hours": 12})
