"""`knx inputs`: what the building measures and decides, how old it is, and what counts."""

from pathlib import Path
from typing import Final

import click

from knx_ocpp_bridge.cli.desk import Row, look
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import UNKNOWN, cell, dump, json_option, shown, table, time_of_day

_DECIMALS: Final = {"A": 2, "mA": 0, "V": 1, "W": 1, "kW": 3, "%": 1}
"""For people; programs have every digit."""
_HEADS: Final = ("input", "where", "address", "value", "state", "told at", "by", "counts")
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_SWITCHED: Final = "bool"


@click.command()
@json_option
@socket_option
def inputs(socket: Path, *, as_json: bool) -> None:
    """Show what the building tells the bridge: power, current, tariff, release."""
    rows = look(socket, "inputs").rows
    if as_json:
        for row in rows:
            click.echo(dump(row))
    elif rows:
        click.echo("\n".join(table(_HEADS, map(_cells, rows))))
    else:
        click.echo("no input is bound")


def _cells(row: Row) -> tuple[str, ...]:
    where = shown(row["charger"]) or "building"
    connector = "" if row["connector"] in {None, 0} else f" {row['connector']}"
    told = UNKNOWN if row["at"] is None else f"{time_of_day(row['at'])}, {_age(row['age_s'])} ago"
    counts = _value(row["counts"], row["unit"])
    return (
        shown(row["object"]),
        where + connector,
        cell(row["addresses"]),
        _value(row["value"], row["unit"]),
        shown(row["state"]),
        told,
        cell(row["source"]),
        f"{counts} (fallback)" if row["falls_back"] else counts,
    )


def _value(value: object, unit: str) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if not isinstance(value, int | float):
        return UNKNOWN
    return f"{round(value, _DECIMALS.get(unit, 4)):.10g}" + ("" if unit in {_SWITCHED, "int"} else f" {shown(unit)}")


def _age(seconds: float) -> str:
    whole = int(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min"
    return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S} min"
