"""`grid-limit`: the grid operator's order that is in force, and the log of all that became of orders."""

import csv
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from knx_ocpp_bridge.cli.desk import Row, look, pages
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import UNKNOWN, cell, dump, json_option, shown, table, time_of_day
from knx_ocpp_bridge.control.protocol import Query
from knx_ocpp_bridge.report.harmless import harmless

_OUTLETS: Final = ("outlet", "limit", "in force", "at most", "flows", "since", "")
_LOG: Final = ("no", "at", "what", "where", "limit", "detail")
_COLUMNS: Final = ("number", "at", "clock", "what", "charger", "connector", "limit_w", "detail")
_DOUBTFUL: Final = " ?"
"""Behind a time by a clock that could not be believed."""


@click.group("grid-limit", invoke_without_command=True)
@json_option
@socket_option
@click.pass_context
def grid_limit(context: click.Context, socket: Path, *, as_json: bool) -> None:
    """Show the grid operator's limit, and how each charger keeps to it."""
    if context.invoked_subcommand is not None:
        if as_json:
            raise click.UsageError(f"options stand behind {context.invoked_subcommand}")
        return
    row = look(socket, "grid_limit").rows[0]
    if as_json:
        click.echo(dump(row))
        return
    if not row["active"]:
        click.echo("no order of the grid operator is in force")
        return
    confirmed = "every charger keeps to it" if row["confirmed"] else "not every charger has confirmed it yet"
    click.echo(f"the grid operator limits {_whom(row['per'])} to {_watts(row['limit_w'])}: {confirmed}")
    if row["outlets"]:
        click.echo("\n".join(table(_OUTLETS, map(_outlet, row["outlets"]))))


@grid_limit.command("log")
@click.option("--since", default="", help="A time with its distance from UTC, e.g. 2027-01-01T00:00+01:00.")
@click.option("--until", default="", help="Not included.")
@click.option("--csv", "as_csv", is_flag=True, help="For a spreadsheet, and for whoever asks for the proof.")
@json_option
@socket_option
def log(since: str, until: str, socket: Path, *, as_csv: bool, as_json: bool) -> None:
    """Show what was ordered, when it was sent, and when each charger confirmed it."""
    if as_csv and as_json:
        raise click.UsageError("either --csv or --json")
    rows = list(pages(socket, Query("grid_log", "", {"since": since, "until": until})))
    if as_csv:
        _write(rows)
    elif as_json:
        for row in rows:
            click.echo(dump(row))
    elif rows:
        click.echo("\n".join(table(_LOG, map(_line, rows))))
    else:
        click.echo("the grid operator has ordered nothing, as far as is kept")


def _write(rows: Iterable[Row]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        cells = (row[name] for name in _COLUMNS)
        writer.writerow(harmless(each) if isinstance(each, str) else each for each in cells)


def _outlet(row: Row) -> tuple[str, ...]:
    return (
        f"{shown(row['charger'])}/{row['connector']}",
        *(_ampere(row[name]) for name in ("limit_a", "in_force_a", "promised_a", "current_a")),
        UNKNOWN if row["since"] is None else time_of_day(row["since"]),
        shown(row["words"]) if row["online"] else f"offline, {shown(row['words'])}".rstrip(", "),
    )


def _line(row: Row) -> tuple[str, ...]:
    where = shown(row["charger"]) or "all"
    return (
        str(row["number"]),
        time_of_day(row["at"]) + _DOUBTFUL * (row["clock"] != "sane"),
        shown(row["what"]),
        where if row["connector"] is None else f"{where}/{row['connector']}",
        _watts(row["limit_w"]),
        cell(row["detail"]),
    )


def _whom(per: str) -> str:
    return "each charger" if per == "charger" else "all chargers together"


def _watts(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:g} W"


def _ampere(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:g} A"
