"""`alarms`: what people have to know, since when, and who has seen it."""

from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource

from knx_ocpp_bridge.cli.desk import PAGE, Row, look, manage, pages
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import UNKNOWN, cell, dump, json_option, shown, table, time_of_day
from knx_ocpp_bridge.control.protocol import Query

_HEADS: Final = ("no", "since", "over", "where", "what", "acknowledged")
_DOUBTFUL: Final = " ?"
"""Behind a time by a clock that could not be believed."""


@click.group(invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="Those that are over as well, all that are kept.")
@click.option("--last", type=click.IntRange(1, PAGE), help="The last so many, over or not.")
@json_option
@socket_option
@click.pass_context
def alarms(context: click.Context, last: int | None, socket: Path, *, everything: bool, as_json: bool) -> None:
    """Show the alarms that stand, or acknowledge them."""
    if context.invoked_subcommand is not None:
        if any(context.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in context.params):
            raise click.UsageError(f"options stand behind {context.invoked_subcommand}")
        return
    if everything and last is not None:
        raise click.UsageError("either --all or --last")
    if last is not None:
        rows = list(look(socket, "alarms", newest=True, limit=last).rows)
    else:
        rows = list(pages(socket, Query("alarms", "", {"standing": not everything})))
    if as_json:
        for row in rows:
            click.echo(dump(row))
    elif rows:
        click.echo("\n".join(table(_HEADS, map(_cells, rows))))
    else:
        click.echo("no alarm is kept" if everything or last is not None else "no alarm stands")


@alarms.command("ack")
@click.argument("number", metavar="[NUMBER]", type=click.IntRange(1), required=False)
@click.option("--all", "everything", is_flag=True, help="All that nobody has acknowledged.")
@json_option
@socket_option
def acknowledge(number: int | None, socket: Path, *, everything: bool, as_json: bool) -> None:
    """Acknowledge an alarm: somebody has seen it; it stands as long as its cause does."""
    if everything is (number is not None):
        raise click.UsageError("name the number of an alarm, or --all")
    manage(socket, "acknowledge", "", {"number": number, "all": everything}, as_json=as_json)


def _cells(row: Row) -> tuple[str, ...]:
    where = shown(row["charger_name"] or row["charger"]) or "bridge"
    connector = "" if row["connector"] in {None, 0} else f" {row['connector']}"
    times = f" ({row['times']} times)" if row["times"] > 1 else ""
    who = f", {shown(row['name'])}" if row["name"] else ""
    return (
        str(row["number"]),
        time_of_day(row["at"]) + _DOUBTFUL * (row["clock"] != "sane"),
        UNKNOWN if row["over_at"] is None else time_of_day(row["over_at"]),
        where + connector,
        f"{shown(row['kind']).replace('_', ' ')}: {shown(row['text'])}{who}{times}",
        _seen(row),
    )


def _seen(row: Row) -> str:
    if row["acknowledged_at"] is None:
        return "no" if row["to_acknowledge"] else UNKNOWN
    return f"{time_of_day(row['acknowledged_at'])} {cell(row['acknowledged_by'])}"
