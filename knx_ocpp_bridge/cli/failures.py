"""`failures`: who could not connect, why, and what to do about it."""

from pathlib import Path

import click

from knx_ocpp_bridge.cli.desk import Row, follow_option, pages
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import dump, json_option, shown, time_of_day
from knx_ocpp_bridge.control.protocol import Query


@click.command()
@follow_option
@json_option
@socket_option
def failures(socket: Path, *, follow: bool, as_json: bool) -> None:
    """Show the last 100 connections that failed or were odd, with the remedy."""
    none = True
    for row in pages(socket, Query("failures"), follow=follow):
        none = False
        click.echo(dump(row) if as_json else "\n".join(_lines(row)))
    if none and not as_json:
        click.echo("no connection has failed since the bridge started")


def _lines(row: Row) -> list[str]:
    times = f" ({row['times']} times)" if row["times"] > 1 else ""
    lines = [f"{time_of_day(row['at'])}  {shown(row['peer'])}  {shown(row['kind'])}: {shown(row['reason'])}{times}"]
    shows = [("path", row["path"]), ("offered", row["offered"]), ("user agent", row["user_agent"])]
    told = ", ".join(f"{name} {shown(value)}" for name, value in shows if value)
    lines += [f"    {told}"] if told else []
    return [*lines, f"    -> {shown(row['remedy'])}"] if row["remedy"] else lines
