"""What was charged, on the command line: which rows are asked for, how they are shown, and the files."""

import csv
import io
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from knx_ocpp_bridge.control.protocol import Failed, Query
from tests.kit.bills import from_to, listed
from tests.kit.played_bridge import PlayedBridge, command, lists

PLACE = {
    "name": "Villa Linde",
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "prices": {"2026": {"price": "0.34", "basis": "Contract"}},
    "cards": [],
}
CARD = {"id_tags": ["04A1B2C3D4E5F6", "F6E5D4C3B2A104"], "name": "Family", "group": None, "cost_centre": "", "note": ""}


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[PlayedBridge]:
    playing = PlayedBridge(tmp_path / "control.sock")
    yield playing
    playing.close()


def session(number: int, **more: object) -> dict:
    row = listed(number, transactions=[number, number + 1], session=number, **more)
    del row["transaction"]
    return row


def asked(bridge: PlayedBridge, topic: str) -> Query:
    (query,) = [each for each in bridge.asked if isinstance(each, Query) and each.topic == topic][:1]
    return query


def test_a_session_is_one_line_with_all_its_transactions(bridge):
    lists(bridge, report=[PLACE], sessions=[session(7, marks=["assumed"]), session(9, name="", id_tag="…9F31")])
    head, first, second = command(bridge, "sessions").stdout.splitlines()
    assert head.split() == ["start", "charger", "who", "time", "kWh", "number", "started", "by", "end", "marks"]
    assert first.split() == ["2026-10-02", "17:41", "GARAGE/1", "Family", "2:00", "12.345", "7,", "8", "card",
                             "EVDisconnected", "assumed"]  # fmt: skip
    assert "…9F31" in second
    assert asked(bridge, "sessions").options["newest"] is True


def test_each_transaction_is_one_line_if_it_is_wanted(bridge):
    lists(bridge, report=[PLACE], transactions=[listed(7), listed(8)])
    assert len(command(bridge, "sessions", "--each").stdout.splitlines()) == 3


def test_what_runs_still_is_open(bridge):
    running = session(1, stopped_at=None, seconds=None, energy_wh=None, reason=None)
    lists(bridge, report=[PLACE], sessions=[running])
    assert command(bridge, "sessions").stdout.splitlines()[1].split()[4:6] == ["-", "-"]
    assert " open " in command(bridge, "sessions").stdout


def test_nothing_is_said_in_words_and_to_programs_not_at_all(bridge):
    lists(bridge, report=[PLACE], sessions=[])
    assert command(bridge, "sessions").stdout == "nothing was charged\n"
    assert command(bridge, "sessions", "--json").stdout == ""


def test_a_month_is_that_of_the_site_and_shown_as_a_whole(bridge):
    lists(bridge, report=[PLACE], sessions=[session(number) for number in range(1, 601)])
    result = command(bridge, "sessions", "--month", "2026-10", "--json")
    assert [json.loads(line)["number"] for line in result.stdout.splitlines()] == list(range(1, 601))
    options = asked(bridge, "sessions").options
    assert (options["since"], options["until"]) == ("2026-09-30T22:00:00+00:00", "2026-10-31T23:00:00+00:00")


def test_a_date_is_that_of_the_site(bridge):
    lists(bridge, report=[PLACE], sessions=[])
    command(bridge, "sessions", "--since", "2026-10-01", "--until", "2026-11-01", "--charger", "GARAGE")
    query = asked(bridge, "sessions")
    assert query.charger == "GARAGE"
    assert query.options["since"] == "2026-09-30T22:00:00+00:00"
    assert query.options["until"] == "2026-10-31T23:00:00+00:00"


def test_whose_it_is_the_bridge_is_asked(bridge):
    lists(bridge, report=[PLACE], sessions=[])
    command(bridge, "sessions", "--tag", "family")
    assert asked(bridge, "sessions").options["tag"] == "family"
    bridge.asked.clear()
    command(bridge, "sessions", "--cost-centre", "4711", "--group", "FLEET")
    options = asked(bridge, "sessions").options
    assert (options["cost_centre"], options["group"]) == ("4711", "FLEET")


def test_what_came_late_stands_where_it_began(bridge):
    late = session(9, **from_to("2026-10-01T08:00:00+02:00", "2026-10-01T09:00:00+02:00"))
    lists(bridge, report=[PLACE], sessions=[session(7), late])
    _, first, second = command(bridge, "sessions").stdout.splitlines()
    assert (first.split()[0], second.split()[0]) == ("2026-10-01", "2026-10-02")


