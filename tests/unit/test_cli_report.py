"""The report of a month on the command line: for whom, in which form, and where it goes."""

import csv
import hashlib
import io
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader

from knx_ocpp_bridge.control.protocol import Query
from tests.kit.bills import listed
from tests.kit.played_bridge import PlayedBridge, command, lists

TAG = "04A1B2C3D4E5F6"
CARD = {"id_tags": [TAG], "name": "Family", "group": "FLEET-1234", "cost_centre": "4711", "note": "B-AB 123E"}
PLACE = {
    "name": "Villa Linde",
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "prices": {"2026": {"price": "0.34", "basis": "Contract"}},
    "cards": [CARD],
}
MASKED = {**CARD, "id_tags": ["…E5F6"], "who": "a1"}
ROWS = [
    listed(1, id_tag="…E5F6", who="a1"),
    listed(2, id_tag="…0001", name="", charger="YARD", charger_name="", who="b2"),
    listed(3, id_tag="…9999", name="Wall / switch", who="c3"),
]


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[PlayedBridge]:
    playing = PlayedBridge(tmp_path / "control.sock")
    lists(playing, report=[{**PLACE, "cards": [MASKED]}], transactions=ROWS)
    yield playing
    playing.close()


def report(bridge: PlayedBridge, *words: str) -> bytes:
    result = command(bridge, "report", "--month", "2026-10", *words)
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


def test_the_report_of_a_person_says_who_and_hides_the_card(bridge):
    told = re.sub(r"<[^>]+>|\s+", " ", report(bridge, "--tag", "Family", "--output", "-").decode())
    for word in ("Family", "…E5F6", "4711", "B-AB 123E", "Villa Linde", "October 2026"):
        assert word in told
    assert "FLEET-1234" in told
    building = next(each for each in bridge.asked if isinstance(each, Query) and each.topic == "report")
    assert building.options == {"tag": "Family", "everybody": False, "whole": False}
    query = next(each for each in bridge.asked if isinstance(each, Query) and each.topic == "transactions")
    assert query.options == {
        "tags": False,
        "open": False,
        "tag": "Family",
        "since": "2026-09-30T22:00:00+00:00",
        "until": "2026-10-31T23:00:00+00:00",
        "after": 0,
        "limit": 500,
    }


def test_whole_cards_are_shown_if_that_is_wanted(bridge):
    lists(bridge, report=[PLACE], transactions=[listed(1)])
    assert TAG.encode() in report(bridge, "--tag", "Family", "--whole-tags", "--output", "-")
    assert [each.options.get("whole", each.options.get("tags")) for each in bridge.asked] == [True, True]


def test_the_hash_on_paper_is_that_of_the_file(bridge, tmp_path):
    for language in ("en", "de", "nl"):
        file = tmp_path / f"{language}.csv"
        report(bridge, "--format", "csv", "--language", language, "--output", str(file))
        page = report(bridge, "--language", language, "--output", "-").decode()
        assert hashlib.sha256(file.read_bytes()).hexdigest() in page


def test_the_report_of_a_charger_names_it(bridge):
    page = report(bridge, "--charger", "garage", "--output", "-").decode()
    assert "Garage (GARAGE)" in page
    query = next(each for each in bridge.asked if isinstance(each, Query) and each.topic == "transactions")
    assert query.charger == "garage"
    assert "id_tags" not in query.options


