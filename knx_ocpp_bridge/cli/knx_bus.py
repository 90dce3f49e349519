"""`knx bus`: the connection of a running bridge to the bus, and what has passed on it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from knx_ocpp_bridge.cli.desk import look
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import dump, facts, json_option


@click.command("bus")
@json_option
@socket_option
def bus(socket: Path, *, as_json: bool) -> None:
    """Show the connection to the bus, and its statistics since the bridge was started."""
    (row,) = look(socket, "bus").rows
    click.echo(dump(row) if as_json else "\n".join(screen(row)))


def screen(row: Mapping[str, Any]) -> list[str]:
    """One line for each fact; what did not happen is a 0."""
    second = " (the second gateway)" if row["second"] else ""
    connection = {
        "connected": row["connected"],
        "trouble": row["trouble"],
        "connection": row["connection"],
        "gateway": f"{row['gateway']}{second}",
        "own address": row["own_address"],
        "data secure": row.get("data_secure", ""),
    }
    figures = {
        "sent": row["sent"],
        "failed": f"{row['failed']}, of these {row['negative']} that nobody on the line acknowledged",
        "repeated": row["repeated"],
        "received": row["received"],
        "refused": row["refused"] or 0,
        "waiting": row["waiting"],
        "reconnections": row["reconnections"],
        "load of the line": f"{row['load_percent']:.1f} % in the last minute, by what the bridge says and hears",
    }
    return facts(connection | figures)
