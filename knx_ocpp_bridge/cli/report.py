"""`report`: a month on paper, for one card, one charge point, each of them, or all together."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from knx_ocpp_bridge.cli.charged import (
    Asked,
    Card,
    place,
    query,
    read_month,
    transactions,
    whole_tags_option,
)
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.papers import force_option, new_file, put
from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.report.languages import Language
from knx_ocpp_bridge.report.monthly import About, Report
from knx_ocpp_bridge.report.monthly import report as made
from knx_ocpp_bridge.report.months import Month
from knx_ocpp_bridge.report.rows import Row

_NO_NAME: Final = re.compile(r"[^\w.-]+")
_LONGEST_NAME: Final = 60
_FORMATS: Final = ("html", "pdf", "csv", "xlsx")
_LANGUAGES: Final = tuple(each.value for each in Language)


@dataclass(frozen=True, slots=True)
class _Form:
    """How it is to be written."""

    format: str
    language: Language
    force: bool


@click.command()
@click.option("--month", metavar="YYYY-MM", required=True, callback=read_month, help="Of what ended in this month.")
@click.option("--tag", metavar="ID|NAME", default="", help="For this card, or this person's cards.")
@click.option("--charger", metavar="ID", default="", help="For this charger.")
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
def report(  # noqa: PLR0913 - click gives each option as a parameter
    *,
    month: Month,
    tag: str,
    charger: str,
    form: str,
    language: str,
    output: str,
    socket: Path,
    each: bool,
    whole_tags: bool,
    force: bool,
) -> None:
    """Make the report of a month: for a card, a charger, each of them (--all), or everything in one."""
    if sum(map(bool, (tag, charger, each))) > 1:
        raise click.UsageError("--tag, --charger and --all exclude each other")
    if output == "-" and (each or form in {"pdf", "xlsx"}):
        raise click.UsageError("only one report, as html or csv, goes to stdout: --output FILE")
    at = place(socket, tag, everybody=each)
    what = query("transactions", Asked(charger, month=month), at if tag else replace(at, cards=()), open_too=False)
    rows = list(transactions(socket, replace(what, options={**what.options, "tags": True}), hide=not whole_tags))
    shown = (lambda id_tag: id_tag) if whole_tags else masked
    how = _Form(form, Language(language), force)
    now = datetime.now(UTC)
    if each:
        _folder(Path(output))
        for name, about, own in _parts(rows, {card.id_tags[0].casefold(): card for card in at.cards}, shown):
            _write(str(Path(output) / f"{month}{name}.{form}"), made(at.site, month, about, own, now), how)
        return
    about = _about_cards(at.cards, shown) if tag else _about_charger(charger, rows) if charger else About()
    _write(output, made(at.site, month, about, rows, now), how)


def _write(output: str, what: Report, how: _Form) -> None:
    if how.format == "csv":
        put(output, [what.csv(how.language)], force=how.force)
        return
    if how.format == "xlsx":
        from knx_ocpp_bridge.report.spreadsheet import spreadsheet

        with new_file(Path(output), force=how.force) as file:
            spreadsheet(file, what.lines, how.language, what.site, what.made_at, money=what.price is not None)
        return
    from knx_ocpp_bridge.report.page import page

    text = page(what, how.language)
    put(output, [_pdf(text, len(what.lines)) if how.format == "pdf" else text.encode("utf-8")], force=how.force)


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


def _parts(
    rows: Sequence[Row], cards: Mapping[str, Card], shown: Callable[[str], str]
) -> Iterator[tuple[str, About, Sequence[Row]]]:
    """End of the file's name, head and transactions of every report; the whole month is the first."""
    yield "", About(), rows
    names: set[str] = set()
    for id_tag, own in _grouped(rows, lambda row: row.id_tag.casefold()).items():
        if id_tag:
            first = own[0]
            known = cards.get(id_tag) or Card((first.id_tag,), first.name or "", first.group, first.cost_centre or "")
            yield _name("card", known.name or shown(id_tag), names), _about_cards((known,), shown), own
    for own in _grouped(rows, lambda row: row.charger.casefold()).values():
        about = _about_charger(own[0].charger, own)
        yield _name("charger", about.charger, names), about, own


def _grouped(rows: Sequence[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=key):
        groups.setdefault(key(row), []).append(row)
    return groups


def _name(kind: str, text: str, taken: set[str]) -> str:
    plain = f"-{kind}-{_NO_NAME.sub('-', text).strip('-.')[:_LONGEST_NAME]}"
    name = next(
        each for count in itertools.count(1) if (each := f"{plain}-{count}" if count > 1 else plain) not in taken
    )
    taken.add(name)
    return name


def _about_cards(cards: Sequence[Card], shown: Callable[[str], str]) -> About:
    def told(values: Iterable[str | None]) -> str:
        return ", ".join(dict.fromkeys(value for value in values if value))

    return About(
        person=told(card.name for card in cards),
        cards=tuple(shown(card.id_tags[0]) for card in cards),
        group=told(shown(card.group) if card.group else None for card in cards),
        cost_centre=told(card.cost_centre for card in cards),
        note=told(card.note for card in cards),
    )


def _about_charger(charger: str, rows: Sequence[Row]) -> About:
    first = rows[0] if rows else None
    return About(charger=first.charger if first else charger, charger_name=first.charger_name if first else "")
