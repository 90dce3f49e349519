"""Which card somebody means who writes an id, an alias, a name, or the key by which a page names it."""

from collections.abc import Callable
from typing import Final

from knx_ocpp_bridge.control.options import AskError, MissingError
from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.core.settings import Tag
from knx_ocpp_bridge.core.values import IdTag
from knx_ocpp_bridge.daemon.cards.card_key import MARK, is_key, key_of
from knx_ocpp_bridge.daemon.cards.people import People

LONGEST_ID_TAG: Final = 20
_MOST_TOLD: Final = 5

Mine = Callable[[str, str], bool]
"""Whether this charger (or, where it is empty, any) means the card by this idTag."""


def found_card(people: People, wanted: str) -> tuple[tuple[IdTag, ...], Tag | None]:
    """Its id and aliases, and the card if it has a name here; an id that nobody has named is a card as well.

    Raises:
        AskError: the name is that of several cards, or it is none and no id either.
    """
    wanted = _by_key(people, wanted) or wanted
    card = people.card(wanted) or people.stored(wanted)
    if card is None:
        named = [tag for tag, counts in people.all() if counts and tag.name.casefold() == wanted.casefold() != ""]
        if len(named) > 1:
            ids = ", ".join(masked(tag.id) for tag in named[:_MOST_TOLD])
            raise AskError(f"{len(named)} cards are called {wanted}: name one by its id ({ids})")
        card = named[0] if named else None
    if card is not None:
        return (card.id, *card.aliases), card
    if not 0 < len(wanted) <= LONGEST_ID_TAG or not wanted.isprintable():
        raise MissingError(f"no card is called {wanted[:64]!r}, and an id has 1 to {LONGEST_ID_TAG} characters")
    return (IdTag(wanted),), None


def _by_key(people: People, wanted: str) -> IdTag | None:
    """The id of a card that has a name here, or was held to a reader."""
    if not is_key(wanted):
        return None
    ids = (*(tag.id for tag, _ in people.all()), *(IdTag(one.id_tag) for one in people.seen.rows()))
    found = next((one for one in ids if MARK + key_of(one) == wanted), None)
    if found is None:
        raise MissingError("this card is not known any more: look at the list of cards again")
    return found


def readings(id_tags: tuple[IdTag, ...], people: People) -> Mine:
    """Whether a charger (where it is empty: any) means the card with these ids by an idTag."""
    folded = {one.casefold() for one in id_tags}

    def mine(charger: str, id_tag: str) -> bool:
        return id_tag.casefold() in folded or people.means(charger, id_tag, id_tags)

    return mine
