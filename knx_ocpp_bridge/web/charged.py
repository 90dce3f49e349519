"""What was charged in a month, gathered from the bridge for a page or a file: rows, prices, plug-ins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException

from knx_ocpp_bridge.report import months
from knx_ocpp_bridge.report.each import Card
from knx_ocpp_bridge.report.languages import Language as PaperLanguage
from knx_ocpp_bridge.report.months import Month
from knx_ocpp_bridge.report.phrases import phrases
from knx_ocpp_bridge.report.prices import Line, Price, Site, priced
from knx_ocpp_bridge.report.rows import Row, row
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Visit

_NOBODY: Final[Mapping[str, str]] = {}
_PAGE: Final = 500
_MOST: Final = 50_000
"""Transactions of one question: more is asked for in parts, so that a page cannot fill the memory."""


@dataclass(frozen=True, slots=True)
class Place:
    """The building with its prices, and the cards that were asked for."""

    site: Site
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class PlugIn:
    """The transactions of one plug-in that ended in the month, in the order in which they began; at least one."""

    lines: tuple[Line, ...]

    @property
    def first(self) -> Row:
        """Where, and by whom it was begun."""
        return self.lines[0].row

    @property
    def last(self) -> Row:
        """How it ended."""
        return self.lines[-1].row

    @property
    def energy_wh(self) -> int | None:
        """None: nothing is known of any of them."""
        known = [line.row.energy_wh for line in self.lines if line.row.energy_wh is not None]
        return sum(known) if known else None

    @property
    def seconds(self) -> int | None:
        """Of charging, without the time between; None while one is open."""
        known = [line.row.seconds for line in self.lines]
        return None if None in known else sum(each or 0 for each in known)

    @property
    def amount(self) -> Decimal | None:
        """In the currency of the site; None: not every part has a price."""
        known = [line.amount for line in self.lines]
        return None if None in known else sum((each or Decimal(0) for each in known), Decimal(0))

    @property
    def marks(self) -> tuple[str, ...]:
        """Of all parts."""
        doubt = ("clock doubtful",) if any(line.row.clock_doubtful for line in self.lines) else ()
        return tuple(dict.fromkeys((*(mark for line in self.lines for mark in line.row.marks), *doubt)))


async def place(
    visit: Visit, whose: Mapping[str, str] = _NOBODY, *, everybody: bool = False, whole: bool = False
) -> Place:
    """The building, and the cards that `tag`, `cost_centre` and `group` of `whose` mean, or everybody's.

    Raises:
        HTTPException: 404, nobody is meant by that.
    """
    options = {name: text for name, text in whose.items() if text}
    (found,) = (await visit.look("report", **options, everybody=everybody, whole=whole)).rows
    prices = {int(year): Price(Decimal(each["price"]), each["basis"]) for year, each in found["prices"].items()}
    site = Site(found["name"], ZoneInfo(found["timezone"]), found["currency"], prices)
    cards = (Card(**{**each, "id_tags": tuple(each["id_tags"])}) for each in found["cards"])
    return Place(site, tuple(cards))


def asked_month(visit: Visit) -> Month:
    """That of the address (`?month=2026-11`, or `last`); without it the present one.

    Raises:
        HTTPException: 400, it is none.
    """
    now, zone = visit.website.utc(), visit.website.zone()
    written = visit.request.query_params.get("month", "")
    if not written:
        return months.month_of(now, zone)
    try:
        return months.month(written, now, zone)
    except ValueError as error:
        raise HTTPException(400, str(error)) from error


def month_name(visit: Visit, month: Month) -> str:
    """In the visitor's language, with the year."""
    return f"{phrases(PaperLanguage(visit.language.value))['months'].split()[month.number - 1]} {month.year}"


async def transactions(
    visit: Visit, month: Month, filters: Mapping[str, str], *, tags: bool = False, open_too: bool = False
) -> list[Row]:
    """Those that ended in the month, with `open_too` those that go on; a viewer is not told by whom.

    `filters` are `charger`, `tag`, `cost_centre`, `group`, where they narrow.

    Raises:
        HTTPException: 404, there is no such charger or card; 400, they are too many.
    """
    zone = visit.website.zone()
    options: dict[str, Any] = {name: text for name, text in filters.items() if text}
    charger = options.pop("charger", "")
    options |= {"since": month.begin(zone).isoformat(), "until": month.following.begin(zone).isoformat()}
    rows: list[Row] = []
    after = 0
    while len(rows) <= _MOST:
        page = await visit.look(
            "transactions", charger, **options, open=open_too, tags=tags, after=after, limit=_PAGE
        )  # fmt: skip
        rows += [row(_without_person(visit, each)) for each in page.rows]
        if len(page.rows) < _PAGE:
            return rows
        after = page.next
    raise HTTPException(400, f"more than {_MOST} transactions: ask for one charge point or one card")


async def one_transaction(visit: Visit, number: int) -> Row:
    """The transaction of this number in the log.

    Raises:
        HTTPException: 404, there is none.
    """
    found = (await visit.look("transactions", after=number - 1, limit=1)).rows if number > 0 else ()
    if not found or found[0]["number"] != number:
        raise HTTPException(404, f"there is no transaction with number {number} in the log")
    return row(_without_person(visit, found[0]))


def _without_person(visit: Visit, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A viewer sees what was charged, not who."""
    if visit.may(Role.OPERATOR):
        return values
    return {**values, "id_tag": "", "who": "", "name": "", "cost_centre": "", "group": None}


def plug_ins(rows: Iterable[Row], site: Site) -> list[PlugIn]:
    """By the plug-in they belong to, the newest first."""
    groups: dict[tuple[str, int], list[Line]] = {}
    for each in rows:
        plug = each.transaction if each.session is None else each.session
        groups.setdefault((each.charger.casefold(), plug), []).append(priced(each, site))
    made = [PlugIn(tuple(sorted(lines, key=_begun))) for lines in groups.values()]
    return sorted(made, key=lambda one: _begun(one.lines[-1]), reverse=True)


def lines(rows: Sequence[Row], site: Site) -> list[Line]:
    """In money, in the order in which they began."""
    return sorted((priced(each, site) for each in rows), key=_begun)


def _begun(line: Line) -> tuple[float, int]:
    at: datetime | None = line.row.started_at or line.row.stopped_at
    return (0.0 if at is None else at.timestamp(), line.row.transaction)
