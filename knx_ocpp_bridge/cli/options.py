"""Options and exit codes that several verbs share."""

import os
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


def directory(variable: str, otherwise: str) -> Path:
    """The first of the directories that systemd names in this variable (they stand with colons between them)."""
    return Path(os.environ.get(variable, "").split(":")[0] or otherwise)


socket_option = click.option(
    "--socket",
    "socket",
    type=click.Path(dir_okay=False, path_type=Path),
    default=lambda: directory("RUNTIME_DIRECTORY", "/run/knx-ocpp-bridge") / "control.sock",
    envvar="KNX_OCPP_BRIDGE_SOCKET",
    show_default="control.sock in RUNTIME_DIRECTORY, else in /run/knx-ocpp-bridge",
    show_envvar=True,
    help="The control socket.",
)
"""`--socket PATH`; the parameter is `socket: Path`."""

state_option = click.option(
    "--state",
    "state",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: directory("STATE_DIRECTORY", "/var/lib/knx-ocpp-bridge"),
    show_default="STATE_DIRECTORY, else /var/lib/knx-ocpp-bridge",
    help="Directory in which the bridge remembers.",
)
"""`--state DIRECTORY`; the parameter is `state: Path`."""
