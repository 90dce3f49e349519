"""`ets xxter`: the list of group objects of an xxter made a configuration, address for address."""

import os
from pathlib import Path

import click

from knx_ocpp_bridge.cli.ets_files import read_file
from knx_ocpp_bridge.cli.papers import force_option, put, write
from knx_ocpp_bridge.config.load import load_text
from knx_ocpp_bridge.config.problems import ConfigError
from knx_ocpp_bridge.ets import xxter as lists
from knx_ocpp_bridge.ets import xxter_file
from knx_ocpp_bridge.ets.project import EtsError


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--output", metavar="FILE", default="-", help="The configuration; left out: stdout.")
@click.option("--tags", metavar="FILE", default="", help="The list of cards; left out: tags.yaml beside --output.")
@force_option
def xxter(file: Path, output: str, tags: str, *, force: bool) -> None:
    """Turn FILE, the rows of an xxter's OCPP page as CSV or pasted with tabs, into a configuration.

    Every group address stays what it was. docs/xxter.md goes through it step by step.
    """
    try:
        chargers = lists.read(read_file(file, lists.MOST_BYTES), file.name)
        text = xxter_file.configuration(chargers, file.name)
    except EtsError as error:
        raise click.ClickException(str(error)) from error
    cards = [card for card in xxter_file.tags(chargers) if card != xxter_file.EVERY_CARD]
    cards_to = Path(tags) if tags else None if output == "-" else Path(output).with_name("tags.yaml")
    if cards_to is not None and "tags_file" in text:
        write(cards_to, [xxter_file.tags_file(cards).encode()], force=force)
        click.echo(f"{cards_to}: {len(cards)} card{'s' * (len(cards) != 1)}", err=True)
    put(output, [text.encode()], force=force)
    for note in xxter_file.notes(chargers):
        click.echo(f"note: {note}", err=True)
    if output != "-":
        _judge(text, Path(output))


def _judge(text: str, path: Path) -> None:
    """The new file is judged as `check` would: what the xxter took and this bridge refuses is told at once."""
    try:
        loaded = load_text(text, path, os.environ)
    except ConfigError as error:
        raise click.ClickException(f"{path} is written, and is not sound yet:\n{error}") from error
    chargers = len(loaded.chargers)
    click.echo(f"{path}: {chargers} charger{'s' * (chargers != 1)}, {len(loaded.objects)} group objects", err=True)
