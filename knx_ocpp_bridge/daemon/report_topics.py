"""What a report says of the building, and of the person it is about."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.core.settings import Tag
from knx_ocpp_bridge.core.step import Level, Note
from knx_ocpp_bridge.daemon.options import Option
from knx_ocpp_bridge.daemon.sources import Given, Sources, Topic


def _report(sources: Sources, _charger: str, given: Given) -> Listing:
    site = sources.site()
    row: dict[str, Any] = {
        "name": site.name,
        "timezone": site.timezone,
        "currency": site.currency,
        "prices": {year: {"price": str(each.price), "basis": each.basis} for year, each in site.prices.items()},
        "cards": [],
    }
    if given["tag"] or given["everybody"]:
        cards = {card.id.casefold(): card for card in _cards(sources, given["tag"].casefold())}
        row["cards"] = [_card(card) for card in cards.values()]
        text = f"read by the command line: {len(cards)} whole idTags, for a report"
        sources.books.diary.log("", Note(Level.INFO, None, text, "export"))
    return Listing((row,))


def _cards(sources: Sources, who: str) -> Iterator[Tag]:
    """All cards with this id, alias or name, in whichever charger's book; of nobody in particular: all."""
    for actor in sources.roster.actors.values():
        for card in actor.charger.settings.tag_book.tags.values():
            words = (card.id, card.name, *card.aliases)
            if not who or who in {word.casefold() for word in words}:
                yield card


def _card(card: Tag) -> dict[str, Any]:
    return {
        "id_tags": [card.id, *card.aliases],
        "name": card.name,
        "group": card.group,
        "cost_centre": card.cost_centre,
        "note": card.note,
    }


TOPICS: Final[Mapping[str, Topic]] = {
    "report": Topic(_report, {"tag": Option(str, ""), "everybody": Option(bool, default=False)})
}
"""`cards` of the row are those with `tag` as their id, alias or holder's name, or `everybody`'s, else none.
Prices are texts, so that they stay exact."""
