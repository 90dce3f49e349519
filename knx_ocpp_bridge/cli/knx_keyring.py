"""`knx keyring`: what the keyring says about this bridge. Needs no daemon, and opens no connection."""

import os
from collections.abc import Iterator
from pathlib import Path

import click

from knx_ocpp_bridge.cli.options import EXIT_CONFIGURATION, config_option
from knx_ocpp_bridge.cli.tables import cell, dump, facts, json_option, table
from knx_ocpp_bridge.config.load import Loaded, load
from knx_ocpp_bridge.config.problems import ConfigError, Problem
from knx_ocpp_bridge.knx.secure.coverage import Coverage, coverage, heading, rows
from knx_ocpp_bridge.knx.secure.keyring import KeyringError

_HEADS = ("group address", "objects", "secured", "senders", "linked to us")


@click.command("keyring")
@json_option
@config_option
def keyring(config: Path, *, as_json: bool) -> None:
    """Open the keyring of the configuration, and show which of our group addresses it secures."""
    try:
        loaded = load(config, os.environ)
        told = covered(loaded)
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise SystemExit(EXIT_CONFIGURATION) from error
    if told is None:
        raise click.ClickException(f"{config} names no keyring (knx.keyring); nothing is secured (docs/knx.md)")
    click.echo(dump(_document(loaded, told)) if as_json else "\n".join(_screen(loaded, told)))


def covered(loaded: Loaded) -> Coverage | None:
    """What the keyring of this configuration means for it; None: it names none.

    Raises:
        ConfigError: the keyring cannot be used.
    """
    try:
        told = coverage(loaded.bridge.knx, loaded.objects)
    except KeyringError as error:
        problem = Problem(loaded.bus_places["keyring"], "knx.keyring", f"{error.path}: {error.reason}", error.remedy)
        raise ConfigError((problem,)) from error
    if told is not None and told.troubles:
        raise ConfigError(
            tuple(
                Problem(loaded.bus_places[each.key], f"knx.{each.key}", each.reason, each.remedy)
                for each in told.troubles
            )
        )
    return told


def _document(loaded: Loaded, told: Coverage) -> dict[str, object]:
    addresses = list(rows(loaded.objects, told, loaded.bridge.knx.style))
    return {**heading(loaded.bridge.knx, told), "addresses": addresses, "warnings": told.warnings}


def _screen(loaded: Loaded, told: Coverage) -> Iterator[str]:
    head = heading(loaded.bridge.knx, told)
    head["secure_tunnels"] = head["secure_tunnels"] or "none"
    head["own_address"] = head["own_address"] or "known when the bridge is connected"
    yield from facts(head)
    yield ""
    addresses = list(rows(loaded.objects, told, loaded.bridge.knx.style))
    yield from table(_HEADS, ([cell(value) for value in row.values()] for row in addresses))
    for warning in told.warnings:
        yield f"warning: {warning}"
    secured = sum(row["secured"] is True for row in addresses)
    yield f"{secured} of {len(addresses)} group addresses of the bridge are secured"
