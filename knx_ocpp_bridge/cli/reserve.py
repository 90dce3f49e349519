"""`reserve`: for nobody, as the wall switch does it, or for one card."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

from knx_ocpp_bridge.cli.call import ask, words
from knx_ocpp_bridge.cli.live import EXIT, wish
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import dump, json_option, shown
from knx_ocpp_bridge.cli.target import Target, switch_argument, target_argument
from knx_ocpp_bridge.control.protocol import Wish
from knx_ocpp_bridge.core.status import CommandResult

_FOR_A_CARD: Final = 1000
"""reservationId of a card's reservation of connector n is this and n; the bridge's own is n."""
_A_DAY_MINUTES: Final = 24 * 60


@click.command()
@target_argument
@switch_argument
@click.option("--tag", metavar="IDTAG", help="Reserve for this card; it alone may start. Left out: nobody may.")
@click.option("--parent", metavar="IDTAG", help="Cards of this group (parentIdTag) may start as well; with --tag.")
@click.option(
    "--minutes",
    type=click.IntRange(1, 7 * _A_DAY_MINUTES),
    default=60,
    show_default=True,
    help="How long, with --tag; without it until freed.",
)
@json_option
@socket_option
def reserve(
    target: Target, tag: str | None, parent: str | None, minutes: int, socket: Path, *, on: bool, as_json: bool
) -> None:
    """Reserve the connector for nobody or for a card, or free it (connector 1, if none is named)."""
    if tag is None:
        if parent is not None:
            raise click.UsageError("--parent goes with --tag")
        wish(socket, Wish(target.charger, target.connector(1), "reservation", value=on), as_json=as_json)
    connector = target.connector(1)
    payload: dict[str, Any] = {"reservationId": _FOR_A_CARD + connector}
    if on:
        until = datetime.now(UTC).replace(microsecond=0, tzinfo=None) + timedelta(minutes=minutes)
        payload |= {"connectorId": connector, "idTag": tag, "expiryDate": f"{until.isoformat()}Z"}
        payload |= {} if parent is None else {"parentIdTag": parent}
    called = ask(socket, target.charger, "ReserveNow" if on else "CancelReservation", payload)
    if as_json:
        click.echo(dump({"result": called.result.name, "reason": called.reason}))
    else:
        accepted = called.result is CommandResult.ACCEPTED
        click.echo(f"{words(called.result)}: {shown(called.reason)}", err=not accepted)
    sys.exit(EXIT[called.result])
