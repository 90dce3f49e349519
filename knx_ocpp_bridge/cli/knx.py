"""`knx`: the bus, as an installer looks at it. A table of verbs, each imported only when it is called."""

from typing import Final

import click

from knx_ocpp_bridge.cli.late import LateGroup

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "scan": ("knx_ocpp_bridge.cli.knx_scan:scan_gateways", "Search for KNX/IP gateways on this network."),
    "bus": ("knx_ocpp_bridge.cli.knx_bus:bus", "Show the connection to the bus, and its statistics."),
    "monitor": ("knx_ocpp_bridge.cli.knx_monitor:monitor", "Show the group telegrams, as a group monitor does."),
    "read": ("knx_ocpp_bridge.cli.knx_read:read", "Ask the building for the value of a group address."),
    "write": ("knx_ocpp_bridge.cli.knx_write:write", "Send a value on a group address, by hand."),
    "keyring": ("knx_ocpp_bridge.cli.knx_keyring:keyring", "Show what the keyring says about this bridge."),
    "inputs": ("knx_ocpp_bridge.cli.knx_inputs:inputs", "Show what the building tells, and how old it is."),
}
"""Verb: `module:command`, and the sentence that the help shows."""


@click.group(cls=LateGroup, late=COMMANDS)
def knx() -> None:
    """Look at the KNX bus, and speak on it by hand."""
