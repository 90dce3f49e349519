"""`ets export`: the group addresses of the object table as a file that the ETS imports."""

from collections.abc import Iterator
from pathlib import Path

import click

from knx_ocpp_bridge.cli.ets_files import loaded_configuration, loaded_project, password_options
from knx_ocpp_bridge.cli.options import config_option
from knx_ocpp_bridge.cli.papers import force_option, put
from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.ets.export import Wish, group_addresses, left_to_the_building
from knx_ocpp_bridge.ets.naming import PLACEHOLDERS, TEMPLATE, TemplateError
from knx_ocpp_bridge.ets.speech import LANGUAGES
from knx_ocpp_bridge.ets.writing import Format, as_csv, as_xml

_FORMATS = tuple(each.value for each in Format)


@click.command()
@config_option
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="xml", show_default=True, help="XML, or CSV 3/1."
)
@click.option("--output", metavar="FILE", default="-", help="The file; left out: stdout.")
@force_option
@click.option("--charger", "chargers", metavar="ID", multiple=True, help="Objects of this charger alone; repeatable.")
@click.option("--missing", is_flag=True, help="Only group addresses that knx.project has not yet.")
@click.option("--inputs", is_flag=True, help="With those on which the building tells its own values.")
@click.option("--unfiltered", is_flag=True, help="Mark each to pass line couplers.")
@click.option("--security", is_flag=True, help="Say which are secured, as knx.keyring tells.")
@click.option(
    "--names", "template", metavar="TEXT", default=TEMPLATE, show_default=True, help=f"Of {', '.join(PLACEHOLDERS)}."
)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of all words.")
@click.option("--group", metavar="TEXT", default="", help="Name of main groups; left out: EV charging.")
@click.option("--middle-group", metavar="TEXT", default="", help="Name of middle groups; left out: the charger's.")
@password_options
def export(
    config: Path,
    form: str,
    output: str,
    *,
    chargers: tuple[str, ...],
    template: str,
    group: str,
    middle_group: str,
    password: str,
    force: bool,
    missing: bool,
    inputs: bool,
    language: str,
    unfiltered: bool,
    security: bool,
) -> None:
    """Write the group addresses with names, types and directions, for the ETS to import.

    An import overwrites what has the same address. So what knx.project names keeps its names.
    """
    loaded = loaded_configuration(config)
    knx = loaded.bridge.knx
    if missing and knx.project is None:
        raise click.UsageError("--missing needs knx.project: what the ETS has already")
    if form == Format.CSV.value and knx.style is not AddressStyle.THREE_LEVEL:
        raise click.UsageError("CSV is written for group addresses of three levels alone; take --format xml")
    project = None if knx.project is None else loaded_project(None, password, loaded, links=False)
    names = {str(charger_id): settings.name for charger_id, settings in loaded.chargers.items()}
    secured = _secured(loaded) if security else None
    wish = Wish(
        knx.style, names, template, group, middle_group, unfiltered, secured, project, missing, inputs, language
    )
    objects = _chosen(loaded, chargers)
    try:
        made = group_addresses(objects, wish)
    except TemplateError as error:
        raise click.UsageError(f"--names: {error}") from error
    put(output, [as_csv(made) if form == Format.CSV.value else as_xml(made, knx.style, security=security)], force=force)
    if output != "-":
        click.echo(f"{output}: {len(made)} group address{'es' * (len(made) != 1)} written", err=True)
    for note in _notes(objects, wish):
        click.echo(f"note: {note}", err=True)


def _notes(objects: tuple[BoundObject, ...], wish: Wish) -> Iterator[str]:
    if wish.project is None:
        yield (
            "knx.project is not set: what the ETS has already at one of these group addresses, and their main and "
            "middle groups, get our names by the import; ets import --save tells the bridge what is there"
        )
    left = 0 if wish.inputs else left_to_the_building(objects)
    if left:
        addresses = f"{left} group address{'es' * (left != 1)}"
        yield f"{addresses} on which the building tells its own values left out; --inputs writes them too"


def _chosen(loaded: Loaded, chargers: tuple[str, ...]) -> tuple[BoundObject, ...]:
    unknown = next((charger for charger in chargers if charger not in loaded.chargers), None)
    if unknown is not None:
        raise click.UsageError(f"{unknown} is no charger of {loaded.path}")
    return tuple(bound for bound in loaded.objects if not chargers or bound.charger in chargers)


def _secured(loaded: Loaded) -> frozenset[int]:
    """Which of our addresses the keyring has keys of."""
    from knx_ocpp_bridge.knx.secure.keyring import KeyringError, facts, load

    knx = loaded.bridge.knx
    if knx.keyring is None:
        raise click.UsageError("--security needs knx.keyring: it tells which are secured")
    ours = {address for bound in loaded.objects for address in (*bound.addresses, bound.state_address or 0)} - {0}
    try:
        told = facts(load(knx.keyring, knx.keyring_password), ours, knx.individual_address)
    except KeyringError as error:
        raise click.ClickException(str(error)) from error
    return frozenset(each.address for each in told.secured)
