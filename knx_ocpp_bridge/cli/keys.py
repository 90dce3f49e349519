"""`keys`: the configuration keys of a charger, with what the standard says of them."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import click

from knx_ocpp_bridge.cli.call import ask, words
from knx_ocpp_bridge.cli.live import EXIT, EXIT_REFUSED
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import dump, json_option, shown, table
from knx_ocpp_bridge.control.protocol import Called
from knx_ocpp_bridge.core.configuration_keys import (
    AUTHORIZATION_KEY,
    LONGEST_NAME,
    LONGEST_VALUE,
    Access,
    ConfigurationKey,
    KeyType,
    known,
    unfit,
)
from knx_ocpp_bridge.core.status import CommandResult

_TYPES = {KeyType.BOOLEAN: "boolean", KeyType.INTEGER: "integer", KeyType.LIST: "list", KeyType.TEXT: "text"}
_REBOOT = "RebootRequired"


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
    wanted = [_spelled(name) for name in names]
    called = ask(socket, charger, "GetConfiguration", {"key": wanted} if wanted else {})
    if called.result is not CommandResult.ACCEPTED or called.answer is None:
        _end(called)
    said = [_row(each) for each in _list(called.answer, "configurationKey") if isinstance(each, dict)]
    # Some answer with all keys whatever was asked for, and do not name those that they do not know (row K5).
    rows = [row for row in said if not wanted or row["key"].casefold() in {name.casefold() for name in wanted}]
    found = {row["key"].casefold() for row in rows}
    missing = [name for name in wanted if name.casefold() not in found]
    if as_json:
        click.echo(dump({"keys": rows, "unknown": missing}))
        return
    heads = ("key", "value", "access", "type", "meaning")
    for line in table(heads, [tuple(shown(row[head]) for head in heads) for row in rows]) if rows else []:
        click.echo(line)
    if not wanted and not rows:
        click.echo("the charger lists none; it may still answer for one that is named", err=True)
    for name in missing:
        click.echo(f"{shown(name)}: the charger does not know it", err=True)


@keys.command("set")
@click.argument("charger", metavar="ID")
@click.argument("name", metavar="KEY")
@click.argument("value", metavar="VALUE")
@click.option("--force", is_flag=True, help="Send it even if the standard says read-only, or another type.")
@json_option
@socket_option
def change(charger: str, name: str, value: str, socket: Path, *, force: bool, as_json: bool) -> None:
    """Write a configuration key. What the standard says of its type and access is checked before."""
    name = _spelled(name)
    if not 0 < len(name) <= LONGEST_NAME or len(value) > LONGEST_VALUE:
        raise click.UsageError(f"a key has 1 to {LONGEST_NAME} characters, a value at most {LONGEST_VALUE}")
    if name == AUTHORIZATION_KEY:
        click.echo(f"a password is set with the bridge knowing it: knx-ocpp-bridge chargers secure {charger}", err=True)
        sys.exit(EXIT_REFUSED)
    key = known(name)
    if key is not None and not force:
        _check(key, value)
    called = ask(socket, charger, "ChangeConfiguration", {"key": name, "value": value})
    if as_json:
        click.echo(dump({"result": called.result.name, "reason": called.reason}))
        sys.exit(EXIT[called.result])
    if called.result is not CommandResult.ACCEPTED:
        _end(called)
    click.echo(f"accepted: {shown(name)} = {shown(value)}")
    if called.reason == _REBOOT:
        click.echo(f"it is in force after a restart: knx-ocpp-bridge reset {charger}")


def _check(key: ConfigurationKey, value: str) -> None:
    if key.access is Access.READ:
        click.echo(f"{key.name} is read-only in OCPP 1.6; --force sends it all the same", err=True)
        sys.exit(EXIT_REFUSED)
    why = unfit(key, value)
    if why:
        raise click.UsageError(f"{why}; --force sends it all the same")


def _row(said: Mapping[str, Any]) -> dict[str, Any]:
    """What the charger says of one key, and the standard."""
    name = str(said.get("key", ""))
    key = known(name)
    readonly = said.get("readonly") is True
    value = said.get("value")
    unit = "" if key is None or not key.unit else f", {key.unit}"
    writable = "W" if key is not None and key.access is Access.WRITE else "RW"
    return {
        "key": name,
        "value": "" if value is None else str(value),
        "access": "R" if readonly else writable,
        "type": "" if key is None else f"{_TYPES[key.type]}{unit}",
        "meaning": "" if key is None else key.sentence,
        "profile": "" if key is None else key.profile,
        "readonly": readonly,
    }


def _spelled(name: str) -> str:
    """As the standard spells it; a vendor's own key as it was typed."""
    key = known(name)
    return name if key is None else key.name


def _list(answer: Mapping[str, Any], name: str) -> list[Any]:
    found = answer.get(name)
    return found if isinstance(found, list) else []


def _end(called: Called) -> NoReturn:
    click.echo(f"{words(called.result)}: {shown(called.reason)}", err=True)
    sys.exit(EXIT[called.result])
