"""Failures, frames and the log on the command line, and how every look ends without an answer."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from knx_ocpp_bridge.cli.log import since
from knx_ocpp_bridge.cli.main import main
from knx_ocpp_bridge.control.protocol import (
    Ended,
    Failed,
    Listing,
    Request,
    Response,
)
from knx_ocpp_bridge.core.status import CommandResult
from tests.kit.played_bridge import PlayedBridge, command, lists


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[PlayedBridge]:
    playing = PlayedBridge(tmp_path / "control.sock")
    yield playing
    playing.close()


def failure(number: int, **more: object) -> dict:
    return {
        "number": number,
        "at": "2026-11-21T12:00:00+00:00",
        "peer": "10.0.0.9",
        "user_agent": "box/1",
        "path": "/NEW",
        "offered": "",
        "kind": "unauthorized",
        "reason": "it sends no user name and password",
        "remedy": "give it one",
        "times": 1,
        **more,
    }


def test_failures_say_what_happened_and_what_to_do(bridge):
    lists(bridge, failures=[failure(1), failure(2, times=5, remedy="")])
    lines = command(bridge, "failures").stdout.splitlines()
    assert lines[0].endswith("10.0.0.9  unauthorized: it sends no user name and password")
    assert lines[1:3] == ["    path /NEW, user agent box/1", "    -> give it one"]
    assert lines[3].endswith("(5 times)")
    assert [json.loads(line)["number"] for line in command(bridge, "failures", "--json").stdout.splitlines()] == [1, 2]


def test_no_failures_is_a_sentence_for_people_and_nothing_for_programs(bridge):
    lists(bridge, failures=[])
    assert "no connection has failed" in command(bridge, "failures").stdout
    assert command(bridge, "failures", "--json").stdout == ""


def frame(number: int, **more: object) -> dict:
    return {
        "number": number,
        "at": "2026-11-21T12:00:00.250Z",
        "direction": "in",
        "kind": "call",
        "action": "Heartbeat",
        "id": str(number),
        "duration_ms": None,
        "text": f'[2,"{number}","Heartbeat",\n{{}}]',
        **more,
    }


def test_a_trace_has_one_line_per_frame(bridge):
    result = {"direction": "out", "kind": "result", "duration_ms": 1.5, "text": "[3]"}
    lists(bridge, trace=[frame(1), frame(2, **result), frame(3, kind="unreadable", action=None, text="hi")])
    lines = command(bridge, "trace", "GARAGE").stdout.splitlines()
    assert lines[0].endswith('.250 <- Heartbeat [2,"1","Heartbeat", {}]')
    assert lines[1].endswith("-> Heartbeat.conf (1.5 ms) [3]")
    assert lines[2].endswith("<- unreadable hi")
    assert bridge.asked[0].options["tags"] is False


def test_all_pages_of_a_trace_are_shown_and_of_lines_only_the_last(bridge):
    lists(bridge, trace=[frame(number) for number in range(1, 1203)])
    assert len(command(bridge, "trace", "GARAGE", "--json").stdout.splitlines()) == 1202
    last = command(bridge, "trace", "GARAGE", "--lines", "3", "--json").stdout.splitlines()
    assert [json.loads(line)["number"] for line in last] == [1200, 1201, 1202]


def test_cards_are_asked_for_by_name(bridge):
    lists(bridge, trace=[])
    command(bridge, "trace", "GARAGE", "--tags")
    assert bridge.asked[0].options["tags"] is True


def test_following_goes_on_after_what_was_shown_until_the_bridge_is_gone(bridge):
    served = iter([[frame(1)], [frame(2)], [frame(3)]])

    def page(request: Request) -> Response:
        rows = next(served, None)
        return Failed("it is being stopped") if rows is None else Listing(tuple(rows), rows[-1]["number"])

    bridge.answers = page
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("knx_ocpp_bridge.cli.desk.PAGE", 1)
        result = command(bridge, "trace", "GARAGE", "--follow", "--json")
    assert [json.loads(line)["number"] for line in result.stdout.splitlines()] == [1, 2, 3]
    assert [request.options.get("after") for request in bridge.asked] == [None, 1, 2, 3]
    assert (result.exit_code, result.stderr.strip()) == (1, "it is being stopped")


def entry(number: int, **more: object) -> dict:
    return {
        "number": number,
        "at": "2026-11-21T12:00:00+00:00",
        "charger": "GARAGE",
        "connector": 1,
        "level": 20,
        "about": "StartTransaction",
        "text": f"line {number}",
        **more,
    }


def test_the_log_shows_the_last_lines_and_passes_its_filters_on(bridge):
    lists(bridge, log=[entry(number) for number in range(1, 151)])
    lines = command(bridge, "log", "--charger", "GARAGE", "--about", "StartTransaction").stdout.splitlines()
    assert len(lines) == 100
    assert lines[-1].endswith("GARAGE/1 StartTransaction: line 150")
    assert (bridge.asked[0].charger, bridge.asked[0].options["about"]) == ("GARAGE", "StartTransaction")


def test_of_the_log_as_many_lines_are_shown_as_are_asked_for(bridge):
    lists(bridge, log=[entry(number) for number in range(1, 151)])
    for option in ("-n", "--lines"):
        lines = command(bridge, "log", option, "7").stdout.splitlines()
        assert (len(lines), lines[-1][-8:]) == (7, "line 150")
    assert command(bridge, "log", "-n", "7", "--since", "2h").exit_code == 2
    assert command(bridge, "log", "-n", "501").exit_code == 2


def test_the_log_since_a_time_is_the_whole_log_from_then_on(bridge):
    lists(bridge, log=[entry(1, at="2026-11-20T12:00:00+00:00"), *(entry(number) for number in range(2, 200))])
    assert len(command(bridge, "log", "--since", "2026-11-21T00:00+00:00", "--json").stdout.splitlines()) == 198
    assert command(bridge, "log", "--since", "yesterday").exit_code == 2


def test_times_are_those_of_the_site_as_they_are_shown_and_as_they_are_typed(bridge):
    lists(bridge, zone="Pacific/Auckland", log=[entry(1, at="2026-11-20T10:59:00+00:00"), entry(2)])
    assert command(bridge, "log").stdout.splitlines()[0].startswith("2026-11-20 23:59:00 GARAGE/1")
    since_midnight = command(bridge, "log", "--since", "2026-11-21")
    assert [line[:19] for line in since_midnight.stdout.splitlines()] == ["2026-11-22 01:00:00"]


def test_ago_is_counted_from_now():
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert since("90m", now) == now - timedelta(minutes=90)
    assert since("7d", now) == now - timedelta(days=7)


def test_the_log_as_a_table_is_rfc_4180(bridge, tmp_path):
    lists(bridge, log=[entry(1, text='he said "no", then\nleft', connector=None), entry(2, text="Ü")])
    file = tmp_path / "log.csv"
    assert command(bridge, "log", "--csv", str(file)).exit_code == 0
    raw = file.read_bytes()
    assert raw.startswith(b"time,charger,connector,message type,message\r\n")
    rows = list(csv.reader(io.StringIO(raw.decode(), newline="")))
    assert rows[1] == ["2026-11-21T12:00:00+00:00", "GARAGE", "", "StartTransaction", 'he said "no", then\nleft']
    assert rows[2][4] == "Ü"
    again = command(bridge, "log", "--csv", str(file))
    assert (again.exit_code, "overwrite it with --force" in again.stderr) == (1, True)
    assert command(bridge, "log", "--csv", str(file), "--force").exit_code == 0
    assert command(bridge, "log", "--csv", "-", "--follow").exit_code == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-2+3+cmd|' \\C calc'!A0", "'-2+3+cmd|' \\C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("a;=1", "a;'=1"),
    ],
)
def test_nothing_that_a_charger_says_is_a_formula_of_the_table(bridge, text, told):
    lists(bridge, log=[entry(1, charger=text, about=text, text=text)])
    written = command(bridge, "log", "--csv", "-").stdout_bytes.decode()
    cells = list(csv.reader(io.StringIO(written, newline="")))[1]
    assert cells == ["2026-11-21T12:00:00+00:00", told, "1", told, told]


@pytest.mark.parametrize(
    "words",
    [
        ("call", "GARAGE", "ClearCache"),
        ("keys", "get", "GARAGE"),
        ("chargers", "list"),
        ("chargers", "show", "GARAGE"),
        ("chargers", "pending"),
        ("chargers", "reject", "GARAGE"),
        ("failures",),
        ("trace", "GARAGE"),
        ("log",),
        ("ca", "show"),
    ],
)
def test_an_answer_to_another_question_and_no_answer_at_all_have_their_exit_codes(bridge, tmp_path, words):
    bridge.answers = lambda _request: Ended(CommandResult.ACCEPTED, "")
    assert command(bridge, *words).exit_code == 1
    bridge.answers = lambda _request: Failed("there is no such charger")
    assert command(bridge, *words).exit_code == 1
    assert CliRunner().invoke(main, [*words, "--socket", str(tmp_path / "nobody.sock")]).exit_code == 5
