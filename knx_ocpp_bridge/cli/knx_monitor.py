"""`knx monitor`: the group telegrams of the last hours, and those that come."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Final

import click

from knx_ocpp_bridge.cli.desk import PAGE, Row, follow_option, pages
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import UNKNOWN, dump, json_option, shown, site_zone
from knx_ocpp_bridge.control.protocol import Query
from knx_ocpp_bridge.report.harmless import harmless

_BEFORE: Final = 20
"""Telegrams shown before those that are followed."""
_HEADS: Final = ("time", "source", "destination", "name", "type", "dpt", "payload", "value")
_NUMBER: Final = re.compile(r"-?[0-9.]+(e[+-]?[0-9]+)?( [A-Za-zµ°%²³/]+)?")
_WIDTHS: Final = (23, 12, 11, 28, 18, 7, 11)
"""As columns of lines that are not known yet; what is longer pushes the rest."""


@click.command()
@click.option("--ga", "addresses", multiple=True, metavar="PATTERN", help="Only this group address: 9/7/1, or 9/7/*.")
@click.option("--source", default="", metavar="IA", help="Only telegrams from this individual address, e.g. 1.1.5.")
@click.option("--ours", is_flag=True, help="Only group addresses of the bridge's objects.")
@click.option("-n", "--lines", type=click.IntRange(0, PAGE), help="So many of the last telegrams; 0: all of them.")
@follow_option
@click.option("--csv", "as_csv", is_flag=True, help="As a table for a spreadsheet.")
@json_option
@socket_option
def monitor(
    addresses: Sequence[str], source: str, lines: int | None, socket: Path,
    *, ours: bool, follow: bool, as_csv: bool, as_json: bool,
) -> None:  # fmt: skip
    """Show the group telegrams of the bus, of the last 48 hours and the last 5000 at most, whoever they were for."""
    if as_csv and as_json:
        raise click.UsageError("either --csv or --json")
    sought = {"address": ",".join(addresses), "source": source, "ours": ours}
    newest = (_BEFORE if follow else 0) if lines is None else lines
    rows = pages(socket, Query("telegrams", "", sought), newest=newest, follow=follow)
    if follow and not any(sought.values()):
        rows = _missing(rows)
    for text in _texts(iter(rows), as_csv=as_csv, as_json=as_json):
        click.echo(text, nl=not as_csv)


def _texts(rows: Iterator[Row], *, as_csv: bool, as_json: bool) -> Iterator[str]:
    """The heads stand there once the bridge has answered, and above a table only if there is one."""
    first = next(rows, None)
    if as_csv:
        yield _record(_HEADS)
    elif first is not None and not as_json:
        yield _line(_HEADS)
    for row in () if first is None else chain((first,), rows):
        if as_json:
            yield dump(row)
        else:
            yield _record(_cells(row)) if as_csv else _line(_cells(row))
    if first is None and not (as_csv or as_json):
        click.echo("no such telegram has passed", err=True)


def _missing(rows: Iterable[Row]) -> Iterator[Row]:
    """The same rows; a word where telegrams were let go before anybody could look at them."""
    last = None
    for row in rows:
        if last is not None and row["number"] > last + 1:
            click.echo(f"{row['number'] - last - 1} telegrams are missing here: they came too fast to follow", err=True)
        last = row["number"]
        yield row


def _cells(row: Row) -> tuple[str, ...]:
    at = datetime.fromisoformat(row["at"]).astimezone(site_zone()).isoformat(" ", "milliseconds")[:23]
    value = row["value"] or (f"! {row['misfit']}" if row["misfit"] else "")
    failed = f"failed: {row['failure']}" if row["failure"] else ""
    texts = (
        row["source"] or "bridge",
        row["destination"],
        row["name"],
        row["type"],
        row["dpt"],
        row["payload"],
        ", ".join(filter(None, (value, failed))),
    )
    return (at, *(shown(text) for text in texts))


def _line(cells: Sequence[str]) -> str:
    *columns, last = (cell or UNKNOWN for cell in cells)
    return "  ".join((*(cell.ljust(width) for cell, width in zip(columns, _WIDTHS, strict=True)), last)).rstrip()


def _record(cells: Sequence[str]) -> str:
    """One line by RFC 4180."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(map(_harmless, cells))
    return text.getvalue()


def _harmless(cell: str) -> str:
    """A number with its unit stays what it is."""
    return cell if _NUMBER.fullmatch(cell) else harmless(cell)
