"""What the verbs about the ETS read: the configuration, and files of the ETS."""

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Final

import click

from knx_ocpp_bridge.cli.options import EXIT_CONFIGURATION
from knx_ocpp_bridge.config.load import Loaded, load
from knx_ocpp_bridge.config.problems import ConfigError
from knx_ocpp_bridge.ets.project import EtsError, Project

MOST_BYTES: Final = 256 * 1024 * 1024
"""Of a file that is read at all; what is in it has limits of its own."""

_password = click.option(
    "--password",
    envvar="KNX_OCPP_BRIDGE_PROJECT_PASSWORD",
    default="",
    metavar="TEXT",
    help="Of a protected .knxproj; better in the environment, where nobody sees it.",
)
_prompt = click.option(
    "--password-prompt", "prompt", is_flag=True, help="Ask for the password of a protected .knxproj."
)


def password_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--password TEXT` and `--password-prompt`; the parameter is `password: str`, be it given or typed."""

    @wraps(command)
    def asked(*args: object, **named: object) -> None:
        if named.pop("prompt"):
            named["password"] = click.prompt("Password of the project", hide_input=True, err=True)
        command(*args, **named)

    return _password(_prompt(asked))


def loaded_configuration(config: Path) -> Loaded:
    """The configuration, or the end of the command with all that is wrong with it (3)."""
    try:
        return load(config, os.environ)
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise SystemExit(EXIT_CONFIGURATION) from error


def loaded_project(file: Path | None, password: str, loaded: Loaded, *, links: bool = True) -> Project:
    """The group addresses of this file, else of `knx.project`.

    Raises:
        click.ClickException: there is none, or it cannot be read.
    """
    from knx_ocpp_bridge.ets.reading import read

    knx = loaded.bridge.knx
    if file is None and knx.project is None:
        raise click.UsageError("name a file of the ETS, or write it as knx.project into the configuration")
    path = file or loaded.path.parent / (knx.project or "")
    try:
        secret = password or ("" if file else knx.project_password)
        return read(read_file(path, MOST_BYTES), path.name, secret, links=links)
    except EtsError as error:
        raise click.ClickException(str(error)) from error


def read_file(path: Path, most_bytes: int) -> bytes:
    """What is in it.

    Raises:
        click.ClickException: it cannot be read, or is larger.
    """
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read: {error.strerror or error}") from error
    if len(data) > most_bytes:
        raise click.ClickException(f"{path} is larger than {most_bytes // 1024} KiB: is it the right file?")
    return data
