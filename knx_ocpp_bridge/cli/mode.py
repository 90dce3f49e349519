"""The verb that chooses how a car is charged."""

from pathlib import Path
from typing import Final

import click

from knx_ocpp_bridge.cli.live import wish
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import json_option
from knx_ocpp_bridge.cli.target import Target, target_argument
from knx_ocpp_bridge.control.protocol import Wish
from knx_ocpp_bridge.core.status import ChargeMode

_MODES: Final = {mode.name.lower(): mode for mode in ChargeMode}


@click.command()
@target_argument
@click.argument("mode", metavar="MODE", type=click.Choice(tuple(_MODES)))
@json_option
@socket_option
def mode(target: Target, mode: str, socket: Path, *, as_json: bool) -> None:
    """Choose how a car is charged (connector 1, if none is named).

    MODE is off, normal, fast, surplus, minimum_and_surplus or scheduled.

    off pauses; normal and fast are the two currents; surplus is what the sun leaves over, minimum_and_surplus at least
    the minimum; scheduled is by plan and tariff.
    """
    wish(socket, Wish(target.charger, target.connector(1), "charge_mode", float(_MODES[mode])), as_json=as_json)
