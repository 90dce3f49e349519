"""`knx write`: one value on a group address, by hand."""

from pathlib import Path

import click

from knx_ocpp_bridge.cli.desk import manage
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import json_option


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("address", metavar="GA")
@click.argument("value", metavar="VALUE")
@click.option("--dpt", default="", metavar="DPT", help="Datapoint type of the value, e.g. 9.001.")
@json_option
@socket_option
def write(address: str, value: str, dpt: str, socket: Path, *, as_json: bool) -> None:
    """Send a value on a group address once (GroupValueWrite): 1, on, 16A, 21.5, 12:30, in the unit of its type."""
    manage(socket, "knx_write", "", {"address": address, "value": value, "dpt": dpt}, as_json=as_json)
