"""`sessions`: what was charged, on the terminal and as files."""

import itertools
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final, TypeVar

import click

from knx_ocpp_bridge.cli.charged import (
    Asked,
    asked_options,
    month_option,
    named,
    place,
    query,
    transactions,
    whole_tags_option,
)
from knx_ocpp_bridge.cli.desk import PAGE, Row, look, pages
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.papers import force_option, new_file, put, written
from knx_ocpp_bridge.cli.tables import cell, dump, json_option, table
from knx_ocpp_bridge.control.protocol import Query
from knx_ocpp_bridge.report.languages import Language
from knx_ocpp_bridge.report.months import month as read
from knx_ocpp_bridge.report.prices import Line

_LAST: Final = 100
_HEADS: Final = ("start", "charger", "who", "time", "kWh", "number", "started by", "end", "marks")
_LANGUAGES: Final = {"csv": Language.EN, "csv-de": Language.DE, "csv-nl": Language.NL}
_CURVE: Final = ("at", "energy_wh", "power_w", "current_a")
_NO_NAME: Final = re.compile(r"[^\w.-]+")
_FORMATS: Final = (*_LANGUAGES, "xlsx", "json")

_Each = TypeVar("_Each")

transaction_argument = click.argument("transaction", metavar="TRANSACTION", type=int)
output_option = click.option(
    "--output", type=click.Path(dir_okay=False, allow_dash=True), default="-", help="The file; left out: stdout."
)


@click.group(invoke_without_command=True)
@asked_options
@click.option("--newest", metavar="N", type=click.IntRange(1, PAGE), help="So many of the last.")
@click.option("--each", is_flag=True, help="One line a transaction, not one a session.")
@json_option
@socket_option
@click.pass_context
def sessions(
    context: click.Context,
    *,
    asked: Asked,
    newest: int | None,
    socket: Path,
    each: bool,
    as_json: bool,
) -> None:
    """Show what was charged, the last 100 sessions; all of a period with --month, --since or --until.

    A session is everything from plugging in to unplugging. A session counts where it ends.
    """
    if context.invoked_subcommand is not None:
        return
    at = place(socket)
    what = query("transactions" if each else "sessions", asked, at)
    whole_period = asked.begin or asked.end or asked.month
    rows = pages(socket, what, newest=newest or (0 if whole_period else _LAST))
    if as_json:
        for row in rows:
            click.echo(dump(row))
        return
    lines = [_line(row, at.site.zone) for row in sorted(rows, key=lambda row: row["started_at"] or "")]
    click.echo("\n".join(table(_HEADS, lines)) if lines else "nothing was charged")


def _line(row: Row, zone: tzinfo) -> tuple[str, ...]:
    numbers = row.get("transactions") or [row["transaction"]]
    energy = row["energy_wh"]
    seconds = row["seconds"]
    return (
        _time(row["started_at"], zone),
        cell(f"{row['charger']}/{row['connector']}"),
        cell(named(row)),
        cell(None if seconds is None else f"{seconds // 3600}:{seconds // 60 % 60:02}"),
        cell(None if energy is None else f"{energy / 1000:.3f}"),
        cell([str(number) for number in numbers]),
        cell(row["started_by"]),
        cell(row["reason"] if row["stopped_at"] else "open"),
        cell(row["marks"]),
    )


def _time(written: str | None, zone: tzinfo) -> str:
    return "-" if written is None else datetime.fromisoformat(written).astimezone(zone).strftime("%Y-%m-%d %H:%M")


@sessions.command()
@asked_options
@click.option("--format", "form", type=click.Choice(_FORMATS), default="csv", show_default=True, help="What to write.")
@output_option
@whole_tags_option
@force_option
@socket_option
def export(
    *,
    asked: Asked,
    form: str,
    output: str,
    socket: Path,
    whole_tags: bool,
    force: bool,
) -> None:
    """Write transactions as a file: CSV (RFC 4180, German, Dutch), XLSX or JSON."""
    if form == "xlsx" and output == "-":
        raise click.UsageError("xlsx needs a file: --output FILE")
    at = place(socket)
    what = query("transactions", asked, at, tags=whole_tags, open_too=not asked.month)
    count = itertools.count()
    if form == "json":
        put(output, _json(_counted(pages(socket, what), count)), force=force)
    elif form == "xlsx":
        from knx_ocpp_bridge.report.spreadsheet import spreadsheet

        lines = (Line(row) for row in _counted(transactions(socket, what), count))
        with new_file(Path(output), force=force) as file:
            spreadsheet(file, lines, Language.EN, at.site, datetime.now(UTC))
    else:
        from knx_ocpp_bridge.report.text_table import text_table

        lines = (Line(row) for row in _counted(transactions(socket, what), count))
        put(output, text_table(lines, _LANGUAGES[form], at.site.zone), force=force)
    written(output, next(count))


