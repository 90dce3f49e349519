"""Whom a question names: chargers that are or were here, and the cards of a person, a cost centre or a group."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.control.options import MissingError, Option
from knx_ocpp_bridge.core.settings import Tag
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.daemon.cards.card_key import MARK, key_of
from knx_ocpp_bridge.daemon.sources import Given, Sources, unknown
from knx_ocpp_bridge.store.history import Wanted

WHOSE: Final = {"tag": Option(str, ""), "cost_centre": Option(str, ""), "group": Option(str, "")}
"""`tag`: an id, alias, name, or `~` and the key of a card. Each narrows what the others leave."""

_MOST_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Whose:
    """The cards that are meant by what was asked for."""

    cards: tuple[Tag, ...]
    id_tags: tuple[str, ...]
    """All their readings, or the id of a card that nobody has named."""


def known_charger(sources: Sources, charger: str) -> ChargerId:
    """As it is spelled: by an alias, one that was met, or one that has left the building and stands in the log.

    Raises:
        AskError: nobody knows it.
    """
    charger_id = sources.roster.find(charger)
    if charger_id is not None:
        return charger_id
    stranger = sources.roster.strangers.find(charger)
    if stranger is not None:
        return ChargerId(stranger.id)
    logged = sources.books.history.transactions(Wanted(charger=charger), limit=1)
    if logged:
        return logged[0].charger
    if sources.books.diary.log_rows(charger, limit=1, newest=True):
        return ChargerId(charger)
    raise MissingError(unknown(sources.roster, charger))


def whose(sources: Sources, given: Given) -> Whose | None:
    """The cards that the options `WHOSE` mean; None: all, nothing was asked for.

    Raises:
        AskError: there are none.
    """
    tag, cost_centre, group = (given[name].strip().casefold() for name in WHOSE)
    if not (tag or cost_centre or group):
        return None
    cards = _once(
        card
        for card in _everywhere(sources)
        if (not tag or tag in {word.casefold() for word in (card.id, card.name, *card.aliases, MARK + key_of(card.id))})
        and (not cost_centre or card.cost_centre.casefold() == cost_centre)
        and (not group or (card.group or "").casefold() == group)
    )
    if cards:
        return Whose(cards, tuple(dict.fromkeys(one for card in cards for one in (card.id, *card.aliases))))
    if tag and not cost_centre and not group and (met := _was_here(sources, given["tag"].strip())):
        return Whose((), (met,))
    raise MissingError(_nobody(sources, given))


def all_cards(sources: Sources) -> tuple[Tag, ...]:
    """Every card once, in whichever charger's book it stands."""
    return _once(_everywhere(sources))


def _everywhere(sources: Sources) -> Iterator[Tag]:
    for actor in sources.roster.actors.values():
        yield from actor.charger.settings.tag_book.tags.values()


def _once(cards: Iterable[Tag]) -> tuple[Tag, ...]:
    return tuple({card.id.casefold(): card for card in cards}.values())


def _was_here(sources: Sources, wanted: str) -> str:
    """The id of a card that has charged, or was held to a reader; empty: none has."""
    if sources.books.history.transactions(Wanted(id_tags=(wanted,)), limit=1):
        return wanted
    seen = (one.id_tag for one in sources.books.cards.people.seen.rows())
    return next((one for one in seen if wanted.casefold() in {one.casefold(), MARK + key_of(one)}), "")


def _nobody(sources: Sources, given: Given) -> str:
    if given["tag"] and not given["cost_centre"] and not given["group"]:
        who = f"no card is called {given['tag'][:64]!r}"
        return f"{who}, and none with this id has charged; see knx-ocpp-bridge tags list"
    cards = all_cards(sources)
    told = [
        f"{words} {given[name][:64]!r}; known: {_listed(values)}"
        for name, words, values in (
            ("cost_centre", "the cost centre", {card.cost_centre for card in cards}),
            ("group", "the group", {card.group or "" for card in cards}),
        )
        if given[name]
    ]
    return f"no card{' of this name' * bool(given['tag'])} has {', and '.join(told)}"


def _listed(values: set[str]) -> str:
    known = sorted(values - {""})
    return (", ".join(known[:_MOST_TOLD]) + " …" * (len(known) > _MOST_TOLD)) or "none"
