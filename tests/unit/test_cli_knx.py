"""The group monitor, reading and writing on the command line."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from knx_ocpp_bridge.cli import desk
from knx_ocpp_bridge.cli.main import main
from knx_ocpp_bridge.control.protocol import Failed, Listing, Manage, Managed, Query, Request, Response
from knx_ocpp_bridge.core.status import CommandResult
from tests.kit.played_bridge import PlayedBridge, command, lists


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[PlayedBridge]:
    playing = PlayedBridge(tmp_path / "control.sock")
    yield playing
    playing.close()


def telegram(number: int = 1, **more: object) -> dict:
    return {
        "number": number,
        "at": "2026-11-21T11:00:00.412+00:00",
        "direction": "in",
        "source": "1.1.5",
        "destination": "9/7/2",
        "name": "Garage/1 charging",
        "type": "GroupValueWrite",
        "dpt": "1.010",
        "payload": "$01",
        "value": "start",
        "misfit": "",
        "failure": "",
        **more,
    }


def test_the_columns_are_those_of_a_group_monitor_in_the_time_of_the_site(bridge):
    lists(bridge, zone="Europe/Berlin", telegrams=[telegram()])
    head, line = command(bridge, "knx", "monitor").stdout.splitlines()
    assert head.split() == ["time", "source", "destination", "name", "type", "dpt", "payload", "value"]
    assert line.split("  ")[0] == "2026-11-21 12:00:00.412"
    assert line.split()[2:] == [
        "1.1.5", "9/7/2", "Garage/1", "charging", "GroupValueWrite", "1.010", "$01", "start",
    ]  # fmt: skip


def test_what_is_not_known_is_a_dash_and_what_went_wrong_is_said(bridge):
    lists(
        bridge,
        telegrams=[
            telegram(1, name="", dpt="", payload="", value="", type="GroupValueRead"),
            telegram(2, value="", misfit="no value of 9.001"),
            telegram(3, source="", failure="the gateway did not confirm it"),
        ],
    )
    _, read, misfit, failed = command(bridge, "knx", "monitor").stdout.splitlines()
    assert read.split()[4:] == ["-", "GroupValueRead", "-", "-", "-"]
    assert misfit.endswith("! no value of 9.001")
    assert failed.endswith("start, failed: the gateway did not confirm it")
    assert failed.split()[2] == "bridge"


def test_a_name_from_the_bus_cannot_move_the_cursor(bridge):
    lists(bridge, telegrams=[telegram(name="\x1b[2J", value='"\x07"')])
    said = command(bridge, "knx", "monitor").stdout
    assert "\x1b" not in said
    assert "\x07" not in said


def test_json_is_one_object_a_line_as_the_bridge_gave_it(bridge):
    rows = [telegram(1), telegram(2, value="21.5 °C")]
    lists(bridge, telegrams=rows)
    said = command(bridge, "knx", "monitor", "--json").stdout
    assert [json.loads(line) for line in said.splitlines()] == rows


def test_a_table_for_a_spreadsheet_holds_no_formula(bridge):
    lists(bridge, telegrams=[telegram(name='=1+1, "Garage"', value="-5 °C"), telegram(2, value="1.5e-05 A")])
    printed = command(bridge, "knx", "monitor", "--csv").stdout_bytes
    said = printed.decode()
    head, first, second = csv.reader(io.StringIO(said, newline=""))
    assert head == ["time", "source", "destination", "name", "type", "dpt", "payload", "value"]
    assert (first[3], first[7], second[7]) == ('\'=1+1, "Garage"', "-5 °C", "1.5e-05 A")
    assert printed.count(b"\r\n") == 3


def test_what_is_asked_for_is_asked_of_the_bridge(bridge):
    lists(bridge, telegrams=[])
    result = command(
        bridge, "knx", "monitor", "--ga", "9/7/*", "--ga", "3/1/1", "--source", "1.1.*", "--ours", "-n", "5", "--json"
    )
    assert (result.exit_code, result.stdout) == (0, "")
    (query,) = bridge.asked
    assert isinstance(query, Query)
    assert query.topic == "telegrams"
    assert query.options == {
        "address": "9/7/*,3/1/1", "source": "1.1.*", "ours": True, "newest": True, "limit": 5,
    }  # fmt: skip


def test_csv_and_json_do_not_go_together(bridge):
    assert command(bridge, "knx", "monitor", "--csv", "--json").exit_code == 2


def test_whoever_follows_is_told_of_telegrams_that_were_let_go(bridge, monkeypatch):
    pages = [[telegram(1), telegram(2)], [telegram(9)]]

    def answer(request: Request) -> Response:
        assert isinstance(request, Query)
        rows = pages.pop(0) if pages else []
        return Listing(tuple(rows), rows[-1]["number"] if rows else 9)

    def stop_when_all_was_shown(_seconds: float) -> None:
        if not pages:
            raise KeyboardInterrupt

    bridge.answers = answer
    monkeypatch.setattr(desk.pages, "__kwdefaults__", desk.pages.__kwdefaults__ | {"sleep": stop_when_all_was_shown})
    result = command(bridge, "knx", "monitor", "--follow", "--json")
    assert [json.loads(line)["number"] for line in result.stdout.splitlines()] == [1, 2, 9]
    assert "6 telegrams are missing here" in result.stderr


def by_hand(bridge: PlayedBridge, managed: Managed) -> None:
    bridge.answers = lambda _request: managed


def test_what_was_read_is_told_in_words_and_for_programs(bridge):
    by_hand(bridge, Managed(True, ("1.1.20 answers for 9/7/200: 0C 33",), row={"payload": "0C 33"}))
    result = command(bridge, "knx", "read", "9/7/200", "--dpt", "9.001")
    assert (result.exit_code, result.stdout) == (0, "1.1.20 answers for 9/7/200: 0C 33\n")
    assert bridge.asked == [Manage("knx_read", "", {"address": "9/7/200", "dpt": "9.001"})]
    said = json.loads(command(bridge, "knx", "read", "9/7/200", "--json").stdout)
    assert said == {"done": True, "messages": ["1.1.20 answers for 9/7/200: 0C 33"], "row": {"payload": "0C 33"}}


def test_a_negative_value_is_a_value_and_no_option(bridge):
    by_hand(bridge, Managed(True, ("sent",)))
    assert command(bridge, "knx", "write", "9/7/200", "-3.5", "--dpt", "9.001").exit_code == 0
    assert bridge.asked == [Manage("knx_write", "", {"address": "9/7/200", "value": "-3.5", "dpt": "9.001"})]


@pytest.mark.parametrize(
    ("because", "code"),
    [(CommandResult.OFFLINE, 5), (CommandResult.TIMED_OUT, 1), (CommandResult.REJECTED, 4)],
)
def test_the_exit_code_says_of_what_kind_the_reason_is(bridge, because, code):
    by_hand(bridge, Managed(False, ("there is no connection to the bus: gone",), because))
    for words in (("read", "9/7/2"), ("write", "9/7/2", "1")):
        result = command(bridge, "knx", *words)
        assert (result.exit_code, result.stdout) == (code, "")
        assert result.stderr == "there is no connection to the bus: gone\n"


def test_what_is_no_address_type_or_value_is_a_mistake_of_usage_and_no_table_is_begun(bridge):
    bridge.answers = lambda _request: Failed("9/8/1: the middle group is 8", usage=True)
    for words in (("monitor", "--ga", "9/8/1"), ("monitor", "--csv"), ("read", "9/8/1"), ("write", "9/8/1", "1")):
        result = command(bridge, "knx", *words)
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", "9/8/1: the middle group is 8\n")


def test_a_table_without_telegrams_has_no_heads_but_a_spreadsheet_has_them(bridge):
    lists(bridge, telegrams=[])
    result = command(bridge, "knx", "monitor")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "no such telegram has passed\n")
    assert command(bridge, "knx", "monitor", "--csv").stdout.startswith("time,source,destination")


def test_the_help_of_the_group_names_every_verb():
    said = CliRunner().invoke(main, ["knx", "--help"]).stdout
    assert all(f"  {verb} " in said for verb in ("scan", "bus", "monitor", "read", "write", "inputs"))
