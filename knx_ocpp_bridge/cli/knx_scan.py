"""`knx scan`: which KNX/IP gateways there are, and what to write into the configuration. Needs no running bridge."""

import asyncio
import ipaddress
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import click

from knx_ocpp_bridge.cli.live import EXIT_NO_CONNECTION
from knx_ocpp_bridge.cli.tables import UNKNOWN, cell, dump, json_option, shown, table
from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.knx.link.gateways import Way, chosen, taken
from knx_ocpp_bridge.knx.link.scan import SCAN_S, Found, ScanError, scan

_HEADS: Final = ("name", "address", "individual", "UDP", "TCP", "routing", "secure", "free tunnels")


@click.command("scan")
@click.option("--local", "local", metavar="ADDRESS", help="IPv4 address of this machine to search from.")
@click.option("--within", "within_s", type=click.FloatRange(1, 60), default=SCAN_S, show_default=True, help="Seconds.")
@json_option
def scan_gateways(local: str | None, within_s: float, *, as_json: bool) -> None:
    """Search for KNX/IP gateways on this network, and say what to write into bridge.yaml."""
    try:
        found = asyncio.run(scan(_checked(local), within_s))
    except ScanError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_NO_CONNECTION)
    ways, why = chosen(found, Knx(local_address=local))
    if as_json:
        for one in found:
            click.echo(dump(_plain(one)))
    elif found:
        click.echo("\n".join([*table(_HEADS, map(_cells, found)), *advice(found, ways, local)]))
    if not ways:
        click.echo(why, err=True)
    sys.exit(0 if found else EXIT_NO_CONNECTION)


def advice(found: Sequence[Found], ways: Sequence[Way], local: str | None) -> list[str]:
    """The lines of the configuration for the best way, for a second one, and what stands in the way of others."""
    lines = ["", *(taken(one) for one in found if one.full)]
    if not ways:
        secure = next((one for one in found if one.secure_tunnelling and not one.full), None)
        if secure is None:
            return lines if len(lines) > 1 else []
        best = Way("tunneling_tcp_secure", secure.gateway, secure)
        return [*lines, "for bridge.yaml:", "", *_section(best, None, local), "  keyring: site.knxkeys"]
    best = ways[0]
    second = next((way for way in ways[1:] if way.connection == best.connection and way.gateway != best.gateway), None)
    return [*lines, "for bridge.yaml:", "", *_section(best, second, local)]


def _section(best: Way, second: Way | None, local: str | None) -> list[str]:
    lines = ["knx:", f"  connection: {best.connection}"]
    if best.gateway is not None:
        lines.append(f"  gateway: {best.gateway}")
    if second is not None and second.gateway is not None:
        lines.append(f"  second_gateway: {second.gateway}")
    if local is not None and best.connection != "tunneling_tcp":  # by TCP the system chooses the way
        lines.append(f"  local_address: {local}")
    return lines


def _cells(one: Found) -> tuple[str, ...]:
    return (
        shown(one.name),
        str(one.gateway),
        cell(one.individual_address),
        cell(one.tunnelling_udp),
        cell(one.tunnelling_tcp),
        _routing(one),
        _secure(one),
        UNKNOWN if one.free is None else f"{one.free} of {len(one.tunnels)}",
    )


def _routing(one: Found) -> str:
    if not one.routing:
        return "no"
    return "secure" if one.secure_routing else "yes"


def _secure(one: Found) -> str:
    if one.secure_tunnelling:
        return "required"
    return "possible" if one.can_secure else "no"


def _plain(one: Found) -> dict[str, Any]:
    return asdict(one) | {"gateway": str(one.gateway), "free": one.free}


def _checked(local: str | None) -> str | None:
    if local is None:
        return None
    try:
        return str(ipaddress.IPv4Address(local))
    except ValueError as error:
        raise click.BadParameter(f"{local} is no IPv4 address of this machine", param_hint="--local") from error
