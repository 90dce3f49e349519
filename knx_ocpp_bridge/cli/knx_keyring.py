"""`knx keyring`: what the keyring says about this bridge. Needs no daemon, and opens no connection."""

import os
from collections.abc import Iterator
from pathlib import Path

import click

from knx_ocpp_bridge.cli.options import EXIT_CONFIGURATION, config_option
from knx_ocpp_bridge.cli.tables import UNKNOWN, cell, dump, facts, json_option, table
from knx_ocpp_bridge.config.addresses import format_address
from knx_ocpp_bridge.config.collisions import title
from knx_ocpp_bridge.config.load import Loaded, load
from knx_ocpp_bridge.config.problems import ConfigError, Problem
from knx_ocpp_bridge.knx.secure.coverage import Coverage, coverage
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
    return {**_heading(loaded, told), "addresses": list(_rows(loaded, told)), "warnings": told.warnings}


def _heading(loaded: Loaded, told: Coverage) -> dict[str, object]:
    return {
        "keyring": str(loaded.bridge.knx.keyring),
        "project": told.facts.project,
        "exported": told.facts.created,
        "secure_tunnels": [f"{each.address} of {each.host or UNKNOWN}" for each in told.facts.tunnels if each.secure],
        "secure_routing": told.facts.backbone,
        "own_address": told.own,
    }


def _screen(loaded: Loaded, told: Coverage) -> Iterator[str]:
    heading = _heading(loaded, told)
    heading["secure_tunnels"] = heading["secure_tunnels"] or "none"
    heading["own_address"] = heading["own_address"] or "known when the bridge is connected"
    yield from facts(heading)
    yield ""
    rows = list(_rows(loaded, told))
    yield from table(_HEADS, ([cell(value) for value in row.values()] for row in rows))
    for warning in told.warnings:
        yield f"warning: {warning}"
    yield f"{sum(row['secured'] is True for row in rows)} of {len(rows)} group addresses of the bridge are secured"


def _rows(loaded: Loaded, told: Coverage) -> Iterator[dict[str, object]]:
    secured = {each.address: each for each in told.facts.secured}
    names: dict[int, dict[str, None]] = {}
    for bound in loaded.objects:
        own = () if bound.state_address is None else (bound.state_address,)
        for address in (*own, *bound.addresses):
            names.setdefault(address, {})[title(bound)] = None
    for address in sorted(names):
        one = secured.get(address)
        yield {
            "group_address": format_address(address, loaded.bridge.knx.style),
            "objects": list(names[address]),
            "secured": one is not None,
            "senders": [] if one is None else list(one.senders),
            "linked": None if one is None else one.linked,
        }
