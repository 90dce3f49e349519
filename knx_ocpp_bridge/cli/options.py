"""Options and exit codes that several verbs share."""

from pathlib import Path
from typing import Final

import click

EXIT_CONFIGURATION: Final = 3

config_option = click.option(
    "-c",
    "--config",
    "config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("/etc/knx-ocpp-bridge/bridge.yaml"),
    envvar="KNX_OCPP_BRIDGE_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The configuration file.",
)
"""`-c FILE`, else `KNX_OCPP_BRIDGE_CONFIG`, else the place of the service; the parameter is `config: Path`."""
