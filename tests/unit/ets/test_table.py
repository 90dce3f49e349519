"""The object table as an installer prints it."""

import csv
import io

import pytest

from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.ets import table
from knx_ocpp_bridge.report.harmless import harmless
from tests.kit.knx_objects import bound

OBJECTS = (
    bound("charging", "9/7/1", "9/7/2", "0/0/9"),
    bound("status", "9/7/0", respond_to_read=False),
    bound("grid_power", None, "1/7/1", charger=None, connector=0, read_on_init=True),
    bound("online", "9/7/102", connector=0),
)


def rows(style=AddressStyle.THREE_LEVEL, names=None):
    return list(table.rows(OBJECTS, style, {"GARAGE": "Garage | <b>"} if names is None else names))


def test_each_direction_is_a_line_with_a_number_of_its_own():
    assert [(row.number, row.name, row.addresses) for row in rows()] == [
        (1, "charging state", ("9/7/1",)),
        (2, "charging command", ("9/7/2", "0/0/9")),
        (3, "status", ("9/7/0",)),
        (4, "grid_power", ("1/7/1",)),
        (5, "online", ("9/7/102",)),
    ]


def test_an_inverted_object_is_said_to_be_one():
    (row,) = table.rows((bound("charging", None, "9/7/2", invert=True),), AddressStyle.THREE_LEVEL, {})
    assert row.function.endswith(" (inverted: 0 on the bus means 1)")


def test_flags_are_those_that_the_ets_would_show():
    assert [row.flags for row in rows()] == ["CRT", "CW", "CT", "CWUI", "CRT"]


@pytest.mark.parametrize(
    ("language", "letters"), [("en", ["C", "R", "", "T", "", ""]), ("de", ["K", "L", "", "Ü", "", ""])]
)
def test_a_flag_has_its_column_and_its_letter_in_the_language_of_the_ets(language, letters):
    state = rows()[0]
    assert list(table.cells(state, language)[-6:]) == letters
    assert len(table.cells(state, language)) == len(table.heads(language))


def test_a_german_table_is_german_throughout():
    table_of = table.rows(OBJECTS, AddressStyle.THREE_LEVEL, {}, "de")
    cells = [table.cells(row, "de") for row in table_of]
    assert cells[0][:7] == (
        "1", "GARAGE 1", "charging Status", "Laden starten (1) oder beenden (0), und ob geladen wird", "9/7/1", "1 Bit",
        "1.010",
    )  # fmt: skip
    assert [(each[1], each[2], each[5]) for each in cells[1:4]] == [
        ("GARAGE 1", "charging Befehl", "1 Bit"),
        ("GARAGE 1", "status", "1 Byte"),
        ("Gebäude", "grid_power", "4 Byte"),
    ]


def test_whose_object_it_is_stands_in_words():
    assert [row.owner for row in rows(names={})] == ["GARAGE 1", "GARAGE 1", "GARAGE 1", "building", "GARAGE"]


def test_addresses_are_shown_in_the_style_of_the_project():
    assert rows(AddressStyle.TWO_LEVEL)[0].addresses == ("9/1793",)
    assert rows(AddressStyle.FREE)[0].addresses == ("20225",)


def test_a_name_cannot_break_the_table():
    assert "Garage \\| &lt;b> 1" in table.as_markdown(rows(), "en")
    page = table.as_html(rows(), "de", "Haus <1>")
    assert "Garage | &lt;b&gt; 1" in page
    assert "<title>Haus &lt;1&gt;</title>" in page


def test_a_spreadsheet_reads_the_csv_back_and_finds_no_formula():
    dangerous = list(table.rows(OBJECTS, AddressStyle.THREE_LEVEL, {"GARAGE": "=1+1"}))
    text = table.as_csv(dangerous, "en", harmless)
    assert text.startswith("\ufeff")
    read = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert read[0] == list(table.heads("en"))
    assert [line[1] for line in read[1:3]] == ["'=1+1 1", "'=1+1 1"]
    assert len(read) == 6
