"""`ets check`: our group addresses held against a file of the ETS."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from knx_ocpp_bridge.cli.ets_files import loaded_configuration, loaded_project, password_options
from knx_ocpp_bridge.cli.options import config_option
from knx_ocpp_bridge.cli.tables import json_option, shown
from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.ets.check import Finding, Weight, findings, ours


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@config_option
@password_options
@json_option
def check(file: Path | None, config: Path, password: str, *, as_json: bool) -> None:
    """Compare the object table with FILE (XML, CSV or .knxproj of the ETS), or with knx.project.

    Ends with 1 if something cannot work. Who else sends, and whether anybody listens, only a .knxproj can tell.
    """
    loaded = loaded_configuration(config)
    project = loaded_project(file, password, loaded)
    found = findings(ours(loaded), project)
    if as_json:
        click.echo(json.dumps({"findings": [_plain(each) for each in found], "warnings": project.warnings}, indent=2))
    else:
        for each in found:
            click.echo(_line(each))
        for warning in project.warnings:
            click.echo(f"note: {shown(warning)}")
        click.echo(_summary(found, loaded, project.file, links=project.links is not None))
    if any(each.weight is Weight.ERROR for each in found):
        raise SystemExit(1)


def _plain(finding: Finding) -> dict[str, object]:
    return {**asdict(finding), "weight": finding.weight.value}


def _line(finding: Finding) -> str:
    place = f"{finding.where}: " if finding.where else ""
    return shown(f"{finding.weight.value}: {place}{finding.text}; {finding.remedy}")


def _summary(found: tuple[Finding, ...], loaded: Loaded, file: str, *, links: bool) -> str:
    counts = {weight: sum(each.weight is weight for each in found) for weight in Weight}
    told = ", ".join(f"{count} {weight.value}{'s' * (count != 1)}" for weight, count in counts.items())
    unseen = "" if links else "; who is linked there this kind of file does not tell"
    return f"{len(loaded.objects)} group objects held against {file}: {told}{unseen}"
