"""`knx read`: what the building says for a group address."""

from pathlib import Path

import click

from knx_ocpp_bridge.cli.desk import manage
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import json_option


@click.command()
@click.argument("address", metavar="GA")
@click.option("--dpt", default="", metavar="DPT", help="Datapoint type to read the answer by, e.g. 9.001.")
@json_option
@socket_option
def read(address: str, dpt: str, socket: Path, *, as_json: bool) -> None:
    """Ask the building for the value of a group address (GroupValueRead), and wait 3 s for an answer."""
    manage(socket, "knx_read", "", {"address": address, "dpt": dpt}, as_json=as_json)
