"""What the verbs about charging ask the bridge: the building, a period, and rows page by page."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from knx_ocpp_bridge.cli.desk import Row, look, pages
from knx_ocpp_bridge.cli.log import since
from knx_ocpp_bridge.control.protocol import Query
from knx_ocpp_bridge.report import months, rows
from knx_ocpp_bridge.report.each import Card
from knx_ocpp_bridge.report.prices import Price, Site


def read_month(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    """What was written, if it is a month; a callback of click."""
    try:
        if text:
            months.month(text, datetime.now(UTC), UTC)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return text


cost_centre_option = click.option("--cost-centre", metavar="TEXT", default="", help="Of the cards of this cost centre.")
group_option = click.option("--group", metavar="IDTAG", default="", help="Of the cards of this group.")
month_option = click.option(
    "--month", metavar="YYYY-MM|last", default="", callback=read_month, help="What ended in this month."
)
whole_tags_option = click.option("--whole-tags", is_flag=True, help="Cards as they are, not masked; this is logged.")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which transactions, as it was typed."""

    charger: str = ""
    tag: str = ""
    cost_centre: str = ""
    group: str = ""
    begin: str = ""
    end: str = ""
    month: str = ""

    @property
    def whose(self) -> dict[str, str]:
        """The options by which the bridge knows whose they are."""
        named = {"tag": self.tag, "cost_centre": self.cost_centre, "group": self.group}
        return {name: text for name, text in named.items() if text}


def asked_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say which transactions; the parameter is `asked: Asked`."""

    @wraps(command)
    def gathered(*args: object, **given: object) -> None:
        asked = Asked(**{field.name: str(given.pop(field.name)) for field in fields(Asked)})
        command(*args, asked=asked, **given)

    for option in reversed((
        click.option("--charger", metavar="ID", default="", help="Of this charger alone."),
        click.option("--tag", metavar="ID|NAME", default="", help="Of this card, or this person's cards, alone."),
        cost_centre_option,
        group_option,
        click.option("--since", "begin", metavar="TIME", default="", help="What ended since: 7d, or a date."),
        click.option("--until", "end", metavar="TIME", default="", help="What ended before: 7d, or a date."),
        month_option,
    )):  # fmt: skip
        gathered = option(gathered)
    return gathered


@dataclass(frozen=True, slots=True)
class Place:
    """The building, and the cards that were asked for."""

    site: Site
    cards: tuple[Card, ...]


def place(socket: Path, asked: Asked | None = None, *, everybody: bool = False, whole: bool = False) -> Place:
    """What the bridge says of the building, and of the cards that were asked for, or of all cards.

    A card that has no name and has charged is one as well; what nobody knows ends the command.
    """
    options = {} if asked is None else asked.whose
    (row,) = look(socket, "report", **options, everybody=everybody, whole=whole).rows
    prices = {int(year): Price(Decimal(each["price"]), each["basis"]) for year, each in row["prices"].items()}
    site = Site(row["name"], ZoneInfo(row["timezone"]), row["currency"], prices)
    return Place(site, tuple(Card(**{**each, "id_tags": tuple(each["id_tags"])}) for each in row["cards"]))


def query(topic: str, asked: Asked, at: Place, *, tags: bool = False, open_too: bool = True) -> Query:
    """The question for these; times without a zone are those of the site.

    Raises:
        click.UsageError: a time is none, or nothing can lie between both.
    """
    zone = at.site.zone
    begin, end = _time("--since", asked.begin, at), _time("--until", asked.end, at)
    if begin and end and begin >= end:
        raise click.UsageError("--since is not before --until: nothing can lie between them")
    if asked.month:
        if begin or end:
            raise click.UsageError("--month goes with neither --since nor --until")
        month = months.month(asked.month, datetime.now(UTC), zone)
        begin, end = month.begin(zone), month.following.begin(zone)
    options: dict[str, Any] = {"tags": tags, "open": open_too, **asked.whose}
    options |= {name: moment.isoformat() for name, moment in (("since", begin), ("until", end)) if moment}
    return Query(topic, asked.charger, options)


def transactions(socket: Path, what: Query) -> Iterator[rows.Row]:
    """The rows, one page in memory at a time.

    Raises:
        click.ClickException: the bridge is of another version.
    """
    return map(typed, pages(socket, what))


def typed(values: Row) -> rows.Row:
    """The row of these values.

    Raises:
        click.ClickException: the bridge is of another version.
    """
    try:
        return rows.row(values)
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