def test_signed_values_of_a_month_are_lines_of_json_or_a_file_for_each_transaction(bridge, tmp_path):
    values = [{"number": 1, "at": None, "context": "Transaction.End", "text": "OCMF|{}"}]
    lists(bridge, report=[PLACE], transactions=[listed(1), listed(2, signed=1), listed(3, signed=1)], signed=values)
    lines = command(bridge, "sessions", "signed", "--month", "2026-10").stdout.splitlines()
    assert [json.loads(line)["transaction"] for line in lines] == [2, 3]
    assert json.loads(lines[0])["text"] == "OCMF|{}"
    result = command(bridge, "sessions", "signed", "--month", "2026-10", "--output", str(tmp_path))
    assert f"{tmp_path}: 2 files written" in result.stderr
    assert (tmp_path / "2026-10-GARAGE-2.txt").read_text() == "OCMF|{}\n"
    assert command(bridge, "sessions", "signed", "GARAGE").exit_code == 2
    lists(bridge, report=[PLACE], transactions=[listed(1)])
    assert command(bridge, "sessions", "signed", "--month", "2026-10").exit_code == 1


def test_a_file_says_how_many_rows_it_got(bridge, tmp_path):
    lists(bridge, report=[PLACE], transactions=[listed(number) for number in range(1, 602)])
    for form in ("csv", "xlsx", "json"):
        file = tmp_path / f"october.{form}"
        result = command(bridge, "sessions", "export", "--format", form, "--output", str(file))
        assert result.stderr == f"{file}: 601 transactions written\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--month", "10/2026"], "write a month like 2026-10, or last"),
        (["--month", "2026-10", "--since", "7d"], "--month goes with neither --since nor --until"),
        (["--since", "yesterday"], "write how long ago"),
        (["--since", "1d", "--until", "7d"], "--since is not before --until"),
        (["--newest", "0"], "0 is not in the range"),
    ],
)
def test_what_makes_no_sense_is_told(bridge, words, why):
    lists(bridge, report=[PLACE], sessions=[])
    result = command(bridge, "sessions", *words)
    assert (result.exit_code, why in result.stderr) == (2, True)


def export(bridge: PlayedBridge, *words: str) -> bytes:
    result = command(bridge, "sessions", "export", *words)
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


def test_an_export_is_masked_unless_whole_tags_are_wanted(bridge):
    lists(bridge, report=[PLACE], transactions=[listed(1)])
    export(bridge)
    assert asked(bridge, "transactions").options["tags"] is False
    bridge.asked.clear()
    export(bridge, "--whole-tags")
    assert asked(bridge, "transactions").options["tags"] is True


def test_csv_goes_to_stdout_and_has_every_row(bridge):
    lists(bridge, report=[PLACE], transactions=[listed(number) for number in range(1, 1202)])
    rows = list(csv.DictReader(io.StringIO(export(bridge).decode(), newline="")))
    assert [int(row["Transaction Id"]) for row in rows] == list(range(1, 1202))


def test_a_german_file_opens_in_a_german_spreadsheet(bridge, tmp_path):
    lists(bridge, report=[PLACE], transactions=[listed(1)])
    file = tmp_path / "oktober.csv"
    export(bridge, "--format", "csv-de", "--output", str(file))
    (row,) = csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline=""), delimiter=";")
    assert (row["Energie (kWh)"], row["Beginn"]) == ("12,345", "02.10.2026 17:41:07")


def test_a_workbook_opens_and_needs_a_file(bridge, tmp_path):
    lists(bridge, report=[PLACE], transactions=[listed(1, name="=cmd|' /C calc'!A0")])
    file = tmp_path / "october.xlsx"
    export(bridge, "--format", "xlsx", "--output", str(file))
    assert openpyxl.load_workbook(file)["Transactions"]["K2"].data_type == "s"
    assert command(bridge, "sessions", "export", "--format", "xlsx").exit_code == 2


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_one_array_of_the_rows_as_they_are(bridge, count):
    rows = [listed(number, name="Ü\x1b[2J") for number in range(1, count + 1)]
    lists(bridge, report=[PLACE], transactions=rows)
    written = export(bridge, "--format", "json")
    assert json.loads(written) == rows
    assert b"\x1b" not in written


