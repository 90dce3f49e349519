"""`run`: the service."""

import asyncio
import os
import sys
from pathlib import Path

import click

from knx_ocpp_bridge.cli.options import config_option, socket_option


@click.command()
@config_option
@socket_option
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="STATE_DIRECTORY",
    default="/var/lib/knx-ocpp-bridge",
    show_default=True,
    help="Directory in which the bridge remembers.",
)
def run(config: Path, socket: Path, state: Path) -> None:
    """Serve the chargers and the bus until SIGTERM. SIGHUP reads the configuration again."""
    from knx_ocpp_bridge.daemon import garbage

    garbage.pause()
    from knx_ocpp_bridge.config.load import load
    from knx_ocpp_bridge.config.problems import ConfigError
    from knx_ocpp_bridge.daemon import logs
    from knx_ocpp_bridge.daemon.main import serve

    try:
        loaded = load(config, os.environ)
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(3)
    logs.set_up(loaded.bridge.log.level, loaded.bridge.log.levels, os.environ)
    sys.exit(asyncio.run(serve(loaded, loaded.bridge.storage.path or state, socket, os.environ)))
