"""`report`: a month on paper, for one card, one charge point, each of them, or all together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from knx_ocpp_bridge.cli.charged import (
    Asked,
    cost_centre_option,
    group_option,
    place,
    query,
    read_month,
    transactions,
    whole_tags_option,
)
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.papers import force_option, new_file, put, written
from knx_ocpp_bridge.report.each import Card, about_cards, about_charger
from knx_ocpp_bridge.report.each import each as each_of
from knx_ocpp_bridge.report.languages import Language
from knx_ocpp_bridge.report.monthly import About, Report
from knx_ocpp_bridge.report.monthly import report as made
from knx_ocpp_bridge.report.months import LAST, month
from knx_ocpp_bridge.report.rows import Row

_FORMATS: Final = ("html", "pdf", "csv", "xlsx")
_LANGUAGES: Final = tuple(each.value for each in Language)


@dataclass(frozen=True, slots=True)
class _Form:
    """How it is to be written."""

    format: str
    language: Language
    force: bool


@click.command()
@click.option(
    "--month",
    "period",
    metavar="YYYY-MM|last",
    default=LAST,
    show_default=True,
    callback=read_month,
    help="Of what ended in this month.",
)
@click.option("--tag", metavar="ID|NAME", default="", help="For this card, or this person's cards.")
@click.option("--charger", metavar="ID", default="", help="For this charger.")
@cost_centre_option
@group_option
@click.option("--all", "each", is_flag=True, help="One for each card and each charger, into a directory.")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="html", show_default=True, help="pdf is an extra."
)
@click.option(
    "--language", type=click.Choice(_LANGUAGES), default="en", show_default=True, help="Of words and numbers."
)
@click.option("--output", metavar="FILE|DIR", required=True, help="Where to; - is stdout, for html and csv.")
@whole_tags_option
@force_option
@socket_option
def report(
    *,
    period: str,
    tag: str,
    charger: str,
    cost_centre: str,
    group: str,
    form: str,
    language: str,
    output: str,
    socket: Path,
    each: bool,
    whole_tags: bool,
    force: bool,
) -> None:
    """Make the report of a month: for a card, a charger, a cost centre, a group, each (--all), or everything."""
    if sum(map(bool, (tag, charger, cost_centre, group, each))) > 1:
        raise click.UsageError("--tag, --charger, --cost-centre, --group and --all exclude each other")
    if output == "-" and (each or form in {"pdf", "xlsx"}):
        raise click.UsageError("only one report, as html or csv, goes to stdout: --output FILE")
    asked = Asked(charger, tag, cost_centre, group, month=period)
    at = place(socket, asked, everybody=each, whole=whole_tags)
    rows = list(transactions(socket, query("transactions", asked, at, tags=whole_tags, open_too=False)))
    how = _Form(form, Language(language), force)
    now = datetime.now(UTC)
    of = month(period, now, at.site.zone)
    if each:
        _folder(Path(output))
        for name, about, own in each_of(rows, {card.who: card for card in at.cards}):
            _write(str(Path(output) / f"{of}{name}.{form}"), made(at.site, of, about, own, now), how)
        return
    _write(output, made(at.site, of, _about(asked, at.cards, rows), rows, now), how)


def _about(asked: Asked, cards: Sequence[Card], rows: Sequence[Row]) -> About:
    if asked.tag:
        return about_cards(cards)
    if asked.charger:
        return about_charger(asked.charger, rows)
    first = cards[0] if cards else Card(())
    return About(
        cost_centre=first.cost_centre if asked.cost_centre else "", group=first.group or "" if asked.group else ""
    )


def _write(output: str, what: Report, how: _Form) -> None:
    match how.format:
        case "csv":
            put(output, [what.csv(how.language)], force=how.force)
        case "xlsx":
            from knx_ocpp_bridge.report.spreadsheet import spreadsheet

            with new_file(Path(output), force=how.force) as file:
                spreadsheet(file, what.lines, how.language, what.site, what.made_at, money=what.price is not None)
        case _:
            from knx_ocpp_bridge.report.page import page

            text = page(what, how.language)
            sheet = _pdf(text, len(what.lines)) if how.format == "pdf" else text.encode("utf-8")
            put(output, [sheet], force=how.force)
    written(output, len(what.lines))


def _pdf(text: str, lines: int) -> bytes:
    from knx_ocpp_bridge.report.pdf import MOST_LINES, PdfError, pdf

    if lines > MOST_LINES:
        raise click.ClickException(
            f"a PDF has {MOST_LINES} transactions at most, these are {lines}: "
            "make one for each card and charger (--all), or write --format html and print it in a browser"
        )
    try:
        return pdf(text)
    except PdfError as error:
        raise click.ClickException(str(error)) from error


def _folder(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"{path} is no directory to write into: {error.strerror or error}") from error