def test_what_has_not_ended_is_in_no_month(bridge):
    lists(bridge, report=[PLACE], transactions=[])
    export(bridge, "--month", "2026-10")
    export(bridge)
    opened = [each.options["open"] for each in bridge.asked if isinstance(each, Query) and each.topic == "transactions"]
    assert opened == [False, True]


def test_a_file_is_its_owner_s_alone_and_never_written_over_another(bridge, tmp_path):
    lists(bridge, report=[PLACE], transactions=[listed(1)])
    file = tmp_path / "october.csv"
    export(bridge, "--output", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    lists(bridge, report=[PLACE], transactions=[listed(2)])
    refused = command(bridge, "sessions", "export", "--output", str(file))
    assert (refused.exit_code, "--force" in refused.stderr, file.read_bytes()) == (1, True, before)
    export(bridge, "--output", str(file), "--force")
    assert file.read_bytes() != before


def test_an_export_that_breaks_off_leaves_nothing_behind(bridge, tmp_path):
    lists(bridge, report=[PLACE], transactions=[listed(1), {"number": 2, "of": "another version"}])
    file = tmp_path / "papers" / "october.csv"
    file.parent.mkdir()
    result = command(bridge, "sessions", "export", "--output", str(file))
    assert (result.exit_code, "another version" in result.stderr) == (1, True)
    assert list(file.parent.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(bridge, tmp_path):
    lists(bridge, report=[PLACE], transactions=[])
    result = command(bridge, "sessions", "export", "--output", str(tmp_path / "nowhere" / "october.csv"))
    assert (result.exit_code, "cannot be written" in result.stderr) == (1, True)


def test_signed_values_are_written_untouched(bridge, tmp_path):
    text = 'OCMF|{"FV":"1.0","GI":"Ä =cmd"}|{"SD":"30=="}'
    lists(bridge, signed=[{"number": 1, "at": None, "context": "Transaction.Begin", "text": text}])
    file = tmp_path / "7.ocmf"
    command(bridge, "sessions", "signed", "GARAGE", "7", "--output", str(file))
    assert file.read_bytes() == f"{text}\n".encode()
    query = asked(bridge, "signed")
    assert (query.charger, query.options) == ("GARAGE", {"transaction": 7})
    told = json.loads(command(bridge, "sessions", "signed", "GARAGE", "7", "--json").stdout)
    assert (told["context"], told["text"]) == ("Transaction.Begin", text)


def test_no_signed_values_are_no_file(bridge, tmp_path):
    lists(bridge, signed=[])
    file = tmp_path / "7.ocmf"
    result = command(bridge, "sessions", "signed", "GARAGE", "7", "--output", str(file))
    assert (result.exit_code, file.exists()) == (1, False)
    assert "there are no signed values of transaction 7 of GARAGE" in result.stderr


def test_a_curve_is_a_table_by_the_clocks_of_the_site(bridge):
    points = [
        {"number": 60, "at": "2026-10-25T00:30:00+00:00", "energy_wh": 1234567, "power_w": None, "current_a": 15.9},
        {"number": 120, "at": "2026-10-25T01:30:00+00:00", "energy_wh": 1234600, "power_w": 11000, "current_a": None},
    ]
    lists(bridge, report=[PLACE], samples=points)
    written = command(bridge, "sessions", "curve", "GARAGE", "7").stdout_bytes.decode()
    assert written.split("\r\n") == [
        "at,energy_wh,power_w,current_a",
        "2026-10-25T02:30:00+02:00,1234567,,15.9",
        "2026-10-25T02:30:00+01:00,1234600,11000,",
        "",
    ]


def test_a_charge_across_the_clock_change_shows_how_long_it_took(bridge):
    night = from_to("2026-10-25T01:00:00+02:00", "2026-10-25T04:00:00+01:00")
    lists(bridge, report=[PLACE], sessions=[session(1, **night)])
    assert command(bridge, "sessions").stdout.splitlines()[1].split()[4] == "4:00"


def test_a_curve_that_is_refused_has_no_head(bridge):
    refusal = Failed("there is no transaction 99 of GARAGE")
    lists(bridge, report=[PLACE])
    building = bridge.answers
    bridge.answers = lambda request: building(request) if request.topic == "report" else refusal
    result = command(bridge, "sessions", "curve", "GARAGE", "99")
    assert (result.exit_code, result.stdout) == (1, "")
