"""A table as text: RFC 4180, or what spreadsheets in Germany and the Netherlands open with the right numbers."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Final

from knx_ocpp_bridge.report.columns import COLUMNS, Cell, Column
from knx_ocpp_bridge.report.harmless import harmless, legible
from knx_ocpp_bridge.report.languages import MANNERS, Language, number, time
from knx_ocpp_bridge.report.prices import Line

_LINES_AT_ONCE: Final = 200


def text_table(
    lines: Iterable[Line], language: Language, zone: tzinfo, columns: Sequence[Column] = COLUMNS
) -> Iterator[bytes]:
    """The whole file in pieces, its heading first: UTF-8, CRLF, quotes where they are needed.

    Numbers have nothing but digits and the decimal mark; texts that could be formulas are made harmless.
    """
    manner = MANNERS[language]
    page = io.StringIO(newline="")
    page.write("\ufeff" if manner.byte_order_mark else "")
    table = csv.writer(page, delimiter=manner.delimiter, lineterminator="\r\n")
    table.writerow([column.heading(language) for column in columns])
    for count, line in enumerate(lines, 1):
        table.writerow([_written(column.cell(line, language), language, zone) for column in columns])
        if count % _LINES_AT_ONCE == 0:
            yield _taken(page)
    yield _taken(page)


def _written(cell: Cell, language: Language, zone: tzinfo) -> str:
    match cell:
        case None:
            return ""
        case str():
            return harmless(legible(cell))
        case datetime():
            return time(cell, zone, language)
        case int() | Decimal():
            return number(cell, language)


def _taken(page: io.StringIO) -> bytes:
    text = page.getvalue()
    page.seek(0)
    page.truncate()
    return text.encode("utf-8", "replace")
