"""`ets assign`: a block of group addresses for a connector, looked at before it is written into the configuration."""

from collections.abc import Iterator
from pathlib import Path

import click

from knx_ocpp_bridge.cli.ets_files import loaded_configuration, loaded_project, password_options
from knx_ocpp_bridge.cli.options import config_option
from knx_ocpp_bridge.cli.tables import shown, table
from knx_ocpp_bridge.config import schemes
from knx_ocpp_bridge.config.addresses import AddressError, AddressStyle, format_address, parse_group_address
from knx_ocpp_bridge.config.assigning import Assigned, block
from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId
from knx_ocpp_bridge.ets.filling import in_the_way
from knx_ocpp_bridge.ets.project import Project


@click.command()
@click.argument("connector", metavar="CHARGER[/CONNECTOR]")
@click.option("--base", metavar="ADDRESS", required=True, help="Group address with offset 0.")
@click.option("--scheme", metavar="NAME", default=schemes.XXTER, show_default=True, help="xxter, or one of `schemes`.")
@click.option(
    "--project", type=click.Path(dir_okay=False, path_type=Path), help="File of the ETS; left out: knx.project, if set."
)
@config_option
@password_options
def assign(connector: str, base: str, scheme: str, project: Path | None, config: Path, password: str) -> None:
    """Show which group addresses a connector would have, and which are taken: here, or in the ETS.

    Nothing is changed: the lines for the configuration are printed. Ends with 1 if an address is taken.
    """
    loaded = loaded_configuration(config)
    there = loaded_project(project, password, loaded) if project or loaded.bridge.knx.project else None
    style = loaded.bridge.knx.style
    scheme_rows = schemes.known(loaded.bridge).get(scheme)
    if scheme_rows is None:
        known = ", ".join(schemes.known(loaded.bridge))
        raise click.UsageError(f"there is no scheme {scheme!r}; known: {known}")
    target = _connector(connector, loaded)
    rows = list(block(scheme_rows, _base(base), style, loaded.objects, target))
    told = [row.conflict or in_the_way(row, target, loaded, there) for row in rows]
    last = "conflict" if there is None else "conflict, or in the ETS"
    heads = ("object", "direction", "group address", "DPT", last)
    for line in table(heads, (_cells(row, why, style, there) for row, why in zip(rows, told, strict=True))):
        click.echo(line)
    for note in _unknown(target, loaded):
        click.echo(f"note: {shown(note)}", err=True)
    taken = sum(map(bool, told))
    if taken:
        click.echo(f"{taken} of {len(rows)} addresses cannot be used: choose another base", err=True)
        raise SystemExit(1)
    click.echo(f"group_objects_from: {{scheme: {scheme}, base: {format_address(_base(base), style)}}}")


def _unknown(target: tuple[ChargerId, ConnectorId], loaded: Loaded) -> Iterator[str]:
    """What of the target the configuration does not have."""
    charger, connector = target
    settings = loaded.chargers.get(charger)
    if settings is None:
        yield f"{charger} is no charger of {loaded.path}; the block is that of a new one"
    elif connector not in settings.connectors:
        known = ", ".join(map(str, settings.connectors)) or "none"
        yield f"{charger} has no connector {connector} in {loaded.path} ({known}); the block is that of a new one"


def _base(written: str) -> int:
    try:
        return parse_group_address(written)
    except AddressError as error:
        raise click.UsageError(f"--base: {error.reason}; {error.remedy}") from None


def _connector(written: str, loaded: Loaded) -> tuple[ChargerId, ConnectorId]:
    """The connector that is meant; one that the configuration does not know yet is as good."""
    charger, slash, number = written.rpartition("/")
    if not slash:
        return _known(written, loaded), ConnectorId(1)
    if not number.isdecimal() or not 1 <= int(number) <= 255:
        return _known(written, loaded), ConnectorId(1)
    return _known(charger, loaded), ConnectorId(int(number))


def _known(charger: str, loaded: Loaded) -> ChargerId:
    return next((each for each in loaded.chargers if each.casefold() == charger.casefold()), ChargerId(charger))


def _cells(row: Assigned, why: str, style: AddressStyle, there: Project | None) -> tuple[str, ...]:
    address = "" if row.address is None else format_address(row.address, style)
    known = there.addresses.get(row.address) if there is not None and row.address is not None else None
    if row.conflict or there is None:
        remark = why
    elif known is None:
        remark = "free"
    else:
        remark = f"{known.name!r} {why}".strip()
    return (row.row.key, "sends" if row.sends else "receives", address, row.dpt, shown(remark))
