"""`version`: which release this is."""

import click

from knx_ocpp_bridge import __version__


@click.command()
def version() -> None:
    """Print the version."""
    print(f"knx-ocpp-bridge {__version__}")
