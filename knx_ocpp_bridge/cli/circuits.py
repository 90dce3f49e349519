"""`circuits`: who gets how much of which fuse, who waits, and why."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from knx_ocpp_bridge.cli.desk import Row, look
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import UNKNOWN, cell, dump, json_option, shown, table

_CIRCUIT: Final = ("circuit", "fuse A", "house A", "granted A", "drawn A", "free A", "")
_OUTLET: Final = ("outlet", "phases", "mode", "wants", "granted", "in force", "flows", "why")
_INDENT: Final = "  "


@click.command()
@json_option
@socket_option
def circuits(socket: Path, *, as_json: bool) -> None:
    """Show the circuits with their currents per phase, and what each charger has of them."""
    rows = look(socket, "circuits").rows
    if as_json:
        for row in rows:
            click.echo(dump(row))
        return
    if not rows:
        click.echo("nothing shares any current here")
        return
    if rows[0]["settling"]:
        click.echo("the bridge has just started: nothing is given out before all is known again")
    named = [row for row in rows if row["name"]]
    if named:
        click.echo("\n".join(table(_CIRCUIT, (_circuit(row, depth) for row, depth in tree(named)))))
        click.echo()
    outlets = [outlet for row in rows for outlet in row["outlets"]]
    click.echo("\n".join(table(_OUTLET, map(_outlet, outlets))))


def tree(rows: Sequence[Row], parent: str = "", depth: int = 0) -> Iterator[tuple[Row, int]]:
    """Each circuit behind the one it hangs in, with its depth."""
    for row in rows:
        if row["parent"] == parent:
            yield row, depth
            yield from tree(rows, row["name"], depth + 1)


def _circuit(row: Row, depth: int) -> tuple[str, ...]:
    currents = (row["max_current_a"], row["house_a"], row["granted_a"], row["drawn_a"], row["free_a"])
    return (_INDENT * depth + shown(row["name"]), *map(_phases, currents), shown(row["words"]))


def _outlet(row: Row) -> tuple[str, ...]:
    return (
        f"{shown(row['charger'])}/{row['connector']}",
        "".join(f"L{phase}" for phase in row["phases"]) or UNKNOWN,
        shown(row["mode"]).replace("_", " "),
        *(_ampere(row[name]) for name in ("wants_a", "granted_a", "in_force_a", "current_a")),
        shown(row["why"]),
    )


def _ampere(value: object) -> str:
    return f"{value:g} A" if isinstance(value, int | float) else UNKNOWN


def _phases(values: Iterable[float] | None) -> str:
    return cell(None) if values is None else " ".join(f"{each:g}" for each in values)
