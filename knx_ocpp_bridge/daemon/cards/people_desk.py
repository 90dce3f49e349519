"""The cards as they are looked at and changed: topics and verbs for whoever asks. Every change is told in the log."""

import json
from collections.abc import Mapping
from typing import Any, Final

from knx_ocpp_bridge.config.outlet_models import mode_word
from knx_ocpp_bridge.config.tag_books import names_in, zone_of
from knx_ocpp_bridge.config.tag_entry import ANY_CARD
from knx_ocpp_bridge.config.tags import read_entry, read_tags
from knx_ocpp_bridge.control.options import AskError, MissingError, Option
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.settings import AuthorizationMode, Tag
from knx_ocpp_bridge.daemon.cards import learning
from knx_ocpp_bridge.daemon.cards.card_key import is_key
from knx_ocpp_bridge.daemon.cards.finding import found_card, readings
from knx_ocpp_bridge.daemon.cards.people import People
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.daemon.sources import found

_MOST_CARDS: Final = 5000
_MOST_TOLD: Final = 5
_MODES: Final[Mapping[AuthorizationMode, str]] = {
    AuthorizationMode.BLOCK_LIST: "from now on it is refused",
    AuthorizationMode.NONE: "no card charges",
    AuthorizationMode.ALL: "everybody charges, and neither validity nor limit counts,",
}


async def _put(desk: Desk, order: Order) -> Managed:
    """Options: `entry`, the JSON object of the keys of a tags file; those left out stay as they are."""
    people = desk.books.cards.people
    written = _entry(order.options["entry"])
    known = None if order.options["new"] else _stored(people, str(written.get("id", "")))
    if known is not None:
        written = _written(known) | written | {"id": known.id}
    elif is_key(written["id"]):
        written["id"] = found_card(people, written["id"])[0][0]
    tag, wrong = read_entry(written, zone_of(people.loaded.bridge), names_in(people.loaded.chargers))
    if tag is None:
        return Managed(done=False, messages=wrong)
    _free(people, tag, but=known)
    await people.put(tag)
    did = "put into" if known is None else "changed in"
    desk.books.cards.audit(f"{did} the database by {order.origin.value}", tag.id)
    return Managed(done=True, messages=(f"{_called(tag)} is on disk and in force", *_consequences(people)))


async def _remove(desk: Desk, order: Order) -> Managed:
    tag = _stored(desk.books.cards.people, order.options["tag"])
    await desk.books.cards.people.remove(tag.id)
    desk.books.cards.audit(f"taken out of the database by {order.origin.value}", tag.id)
    return Managed(done=True, messages=(f"{_called(tag)} has no name here any more; what it charged stays in the log",))


async def _learn(desk: Desk, order: Order) -> Managed:
    name, minutes, at = (order.options[key] for key in ("name", "minutes", "at"))
    charger_id = found(desk.roster, at) if at else None
    try:
        held = await desk.books.cards.learning.wait(charger_id, minutes * 60.0)
    except TimeoutError:
        return Managed(done=False, messages=(f"no card was held to {at or 'any charger'} within {minutes} min",))
    if held is None:
        return Managed(done=False, messages=("somebody else waits for a card now; nothing was learned here",))
    shown = held.shown
    at_time = f"{held.at.astimezone(zone_of(desk.books.cards.people.loaded.bridge)):%Y-%m-%d %H:%M:%S}"
    told = f"card {shown.id_tag} was held to {learning.where(held)} at {at_time} and answered {shown.status.value}"
    if held.known is not None:
        whose = desk.books.cards.people.place(held.known) or "the database"
        return Managed(done=False, messages=(told, f"it is known already, {_called(held.known)} of {whose}"))
    if not name:
        return Managed(done=True, messages=(told, "to name it: knx-ocpp-bridge tags add ID --name NAME"))
    options = {"entry": json.dumps({"id": shown.id_tag, "name": name}), "new": True}
    put = await _put(desk, replace(order, options=options))
    return Managed(put.done, (told, *put.messages))


async def _import(desk: Desk, order: Order) -> Managed:
    people, shown = desk.books.cards.people, order.options["file"] or "file"
    zone, names = zone_of(people.loaded.bridge), names_in(people.loaded.chargers)
    cards = read_tags(order.options["text"], shown, zone, names)
    if cards.problems:
        return Managed(done=False, messages=tuple(map(str, cards.problems)))
    taken = [
        (tag, other)
        for tag in cards.tags.values()
        for other in (people.card(reading) for reading in (tag.id, *tag.aliases))
        if other is not None and other.id.casefold() != tag.id.casefold()
    ]
    if taken:
        tag, other = taken[0]
        return Managed(done=False, messages=(f"{_called(tag)} is also a reading of {_called(other)}",))
    if ANY_CARD in cards.tags:
        return Managed(
            done=False, messages=(f"{cards.places[ANY_CARD]}: * stays in the tags file: it is nobody's card",)
        )
    if len(cards.tags) > _MOST_CARDS:
        return Managed(done=False, messages=(f"{len(cards.tags)} cards are more than the {_MOST_CARDS} of a file",))
    await people.put(*cards.tags.values())
    count = f"{len(cards.tags)} card{'s' * (len(cards.tags) != 1)}"
    desk.books.cards.audit(f"{count} imported into the database by {order.origin.value}")
    in_force = [place for place in (people.place(tag) for tag in cards.tags.values()) if place]
    messages = [f"{count} of {shown} are in the database", *_consequences(people)]
    if in_force:
        messages.append(
            f"{len(in_force)} of them stand in a tags file too ({in_force[0]}), which counts until you take them out "
            "there and reload"
        )
    return Managed(done=True, messages=tuple(messages))


