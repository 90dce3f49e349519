"""What was charged, as it is asked for: transactions, sessions, curves and signed values."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from knx_ocpp_bridge.control.options import AskError, MissingError, Option
from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.core.authorization import card_of, masked
from knx_ocpp_bridge.core.counters import how
from knx_ocpp_bridge.core.facts import StartedBy, Transaction
from knx_ocpp_bridge.core.settings import Tag
from knx_ocpp_bridge.core.step import Level, Note
from knx_ocpp_bridge.core.tags import is_own
from knx_ocpp_bridge.daemon.cards.card_key import key_of
from knx_ocpp_bridge.daemon.history.known import WHOSE, known_charger, whose
from knx_ocpp_bridge.daemon.sources import AFTER, LIMIT, NEWEST, Given, Sources, Topic, listing
from knx_ocpp_bridge.store.history import Wanted

_MOST_TAGS: Final = 100
_TRANSACTION: Final = Option(int, None, -(2**31), 2**31 - 1)
_ROWS: Final = {
    "since": Option(str, ""),
    "until": Option(str, ""),
    "id_tags": Option(str, ""),
    **WHOSE,
    "open": Option(bool, default=True),
    "tags": Option(bool, default=False),
    "after": AFTER,
    "limit": LIMIT,
    "newest": NEWEST,
}
"""A period is that of the end, `since` included and `until` not, as ISO 8601 with its distance from UTC; `id_tags` are
separated by commas; `open`: what has not ended is listed too; `tags`: idTags are shown whole, which is logged. A row's
`who` is the same for all transactions of one card, and says nothing of it."""


def _transactions(sources: Sources, charger: str, given: Given) -> Listing:
    found = sources.books.history.transactions(
        _wanted(sources, charger, given), given["after"], given["limit"], newest=given["newest"]
    )
    rows = [one.row() | {"people": [one.transaction]} for one in found]
    return _listed(sources, rows, given, "transaction")


def _sessions(sources: Sources, charger: str, given: Given) -> Listing:
    wanted = _wanted(sources, charger, given)
    found = sources.books.history.sessions(wanted, given["after"], given["limit"], newest=given["newest"])
    id_tags = wanted.id_tags
    rows = [one.row(id_tags) | {"people": [part.transaction for part in one.by(id_tags)]} for one in found]
    return _listed(sources, rows, given, "session")


def _samples(sources: Sources, charger: str, given: Given) -> Listing:
    """The number of a point is its time in s since 1970."""
    charger_id, transaction = known_charger(sources, charger), _transaction(given)
    points = sources.books.history.samples(charger_id, transaction)
    if not points and not sources.books.history.has(charger_id, transaction):
        raise MissingError(_not_there(charger_id, transaction))
    rows = [
        {
            "number": point.at_s,
            "at": datetime.fromtimestamp(point.at_s, UTC).isoformat(),
            "energy_wh": point.energy_wh,
            "power_w": point.power_w,
            "current_a": point.current_a,
        }
        for point in points
        if point.at_s > given["after"]
    ]
    return listing(rows[: given["limit"]], given["after"])


def _signed(sources: Sources, charger: str, given: Given) -> Listing:
    charger_id, transaction = known_charger(sources, charger), _transaction(given)
    rows = sources.books.history.signed(charger_id, transaction)
    if not rows and not sources.books.history.has(charger_id, transaction):
        raise MissingError(_not_there(charger_id, transaction))
    if rows:
        what = f"{_count(len(rows), 'signed value')} of transaction {transaction}, as the charger sent them"
        leave_a_line(sources, what, charger_id)
    return listing([row for row in rows if row["number"] > given["after"]], given["after"])


def _listed(sources: Sources, rows: list[dict[str, Any]], given: Given, what: str) -> Listing:
    given_out = len({row["id_tag"].casefold() for row in rows} - {""})
    if given["tags"] and given_out:
        where = f"{_count(len(rows), what)} from number {rows[0]['number']} on"
        leave_a_line(sources, f"{_count(given_out, 'whole idTag')} in {where}")
    people = _People(sources)
    return listing([people.named(row, whole=given["tags"]) for row in rows], given["after"])


class _People:
    """Names and cost centres as the chargers' own books have them now; each card is looked up once."""

    def __init__(self, sources: Sources) -> None:
        self._chargers = {charger_id.casefold(): actor.charger for charger_id, actor in sources.roster.actors.items()}
        self._settings = {charger_id: charger.settings for charger_id, charger in self._chargers.items()}
        self._known: dict[tuple[str, str], Tag | None] = {}

    def named(self, row: dict[str, Any], *, whole: bool) -> dict[str, Any]:
        """The row with what is known of its charger and card; idTags are masked if they are not wanted whole."""
        settings = self._settings.get(row["charger"].casefold())
        tag = self._card(row["charger"].casefold(), row["id_tag"])
        return row | {
            "charger_name": "" if settings is None else settings.name,
            "id_tag": row["id_tag"] if whole else _masked(row["id_tag"]),
            "who": key_of(row["id_tag"] if tag is None else tag.id),
            "name": self._names(row["charger"].casefold(), row.pop("people")),
            "cost_centre": "" if tag is None else tag.cost_centre,
            "group": None if tag is None else tag.group,
        }

    def _names(self, charger: str, people: list[Transaction]) -> str:
        """Who has charged, in order; a card without a name stands there by its end where it is not alone."""
        named = {(self._name(charger, one), one.id_tag.casefold()): one for one in people if one.id_tag}
        if len(named) < 2:
            return next((name for name, _ in named), "")
        return ", ".join(dict.fromkeys(name or masked(one.id_tag) for (name, _), one in named.items()))

    def _name(self, charger: str, transaction: Transaction) -> str:
        """Of the card; the bridge's own tag is how it was started."""
        tag = self._card(charger, transaction.id_tag)
        if tag is not None and tag.name:
            return tag.name
        here = self._chargers.get(charger)
        if here is None:
            # Nobody knows its tags any more; what the bridge itself has started mostly was with its own.
            by_card = transaction.started_by in {StartedBy.CARD, StartedBy.UNKNOWN}
            return "" if by_card else how(transaction.started_by)
        return how(transaction.started_by) if is_own(here, transaction.id_tag) else ""

    def _card(self, charger: str, id_tag: str) -> Tag | None:
        key = (charger, id_tag.casefold())
        if key not in self._known:
            self._known[key] = self._looked_up(*key) if id_tag else None
        return self._known[key]

    def _looked_up(self, charger: str, id_tag: str) -> Tag | None:
        """In the book of its charger first: a charger that has left the building has none any more."""
        own = self._settings.get(charger)
        books = [settings.tag_book for settings in (own, *self._settings.values()) if settings is not None]
        return next((tag for book in books if (tag := card_of(book, id_tag)) is not None), None)