def _counted(rows: Iterable[_Each], count: "itertools.count[int]") -> Iterator[_Each]:
    for row in rows:
        next(count)
        yield row


def _json(rows: Iterable[Row]) -> Iterator[bytes]:
    """One array, one row a line."""
    before = "[\n"
    for row in rows:
        yield (before + dump(row)).encode("utf-8")
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


@sessions.command()
@click.argument("charger", default="")
@click.argument("transaction", type=int, required=False)
@month_option
@click.option(
    "--output",
    type=click.Path(allow_dash=True),
    default="-",
    help="The file, or of a month a directory; left out: stdout.",
)
@force_option
@json_option
@socket_option
def signed(
    *, charger: str, transaction: int | None, month: str, output: str, socket: Path, force: bool, as_json: bool
) -> None:
    """Write signed meter values as the charger sent them (OCMF), one a line: of a transaction or of a month.

    Of a month, a directory gets a file for each transaction, and a file one JSON object a line. All of it is logged.
    """
    if bool(month) is (transaction is not None):
        raise click.UsageError("name a charger and a transaction, or a --month")
    if month:
        _signed_month(socket, Asked(charger, month=month), output, force=force)
        return
    rows = look(socket, "signed", charger, transaction=transaction).rows
    if not rows:
        raise click.ClickException(f"there are no signed values of transaction {transaction} of {charger}")
    texts = [dump(row) if as_json else row["text"] for row in rows]
    put(output, [("\n".join(texts) + "\n").encode("utf-8")], force=force)
    written(output, len(rows), "signed value")


def _signed_month(socket: Path, asked: Asked, output: str, *, force: bool) -> None:
    at = place(socket)
    of = read(asked.month, datetime.now(UTC), at.site.zone)
    those = [row for row in pages(socket, query("transactions", asked, at, open_too=False)) if row["signed"]]
    if not those:
        raise click.ClickException(f"there are no signed values of {of}")
    found = ((row, look(socket, "signed", row["charger"], transaction=row["transaction"]).rows) for row in those)
    if output != "-" and Path(output).is_dir():
        for row, values in found:
            name = f"{of}-{_NO_NAME.sub('-', row['charger'])}-{row['transaction']}.txt"
            text = "".join(f"{value['text']}\n" for value in values)
            put(str(Path(output) / name), [text.encode("utf-8")], force=force)
        written(output, len(those), "file")
        return
    place_of = ("charger", "connector", "transaction")
    lines = (
        f"{dump({**{name: row[name] for name in place_of}, **value})}\n".encode()
        for row, values in found
        for value in values
    )
    put(output, lines, force=force)
    written(output, len(those))


@sessions.command()
@click.argument("charger", metavar="CHARGER")
@transaction_argument
@output_option
@force_option
@socket_option
def curve(charger: str, transaction: int, output: str, socket: Path, *, force: bool) -> None:
    """Write the curve of a transaction as CSV: energy in Wh, power in W, current in A, at most one point a minute."""
    zone = place(socket).site.zone
    count = itertools.count()
    points = _counted(pages(socket, Query("samples", charger, {"transaction": transaction})), count)
    put(output, _curve(points, zone), force=force)
    written(output, next(count), "point")


def _curve(points: Iterable[Row], zone: tzinfo) -> Iterator[bytes]:
    points = iter(points)
    first = list(itertools.islice(points, 1))  # of what is refused there is no head
    yield (",".join(_CURVE) + "\r\n").encode("ascii")
    for point in itertools.chain(first, points):
        at = datetime.fromisoformat(point["at"]).astimezone(zone).isoformat()
        cells = (at, *("" if point[name] is None else str(point[name]) for name in _CURVE[1:]))
        yield (",".join(cells) + "\r\n").encode("ascii")
