"""`trace`: the OCPP frames of one charger."""

from datetime import datetime
from pathlib import Path

import click

from knx_ocpp_bridge.cli.desk import PAGE, Row, follow_option, pages
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import dump, json_option, shown
from knx_ocpp_bridge.control.protocol import Query

_BEFORE = 20
"""Frames shown before those that are followed."""


@click.command()
@click.argument("charger", metavar="ID")
@follow_option
@click.option("--lines", type=click.IntRange(0, PAGE), help="So many of the last frames; 0: all of them.")
@click.option("--tags", is_flag=True, help="Show cards (idTags) as they are, not masked.")
@json_option
@socket_option
def trace(charger: str, lines: int | None, socket: Path, *, follow: bool, tags: bool, as_json: bool) -> None:
    """Show the OCPP frames of a charger, of the last 48 hours at most.

    An arrow to the right is a frame from the bridge to the charger. Answers name their call and how long they took.
    """
    newest = (_BEFORE if follow else 0) if lines is None else lines
    for row in pages(socket, Query("trace", charger, {"tags": tags}), newest=newest, follow=follow):
        click.echo(dump(row) if as_json else _line(row))


def _line(row: Row) -> str:
    at = datetime.fromisoformat(row["at"]).astimezone().isoformat(" ", "milliseconds")[:23]
    arrow = "->" if row["direction"] == "out" else "<-"
    name = shown(row["action"] or "?")
    what = {"call": name, "result": f"{name}.conf", "error": f"{name} refused"}.get(row["kind"], "unreadable")
    took = "" if row["duration_ms"] is None else f" ({row['duration_ms']:g} ms)"
    return f"{at} {arrow} {what}{took} {shown(' '.join(row['text'].split()))}"
