"""`run`: the service."""

import asyncio
import os
import sys
from pathlib import Path

import click

from knx_ocpp_bridge.cli.options import EXIT_CONFIGURATION, config_option, socket_option, state_option


@click.command()
@config_option
@socket_option
@state_option
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
        sys.exit(EXIT_CONFIGURATION)
    logs.set_up(loaded.bridge.log.level, loaded.bridge.log.levels, os.environ)
    sys.exit(asyncio.run(serve(loaded, state, socket, os.environ)))
