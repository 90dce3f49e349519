"""The object table as the ETS shows a device: to print, to hand over, to tick off. Pure."""

import csv
import html
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.config.addresses import AddressStyle, format_address
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.table import receiving_flags, sending_flags
from knx_ocpp_bridge.ets import speech
from knx_ocpp_bridge.ets.naming import Naming
from knx_ocpp_bridge.ets.sizes import in_words

FLAGS: Final = "CRWTUI"
"""Communication, read, write, transmit, update, read on init."""

_HEADS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("No.", "Charger", "Object", "Function", "Group addresses", "Length", "DPT"),
    "de": ("Nr.", "Ladepunkt", "Objekt", "Funktion", "Gruppenadressen", "Länge", "DPT"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One group object of the device that the bridge stands for: one direction of one object."""

    number: int
    owner: str
    name: str
    """The key in the configuration, with `state` or `command` where one key is two objects."""
    function: str
    addresses: tuple[str, ...]
    dpt: str
    flags: str
    """Of `CRWTUI`, those that are set."""


def rows(
    objects: Iterable[BoundObject], style: AddressStyle, names: Mapping[str, str], language: str = "en"
) -> Iterator[Row]:
    """In the order of the configuration; what is sent stands before what is received. `names` by charger id."""
    number, naming = 0, Naming(names, language=language)
    for bound in objects:
        for sends in (True, False):
            addresses = _addresses(bound, sends=sends)
            if not addresses:
                continue
            number += 1
            shown = tuple(format_address(address, style) for address in addresses)
            flags = sending_flags(respond_to_read=bound.respond_to_read)
            if not sends:
                flags = receiving_flags(bound.row, read_on_init=bound.read_on_init)
            way = speech.way(bound.row, sends=sends)
            yield Row(
                number,
                naming.owner(bound),
                f"{bound.row.key} {speech.word(way, language)}" if way else bound.row.key,
                speech.function(bound, language),
                shown,
                bound.dpt,
                flags.replace(" ", ""),
            )


def _addresses(bound: BoundObject, *, sends: bool) -> tuple[int, ...]:
    if not sends:
        return bound.addresses
    return () if bound.state_address is None else (bound.state_address,)


def cells(row: Row, language: str) -> tuple[str, ...]:
    """As they stand below the heads: one more column for each flag, with its letter in this language, or empty."""
    letters = speech.FLAGS[language]
    flags = (letters[place] if flag in row.flags else "" for place, flag in enumerate(FLAGS))
    fixed = (
        str(row.number),
        row.owner,
        row.name,
        row.function,
        ", ".join(row.addresses),
        in_words(row.dpt, language),
        row.dpt,
    )
    return (*fixed, *flags)


def heads(language: str) -> tuple[str, ...]:
    """The words above the columns, in English or German as the ETS has them."""
    return (*_HEADS[language], *speech.FLAGS[language])


def as_markdown(table: Iterable[Row], language: str) -> str:
    """For documentation."""
    lines = [heads(language), *(cells(row, language) for row in table)]
    written = ["| " + " | ".join(_in_a_cell(cell) for cell in line) + " |" for line in lines]
    return "\n".join((written[0], "|" + "---|" * len(lines[0]), *written[1:])) + "\n"


def _in_a_cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def as_csv(table: Iterable[Row], language: str, harmless: Callable[[str], str]) -> str:
    """RFC 4180 with semicolons; `harmless` makes of a cell what a spreadsheet does not calculate."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(heads(language))
    writer.writerows([harmless(cell) for cell in cells(row, language)] for row in table)
    return "\ufeff" + out.getvalue()


_STYLE: Final = (
    "body{font:10pt sans-serif}table{border-collapse:collapse;width:100%}thead{display:table-header-group}"
    "tr{break-inside:avoid}th,td{border:1px solid #999;padding:2px 5px;text-align:left;vertical-align:top}"
    "@page{size:A4 landscape;margin:12mm}"
)


def as_html(table: Iterable[Row], language: str, title: str) -> str:
    """One page to print on A4 across; heads are repeated on every sheet."""
    head = _line("th", heads(language))
    body = "\n".join(_line("td", cells(row, language)) for row in table)
    name = html.escape(title)
    return (
        f'<!doctype html>\n<html lang="{language}"><meta charset="utf-8"><title>{name}</title><style>{_STYLE}</style>\n'
        f"<h1>{name}</h1>\n<table><thead>{head}</thead>\n<tbody>\n{body}\n</tbody></table></html>\n"
    )


def _line(tag: str, row: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row) + "</tr>"
