"""Whom and what a month's reports are about: one for everything, one for each card, one for each charge point."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.report.monthly import About
from knx_ocpp_bridge.report.rows import Row

_NO_NAME: Final = re.compile(r"[^\w.-]+")
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Card:
    """A card with this id or of this person, as the bridge knows it."""

    id_tags: tuple[str, ...]
    """Its own first, then its aliases; masked, or whole if that was wanted."""
    who: str = ""
    """As in the rows of its transactions."""
    name: str = ""
    group: str | None = None
    cost_centre: str = ""
    note: str = ""


def about_cards(cards: Sequence[Card]) -> About:
    """The head of a report about these cards, of one person mostly."""

    def told(values: Iterable[str | None]) -> str:
        return ", ".join(dict.fromkeys(value for value in values if value))

    return About(
        person=told(card.name for card in cards),
        cards=tuple(card.id_tags[0] for card in cards),
        group=told(card.group for card in cards),
        cost_centre=told(card.cost_centre for card in cards),
        note=told(card.note for card in cards),
    )


def about_charger(charger: str, rows: Sequence[Row]) -> About:
    """The head of a report about this charge point; `rows` are its transactions."""
    first = rows[0] if rows else None
    return About(charger=first.charger if first else charger, charger_name=first.charger_name if first else "")


def each(rows: Sequence[Row], cards: Mapping[str, Card]) -> Iterator[tuple[str, About, Sequence[Row]]]:
    """End of the file's name (letters, digits, `.`, `-`, `_`), head and transactions of every report.

    The whole month is the first; `cards` are the known ones by their `who`.
    """
    yield "", About(), rows
    names: set[str] = set()
    for who, own in _grouped(rows, lambda row: row.holder).items():
        if who:
            first = own[0]
            known = cards.get(who) or Card((first.id_tag,), who, first.name or "", first.group, first.cost_centre or "")
            yield _name("card", known.name or known.id_tags[0], names), about_cards((known,)), own
    for own in _grouped(rows, lambda row: row.charger.casefold()).values():
        about = about_charger(own[0].charger, own)
        yield _name("charger", about.charger, names), about, own


def _grouped(rows: Sequence[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def _name(kind: str, text: str, taken: set[str]) -> str:
    plain = f"-{kind}-{_NO_NAME.sub('-', text).strip('-.')[:_LONGEST_NAME]}"
    name = next(
        made for count in itertools.count(1) if (made := f"{plain}-{count}" if count > 1 else plain) not in taken
    )
    taken.add(name)
    return name
