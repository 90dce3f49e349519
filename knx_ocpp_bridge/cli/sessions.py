"""`sessions`: what was charged, on the terminal and as files."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final

import click

from knx_ocpp_bridge.cli.charged import (
    Asked,
    charger_option,
    month_option,
    named,
    place,
    query,
    since_option,
    tag_option,
    transactions,
    until_option,
    whole_tags_option,
)
from knx_ocpp_bridge.cli.desk import PAGE, Row, look, pages
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.papers import force_option, new_file, put
from knx_ocpp_bridge.cli.tables import cell, dump, json_option, table
from knx_ocpp_bridge.control.protocol import Query
from knx_ocpp_bridge.report.languages import Language
from knx_ocpp_bridge.report.months import Month
from knx_ocpp_bridge.report.prices import Line

_LAST: Final = 100
_HEADS: Final = ("start", "charger", "who", "time", "kWh", "number", "started by", "end", "marks")
_LANGUAGES: Final = {"csv": Language.EN, "csv-de": Language.DE, "csv-nl": Language.NL}
_CURVE: Final = ("at", "energy_wh", "power_w", "current_a")
_FORMATS: Final = (*_LANGUAGES, "xlsx", "json")

transaction_argument = click.argument("transaction", metavar="TRANSACTION", type=int)
output_option = click.option(
    "--output", type=click.Path(dir_okay=False, allow_dash=True), default="-", help="The file; left out: stdout."
)


@click.group(invoke_without_command=True)
@charger_option
@tag_option
@since_option
@until_option
@month_option
@click.option("--newest", metavar="N", type=click.IntRange(1, PAGE), help="So many of the last.")
@click.option("--each", is_flag=True, help="One line a transaction, not one a session.")
@json_option
@socket_option
@click.pass_context
def sessions(  # noqa: PLR0913 - click gives each option as a parameter
    context: click.Context,
    *,
    charger: str,
    tag: str,
    begin: str,
    end: str,
    month: Month | None,
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
    at = place(socket, tag)
    what = query("transactions" if each else "sessions", Asked(charger, tag, begin, end, month), at)
    whole_period = begin or end or month
    rows = pages(socket, what, newest=newest or (0 if whole_period else _LAST))
    if as_json:
        for row in rows:
            click.echo(dump(row))
        return
    lines = [_line(row, at.site.zone) for row in rows]
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
@charger_option
@tag_option
@since_option
@until_option
@month_option
@click.option("--format", "form", type=click.Choice(_FORMATS), default="csv", show_default=True, help="What to write.")
@output_option
@whole_tags_option
@force_option
@socket_option
def export(  # noqa: PLR0913 - click gives each option as a parameter
    *,
    charger: str,
    tag: str,
    begin: str,
    end: str,
    month: Month | None,
    form: str,
    output: str,
    socket: Path,
    whole_tags: bool,
    force: bool,
) -> None:
    """Write transactions as a file: CSV (RFC 4180, German, Dutch), XLSX or JSON."""
    if form == "xlsx" and output == "-":
        raise click.UsageError("xlsx needs a file: --output FILE")
    at = place(socket, tag)
    asked = Asked(charger, tag, begin, end, month)
    what = query("transactions", asked, at, tags=whole_tags, open_too=month is None)
    if form == "json":
        put(output, _json(pages(socket, what)), force=force)
        return
    lines = (Line(row) for row in transactions(socket, what))
    if form == "xlsx":
        from knx_ocpp_bridge.report.spreadsheet import spreadsheet

        with new_file(Path(output), force=force) as file:
            spreadsheet(file, lines, Language.EN, at.site, datetime.now(UTC))
        return
    from knx_ocpp_bridge.report.text_table import text_table

    put(output, text_table(lines, _LANGUAGES[form], at.site.zone), force=force)


def _json(rows: Iterable[Row]) -> Iterator[bytes]:
    """One array, one row a line."""
    before = "[\n"
    for row in rows:
        yield (before + dump(row)).encode("utf-8")
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


@sessions.command()
@click.argument("charger", metavar="CHARGER")
@transaction_argument
@output_option
@force_option
@json_option
@socket_option
def signed(charger: str, transaction: int, output: str, socket: Path, *, force: bool, as_json: bool) -> None:
    """Write the signed meter values of a transaction as the charger sent them (OCMF), one a line; it is logged."""
    rows = look(socket, "signed", charger, transaction=transaction).rows
    if not rows:
        raise click.ClickException(f"there are no signed values of transaction {transaction} of {charger}")
    texts = [dump(row) if as_json else row["text"] for row in rows]
    put(output, [("\n".join(texts) + "\n").encode("utf-8")], force=force)


@sessions.command()
@click.argument("charger", metavar="CHARGER")
@transaction_argument
@output_option
@force_option
@socket_option
def curve(charger: str, transaction: int, output: str, socket: Path, *, force: bool) -> None:
    """Write the curve of a transaction as CSV: energy in Wh, power in W, current in A, at most one point a minute."""
    zone = place(socket).site.zone
    points = pages(socket, Query("samples", charger, {"transaction": transaction}))
    put(output, _curve(points, zone), force=force)


def _curve(points: Iterable[Row], zone: tzinfo) -> Iterator[bytes]:
    yield (",".join(_CURVE) + "\r\n").encode("ascii")
    for point in points:
        at = datetime.fromisoformat(point["at"]).astimezone(zone).isoformat()
        cells = (at, *("" if point[name] is None else str(point[name]) for name in _CURVE[1:]))
        yield (",".join(cells) + "\r\n").encode("ascii")
