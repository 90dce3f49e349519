"""A workbook for spreadsheets: real numbers and times, texts that are never formulas, and a sheet of totals."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, BinaryIO, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from knx_ocpp_bridge.report.columns import COLUMNS, PRICED, Cell, Column, Kind
from knx_ocpp_bridge.report.harmless import legible
from knx_ocpp_bridge.report.languages import MANNERS, Language
from knx_ocpp_bridge.report.phrases import in_words
from knx_ocpp_bridge.report.prices import Line, Site
from knx_ocpp_bridge.report.rows import ERASED
from knx_ocpp_bridge.report.totals import Total, Totals

_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_NUMBERS: Final = {
    Kind.WHOLE: "0",
    Kind.KWH: "#,##0.000",
    Kind.MONEY: "#,##0.00",
    Kind.PRICE: "#,##0.00####",
}
_WORDS: Final = {
    Language.EN: ("Transactions", "Totals", "Id Tag", "Name", "Cost Centre", "Charge Point", "All"),
    Language.DE: ("Transaktionen", "Summen", "Karte", "Name", "Kostenstelle", "Ladepunkt", "Alle"),
    Language.NL: ("Transacties", "Totalen", "Pas", "Naam", "Kostenplaats", "Laadpunt", "Alle"),
}
_SUMS: Final = {
    Language.EN: ("Minutes", "Energy kWh", "Doubtful", "Amount"),
    Language.DE: ("Minuten", "Energie (kWh)", "Zweifelhaft", "Betrag"),
    Language.NL: ("Minuten", "Energie (kWh)", "Twijfelachtig", "Bedrag"),
}


@dataclass(frozen=True, slots=True)
class _Book:
    language: Language
    zone: tzinfo
    formats: dict[Kind, Format]
    head: Format


def spreadsheet(
    out: BinaryIO, lines: Iterable[Line], language: Language, site: Site, made_at: datetime, *, money: bool = False
) -> None:
    """Writes the workbook (Office Open XML) to `out`; holds one line and the totals at a time.

    `money`: with prices and amounts. Times are by the clocks of the site, as spreadsheets know no zones.
    """
    workbook = xlsxwriter.Workbook(out, _OPTIONS)
    workbook.set_properties({"title": site.name, "created": made_at.replace(tzinfo=None)})
    manner = MANNERS[language]
    formats = {kind: workbook.add_format({"num_format": form}) for kind, form in _NUMBERS.items()}
    formats[Kind.TEXT] = workbook.add_format({"num_format": "@"})
    formats[Kind.TIME] = workbook.add_format({"num_format": manner.spreadsheet_time})
    book = _Book(language, site.zone, formats, workbook.add_format({"bold": True, "text_wrap": True, "bottom": 1}))
    words = _WORDS[language]
    sheets = workbook.add_worksheet(words[0]), workbook.add_worksheet(words[1])
    sums = _transactions(sheets[0], book, lines, PRICED if money else COLUMNS)
    _sums(sheets[1], book, sums, money=money)
    workbook.close()


def _transactions(sheet: Worksheet, book: _Book, lines: Iterable[Line], columns: Sequence[Column]) -> Totals:
    sums = Totals()
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
    sheet.freeze_panes(1, 0)
    _row(sheet, book, 0, [(Kind.TEXT, column.heading(book.language)) for column in columns], head=True)
    last = 0
    for last, line in enumerate(lines, 1):
        sums.add(line)
        _row(sheet, book, last, [(column.kind, column.cell(line, book.language)) for column in columns])
    sheet.autofilter(0, 0, last, len(columns) - 1)
    return sums


def _sums(sheet: Worksheet, book: _Book, sums: Totals, *, money: bool) -> None:
    what, _, card, name, cost_centre, charger, everything = _WORDS[book.language]
    minutes, energy, doubtful, amount = _SUMS[book.language]
    sheet.set_column(0, 2, 22)
    sheet.set_column(3, 7, 14)
    blocks: tuple[tuple[tuple[str, str, str], Collection[Total]], ...] = (
        ((card, name, cost_centre), sums.cards.values()),
        ((charger, name, ""), sums.chargers.values()),
        ((cost_centre, "", ""), sums.cost_centres.values() if any(sums.cost_centres) else ()),
        ((everything, "", ""), (sums.all,)),
    )
    at = 0
    for first, totals in blocks:
        if not totals:
            continue
        heads = (*first, what, minutes, energy, doubtful, *((amount,) if money else ()))
        _row(sheet, book, at, [(Kind.TEXT, head) for head in heads], head=True)
        for below, total in enumerate(totals, 1):
            _row(sheet, book, at + below, list(_sum(total, book.language, money=money)))
        at += len(totals) + 2


def _sum(total: Total, language: Language, *, money: bool) -> Iterator[tuple[Kind, Cell]]:
    label = (in_words((part,), language) if part == ERASED else part for part in (*total.label, "", "", "")[:3])
    yield from ((Kind.TEXT, part) for part in label)
    yield Kind.WHOLE, total.transactions
    yield Kind.WHOLE, total.seconds // 60
    yield Kind.KWH, total.kwh
    yield Kind.WHOLE, total.doubtful
    if money:
        yield Kind.MONEY, total.amount


def _row(sheet: Worksheet, book: _Book, at: int, cells: Sequence[tuple[Kind, Cell]], *, head: bool = False) -> None:
    for column, (kind, cell) in enumerate(cells):
        form: Any = book.head if head else book.formats[kind]
        match cell:
            case None | "":
                pass
            case str():
                sheet.write_string(at, column, legible(cell), form)
            case datetime():
                sheet.write_datetime(at, column, cell.astimezone(book.zone).replace(tzinfo=None, microsecond=0), form)
            case int() | Decimal():
                sheet.write_number(at, column, float(cell), form)
