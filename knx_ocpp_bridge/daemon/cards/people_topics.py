"""The cards as they are looked at, and all that is known of one of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Final

from knx_ocpp_bridge.config.outlet_models import mode_word
from knx_ocpp_bridge.config.tag_entry import ANY_CARD
from knx_ocpp_bridge.control.options import AskError, MissingError, Option
from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.core.settings import Tag
from knx_ocpp_bridge.core.values import Clock
from knx_ocpp_bridge.daemon.cards.card_key import MARK, key_of
from knx_ocpp_bridge.daemon.cards.card_office import CardOffice
from knx_ocpp_bridge.daemon.cards.finding import found_card, readings
from knx_ocpp_bridge.daemon.cards.people import People
from knx_ocpp_bridge.daemon.history.history_topics import leave_a_line
from knx_ocpp_bridge.daemon.sources import AFTER, LIMIT, Given, Sources, Topic, listing
from knx_ocpp_bridge.store.history import Logged, Wanted
from knx_ocpp_bridge.store.people import Seen
from knx_ocpp_bridge.store.person import spelled

_WHOLE: Final = Option(bool, default=False)
_PAGE: Final = 20
"""Rows of an export: a transaction with its curve may have 100 kB."""
_ALARMS: Final = "SELECT at, kind, text FROM alarms WHERE charger = ? AND transaction_id = ? ORDER BY number"

Row = dict[str, Any]


def _tags(sources: Sources, _charger: str, given: Given) -> Listing:
    people = sources.books.cards.people
    cards = islice(enumerate(people.all(), 1), given["after"], given["after"] + given["limit"])
    used_wh = people.used_wh()
    rows = [
        {"number": number, **_tag(people, tag, used_wh, counts=counts, whole=given["whole"])}
        for number, (tag, counts) in cards
    ]
    _told_whole(sources, given, [one for row in rows for one in (row["id_tag"], *row["aliases"])], "the list of cards")
    return listing(rows, given["after"])


def _cards(sources: Sources, _charger: str, given: Given) -> Listing:
    people = sources.books.cards.people
    seen = islice(enumerate(people.seen.rows(), 1), given["after"], given["after"] + given["limit"])
    rows = [{"number": number, **_seen(people, one, whole=given["whole"])} for number, one in seen]
    _told_whole(sources, given, [row["id_tag"] for row in rows], "the list of cards that were held to readers")
    return listing(rows, given["after"])


def _export(sources: Sources, _charger: str, given: Given) -> Listing:
    """All there is of one card: `kind` is entry, seen, transaction. That somebody has looked stands in the log."""
    office = sources.books.cards
    if not given["tag"]:
        raise AskError("tag is the card's id, or its name")
    page = islice(_everything(sources, office, given["tag"]), given["after"], given["after"] + _PAGE)
    rows = [made() for made in page]
    if not given["after"]:
        if not rows:
            raise MissingError(
                f"nothing is known of a card {given['tag'][:64]!r}; see knx-ocpp-bridge tags list, tags seen"
            )
        office.audit("exported", found_card(office.people, given["tag"])[0][0])
    following = given["after"] + len(rows) if len(rows) == _PAGE else 0
    return Listing(tuple(rows), following)


TOPICS: Final[Mapping[str, Topic]] = {
    "tags": Topic(_tags, {"after": AFTER, "limit": LIMIT, "whole": _WHOLE}),
    "cards": Topic(_cards, {"after": AFTER, "limit": LIMIT, "whole": _WHOLE}),
    "card": Topic(_export, {"tag": Option(str, ""), "after": AFTER}),
}


def _told_whole(sources: Sources, given: Given, id_tags: list[str], where: str) -> None:
    count = len({one.casefold() for one in id_tags} - {ANY_CARD})
    if given["whole"] and count:
        leave_a_line(sources, f"{count} whole idTag{'s' * (count != 1)} of {where}")


def _tag(people: People, tag: Tag, used_wh: Mapping[str, int], *, counts: bool, whole: bool) -> Row:
    place, used = people.place(tag), used_wh.get(tag.id.casefold(), 0)
    from_file = bool(place) and counts
    return {
        "key": MARK + key_of(tag.id),
        "id_tag": tag.id if whole or tag.id == ANY_CARD else masked(tag.id),
        "aliases": [one if whole else masked(one) for one in tag.aliases],
        "name": tag.name,
        "group": tag.group,
        "cost_centre": tag.cost_centre,
        "valid_from": _text(tag.valid_from),
        "expires": _text(tag.expires),
        "chargers": _as_configured(people, tag.chargers),
        "limit_kwh": None if tag.limit_wh is None else tag.limit_wh / 1000,
        "mode": None if tag.mode is None else mode_word(tag.mode),
        "max_current_a": tag.max_current_a,
        "used_kwh": used / 1000,
        "state": _state(people, tag, used, counts=counts),
        "source": "file" if from_file else "database",
        "place": place if from_file else "",
        "note": tag.note,
    }


def _as_configured(people: People, chargers: Iterable[str]) -> list[str]:
    """Cards hold ids in lower case."""
    spelled_ = {charger_id.casefold(): str(charger_id) for charger_id in people.loaded.chargers}
    return sorted(spelled_.get(one, one) for one in chargers)


def _state(people: People, tag: Tag, used_wh: int, *, counts: bool) -> str:
    now = people.moment()
    if not counts:
        return f"does not count: {people.place(tag)} has it"
    if now.clock is not Clock.SANE:
        return "unknown"
    if tag.valid_from is not None and now.utc < tag.valid_from:
        return "not yet valid"
    if tag.expires is not None and now.utc >= tag.expires:
        return "expired"
    return "used up" if tag.limit_wh is not None and used_wh >= tag.limit_wh else "valid"


def _seen(people: People, one: Seen, *, whole: bool) -> Row:
    return {
        "key": MARK + key_of(one.id_tag),
        "id_tag": one.id_tag if whole else masked(one.id_tag),
        "name": people.name(one.id_tag),
        "known": people.card(one.id_tag) is not None,
        "charger": one.charger,
        "connector": one.connector,
        "status": one.status.value,
        "at": _text(one.at),
        "times": one.times,
    }


def _everything(sources: Sources, office: CardOffice, wanted: str) -> Iterator[Callable[[], Row]]:
    """What makes each row: curves are read of those alone that are wanted."""
    people, history = office.people, sources.books.history
    id_tags, card = found_card(people, wanted)
    mine = readings(id_tags, people)
    if card is not None:
        counts = people.stored(card.id) is not card or not people.place(card)
        yield lambda: {"kind": "entry", **_tag(people, card, people.used_wh(), counts=counts, whole=True)}
    for one in people.seen.rows():
        if mine("", one.id_tag):
            yield partial(_seen_row, people, one)
    # Readings that a charger has spoilt are not known before one looks.
    spellings = tuple(dict.fromkeys((*id_tags, *spelled(office.files, mine).all)))
    after = 0
    while page := history.transactions(Wanted(id_tags=spellings), after):
        for logged in page:
            if mine(logged.charger, logged.transaction.id_tag):
                yield partial(_transaction, sources, logged)
        after = page[-1].number


def _seen_row(people: People, one: Seen) -> Row:
    return {"kind": "seen", **_seen(people, one, whole=True)}


def _transaction(sources: Sources, logged: Logged) -> Row:
    history, number = sources.books.history, logged.transaction.id
    samples = [[one.at_s, one.energy_wh, one.power_w, one.current_a] for one in history.samples(logged.charger, number)]
    signed = history.signed(logged.charger, number)
    told = sources.books.cards.files.read(_ALARMS, (logged.charger, number))
    alarms = [{"at": at, "kind": kind, "text": text} for at, kind, text in told]
    return {"kind": "transaction", **logged.row(), "samples": samples, "signed": signed, "alarms": alarms}


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
