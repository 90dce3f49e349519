"""Workbooks, read back by another library."""

import io
from contextlib import closing
from decimal import Decimal

import openpyxl
import pytest

from knx_ocpp_bridge.report.languages import Language
from knx_ocpp_bridge.report.prices import Line, priced
from knx_ocpp_bridge.report.rows import row
from knx_ocpp_bridge.report.spreadsheet import spreadsheet
from tests.kit.bills import MADE_AT, SITE, listed

CMD = "=cmd|' /C calc'!A0"


def book(*lines: Line, language: Language = Language.EN, money: bool = False) -> openpyxl.Workbook:
    out = io.BytesIO()
    spreadsheet(out, lines, language, SITE, MADE_AT, money=money)
    return openpyxl.load_workbook(io.BytesIO(out.getvalue()))


def cells(sheet, number: int) -> dict:
    heads = [cell.value for cell in sheet[1]]
    return dict(zip(heads, sheet[number], strict=True))


def test_numbers_are_numbers_and_times_are_times_by_the_clocks_of_the_site():
    one = cells(book(Line(row(listed(7))))["Transactions"], 2)
    assert one["Start Meter Value"].value == 1063000
    assert one["Energy kWh"].value == 12.345
    assert one["Energy kWh"].number_format == "#,##0.000"
    assert one["Start Time"].value.isoformat() == "2026-10-02T17:41:07"
    assert one["Start Time"].is_date
    assert one["Transaction Id"].value == 7


def test_the_heading_stays_and_can_be_filtered():
    sheet = book(Line(row(listed())), Line(row(listed(2))))["Transactions"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:V3"
    assert sheet.column_dimensions["G"].width > 18


@pytest.mark.parametrize("text", [CMD, "+1", "-1", "@SUM(1)", "{=1}", "http://x", "123", "\t=1"])
def test_a_text_is_a_text_whatever_stands_in_it(text):
    workbook = book(Line(row(listed(name=text, id_tag=text, charger=text))))
    for sheet in workbook:
        for found in (cell for line in sheet for cell in line if cell.value == text):
            assert (found.data_type, found.hyperlink) == ("s", None)
    assert cells(workbook["Transactions"], 2)["Name"].value == text
    assert not [cell for sheet in workbook for line in sheet for cell in line if cell.data_type == "f"]


def test_the_totals_are_those_of_each_card_and_each_charge_point():
    other = {"id_tag": "B", "name": "Guest", "charger": "YARD", "charger_name": "Yard", "energy_wh": 1000}
    lines = [priced(row(each), SITE) for each in (listed(), listed(2), listed(3, **other, marks=["assumed"]))]
    sheet = book(*lines, money=True)["Totals"]
    rows = [[cell.value for cell in line] for line in sheet]
    assert rows[0] == ["Id Tag", "Name", "Cost Centre", "Transactions", "Minutes", "Energy kWh", "Doubtful", "Amount"]
    assert rows[1] == ["04A1B2C3D4E5F6", "Family", "4711", 2, 240, 24.69, 0, 8.4]
    assert rows[2] == ["B", "Guest", "4711", 1, 120, 1, 1, 0.34]
    assert ["GARAGE", "Garage", None, 2, 240, 24.69, 0, 8.4] in rows
    assert ["YARD", "Yard", None, 1, 120, 1, 1, 0.34] in rows
    assert ["Cost Centre", None, None, "Transactions", "Minutes", "Energy kWh", "Doubtful", "Amount"] in rows
    assert ["4711", None, None, 3, 360, 25.69, 1, 8.74] in rows
    assert rows[-1] == [None, None, None, 3, 360, 25.69, 1, 8.74]


def test_prices_and_amounts_are_there_where_they_are_wanted():
    line = priced(row(listed()), SITE)
    assert "Amount" not in cells(book(line)["Transactions"], 1)
    one = cells(book(line, money=True)["Transactions"], 2)
    assert Decimal(str(one["Price per kWh"].value)) == Decimal("0.34")
    assert Decimal(str(one["Amount"].value)) == Decimal("4.2")


@pytest.mark.parametrize(
    ("language", "sheet", "head", "form"),
    [
        (Language.DE, "Transaktionen", "Beginn", "dd.mm.yyyy hh:mm:ss"),
        (Language.NL, "Transacties", "Begin", "dd-mm-yyyy hh:mm:ss"),
    ],
)
def test_headings_and_dates_are_in_the_language(language, sheet, head, form):
    assert cells(book(Line(row(listed())), language=language)[sheet], 2)[head].number_format == form


def test_ten_thousand_transactions_fit():
    out = io.BytesIO()
    spreadsheet(out, (Line(row(listed(number))) for number in range(1, 10_001)), Language.EN, SITE, MADE_AT)
    with closing(openpyxl.load_workbook(io.BytesIO(out.getvalue()), read_only=True)) as workbook:
        numbers = [line[0] for line in workbook["Transactions"].iter_rows(min_col=10, max_col=10, values_only=True)]
        sums = next(workbook["Totals"].iter_rows(min_row=2, max_row=2, values_only=True))
    assert numbers == ["Transaction Id", *range(1, 10_001)]
    assert sums[3:6] == (10_000, 1_200_000, 123_450)


def test_an_empty_workbook_opens():
    workbook = book()
    assert workbook["Transactions"].max_row == 1
    assert workbook["Totals"]["D1"].value == "Transactions"
