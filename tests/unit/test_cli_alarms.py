"""Somebody looks at the alarms on a terminal, and says that they were seen."""

import json

import pytest

from knx_ocpp_bridge.cli.status import screen
from knx_ocpp_bridge.cli.tables import time_of_day
from knx_ocpp_bridge.control.protocol import Managed, Query, Snapshot
from tests.kit.played_bridge import PlayedBridge, command, lists

ROW = {
    "number": 17,
    "at": "2026-11-21T10:04:28+00:00",
    "over_at": None,
    "charger": "GARAGE",
    "charger_name": "Garage",
    "connector": 2,
    "kind": "limit_disobeyed",
    "text": "6 A were accepted, 16.0 A flow\x1b[2J",
    "times": 1,
    "clock": "sane",
    "transaction": None,
    "id_tag": "",
    "name": "",
    "to_acknowledge": True,
    "acknowledged_at": None,
    "acknowledged_by": "",
}
CHARGE = ROW | {
    "number": 18,
    "kind": "charging_started",
    "text": "transaction 7 begins",
    "over_at": ROW["at"],
    "name": "Blue card",
    "clock": "doubtful",
    "times": 3,
    "to_acknowledge": False,
}
CLOCK = ROW | {"number": 19, "charger": "", "charger_name": "", "connector": None, "kind": "clock", "text": "set"}
CLOCK |= {"acknowledged_at": "2026-11-21T11:00:00+00:00", "acknowledged_by": "CLI", "to_acknowledge": False}

AT, SEEN = (time_of_day(at).split() for at in (ROW["at"], CLOCK["acknowledged_at"]))


@pytest.fixture
def bridge(tmp_path):
    playing = PlayedBridge(tmp_path / "control.sock")
    yield playing
    playing.close()


def test_what_stands_is_a_table(bridge):
    lists(bridge, alarms=[ROW])
    shown = command(bridge, "alarms")
    assert shown.exit_code == 0
    assert [line.split() for line in shown.output.splitlines()] == [
        ["no", "since", "over", "where", "what", "acknowledged"],
        [
            "17",
            *AT,
            "-",
            "Garage",
            "2",
            "limit",
            "disobeyed:",
            "6",
            "A",
            "were",
            "accepted,",
            "16.0",
            "A",
            "flow?[2J",
            "no",
        ],
    ]
    (asked,) = bridge.asked
    assert isinstance(asked, Query)
    assert asked.options["standing"] is True


def test_all_shows_charges_and_what_was_acknowledged(bridge):
    lists(bridge, alarms=[CHARGE, CLOCK])
    charge, clock = command(bridge, "alarms", "--all").output.splitlines()[1:]
    assert f"{' '.join(AT)} ?" in charge
    assert "charging started: transaction 7 begins, Blue card (3 times)" in charge
    assert charge.rstrip().endswith("-")
    assert clock.split()[4:] == ["bridge", "clock:", "set", *SEEN, "CLI"]
    assert bridge.asked[0].options["standing"] is False


def test_the_last_ones_are_asked_for_by_their_number(bridge):
    lists(bridge, alarms=[ROW, CHARGE, CLOCK])
    assert command(bridge, "alarms", "--last", "1").exit_code == 0
    assert (bridge.asked[0].options["newest"], bridge.asked[0].options["limit"]) == (True, 1)


def test_programs_get_one_line_of_json_for_each(bridge):
    lists(bridge, alarms=[ROW, CLOCK])
    assert [json.loads(line) for line in command(bridge, "alarms", "--json").output.splitlines()] == [ROW, CLOCK]


def test_without_an_alarm_it_says_so(bridge):
    lists(bridge, alarms=[])
    assert command(bridge, "alarms").output == "no alarm stands\n"
    assert command(bridge, "alarms", "--all").output == "no alarm is kept\n"
    assert command(bridge, "alarms", "--json").output == ""


@pytest.mark.parametrize(
    ("words", "options"), [(("17",), {"number": 17, "all": False}), (("--all",), {"number": None, "all": True})]
)
def test_an_acknowledgement_goes_to_the_bridge(bridge, words, options):
    bridge.answers = lambda _request: Managed(done=True, messages=("acknowledged",))
    done = command(bridge, "alarms", "ack", *words)
    assert (done.exit_code, done.output) == (0, "acknowledged\n")
    assert (bridge.asked[0].act, bridge.asked[0].options) == ("acknowledge", options)


@pytest.mark.parametrize(
    "words", [("ack",), ("ack", "3", "--all"), ("ack", "0"), ("--all", "ack", "3"), ("--all", "--last", "3")]
)
def test_what_cannot_be_meant_is_a_usage_error(bridge, words):
    assert command(bridge, "alarms", *words).exit_code == 2
    assert bridge.asked == []


@pytest.mark.parametrize(
    ("count", "line"),
    [(0, []), (1, ["1 alarm stands: knx-ocpp-bridge alarms"]), (3, ["3 alarms stand: knx-ocpp-bridge alarms"])],
)
def test_the_status_says_how_many_stand(count, line):
    part = {"site": "", "version": "1", "clock": "sane", "knx": {}, "ocpp": {}, "window": {"open": False}}
    shown = screen(Snapshot({**part, "alarms": count}, ()))
    assert [each for each in shown if "alarm" in each] == line
