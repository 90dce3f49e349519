"""The health list: what is well is said in one row, and what is not says what to do."""

import string
from pathlib import Path
from typing import Any

import pytest

from knx_ocpp_bridge.control.health import FINDINGS, Check, Level
from knx_ocpp_bridge.core.events import LinkClosed
from knx_ocpp_bridge.core.step import AlarmKind
from knx_ocpp_bridge.core.values import LinkNumber
from tests.kit.caller import Caller
from tests.kit.front_desk import FrontDesk


@pytest.fixture
def desk(tmp_path: Path) -> FrontDesk:
    return FrontDesk(tmp_path)


def found(desk: FrontDesk, name: str) -> list[dict[str, Any]]:
    return [row for row in desk.shows("health").rows if row["finding"] == name]


def test_every_check_has_a_row_whatever_is_wrong(desk: FrontDesk):
    desk.papers.until = {"own": "2030-01-01"}
    assert {row["check"] for row in desk.shows("health").rows} >= {each.value for each in Check} - {"inputs"}


def test_what_is_wrong_stands_above_what_is_well(desk: FrontDesk):
    levels = [row["level"] for row in desk.shows("health").rows]
    order = [Level.TROUBLE.value, Level.NOTE.value, Level.GOOD.value]
    assert levels == sorted(levels, key=order.index)
    assert set(levels) == set(order)


def test_whatever_is_not_well_has_a_remedy():
    assert all(finding.remedy for finding in FINDINGS.values() if finding.level is not Level.GOOD)


def test_a_charger_that_has_not_come_since_the_start_is_told_where_to_dial(desk: FrontDesk):
    (row,) = found(desk, "charger_unheard")
    assert (row["charger"], row["check"]) == ("GARAGE", "chargers")
    assert "8016" in row["remedy"]


def test_a_charger_that_is_connected_is_well(desk: FrontDesk):
    desk.arrives("GARAGE")
    assert found(desk, "chargers_good")[0]["facts"] == {"count": "1"}


def test_a_charger_whose_line_is_gone_is_not_well(desk: FrontDesk):
    desk.arrives("GARAGE")
    garage = desk.roster.find("GARAGE")
    assert garage is not None
    desk.post(garage, LinkClosed(LinkNumber(1), "gone"))
    (row,) = found(desk, "charger_offline")
    assert row["text"] == "GARAGE is offline."


def test_a_charger_that_is_not_let_in_says_why(desk: FrontDesk):
    dialled = Caller("GARAGE", "10.0.0.9", "box/1")
    desk.roster.turned_away(dialled, "the password is wrong")
    (row,) = found(desk, "charger_refused")
    assert "the password is wrong" in row["text"]


def test_a_disk_that_refuses_is_trouble(desk: FrontDesk):
    desk.memory.trouble = "since 12:00 the disk refuses (full); entries that wait: 7"
    (row,) = found(desk, "disk_refuses")
    assert "entries that wait: 7" in row["text"]
    assert not found(desk, "disk_good")


@pytest.mark.parametrize(("free_mb", "name"), [(20, "disk_full"), (300, "disk_fills"), (900, "disk_good")])
def test_a_disk_is_judged_before_it_is_full(desk: FrontDesk, monkeypatch: pytest.MonkeyPatch, free_mb: int, name: str):
    class Usage:
        free = free_mb * 1_000_000

    monkeypatch.setattr("shutil.disk_usage", lambda _path: Usage)
    assert found(desk, name)[0]["facts"] == {"free": str(free_mb)}


def test_a_database_that_was_put_aside_is_not_forgotten(desk: FrontDesk, tmp_path: Path):
    (tmp_path / "bridge.db.corrupt-1").touch()
    assert "bridge.db.corrupt-1" in found(desk, "database_aside")[0]["text"]


def test_a_configuration_that_was_refused_says_what_to_correct(desk: FrontDesk):
    desk.refused = ("bridge.yaml:3: chargers: this is not YAML; compare it",)
    (row,) = found(desk, "configuration_refused")
    assert "bridge.yaml:3" in row["text"]
    assert not found(desk, "configuration_good")


@pytest.mark.parametrize("whose", ["own", "imported"])
@pytest.mark.parametrize(
    ("until", "name"),
    [("2027-11-21", "certificates_good"), ("2026-12-10", "certificate_ends"), ("2026-11-20", "certificate_ended")],
)
def test_a_certificate_is_judged_by_its_end(desk: FrontDesk, whose: str, until: str, name: str):
    desk.papers.until = {whose: until, "root": "2045-01-01"}
    assert found(desk, name)[0]["facts"]["until"] == until
    assert not found(desk, "root_ends")


def test_the_end_of_the_root_is_told_while_there_is_time_to_visit_every_charger(desk: FrontDesk):
    desk.papers.until = {"root": "2028-01-01"}
    assert found(desk, "root_ends")


def test_without_tls_there_is_nothing_to_end(tmp_path: Path):
    desk = FrontDesk(tmp_path, tls=False)
    assert found(desk, "tls_broken")  # ocpp.tls is both, and there is no keeper
    desk.path.write_text(desk.path.read_text() + "ocpp: {tls: 'off'}\n")
    desk.reload()
    assert found(desk, "tls_off")


def test_an_alarm_that_no_other_check_explains_stands_in_the_list(desk: FrontDesk):
    desk.alarms.own(AlarmKind.BUS, "no bus")
    assert found(desk, "alarms_good")
    desk.alarms.own(AlarmKind.FAULT, "ground failure")
    assert found(desk, "alarm_stands")[0]["text"] == "ground failure"


def test_a_text_from_outside_is_no_format(desk: FrontDesk):
    desk.refused = ("100 %(charger)s %d",)
    assert "100 %(charger)s %d" in found(desk, "configuration_refused")[0]["text"]


def test_text_and_remedy_ask_for_the_same_facts_as_are_given():
    allowed = set(string.ascii_lowercase + "_")
    for finding in FINDINGS.values():
        for sentence in (finding.text, finding.remedy):
            names = [part.partition(")s")[0] for part in sentence.split("%(")[1:]]
            assert all(set(name) <= allowed for name in names)
            assert sentence.count("%") == len(names)
