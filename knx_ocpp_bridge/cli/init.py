"""`init`: what a new installation needs to start, and the address of its pages."""

import grp
import os
import stat
import sys
import zoneinfo
from pathlib import Path
from typing import Final

import click

from knx_ocpp_bridge.cli.options import EXIT_CONFIGURATION, config_option
from knx_ocpp_bridge.config import first_file
from knx_ocpp_bridge.config.load import Loaded, load
from knx_ocpp_bridge.config.models import HostPort
from knx_ocpp_bridge.config.problems import ConfigError

GROUP: Final = "knx-ocpp-bridge"
"""The bridge's own (systemd/sysusers.d)."""
_FOLDER_MODE: Final = stat.S_ISGID | 0o775
_FILE_MODE: Final = 0o640
_UNIT: Final = "knx-ocpp-bridge.service"
_UNITS: Final = tuple(
    map(Path, ("/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
               "/lib/systemd/system"))
)  # fmt: skip
_LOCALTIME: Final = Path("/etc/localtime")


@click.command()
@config_option
@click.option(
    "--knx-gateway", "gateway", default="", metavar="IP", help="Of the KNX/IP interface; else one is searched."
)
@click.option(
    "--language", type=click.Choice(first_file.LANGUAGES), default="en", show_default=True, help="Of the comments."
)
def init(config: Path, gateway: str, language: str) -> None:
    """Write a first configuration, unless there is one, and print where the pages are."""
    try:
        written = _written(config, gateway, language)
        loaded = load(config, os.environ)
    except OSError as error:
        click.echo(f"{error.filename or config}: {error.strerror or error}; call it as root (sudo)", err=True)
        sys.exit(1)
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_CONFIGURATION)
    click.echo(f"{config}: {'written' if written else 'is there already, and stays as it is'}")
    _show_pages(loaded)


def _written(config: Path, gateway: str, language: str) -> bool:
    """Raises:
    ConfigError: with that gateway it would not load; nothing is written.
    """
    if config.exists():
        return False
    text = first_file.configuration(language, _timezone(), gateway)
    folder_is_new = not config.parent.exists()
    config.parent.mkdir(parents=True, exist_ok=True)
    group = _group()
    if folder_is_new:
        _give(config.parent, group, _FOLDER_MODE)
    for path, content in ((config.with_name("tags.yaml"), first_file.cards(language)), (config, text)):
        if not path.exists():
            _write(path, content, group)
    try:
        load(config, os.environ)
    except ConfigError:
        config.unlink()
        raise
    return True


def _write(path: Path, content: str, group: int | None) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    _give(path, group, _FILE_MODE)


def _give(path: Path, group: int | None, mode: int) -> None:
    """As docs/install.md has it, where somebody may: root's, and the bridge's group's."""
    if group is not None:
        os.chown(path, -1, group)
        path.chmod(mode)


def _group() -> int | None:
    try:
        return grp.getgrnam(GROUP).gr_gid if os.geteuid() == 0 else None
    except KeyError:
        return None


def _timezone() -> str:
    """Of this machine, UTC where it does not say."""
    name = "/".join(_LOCALTIME.resolve().parts).partition("zoneinfo/")[2]
    return name if name in zoneinfo.available_timezones() else "UTC"


def _start(config: Path) -> str:
    """By the service where it is installed."""
    if any((folder / _UNIT).is_file() for folder in _UNITS):
        return "systemctl enable --now knx-ocpp-bridge"
    return f"knx-ocpp-bridge run -c {config} --state DIRECTORY --socket PATH"


def _show_pages(loaded: Loaded) -> None:
    if loaded.bridge.web is None:
        click.echo("it serves no pages: it has no section web", err=True)
        return
    from knx_ocpp_bridge.daemon.announcing import HOST
    from knx_ocpp_bridge.pki.names import of_this_machine

    names = of_this_machine()
    listen = loaded.bridge.web.listen
    host = names.addresses[0] if listen.host in {"0.0.0.0", "::"} else listen.host  # noqa: S104 - stands for all
    address = f"http://{HostPort(host, listen.port)}/"
    local = f"http://{HOST}:{listen.port}/" if loaded.bridge.web.mdns else ""
    click.echo(f"start it:  {_start(loaded.path)}")
    click.echo(f"then open: {address}{f'   or   {local}' if local else ''}")
    if sys.stdout.isatty():
        import segno

        segno.make(address).terminal(compact=True)
