"""`ca`: the certificates that chargers are served with, and the root that they have to trust."""

import ssl
from pathlib import Path
from typing import Any, TextIO

import click

from knx_ocpp_bridge.cli.desk import look, manage
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import dump, facts, json_option


@click.group()
def ca() -> None:
    """Show, export, renew or replace the certificates for wss://."""


@ca.command("show")
@json_option
@socket_option
def show(socket: Path, *, as_json: bool) -> None:
    """Show the root certificate and the certificates that are served."""
    (row,) = look(socket, "ca").rows
    if as_json:
        click.echo(dump(row))
        return
    parts = [("root (chargers have to trust it)", row.get("root"))]
    parts += [(f"own {each.get('key', '')}", each) for each in row.get("own", ())]
    parts += [("imported", row.get("imported"))]
    click.echo(f"served: {row.get('served')} certificates, from {row.get('folder')}")
    for title, part in parts:
        if part:
            click.echo("\n".join(("", title, *facts(part, "  "))))


@ca.command("export")
@click.option("--der", is_flag=True, help="In DER, for chargers that want a .crt or .der file.")
@click.argument("file", metavar="[FILE]", type=click.Path(dir_okay=False, allow_dash=True), default="-")
@socket_option
def export(file: str, socket: Path, *, der: bool) -> None:
    """Write the root certificate, which chargers have to trust; PEM, to standard output if no FILE is named."""
    (row,) = look(socket, "ca", root=True).rows
    pem: Any = row["root_pem"]
    with click.open_file(file, "wb") as out:
        out.write(ssl.PEM_cert_to_DER_cert(pem) if der else pem.encode("ascii"))


@ca.command("renew")
@json_option
@socket_option
def renew(socket: Path, *, as_json: bool) -> None:
    """Make new server certificates, with new keys and all addresses of now; nobody is disconnected."""
    manage(socket, "renew", "", {}, as_json=as_json)


@ca.command("import")
@click.argument("chain", metavar="CHAIN", type=click.File("r", encoding="utf-8"))
@click.argument("key", metavar="KEY", type=click.File("r", encoding="utf-8"))
@json_option
@socket_option
def import_(chain: TextIO, key: TextIO, socket: Path, *, as_json: bool) -> None:
    """Serve a certificate of your own: CHAIN is its PEM file with all issuers, KEY its key without a password."""
    manage(socket, "import", "", {"chain": chain.read(), "key": key.read()}, as_json=as_json)


@ca.command("own")
@json_option
@socket_option
def own(socket: Path, *, as_json: bool) -> None:
    """Serve the bridge's own certificates again instead of an imported one."""
    manage(socket, "own", "", {}, as_json=as_json)