def test_all_makes_one_for_everything_each_card_and_each_charger(bridge, tmp_path):
    folder = tmp_path / "reports"
    report(bridge, "--all", "--format", "csv", "--output", str(folder))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(file.name for file in folder.iterdir()) == [
        "2026-10-card-0001.csv",
        "2026-10-card-Family.csv",
        "2026-10-card-Wall-switch.csv",
        "2026-10-charger-GARAGE.csv",
        "2026-10-charger-YARD.csv",
        "2026-10.csv",
    ]
    sizes = {file.name: len(list(csv.reader(io.StringIO(file.read_text())))) - 1 for file in folder.iterdir()}
    assert (sizes["2026-10.csv"], sizes["2026-10-card-Family.csv"], sizes["2026-10-charger-GARAGE.csv"]) == (3, 1, 2)
    assert not [file for file in folder.iterdir() if TAG in file.read_text()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert command(
        bridge, "report", "--month", "2026-10", "--all", "--format", "csv", "--output", str(folder)
    ).exit_code


def test_a_name_cannot_leave_the_directory_or_take_the_file_of_another(bridge, tmp_path):
    names = ("../../etc/passwd", "..", "/", "A", "A")
    rows = [listed(number, id_tag=f"CARD-{number}000{number}", name=name) for number, name in enumerate(names, 1)]
    lists(bridge, report=[{**PLACE, "cards": []}], transactions=rows)
    folder = tmp_path / "reports"
    report(bridge, "--all", "--output", str(folder))
    assert len(list(folder.iterdir())) == 1 + len(names) + 1
    assert {"2026-10-card-A.html", "2026-10-card-A-2.html", "2026-10-card-etc-passwd.html"} < {
        file.name for file in folder.iterdir()
    }


def test_the_note_of_a_card_is_in_its_report_of_all(bridge, tmp_path):
    report(bridge, "--all", "--output", str(tmp_path / "reports"))
    assert "B-AB 123E" in (tmp_path / "reports" / "2026-10-card-Family.html").read_text()


def test_a_workbook_has_the_money(bridge, tmp_path):
    file = tmp_path / "october.xlsx"
    report(bridge, "--format", "xlsx", "--language", "de", "--output", str(file))
    sheet = openpyxl.load_workbook(file)["Transaktionen"]
    assert [cell.value for cell in sheet[1]][-2:] == ["Preis je kWh", "Betrag"]
    assert sheet.cell(2, 24).value == 4.2


def test_a_pdf_has_the_text_of_the_report(bridge, tmp_path):
    file = tmp_path / "october.pdf"
    report(bridge, "--format", "pdf", "--tag", "Family", "--output", str(file))
    assert "Charging report October 2026" in PdfReader(file).pages[0].extract_text()


def test_without_the_extra_a_pdf_is_refused_with_the_way_to_get_it(bridge, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    file = tmp_path / "october.pdf"
    result = command(bridge, "report", "--month", "2026-10", "--format", "pdf", "--output", str(file))
    assert (result.exit_code, file.exists()) == (1, False)
    assert "pip install knx-ocpp-bridge[pdf]" in result.stderr


def test_a_pdf_that_would_fill_the_memory_is_refused(bridge, tmp_path):
    lists(bridge, report=[PLACE], transactions=[listed(number) for number in range(1, 1002)])
    output = str(tmp_path / "october.pdf")
    result = command(bridge, "report", "--month", "2026-10", "--format", "pdf", "--output", output)
    assert (result.exit_code, "1000 transactions at most, these are 1001" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--month", "2026-13", "--output", "-"], "write a month like 2026-10, or last"),
        (["--cost-centre", "4711", "--group", "FLEET", "--output", "-"], "exclude each other"),
        (["--month", "2026-10"], "--output"),
        (["--month", "2026-10", "--tag", "A", "--charger", "B", "--output", "-"], "exclude each other"),
        (["--month", "2026-10", "--all", "--output", "-"], "only one report"),
        (["--month", "2026-10", "--format", "pdf", "--output", "-"], "only one report"),
    ],
)
def test_what_makes_no_sense_is_told(bridge, words, why):
    result = command(bridge, "report", *words)
    assert (result.exit_code, why in result.stderr) == (2, True)


def test_a_file_where_a_directory_is_wanted_is_told(bridge, tmp_path):
    file = tmp_path / "reports"
    file.write_text("")
    result = command(bridge, "report", "--month", "2026-10", "--all", "--output", str(file))
    assert (result.exit_code, "no directory to write into" in result.stderr) == (1, True)


def test_a_cost_centre_has_its_report_and_the_file_is_told(bridge, tmp_path):
    file = tmp_path / "4711.html"
    result = command(bridge, "report", "--month", "2026-10", "--cost-centre", "4711", "--output", str(file))
    assert result.stderr == f"{file}: 3 transactions written\n"
    assert bridge.asked[1].options["cost_centre"] == "4711"
    assert "All charge points and cards" not in file.read_text()


def test_the_last_month_is_meant_if_none_is_named(bridge):
    named = [
        command(bridge, "report", "--format", "csv", "--output", "-", *words) for words in ((), ("--month", "last"))
    ]
    assert [each.exit_code for each in named] == [0, 0]
    first, again = (each.options for each in bridge.asked if each.topic == "transactions")
    assert (first["since"], first["until"]) == (again["since"], again["until"])
    assert first["since"] < first["until"]
