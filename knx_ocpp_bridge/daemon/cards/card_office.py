"""Everything about cards in one hand: who has which, who waits for one, and how one is erased."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.core.events import CardForgotten, Event
from knx_ocpp_bridge.core.step import Level, Note
from knx_ocpp_bridge.core.values import IdTag
from knx_ocpp_bridge.daemon.cards.finding import Mine
from knx_ocpp_bridge.daemon.cards.learning import Learning
from knx_ocpp_bridge.daemon.cards.people import People, on_disk
from knx_ocpp_bridge.store.cells import Statement
from knx_ocpp_bridge.store.people import Shelf
from knx_ocpp_bridge.store.person import erasing, spelled


class Files(Shelf, Protocol):
    """The part of the journal by which something is erased for good."""

    def write(self, *statements: Statement, done: Callable[[], None] | None = None, tidy: bool = False) -> None: ...
    def settle(self, done: Callable[[], None]) -> None: ...
    def log(self, charger: str, note: Note) -> None: ...


@dataclass(frozen=True, slots=True)
class CardOffice:
    """What topics and verbs of cards are made of. `post` brings an event to every charger.

    `erased` is called when a card is erased on disk: whoever has summed up the log reads it again.
    """

    people: People
    learning: Learning
    files: Files
    post: Callable[[Event], None]
    erased: Callable[[], None]

    def audit(self, text: str, id_tag: str = "") -> None:
        """Somebody has looked at, or changed, what is known of people: a line of the general log."""
        card = f"card {masked(id_tag)} " if id_tag else ""
        self.files.log("", Note(Level.INFO, None, f"{card}{text}", "people"))

    async def erase(self, id_tags: tuple[IdTag, ...], mine: Mine, names: Iterable[str]) -> str:
        """Nothing is found by this card any more, in the files as well; says what there was, empty: nothing.

        Raises:
            StoreError: the disk cannot be read.
        """
        self.people.seen.write()
        await on_disk(self.files.settle)
        found = spelled(self.files, mine)
        told = [
            "its name" if found.named else "",
            _count(found.charges) if found.charges else "",
            "where it was held to a reader" if found.seen else "",
        ]
        if not any(told):
            return ""
        everything = (*id_tags, *(IdTag(one) for one in found.all if IdTag(one) not in id_tags))
        self.people.erased(everything, mine)
        self.post(CardForgotten(everything))
        statements = erasing(self.files, found, everything, names)
        await on_disk(lambda done: self.files.write(*statements, done=done, tidy=True))
        self.erased()
        return ", ".join(one for one in told if one)


def _count(transactions: int) -> str:
    return f"{transactions} transaction{'s' * (transactions != 1)} made anonymous"
