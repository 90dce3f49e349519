"""`keys`: the configuration keys of a charger, with what the standard says of them."""

import sys
from pathlib import Path

import click

from knx_ocpp_bridge.cli.desk import Row
from knx_ocpp_bridge.cli.live import EXIT, WISH_WITHIN_S, answer, unexpected
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import dump, json_option, shown, table
from knx_ocpp_bridge.control.protocol import Manage, Managed


@click.group()
def keys() -> None:
    """Read and write the configuration keys of a charger."""


@keys.command("get")
@click.argument("charger", metavar="ID")
@click.argument("names", metavar="[KEY]...", nargs=-1)
@json_option
@socket_option
def get(charger: str, names: tuple[str, ...], socket: Path, *, as_json: bool) -> None:
    """Show configuration keys; all, if none is named. R is read-only; what the standard knows is explained."""
    managed = _managed(socket, Manage("keys_read", charger, {"keys": ",".join(names)}))
    found = managed.row or {}
    if as_json:
        click.echo(dump({"keys": found.get("keys", []), "unknown": found.get("unknown", [])}))
        return
    heads = ("key", "value", "access", "type", "meaning")
    lines = [tuple(shown(_cell(row, head)) for head in heads) for row in found.get("keys", [])]
    for line in table(heads, lines) if lines else []:
        click.echo(line)
    for message in managed.messages if names or not lines else ():
        click.echo(shown(message), err=True)


@keys.command("set")
@click.argument("charger", metavar="ID")
@click.argument("name", metavar="KEY")
@click.argument("value", metavar="VALUE")
@click.option("--force", is_flag=True, help="Send it even if the standard says read-only, or another type.")
@json_option
@socket_option
def change(charger: str, name: str, value: str, socket: Path, *, force: bool, as_json: bool) -> None:
    """Write a configuration key. What the standard says of its type and access is checked before."""
    managed = _managed(socket, Manage("key_set", charger, {"key": name, "value": value, "force": force}))
    if as_json:
        click.echo(dump({"done": managed.done, "messages": managed.messages, "row": managed.row}))
        return
    for message in managed.messages:
        click.echo(shown(message))
    if managed.row is not None and managed.row.get("reboot_needed"):
        click.echo(f"it is in force after: knx-ocpp-bridge reset {charger}")


def _managed(socket: Path, manage: Manage) -> Managed:
    """What was done; ends the command if it was not."""
    response = answer(socket, manage, WISH_WITHIN_S)
    if not isinstance(response, Managed):
        unexpected(response)
    if not response.done:
        for message in response.messages:
            click.echo(shown(message), err=True)
        sys.exit(EXIT[response.because])
    return response


def _cell(row: Row, head: str) -> str:
    if head == "value" and row["value"] is None:
        return "(secret)"
    unit = f", {row['unit']}" if head == "type" and row["unit"] else ""
    return f"{row[head]}{unit}"
