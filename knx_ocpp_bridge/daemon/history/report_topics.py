"""What a report says of the building, and of the person it is about."""

from collections.abc import Mapping
from typing import Any, Final

from knx_ocpp_bridge.control.options import Option
from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.core.settings import Tag
from knx_ocpp_bridge.core.values import IdTag
from knx_ocpp_bridge.daemon.cards.card_key import key_of
from knx_ocpp_bridge.daemon.history.history_topics import leave_a_line
from knx_ocpp_bridge.daemon.history.known import WHOSE, Whose, all_cards, whose
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
    found = whose(sources, given)
    if found is not None or given["everybody"]:
        cards = all_cards(sources) if found is None else (*found.cards, *map(_unnamed, _rest(found)))
        row["cards"] = [_card(card, whole=given["whole"]) for card in cards]
        count = sum(len(card["id_tags"]) for card in row["cards"])
        if given["whole"] and count:
            leave_a_line(sources, f"{count} whole idTag{'s' * (count != 1)}, for a report")
    return Listing((row,))


def _rest(found: Whose) -> tuple[str, ...]:
    """The id of a card that nobody has named."""
    return () if found.cards else found.id_tags


def _unnamed(id_tag: str) -> Tag:
    return Tag(IdTag(id_tag), "")


def _card(card: Tag, *, whole: bool) -> dict[str, Any]:
    return {
        "who": key_of(card.id),
        "id_tags": [one if whole else masked(one) for one in (card.id, *card.aliases)],
        "name": card.name,
        "group": card.group,
        "cost_centre": card.cost_centre,
        "note": card.note,
    }


TOPICS: Final[Mapping[str, Topic]] = {
    "report": Topic(_report, {**WHOSE, "everybody": Option(bool, default=False), "whole": Option(bool, default=False)})
}
"""`cards` of the row are those that `WHOSE` mean, or `everybody`'s, else none; masked unless `whole`, which is logged.
Their `who` is that of a transaction's row. Prices are texts, so that they stay exact."""
