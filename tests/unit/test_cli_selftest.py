"""The self-test by the command line, and its result on paper."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from knx_ocpp_bridge.control.protocol import Listing, Manage, Managed, Query
from knx_ocpp_bridge.core.selftest_trials import NAMES
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.report.selftest import TITLES, as_page
from tests.kit.played_bridge import PlayedBridge, command

EVIL = "<script>alert(1)</script>\x1b[2J"


def trial(name, outcome="passed", reason="good", *findings):
    return {
        "trial": name, "outcome": outcome, "reason": reason, "answer": "Accepted", "seconds": 0.5, "findings": findings,
    }  # fmt: skip


def result(**changes):
    return {
        "charger": "GARAGE", "connector": 1, "name": "Garage", "site": "Villa", "vendor": "ACME", "model": "Box",
        "serial": "S1", "firmware": "1.2", "version": "0.1.0", "by": "CLI", "began_at": "2026-11-21T12:00:00+00:00",
        "ended_at": "2026-11-21T12:01:00+00:00", "state": "over", "doing": "", "to_come": [], "passed": 1, "failed": 0,
        "not_tried": 1, "not_seen": 0, "transaction": None, "left": [],
        "trials": [trial("connection"), trial("start", "not tried", "no car is plugged in")],
    } | changes  # fmt: skip


class Played:
    """A bridge whose self-test has this result."""

    def __init__(self, path: Path) -> None:
        self.bridge = PlayedBridge(path)
        self.begun = Managed(True, ("the self-test of GARAGE/1 has begun",))
        self.row: dict | None = result()
        self.bridge.answers = self._answer

    def _answer(self, request):
        if isinstance(request, Query):
            return Listing(() if self.row is None else (self.row,), 0, "Europe/Amsterdam")
        return self.begun


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    playing = Played(tmp_path / "control.sock")
    yield playing
    playing.bridge.close()


def test_each_trial_is_a_line_and_the_end_says_how_many(played):
    ended = command(played.bridge, "selftest", "GARAGE")
    assert ended.exit_code == 0
    assert "pass  connection  good (0.5 s)" in ended.stdout
    assert "-     start       no car is plugged in" in ended.stdout
    assert "passed: 1, failed: 0, not seen: 0, not tried: 1" in ended.stdout
    assert played.bridge.asked[0] == Manage("selftest", "GARAGE", {"connector": 1})


def test_a_failure_or_what_could_not_be_put_back_ends_with_1(played):
    played.row = result(failed=1)
    assert command(played.bridge, "selftest", "GARAGE/2").exit_code == 1
    played.row = result(left=["the charge that it has begun goes on"])
    ended = command(played.bridge, "selftest", "GARAGE")
    assert ended.exit_code == 1
    assert "goes on" in ended.stdout


def test_it_is_refused_while_somebody_charges(played):
    played.begun = Managed(False, ("somebody charges here",), CommandResult.NOT_ALLOWED_NOW)
    ended = command(played.bridge, "selftest", "GARAGE")
    assert (ended.exit_code, ended.stderr.strip()) == (4, "somebody charges here")


def test_the_report_is_a_page_or_text_by_the_name_of_its_file(played, tmp_path):
    page, text = tmp_path / "garage.html", tmp_path / "garage.txt"
    command(played.bridge, "selftest", "GARAGE", "--last", "--report", str(page))
    command(played.bridge, "selftest", "GARAGE", "--last", "--report", str(text))
    assert page.read_text().startswith("<!doctype html>")
    assert "Europe" not in page.read_text()
    assert "2026-11-21 13:00:00" in page.read_text()
    lines = text.read_text().splitlines()
    assert lines[0] == "Self-test of Garage, connector 1"
    assert any(line.startswith("not tried   Start") for line in lines)
    assert not [one for one in played.bridge.asked if isinstance(one, Manage)]


def test_there_may_be_no_result_yet_or_no_place_for_a_file(played, tmp_path):
    failed = command(played.bridge, "selftest", "GARAGE", "--last", "--report", str(tmp_path / "no" / "x.html"))
    assert "cannot be written" in failed.stderr
    played.row = None
    assert "no self-test" in command(played.bridge, "selftest", "GARAGE", "--last").stderr


def test_programs_get_the_row(played):
    ended = command(played.bridge, "selftest", "GARAGE", "--json")
    assert json.loads(ended.stdout)["passed"] == 1


def test_what_a_charger_calls_itself_is_text_on_paper():
    row = result(vendor=EVIL, trials=[trial("status", "failed", EVIL, EVIL)])
    page = as_page(row, str)
    assert "<script" not in page
    assert "\x1b" not in page
    assert "&lt;script&gt;" in page


def test_every_trial_has_a_title():
    assert set(TITLES) == set(NAMES)
