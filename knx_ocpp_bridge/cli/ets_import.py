"""`ets import`: what is in a file of the ETS, and the copy of it that the bridge reads names from."""

import os
from collections import Counter
from pathlib import Path
from typing import Final

import click

from knx_ocpp_bridge.cli.ets_files import MOST_BYTES, loaded_configuration, password_options, read_file
from knx_ocpp_bridge.cli.options import config_option
from knx_ocpp_bridge.cli.papers import force_option, write
from knx_ocpp_bridge.cli.tables import cell, dump, facts, json_option, shown, table
from knx_ocpp_bridge.config.addresses import AddressStyle, format_address
from knx_ocpp_bridge.config.problems import ConfigError
from knx_ocpp_bridge.ets.project import EtsError, GroupAddress, Origin, Project

_SUFFIXES: Final = {Origin.GROUP_ADDRESS_XML: ".xml", Origin.GROUP_ADDRESS_CSV: ".csv", Origin.PROJECT: ".knxproj"}
_HEADS: Final = ("group address", "name", "DPT", "group", "description")
_STYLES: Final = {
    AddressStyle.THREE_LEVEL: "three levels",
    AddressStyle.TWO_LEVEL: "two levels",
    AddressStyle.FREE: "free",
    None: "unknown",
}


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@config_option
@click.option("--list", "listed", is_flag=True, help="List the group addresses.")
@click.option("--save", is_flag=True, help="Copy it beside the configuration, as knx.project.")
@force_option
@password_options
@json_option
def import_(
    file: Path,
    config: Path,
    password: str,
    *,
    listed: bool,
    save: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Read FILE (group address export as XML or CSV, or .knxproj) and show what is in it.

    With --save the bridge gets a copy, which names foreign group addresses in the monitor and judges the object table.
    """
    from knx_ocpp_bridge.ets.reading import read

    data = read_file(file, MOST_BYTES)
    try:
        project = read(data, file.name, password, links=False)
    except EtsError as error:
        raise click.ClickException(shown(error)) from error
    if as_json:
        for address in project.addresses.values():
            click.echo(dump(_plain(address, project)))
    else:
        _show(project, listed=listed)
    for warning in project.warnings:
        click.echo(f"note: {shown(warning)}", err=True)
    if save:
        _save(data, project, config, protected=bool(password), force=force)


def _show(project: Project, *, listed: bool) -> None:
    if listed:
        click.echo("\n".join(table(_HEADS, (_cells(each, project) for each in project.addresses.values()))))
        return
    known = project.addresses.values()
    groups = Counter(each.ranges[0] for each in known if each.ranges)
    told = {
        "file": f"{project.file}, {project.origin.value}",
        "group addresses": len(known),
        "style": _STYLES[project.style],
        "with datapoint type": sum(each.dpt is not None for each in known),
        "unfiltered": sum(each.unfiltered for each in known),
        "secured": sum(each.secured is True for each in known),
        "main groups": [f"{name} ({count})" for name, count in groups.items()],
    }
    click.echo("\n".join(facts(told)))


def _cells(each: GroupAddress, project: Project) -> tuple[str, ...]:
    told = (_address(each, project), each.name, each.dpt, " / ".join(each.ranges), each.description)
    return tuple(map(cell, told))


def _address(each: GroupAddress, project: Project) -> str:
    return format_address(each.address, project.style or AddressStyle.THREE_LEVEL)


def _plain(each: GroupAddress, project: Project) -> dict[str, object]:
    return {
        "address": _address(each, project),
        "name": each.name,
        "dpt": each.dpt,
        "description": each.description,
        "groups": each.ranges,
        "unfiltered": each.unfiltered,
        "secured": each.secured,
    }


def _save(data: bytes, project: Project, config: Path, *, protected: bool, force: bool) -> None:
    """The file beside the configuration, readable by whoever reads that."""
    loaded = loaded_configuration(config)
    target = config.resolve().parent / f"project{_SUFFIXES[project.origin]}"
    write(target, [data], force=force, like=config)
    click.echo(f"{target}: written", err=True)
    _name(config, target.name)
    if protected and not loaded.bridge.knx.project_password:
        line = (
            f'project_password: !secret knx_project     # and knx_project: "..." into {config.parent / "secrets.yaml"}'
        )
        click.echo(f"put its password into {config}, below knx:\n  {line}", err=True)


def _name(config: Path, file: str) -> None:
    """`knx.project` names the file, or it is said what is to be written there."""
    from knx_ocpp_bridge.config.edit import EditError
    from knx_ocpp_bridge.config.edit import read as read_configuration
    from knx_ocpp_bridge.config.edit import write as write_configuration
    from knx_ocpp_bridge.config.project_entry import with_project

    try:
        old = read_configuration(config)
        new = with_project(old, file)
        if new != old:
            write_configuration(config, new, os.environ)
    except (EditError, ConfigError, OSError, ValueError) as error:
        click.echo(f"{config}: {error}", err=True)
        return
    click.echo(f"{config}: knx.project names it; the bridge reads it at its next reload", err=True)
