"""`metrics`: a running bridge in the text format of Prometheus, for node_exporter or whoever else collects."""

import sys
from pathlib import Path
from typing import Final

import click

from knx_ocpp_bridge.cli.desk import look
from knx_ocpp_bridge.cli.live import EXIT_FAILED, answer
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.control.protocol import Snapshot, Status

_ANSWER_WITHIN_S: Final = 10.0


@click.command()
@click.option(
    "--output",
    "output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it into this file, whole or not at all; left out: to standard output.",
)
@socket_option
def metrics(output: Path | None, socket: Path) -> None:
    """Print the state of the bridge and its chargers as Prometheus metrics."""
    snapshot = answer(socket, Status(), _ANSWER_WITHIN_S)
    if not isinstance(snapshot, Snapshot):
        sys.exit(EXIT_FAILED)
    (bus,), (vitals,) = look(socket, "bus").rows, look(socket, "vitals").rows
    from prometheus_client import write_to_textfile

    from knx_ocpp_bridge.web.metrics import Moment, registry, text

    moment = Moment(snapshot, bus, vitals, {})
    if output is None:
        click.echo(text(moment).decode(), nl=False)
        return
    try:
        write_to_textfile(str(output), registry(moment))
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from error