async def _erase(desk: Desk, order: Order) -> Managed:
    people = desk.books.cards.people
    if not order.options["yes"]:
        raise AskError("erasing cannot be undone: say yes")
    id_tags, card = found_card(people, order.options["tag"])
    if card is not None and people.place(card):
        return Managed(
            done=False, messages=(_in_file(people, card, "take it out there and reload, then erase the ID"),)
        )
    mine = readings(id_tags, people)
    where = people.charges(mine)
    if where is not None:
        return Managed(done=False, messages=(f"it charges at {where}: stop that first",))
    erased = await desk.books.cards.erase(id_tags, mine, () if card is None else (card.name,))
    if not erased:
        return Managed(done=False, messages=("nothing is known of this card",))
    desk.books.cards.audit(f"a card erased by {order.origin.value}: {erased}")
    return Managed(done=True, messages=(f"erased: {erased}; the sums stay as they were",))


VERBS: Final[Mapping[str, Verb]] = {
    "tag_put": Verb(_put, {"entry": Option(str, ""), "new": Option(bool, default=False)}, charger=False),
    "tag_remove": Verb(_remove, {"tag": Option(str, "")}, charger=False),
    "tag_erase": Verb(_erase, {"tag": Option(str, ""), "yes": Option(bool, default=False)}, charger=False),
    "tag_import": Verb(_import, {"text": Option(str, ""), "file": Option(str, "")}, charger=False),
    "learn": Verb(
        _learn,
        {"name": Option(str, ""), "minutes": Option(int, 5, 1, learning.MOST_MINUTES), "at": Option(str, "")},
        charger=False,
    ),
}


def _entry(text: str) -> dict[str, Any]:
    try:
        written = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AskError("entry is a JSON object with the keys of a tags file") from error
    if not isinstance(written, dict) or not isinstance(written.get("id"), str):
        raise AskError("entry is a JSON object with the keys of a tags file, id among them")
    return written


def _written(tag: Tag) -> dict[str, Any]:
    """The card as it might stand in a tags file."""
    return {
        "name": tag.name,
        "group": tag.group,
        "cost_centre": tag.cost_centre,
        "valid_from": None if tag.valid_from is None else tag.valid_from.isoformat(),
        "expires": None if tag.expires is None else tag.expires.isoformat(),
        "chargers": sorted(tag.chargers) or None,
        "limit": None if tag.limit_wh is None else tag.limit_wh / 1000,
        "note": tag.note,
        "aliases": list(tag.aliases),
        "mode": None if tag.mode is None else mode_word(tag.mode),
        "max_current": tag.max_current_a,
    }


def _stored(people: People, wanted: str) -> Tag:
    """A card that may be changed here."""
    id_tags, card = found_card(people, wanted)
    stored = people.stored(id_tags[0])
    if stored is None and card is None:
        raise MissingError(f"there is no card {wanted!r}; to name one: knx-ocpp-bridge tags add ID --name NAME")
    if stored is None or people.place(stored):
        tag = card or stored
        raise AskError(_in_file(people, tag, "change it there and reload") if tag else "there is no such card")
    return stored


def _free(people: People, tag: Tag, but: Tag | None) -> None:
    """Neither id nor alias is another card's."""
    for reading in (tag.id, *tag.aliases):
        other = people.card(reading) or people.stored(reading)
        if other is None or (but is not None and other.id == but.id):
            continue
        if people.place(other):
            raise AskError(_in_file(people, other, "change it there and reload"))
        raise AskError(f"{masked(reading)} is {_called(other)} already; to change it: knx-ocpp-bridge tags set")
    if tag.id == ANY_CARD:
        raise AskError("* stands for every card, and belongs into a tags file")
    if people.count() >= _MOST_CARDS and but is None:
        raise AskError(f"there are {_MOST_CARDS} cards already: take out some before")


def _in_file(people: People, tag: Tag, remedy: str) -> str:
    return f"{_called(tag)} stands in {people.place(tag)}: {remedy}"


def _called(tag: Tag) -> str:
    return f"{tag.name} ({masked(tag.id)})" if tag.name else f"card {masked(tag.id)}"


def _consequences(people: People) -> list[str]:
    """What being listed means at the chargers where it does not mean that one may charge."""
    told = []
    for mode, words in _MODES.items():
        there = [each for each, one in people.loaded.chargers.items() if one.tag_book.mode is mode]
        if there:
            told.append(
                f"mode {mode.value}: {words} at {', '.join(there[:_MOST_TOLD])}{' …' * (len(there) > _MOST_TOLD)}"
            )
    return told
