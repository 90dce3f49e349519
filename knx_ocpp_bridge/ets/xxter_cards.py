"""Which cards may charge at which charger of an xxter's list, and the list of cards that this becomes here. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.ets.xxter import XxterCharger

EVERY_CARD: Final = "*"


@dataclass(frozen=True, slots=True)
class Cards:
    """Who may charge where."""

    open: frozenset[str]
    """Chargers at which every card may charge."""
    everywhere: bool
    """That is so at all of them."""
    places: Mapping[str, tuple[str, ...]]
    """Each card of the other chargers, with those of them at which it may charge; empty: at all of them. And each card
    of `scheduled` that only open chargers know, with those."""
    scheduled: frozenset[str]
    """Those of `places` that were listed for the energy manager: they charge by plan and tariff."""


def cards(chargers: Iterable[XxterCharger]) -> Cards:
    """No card may charge where its list did not name it. A charger with several pages has the cards of all of them, and
    is open to every card only if each of them is: a charger has one list here.
    """
    listed = list(chargers)
    pages, managed = _pages(listed), _managed(listed)
    opened = frozenset(name for name, lists in pages.items() if all(EVERY_CARD in each for each in lists))
    shut = [name for name in pages if name not in opened]
    spelled: dict[str, str] = {}
    places: dict[str, list[str]] = {}
    for name in shut:
        for card in dict.fromkeys(card for each in pages[name] for card in each if card != EVERY_CARD):
            first = spelled.setdefault(card.casefold(), card)
            if name not in places.setdefault(first, []):
                places[first].append(name)
    told = {card: () if len(names) == len(shut) else tuple(names) for card, names in places.items()}
    for card, names in managed.items():
        known = spelled.setdefault(card.casefold(), card)
        told.setdefault(known, tuple(names) if shut else ())
    scheduled = frozenset(spelled[card.casefold()] for card in managed)
    return Cards(opened, bool(pages) and not shut, told, scheduled)


def _managed(chargers: Iterable[XxterCharger]) -> Mapping[str, Sequence[str]]:
    """The chargers of each card that the energy manager had, in the first of its spellings."""
    spelled: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for charger in chargers:
        for card in (each for each in charger.scheduled_tags if each != EVERY_CARD):
            names = found.setdefault(spelled.setdefault(card.casefold(), card), [])
            if charger.id not in names:
                names.append(charger.id)
    return found


def mixed(chargers: Iterable[XxterCharger]) -> Iterator[str]:
    """The chargers whose connectors had different cards, in words."""
    for name, lists in _pages(chargers).items():
        if len({frozenset(card.casefold() for card in each) for each in lists}) > 1:
            opened = any(EVERY_CARD in each for each in lists)
            every = "; every card (*) was left out, because one connector had a list" if opened else ""
            yield f"{name}: its connectors had different cards; a charger has one list here, of all of them{every}"


def at_once_elsewhere(chargers: Iterable[XxterCharger]) -> Iterator[str]:
    """The cards that were scheduled at one page and charged at once at another, in words."""
    listed = list(chargers)
    for card, names in _managed(listed).items():
        others = [
            each.id
            for each in listed
            if card.casefold() in map(str.casefold, each.tags)
            and card.casefold() not in map(str.casefold, each.scheduled_tags)
        ]
        if others:
            yield (
                f"card {masked(card)}: the energy manager had it at {', '.join(names)}, and it charged at once at "
                f"{', '.join(dict.fromkeys(others))}; here a card has one mode, which is scheduled"
            )


def tags_file(told: Cards) -> str:
    """A `tags.yaml` with these cards."""
    return "".join(
        f"- id: {quoted(card)}\n"
        + ("  mode: scheduled\n" if card in told.scheduled else "")
        + (f"  chargers: [{', '.join(map(quoted, names))}]\n" if names else "")
        for card, names in told.places.items()
    )


def quoted(text: str) -> str:
    """A double-quoted scalar (YAML 1.2 section 7.3.1)."""
    safe = "".join(char if char.isprintable() else " " for char in text)
    return '"' + safe.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _pages(chargers: Iterable[XxterCharger]) -> Mapping[str, Sequence[tuple[str, ...]]]:
    """The cards of each page, by charger."""
    pages: dict[str, list[tuple[str, ...]]] = {}
    for charger in chargers:
        scheduled = (card for card in charger.scheduled_tags if card != EVERY_CARD)
        pages.setdefault(charger.id, []).append((*charger.tags, *scheduled))
    return pages
