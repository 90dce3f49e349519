"""`plan`, `session-limit` and `prices`: what is to be charged by when, when it is enough, and what it costs."""

from pathlib import Path
from typing import Final

import click

from knx_ocpp_bridge.cli.desk import Row, look, manage
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import UNKNOWN, dump, json_option, shown, table, time_of_day
from knx_ocpp_bridge.cli.target import Target, read_target, target_argument

_HEADS: Final = ("outlet", "mode", "wanted", "by", "still", "next start", "in time", "cost", "")
_CURVE: Final = ("from", "until", "A per phase")
_PRICES: Final = ("from", "until", "price")
_ENDS_WITHIN_S: Final = 200.0

energy_option = click.option("--energy", type=click.FloatRange(0, 1000), metavar="KWH", help="So many kWh.")
soc_option = click.option("--soc", type=click.IntRange(0, 100), metavar="PERCENT", help="So full a battery.")


@click.command()
@click.argument("target", metavar="[ID[/N]]", required=False)
@energy_option
@soc_option
@click.option("--by", metavar="HH:MM", help="By this time of day, in the site's time zone.")
@click.option("--keep-mode", is_flag=True, help="Leave the charge mode; left out: it becomes scheduled.")
@click.option("--off", is_flag=True, help="Nothing is wanted any more.")
@json_option
@socket_option
def plan(
    target: str | None,
    energy: float | None,
    soc: int | None,
    by: str | None,
    socket: Path,
    *,
    keep_mode: bool,
    off: bool,
    as_json: bool,
) -> None:
    """Show what is planned, or want so much by this time (connector 1, if none is named)."""
    wanted = energy is not None or soc is not None or by is not None
    if not (wanted or off):
        if keep_mode:
            raise click.UsageError("--keep-mode goes with --energy, --soc or --by")
        _show(socket, target, as_json=as_json)
        return
    if target is None:
        raise click.UsageError("name the charger")
    one = read_target(target)
    options = {
        "connector": int(one.connector(1)),
        "energy_wh": None if energy is None else round(energy * 1000),
        "soc": soc,
        "by": by,
        "scheduled": not keep_mode,
        "off": off,
    }
    manage(socket, "plan", one.charger, options, as_json=as_json, within_s=_ENDS_WITHIN_S)


@click.command("session-limit")
@target_argument
@energy_option
@click.option("--minutes", type=click.IntRange(0, 7 * 24 * 60), help="So many minutes of charging.")
@soc_option
@click.option("--cost", metavar="MONEY", help="So much money, by the tariff of the site.")
@click.option("--off", is_flag=True, help="No limit any more.")
@json_option
@socket_option
def session_limit(
    target: Target,
    energy: float | None,
    minutes: int | None,
    soc: int | None,
    cost: str | None,
    socket: Path,
    *,
    off: bool,
    as_json: bool,
) -> None:
    """Pause once the session has had this much, until the cable is pulled; 0 is no limit."""
    options = {
        "connector": int(target.connector(1)),
        "energy_wh": None if energy is None else round(energy * 1000),
        "minutes": minutes,
        "soc": soc,
        "cost": cost,
        "off": off,
    }
    manage(socket, "session_limit", target.charger, options, as_json=as_json, within_s=_ENDS_WITHIN_S)


@click.command()
@click.option("--hours", type=click.IntRange(1, 48), default=24, show_default=True, help="From now on.")
@json_option
@socket_option
def prices(socket: Path, hours: int, *, as_json: bool) -> None:
    """Show what a kWh costs from now on."""
    rows = look(socket, "prices", hours=hours).rows
    if as_json:
        for row in rows:
            click.echo(dump(row))
    elif rows:
        click.echo("\n".join(table(_PRICES, map(_price, rows))))
    else:
        click.echo("nobody knows what energy costs: see tariff in docs/configuration.md")


def _show(socket: Path, target: str | None, *, as_json: bool) -> None:
    one = None if target is None else read_target(target)
    found = look(socket, "plans", "" if one is None else one.charger).rows
    rows = [row for row in found if one is None or one.named in {None, row["connector"]}]
    if as_json:
        for row in rows:
            click.echo(dump(row))
        return
    if not rows:
        click.echo("nothing is planned")
        return
    click.echo("\n".join(table(_HEADS, map(_cells, rows))))
    if one is not None and len(rows) == 1 and rows[0]["slots"]:
        click.echo()
        click.echo("\n".join(table(_CURVE, map(_slot, rows[0]["slots"]))))


def _cells(row: Row) -> tuple[str, ...]:
    reachable = row["reachable"]
    return (
        f"{shown(row['charger'])}/{row['connector']}",
        shown(row["mode"]).replace("_", " "),
        _wanted(row["goal"]),
        UNKNOWN if not row["ready_by"] else time_of_day(row["ready_by"]),
        _kwh(row["energy_wh"]),
        UNKNOWN if row["next_start"] is None else time_of_day(row["next_start"]),
        UNKNOWN if reachable is None else "yes" if reachable else "no",
        UNKNOWN if row["cost"] is None else f"{row['cost']:.2f}",
        shown(row["words"]),
    )


def _wanted(goal: Row | None) -> str:
    if goal is None:
        return UNKNOWN
    if goal["energy_wh"] is not None:
        return _kwh(goal["energy_wh"])
    return "all" if goal["soc"] is None else f"{goal['soc']:g} %"


def _kwh(energy_wh: int | None) -> str:
    return UNKNOWN if energy_wh is None else f"{energy_wh / 1000:.1f} kWh"


def _slot(slot: Row) -> tuple[str, ...]:
    return time_of_day(slot["begins"]), time_of_day(slot["ends"]), f"{slot['current_a']:g}"


def _price(row: Row) -> tuple[str, ...]:
    price = UNKNOWN if row["price"] is None else f"{row['price']:.4f}"
    return time_of_day(row["begins"]), time_of_day(row["ends"]), price
