"""`counters`: what was charged today, yesterday and in all, and the totals begun anew."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from knx_ocpp_bridge.cli.desk import Row, look, manage, sure
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import UNKNOWN, dump, json_option, shown, table, time_of_day
from knx_ocpp_bridge.cli.target import read_target

_HEADS: Final = ("charger", "no", "today", "yesterday", "total", "last charge", "running")
_MOST_CONNECTORS: Final = 255


@click.group(invoke_without_command=True)
@click.option("--charger", metavar="ID", default="", help="Of this charger alone.")
@json_option
@socket_option
@click.pass_context
def counters(context: click.Context, charger: str, socket: Path, *, as_json: bool) -> None:
    """Show sessions, energy and time of each connector, each charger and the site, or begin totals anew.

    A day is the site's. A total counts since it was reset last. Running: what an open transaction has taken so far.
    """
    if context.invoked_subcommand is not None:
        if any(context.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in context.params):
            raise click.UsageError(f"options stand behind {context.invoked_subcommand}")
        return
    rows = look(socket, "counters", charger).rows
    if as_json:
        for row in rows:
            click.echo(dump(row))
    else:
        click.echo("\n".join(table(_HEADS, map(_cells, rows))))


@counters.command("reset")
@click.argument("charger", metavar="[ID[/N]]", default="")
@click.argument("connector", metavar="[N]", type=click.IntRange(0, _MOST_CONNECTORS), required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@socket_option
def reset(charger: str, connector: int | None, socket: Path, *, yes: bool, as_json: bool) -> None:
    """Begin the totals anew: of connector N of a charger, of all connectors of a charger, or of the whole site."""
    charger_id, number = _named(charger, connector)
    if not yes:
        _check(look(socket, "counters", charger_id).rows, charger_id, number)
        where = "the whole site" if not charger_id else shown(charger_id) + (f"/{number}" if number else "")
        sure(f"Begin the totals of {where} anew? The log of transactions stays.")
    manage(socket, "reset_counters", charger_id, {"connector": number}, as_json=as_json)


def _check(rows: Sequence[Row], charger_id: str, number: int) -> None:
    """There is such a connector: nobody is asked about what is refused afterwards."""
    known = [row["connector"] for row in rows if row["connector"] is not None]
    if number and number not in known:
        raise click.ClickException(
            f"connector {number} of {charger_id} is not in the configuration; known: {', '.join(map(str, known))}"
        )


def _named(charger: str, connector: int | None) -> tuple[str, int]:
    """ID, ID/N and ID N; connector 0 stands for all of them."""
    if not charger:
        return "", 0
    target = read_target(charger)
    if target.named is not None and connector is not None:
        raise click.UsageError("name the connector once: ID/N, or ID N")
    return target.charger, target.connector(connector or 0)


def _cells(row: Row) -> tuple[str, ...]:
    where = shown(row["charger_name"] or row["charger"]) or "site"
    number = "" if row["connector"] is None else str(row["connector"])
    return (
        where,
        number,
        *(_count(row[period]) for period in ("today", "yesterday", "total")),
        _last(row.get("last")),
        _running(row.get("running")),
    )


def _count(count: Mapping[str, Any] | None) -> str:
    if count is None:
        return UNKNOWN
    return f"{count['sessions']}x {_energy(count['energy_wh'])} {_time(count['seconds'])}"


def _last(last: Mapping[str, Any] | None) -> str:
    if last is None:
        return ""
    doubtful = " ?" if last["clock"] != "sane" else ""
    return f"{time_of_day(last['stopped_at'])}{doubtful} {_energy(last['energy_wh'])} {shown(last['name'])}".rstrip()


def _running(running: Mapping[str, Any] | None) -> str:
    if running is None:
        return ""
    return f"{_energy(running['energy_wh'])} {_time(running['seconds'])} {shown(running['name'])}".rstrip()


def _energy(energy_wh: int) -> str:
    return f"{energy_wh / 1000:.2f} kWh"


def _time(seconds: int | None) -> str:
    """Hours and minutes that have passed."""
    if seconds is None:
        return UNKNOWN
    return f"{seconds // 3600}:{seconds // 60 % 60:02d} h"
