"""`ets table`: the object table as the ETS shows a device, to print."""

from pathlib import Path

import click

from knx_ocpp_bridge.cli.ets_files import loaded_configuration
from knx_ocpp_bridge.cli.options import config_option
from knx_ocpp_bridge.cli.papers import force_option, put
from knx_ocpp_bridge.cli.tables import shown
from knx_ocpp_bridge.cli.tables import table as aligned
from knx_ocpp_bridge.ets import table as tables
from knx_ocpp_bridge.ets.speech import LANGUAGES
from knx_ocpp_bridge.report.harmless import harmless

_FORMATS = ("text", "html", "markdown", "csv")


@click.command()
@config_option
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True, help="What to write.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of words and flags.")
@click.option("--output", metavar="FILE", default="-", help="The file; left out: stdout.")
@force_option
def table(config: Path, form: str, language: str, output: str, *, force: bool) -> None:
    """Print the group objects of the bridge with their flags: C R W T U I, in German K L S Ü A I."""
    loaded = loaded_configuration(config)
    names = {str(charger_id): shown(settings.name or charger_id) for charger_id, settings in loaded.chargers.items()}
    rows = list(tables.rows(loaded.objects, loaded.bridge.knx.style, names, language))
    title = shown(loaded.bridge.site.name) or "KNX OCPP bridge"
    match form:
        case "html":
            text = tables.as_html(rows, language, title)
        case "markdown":
            text = tables.as_markdown(rows, language)
        case "csv":
            text = tables.as_csv(rows, language, harmless)
        case _:
            lines = aligned(tables.heads(language), (tables.cells(row, language) for row in rows))
            text = "".join(f"{line}\n" for line in lines)
    put(output, [text.encode()], force=force)
