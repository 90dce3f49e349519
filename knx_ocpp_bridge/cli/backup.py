"""`backup` and `restore`: the whole installation in one file, and back."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, TextIO, TypeVar

import click
from click.core import ParameterSource

from knx_ocpp_bridge import __version__
from knx_ocpp_bridge.cli.live import EXIT_FAILED
from knx_ocpp_bridge.cli.options import EXIT_CONFIGURATION, config_option, state_option
from knx_ocpp_bridge.cli.tables import shown
from knx_ocpp_bridge.config.parts import Parts, parts
from knx_ocpp_bridge.store import restore as restoring
from knx_ocpp_bridge.store.backup import Sources, make
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.restore import Places, Restored

_F = TypeVar("_F", bound=Callable[..., None])
_KEYS = (
    "it contains keys and passwords: keep it as safe as the bridge itself, "
    "or protect it by --ask-password or --password-file"
)


def _password_options(command: _F) -> _F:
    """`--password-file` and `--ask-password`; the parameters are `password_file` and `ask_password`."""
    in_file = click.option(
        "--password-file",
        type=click.File("r", encoding="utf-8"),
        help="The password is the first line of this file; - is stdin.",
    )
    asked = click.option("--ask-password", is_flag=True, help="Ask for the password.")
    return in_file(asked(command))


file_argument = click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@file_argument
@config_option
@state_option
@_password_options
def backup(file: Path, config: Path, state: Path, password_file: TextIO | None, *, ask_password: bool) -> None:
    """Put database, certificates, configuration and secrets into FILE, encrypted if a password is given.

    A running bridge notices nothing.
    """
    password = _password(password_file, ask=ask_password, confirm=True)
    found = _parts(config)
    for missing in found.missing:
        click.echo(f"warning: {missing} is named in {config} and is not there", err=True)
    storage = "" if found.storage is None else str(found.storage)
    sources = Sources(_state(state, found), config, found.others, storage)
    try:
        manifest = make(file, sources, __version__, _now(), password)
    except StoreError as error:
        _refuse(error)
    for name, place in manifest.outside.items():
        click.echo(f"{place} lies outside {config.parent}: it is in the backup as {name}", err=True)
    sizes = sum(each.size for each in manifest.members)
    click.echo(
        f"{file}: {len(manifest.members)} files, {sizes // 1024} KiB, transactions up to {manifest.last_transaction}, "
        f"{'not encrypted' if password is None else 'encrypted'}"
    )
    if password is None:
        click.echo(f"warning: {_KEYS}", err=True)


@click.command()
@file_argument
@config_option
@state_option
@_password_options
@click.option("--state-only", is_flag=True, help="Database and certificates; the configuration stays.")
@click.option("--config-only", is_flag=True, help="Configuration and secrets; the state stays.")
def restore(
    file: Path,
    config: Path,
    state: Path,
    password_file: TextIO | None,
    *,
    ask_password: bool,
    state_only: bool,
    config_only: bool,
) -> None:
    """Put a backup back while no bridge runs. All of it is checked first; what was there is moved aside."""
    if state_only and config_only:
        raise click.UsageError("--state-only and --config-only exclude each other; without them all is put back")
    found = _parts(config) if config.is_file() else Parts(config)
    places = Places(_state(state, found), config, not config_only, not state_only)
    try:
        password = None
        if restoring.is_sealed(file):
            if password_file is None and not ask_password:
                raise click.UsageError(f"{file} is encrypted: --ask-password, or --password-file")
            password = _password(password_file, ask=ask_password, confirm=False)
        restored = restoring.restore(file, places, password, _now())
    except StoreError as error:
        _refuse(error)
    _tell(restored, places)


def _tell(restored: Restored, places: Places) -> None:
    manifest = restored.manifest
    click.echo(f"restored: the backup of {shown(manifest.made_at)}, made by version {shown(manifest.version)}")
    for aside in restored.asides:
        click.echo(f"what was there before: {aside}")
    if restored.after_transaction is not None:
        click.echo(
            f"transactions go on after number {restored.after_transaction}: none of those given since the backup "
            "is given again"
        )
    if places.with_configuration:
        for name, place in manifest.outside.items():
            here = places.configuration.parent / name.removeprefix("config/")
            click.echo(f"{shown(place)} lay outside the configuration's folder: it is now {here}; put it back by hand")
        click.echo(f"look at it: knx-ocpp-bridge check -c {places.configuration}")
    click.echo("then: systemctl start knx-ocpp-bridge")


def _password(file: TextIO | None, *, ask: bool, confirm: bool) -> str | None:
    if file is not None and ask:
        raise click.UsageError("the password comes from --password-file or is asked for")
    if ask:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=confirm, err=True))
    if file is None:
        return None
    password = file.readline().rstrip("\r\n")
    if not password:
        raise click.UsageError("the first line of the password file is empty")
    return password


def _parts(config: Path) -> Parts:
    try:
        return parts(config)
    except (OSError, ValueError) as error:
        click.echo(f"{config}: the configuration cannot be read ({error}); name it by --config", err=True)
        sys.exit(EXIT_CONFIGURATION)


def _state(state: Path, found: Parts) -> Path:
    """What was named, else what the configuration names, else that of the service."""
    source = click.get_current_context().get_parameter_source("state")
    if found.storage is None or source is ParameterSource.COMMANDLINE:
        return state
    return found.main.parent / found.storage


def _now() -> datetime:
    return datetime.now(UTC)


def _refuse(error: StoreError) -> NoReturn:
    click.echo(shown(error), err=True)
    sys.exit(EXIT_FAILED)
