"""`log`: what happened to chargers, in words."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Final

import click

from knx_ocpp_bridge.cli.desk import PAGE, Row, follow_option, look, pages
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.papers import force_option, put
from knx_ocpp_bridge.cli.tables import dump, json_option, shown, site_zone, time_of_day
from knx_ocpp_bridge.control.protocol import Query
from knx_ocpp_bridge.report.harmless import harmless

HEADS: Final = ("time", "charger", "connector", "message type", "message")
_LAST: Final = 100
_AGO: Final = re.compile(r"([0-9]{1,5}) ?([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def since(text: str, now: datetime, zone: tzinfo | None = None) -> datetime:
    """`2h`, `30m`, `7d` ago, or a date or time of ISO 8601; where it does not say otherwise, of this zone or local.

    Raises:
        ValueError: it is none.
    """
    ago = _AGO.fullmatch(text.strip())
    if ago is not None:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    at = datetime.fromisoformat(text.strip())
    return (at if zone is None or at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)


def _since(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """What was typed, if it is a time."""
    try:
        if text is not None:
            since(text, datetime.now(UTC))
    except (ValueError, OverflowError) as error:
        raise click.BadParameter("write how long ago (2h, 30m, 7d), or a date like 2026-11-21T08:00") from error
    return text


@click.command()
@click.option("--charger", metavar="ID", default="", help="Of this charger alone.")
@click.option("--about", metavar="TYPE", default="", help="Of this message type alone, e.g. StartTransaction.")
@click.option("-n", "--lines", type=click.IntRange(1, PAGE), help="So many of the last; 100, if nothing is said.")
@click.option("--since", "begin", metavar="TIME", callback=_since, help="2h, 30m, 7d ago, or a date.")
@follow_option
@json_option
@click.option("--csv", "file", type=click.Path(dir_okay=False, allow_dash=True), help="Write a table (- is stdout).")
@force_option
@socket_option
def log(
    *,
    charger: str,
    about: str,
    lines: int | None,
    begin: str | None,
    file: str | None,
    socket: Path,
    follow: bool,
    as_json: bool,
    force: bool,
) -> None:
    """Show what happened, the last 100 lines, or so many as --lines says; all of it with --since or --csv."""
    if file is not None and (follow or as_json):
        raise click.UsageError("--csv goes with neither --follow nor --json")
    if lines is not None and (file is not None or begin is not None):
        raise click.UsageError("--lines goes with neither --since nor --csv, which show all there is")
    first = None
    if begin is not None:
        look(socket, "log", newest=True, limit=1)  # tells the zone of the site
        first = since(begin, datetime.now(UTC), site_zone())
    newest = 0 if begin is not None or file is not None else lines or _LAST
    rows = pages(socket, Query("log", charger, {"about": about}), newest=newest, follow=follow)
    wanted = (row for row in rows if first is None or datetime.fromisoformat(row["at"]) >= first)
    if file is not None:
        _write(file, wanted, force=force)
        return
    for row in wanted:
        click.echo(dump(row) if as_json else _line(row))


def _line(row: Row) -> str:
    connector = "" if row["connector"] is None else f"/{row['connector']}"
    about = f" {shown(row['about'])}:" if row["about"] else ""
    return f"{time_of_day(row['at'])} {shown(row['charger'])}{connector}{about} {shown(row['text'])}"


def _write(file: str, rows: Iterator[Row], *, force: bool) -> None:
    """RFC 4180: commas, CRLF, a head, quotes where they are needed. A charger chooses its id: no text is a formula."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(HEADS)
    count = 0
    for row in rows:
        connector = "" if row["connector"] is None else row["connector"]
        table.writerow((row["at"], harmless(row["charger"]), connector, harmless(row["about"]), harmless(row["text"])))
        count += 1
    put(file, [text.getvalue().encode("utf-8")], force=force)
    click.echo(f"{count} lines written", err=True)
