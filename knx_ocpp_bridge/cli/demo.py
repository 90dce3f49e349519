"""`demo`: the main job on this machine alone, told line by line."""

import asyncio
import sys

import click


@click.command()
@click.option("--forever", is_flag=True, help="Stay up afterwards, to play with the bus and the charger.")
def demo(*, forever: bool) -> None:
    """A wall switch charges a car: real bridge, real KNXnet/IP and WebSocket on loopback, simulated charger."""
    from knx_ocpp_bridge.daemon.demo import tell

    try:
        sys.exit(asyncio.run(tell(click.echo, forever=forever)))
    except KeyboardInterrupt:
        sys.exit(130)
