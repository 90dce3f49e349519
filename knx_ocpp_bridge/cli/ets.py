"""`ets`: group addresses to the ETS and from it. A table of verbs, each imported only when it is called."""

from typing import Final

import click

from knx_ocpp_bridge.cli.late import LateGroup

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "export": ("knx_ocpp_bridge.cli.ets_export:export", "Write the group addresses for the ETS to import."),
    "import": ("knx_ocpp_bridge.cli.ets_import:import_", "Show what is in a file of the ETS, and keep it."),
    "check": ("knx_ocpp_bridge.cli.ets_check:check", "Hold the object table against a file of the ETS."),
    "table": ("knx_ocpp_bridge.cli.ets_table:table", "Print the object table with the flags of the ETS."),
    "assign": ("knx_ocpp_bridge.cli.ets_assign:assign", "Look at a block of group addresses for a connector."),
    "xxter": ("knx_ocpp_bridge.cli.ets_xxter:xxter", "Make a configuration of an xxter's list of group objects."),
}
"""Verb: `module:command`, and the sentence that the help shows."""


@click.group(cls=LateGroup, late=COMMANDS)
def ets() -> None:
    """Exchange group addresses with the ETS."""
