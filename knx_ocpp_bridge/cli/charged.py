"""What the verbs about charging ask the bridge: the building, a period, and rows page by page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from knx_ocpp_bridge.cli.desk import Row, look, pages
from knx_ocpp_bridge.cli.log import since
from knx_ocpp_bridge.control.protocol import Query
from knx_ocpp_bridge.report import months, rows
from knx_ocpp_bridge.report.prices import Price, Site


def read_month(_context: click.Context, _parameter: click.Parameter, text: str | None) -> months.Month | None:
    """The month that was written; a callback of click."""
    try:
        return None if text is None else months.month(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


charger_option = click.option("--charger", metavar="ID", default="", help="Of this charger alone.")
tag_option = click.option("--tag", metavar="ID|NAME", default="", help="Of this card, or this person's cards, alone.")
since_option = click.option("--since", "begin", metavar="TIME", default="", help="What ended since: 7d, or a date.")
until_option = click.option("--until", "end", metavar="TIME", default="", help="What ended before: 7d, or a date.")
month_option = click.option("--month", metavar="YYYY-MM", callback=read_month, help="What ended in this month.")
whole_tags_option = click.option("--whole-tags", is_flag=True, help="Cards as they are, not masked; this is logged.")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which transactions; `begin` and `end` as they were typed."""

    charger: str = ""
    tag: str = ""
    begin: str = ""
    end: str = ""
    month: months.Month | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A card with this id or of this person, as the bridge knows it."""

    id_tags: tuple[str, ...]
    """Its own first, then its aliases."""
    name: str = ""
    group: str | None = None
    cost_centre: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """The building, and the cards that were asked for."""

    site: Site
    cards: tuple[Card, ...]


def place(socket: Path, tag: str = "", *, everybody: bool = False) -> Place:
    """What the bridge says of the building, and of the cards with this id or of this person, or of all cards.

    A card that nobody knows is found by its id all the same.
    """
    (row,) = look(socket, "report", tag=tag, everybody=everybody).rows
    prices = {int(year): Price(Decimal(each["price"]), each["basis"]) for year, each in row["prices"].items()}
    site = Site(row["name"], ZoneInfo(row["timezone"]), row["currency"], prices)
    cards = tuple(Card(**{**each, "id_tags": tuple(each["id_tags"])}) for each in row["cards"])
    return Place(site, cards if cards or not tag else (Card((tag,)),))


def query(topic: str, asked: Asked, at: Place, *, tags: bool = False, open_too: bool = True) -> Query:
    """The question for these; times without a zone are those of the site.

    Raises:
        click.ClickException: a time is none.
    """
    zone = at.site.zone
    begin, end = _time("--since", asked.begin, at), _time("--until", asked.end, at)
    if asked.month is not None:
        if begin or end:
            raise click.UsageError("--month goes with neither --since nor --until")
        begin, end = asked.month.begin(zone), asked.month.following.begin(zone)
    options: dict[str, Any] = {"tags": tags, "open": open_too}
    options |= {name: moment.isoformat() for name, moment in (("since", begin), ("until", end)) if moment}
    if at.cards:
        options["id_tags"] = ",".join(id_tag for card in at.cards for id_tag in card.id_tags)
    return Query(topic, asked.charger, options)


def transactions(socket: Path, what: Query, *, hide: bool = False) -> Iterator[rows.Row]:
    """The rows, one page in memory at a time; `hide`: their cards are whole and to be shown masked.

    Raises:
        click.ClickException: the bridge is of another version.
    """
    for each in pages(socket, what):
        yield typed(each, hide=hide)


def typed(values: Row, *, hide: bool = False) -> rows.Row:
    """The row of these values.

    Raises:
        click.ClickException: the bridge is of another version.
    """
    try:
        return rows.row(values, hide=hide)
    except msgspec.ValidationError as error:
        raise click.ClickException(
            f"the bridge is of another version than this command; restart it ({error})"
        ) from error


def _time(option: str, text: str, at: Place) -> datetime | None:
    try:
        return since(text, datetime.now(UTC), at.site.zone) if text else None
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(
            "write how long ago (2h, 30m, 7d), or a date like 2026-11-21T08:00", param_hint=option
        ) from error


def named(row: Mapping[str, Any]) -> str:
    """Who charged: the name, else the card."""
    return str(row["name"] or row["id_tag"] or "")