def _masked(id_tag: str) -> str:
    return masked(id_tag) if id_tag else ""


def _wanted(sources: Sources, charger: str, given: Given) -> Wanted:
    id_tags = tuple(tag for each in given["id_tags"].split(",") if (tag := each.strip()))
    if len(id_tags) > _MOST_TAGS:
        raise AskError(f"id_tags are {_MOST_TAGS} at most")
    cards = whose(sources, given)
    if id_tags and cards is not None:
        raise AskError(f"either id_tags, or {', '.join(WHOSE)}")
    since, until = instant("since", given["since"]), instant("until", given["until"])
    if since is not None and until is not None and since >= until:
        raise AskError("since is not before until: nothing can lie between them")
    return Wanted(
        charger=known_charger(sources, charger) if charger else None,
        since=since,
        until=until,
        id_tags=id_tags if cards is None else cards.id_tags,
        open_too=given["open"],
    )


def instant(name: str, text: str) -> datetime | None:
    """The time in UTC of an option that may be empty.

    Raises:
        AskError: it is none, or says nothing of its distance from UTC.
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise AskError(f"{name} is a time with its distance from UTC, e.g. 2026-11-01T00:00:00+01:00")


def _transaction(given: Given) -> int:
    number: int | None = given["transaction"]
    if number is None:
        raise AskError("name the transaction by its number")
    return number


def _not_there(charger_id: str, transaction: int) -> str:
    return f"there is no transaction {transaction} of {charger_id}; see knx-ocpp-bridge sessions --charger {charger_id}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def leave_a_line(sources: Sources, what: str, charger: str = "") -> None:
    """Whole idTags are somebody's: that they were read stands in the general log."""
    sources.books.diary.log(charger, Note(Level.INFO, None, f"read: {what}", "export"))


TOPICS: Final[Mapping[str, Topic]] = {
    "transactions": Topic(_transactions, _ROWS, charger=None),
    "sessions": Topic(_sessions, _ROWS, charger=None),
    "samples": Topic(_samples, {"transaction": _TRANSACTION, "after": AFTER, "limit": LIMIT}, charger=True),
    "signed": Topic(_signed, {"transaction": _TRANSACTION, "after": AFTER}, charger=True),
}
