"""`ets xxter`: the list of group objects of an xxter made a configuration, address for address."""

import os
from pathlib import Path

import click

from knx_ocpp_bridge.cli.ets_files import read_file
from knx_ocpp_bridge.cli.papers import force_option, put, write
from knx_ocpp_bridge.cli.tables import shown
from knx_ocpp_bridge.config.load import load_text
from knx_ocpp_bridge.config.problems import ConfigError
from knx_ocpp_bridge.ets import xxter as lists
from knx_ocpp_bridge.ets import xxter_cards, xxter_file
from knx_ocpp_bridge.ets.project import EtsError

_TAGS = "tags.yaml"


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
    except EtsError as error:
        raise click.ClickException(str(error)) from error
    cards = xxter_cards.cards(chargers)
    folder = Path() if output == "-" else Path(output).parent
    cards_to = Path(tags) if tags else None if output == "-" else folder / _TAGS
    text = xxter_file.configuration(chargers, file.name, _seen_from(folder, cards_to))
    if cards.places and cards_to is not None:
        _not_there(output, cards_to, force=force)
        write(cards_to, [xxter_cards.tags_file(cards).encode()], force=force)
        click.echo(f"{cards_to}: {_count(len(cards.places), 'card')}", err=True)
    put(output, [text.encode()], force=force)
    for note in xxter_file.notes(chargers):
        click.echo(f"note: {shown(note)}", err=True)
    if cards.places and cards_to is None:
        click.echo(f"note: {_count(len(cards.places), 'card')} not written: name the file with --tags", err=True)
    if output != "-":
        _judge(text, Path(output))


def _seen_from(folder: Path, cards_to: Path | None) -> str:
    """The list of cards as `tags_file` names it: relative to the configuration, unless it was given as absolute."""
    if cards_to is None or cards_to.is_absolute():
        return str(cards_to or _TAGS)
    return os.path.relpath(cards_to, folder)


def _not_there(output: str, cards_to: Path, *, force: bool) -> None:
    """Neither of both files is written where one of them cannot be."""
    if output != "-" and Path(output).resolve() == cards_to.resolve():
        raise click.UsageError("--tags and --output are the same file")
    if output != "-" and Path(output).exists() and not force:
        raise click.ClickException(f"{output} exists: name another file, or overwrite it with --force")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _judge(text: str, path: Path) -> None:
    """The new file is judged as `check` would: what the xxter took and this bridge refuses is told at once."""
    try:
        loaded = load_text(text, path, os.environ)
    except ConfigError as error:
        raise click.ClickException(f"{path} is written, and is not sound yet:\n{error}") from error
    counts = f"{_count(len(loaded.chargers), 'charger')}, {_count(len(loaded.objects), 'group object')}"
    click.echo(f"{path}: {counts}; still to be filled in: {', '.join(xxter_file.to_fill_in())}", err=True)
