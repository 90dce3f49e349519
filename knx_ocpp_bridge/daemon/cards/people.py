"""Who may charge, from tags files and database: one tag book for each charger, with limits that are used up.

A card that stands in a tags file is the file's: what the database says of it counts nowhere.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.config.tag_books import zone_of
from knx_ocpp_bridge.core.facts import Fact, TransactionRecorded
from knx_ocpp_bridge.core.settings import Tag, TagBook
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.step import CardShown
from knx_ocpp_bridge.core.tags import fits
from knx_ocpp_bridge.core.values import ChargerId, Clock, IdTag, Moment
from knx_ocpp_bridge.daemon.cards.month import MonthUsage, begin_of, month_of
from knx_ocpp_bridge.daemon.cards.seen import SeenCards
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.history import History, Wanted
from knx_ocpp_bridge.store.people import PeopleBook

_LOOK_EVERY_S: Final = 60.0
"""A limit that is reached while a car charges is noticed within this, and so is a new month."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Means:
    """What people are kept with."""

    book: PeopleBook
    history: History
    moment: Callable[[], Moment]
    chargers: Callable[[], Iterable[Charger]]
    """All that are there, as they are now."""
    changed: Callable[[Loaded], None]
    """The same configuration, with other cards."""


class People:
    """Owns the database's cards. `merged` must be what the chargers are given, whenever a configuration is loaded."""

    def __init__(self, loaded: Loaded, means: Means) -> None:
        self.seen = SeenCards(means.book)
        self.shown: list[Callable[[ChargerId, CardShown], None]] = []
        """Who is told of every card that is held to a reader."""
        self._means = means
        self._loaded = loaded
        self._cards: dict[str, Tag] = means.book.cards()
        self._known: dict[str, Tag] = {}
        """The card of each case-folded id and alias."""
        self._usage = MonthUsage(zone_of(loaded.bridge))
        self._used_wh: dict[str, int] = {}
        self._told: list[frozenset[str]] = []
        """Who has used up a limit, by book, as the chargers were told last."""
        self._one_at_a_time = asyncio.Lock()

    # the tag books

    def merged(self, loaded: Loaded) -> Loaded:
        """The configuration with the cards of the database in every tag book, and the limits that are used up."""
        self._loaded = loaded
        self._index()
        self._used_wh = self._count()
        return self._with_cards()

    def tick(self) -> None:
        """The time has passed: another month may have begun, a limit may be used up."""
        self._turn_month()
        self._count_again()

    def recorded(self, charger_id: ChargerId, facts: tuple[Fact, ...]) -> None:
        """These facts are on disk."""
        transactions = [fact.transaction for fact in facts if isinstance(fact, TransactionRecorded)]
        for transaction in transactions:
            self._usage.record(charger_id, transaction)
        if transactions:
            self._count_again()

    async def run(self) -> None:
        """Looks at the time until cancelled."""
        while True:
            self.tick()
            await asyncio.sleep(_LOOK_EVERY_S)

    # what is known of a card

    @property
    def loaded(self) -> Loaded:
        """The configuration as it was read, without the cards of the database."""
        return self._loaded

    def moment(self) -> Moment:
        """By which validity is judged."""
        return self._means.moment()

    def card(self, id_tag: str) -> Tag | None:
        """The card that is read as this idTag, of a file or of the database."""
        return self._known.get(id_tag.casefold())

    def knows(self, id_tag: str) -> bool:
        """Somebody has named the card that is read as this idTag."""
        return self.card(id_tag) is not None

    def name(self, id_tag: str) -> str:
        """Whose card it is; empty: nobody has said."""
        card = self.card(id_tag)
        return "" if card is None else card.name

    def place(self, tag: Tag) -> str:
        """`file:line` of a card of a tags file; empty: it is the database's."""
        places = (self._loaded.places.get(one.casefold(), "") for one in (tag.id, *tag.aliases))
        return next((place for place in places if place), "")

    def all(self) -> list[tuple[Tag, bool]]:
        """Every card of files and database by name, and whether it counts: the database's does not if a file has it."""
        of_files = {id(tag): tag for book in self._books() for tag in book.tags.values()}
        found = [(tag, True) for tag in of_files.values()]
        found += [(tag, not self.place(tag)) for tag in self._cards.values()]
        return sorted(found, key=lambda one: (one[0].name.casefold(), one[0].id))

    def stored(self, id_tag: str) -> Tag | None:
        """The card of the database with this id, whether it counts or not."""
        return self._cards.get(id_tag.casefold())

    def count(self) -> int:
        """How many cards the database names."""
        return len(self._cards)

    def means(self, charger_id: str, id_tag: str, id_tags: Iterable[str]) -> bool:
        """Whether this charger, by the way in which it spoils idTags, means one of these by this idTag."""
        charger = next((one for one in self._means.chargers() if one.settings.id == charger_id), None)
        return charger is not None and any(fits(charger, id_tag, one) for one in id_tags)

    def used_wh(self) -> dict[str, int]:
        """What each card has taken in this month of the site's calendar, by its case-folded id, at this moment."""
        return self._count()

    def charges(self, mine: Callable[[str, str], bool]) -> ChargerId | None:
        """Where a transaction with this card is open; None: nowhere."""
        for charger in self._means.chargers():
            for connector in charger.connectors.values():
                if connector.transaction is not None and mine(charger.settings.id, connector.transaction.id_tag):
                    return charger.settings.id
        return None

    # changes

    async def put(self, *tags: Tag) -> None:
        """These cards are the database's, or changed there: on disk, then in force."""
        async with self._one_at_a_time:
            await on_disk(lambda done: self._means.book.put(tags, self._means.moment().utc, done))
            self._cards |= {tag.id.casefold(): tag for tag in tags}
            self._say()

    async def remove(self, id_tag: IdTag) -> None:
        """The database knows this card no more: on disk, then in force."""
        async with self._one_at_a_time:
            await on_disk(lambda done: self._means.book.remove(id_tag, done))
            self._cards.pop(id_tag.casefold(), None)
            self._say()

    def erased(self, id_tags: Iterable[str], mine: Callable[[str, str], bool]) -> None:
        """Of this card nothing is on disk any more."""
        for id_tag in id_tags:
            self._cards.pop(id_tag.casefold(), None)
            self.seen.forget(id_tag)
        self._usage.forget(mine)
        self._say()

    def held(self, charger_id: ChargerId, shown: CardShown) -> None:
        """A card was held to a reader, whatever came of it."""
        self.seen.add(charger_id, shown, self._means.moment().utc)
        for tell in tuple(self.shown):
            tell(charger_id, shown)

    # inside

    def _say(self) -> None:
        self._index()
        self._used_wh = self._count()
        self._means.changed(self._with_cards())

    def _count_again(self) -> None:
        before = self._told
        self._used_wh = self._count()
        merged = self._with_cards()
        if self._told != before:
            self._means.changed(merged)

    def _with_cards(self) -> Loaded:
        made: dict[int, Mapping[str, Tag]] = {}

        def of(book: TagBook) -> TagBook:
            tags = made.get(id(book.tags))
            if tags is None:
                tags = made[id(book.tags)] = {**book.tags, **self._counting()}
            return replace(book, tags=tags, exhausted=self._exhausted(tags))

        loaded = self._loaded
        chargers = {
            charger_id: replace(settings, tag_book=of(settings.tag_book))
            for charger_id, settings in loaded.chargers.items()
        }
        site = of(loaded.tag_book)
        self._told = [site.exhausted, *(settings.tag_book.exhausted for settings in chargers.values())]
        return replace(loaded, chargers=chargers, tag_book=site)

    def _counting(self) -> dict[str, Tag]:
        return {key: tag for key, tag in self._cards.items() if not self.place(tag)}

    def _exhausted(self, tags: Mapping[str, Tag]) -> frozenset[str]:
        return frozenset(
            key
            for key, tag in tags.items()
            if tag.limit_wh is not None and tag.id.casefold() == key and self._used_wh.get(key, 0) >= tag.limit_wh
        )

    def _index(self) -> None:
        tags = [*self._counting().values(), *(tag for book in self._books() for tag in book.tags.values())]
        self._known = {one.casefold(): tag for tag in tags for one in (tag.id, *tag.aliases)}

    def _books(self) -> list[TagBook]:
        """The site's last, as it is the one that names a card that stands in several."""
        return [*(settings.tag_book for settings in self._loaded.chargers.values()), self._loaded.tag_book]

    def _count(self) -> dict[str, int]:
        """By the case-folded id of the card; what was booked on an alias before it was one is the card's."""
        if self._usage.month is None:
            return {}
        running = (
            (charger.settings.id, connector)
            for charger in self._means.chargers()
            for connector in charger.connectors.values()
        )
        used: dict[str, int] = {}
        for id_tag, wh in self._usage.used_wh(running, self._means.moment().utc).items():
            card = self.card(id_tag)
            key = id_tag if card is None else card.id.casefold()
            used[key] = used.get(key, 0) + wh
        return used

    def _turn_month(self) -> None:
        """Which month it is, only a clock that can be believed can tell."""
        now = self._means.moment()
        zone = zone_of(self._loaded.bridge)
        month = month_of(now.utc, zone) if now.clock is Clock.SANE else None
        if month == self._usage.month or month is None:
            return
        known = []
        wanted = Wanted(since=begin_of(month, zone), open_too=False)
        try:
            page = self._means.history.transactions(wanted)
            while page:
                known += [(one.charger, one.transaction) for one in page]
                page = self._means.history.transactions(wanted, page[-1].number)
        except StoreError as error:
            _log.warning("what was charged in this month is not known: %s", error)
            return
        self._usage.begin(month, known)


async def on_disk(write: Callable[[Callable[[], None]], None]) -> None:
    """Returns when what `write` was given has been called back."""
    done = asyncio.get_running_loop().create_future()
    write(lambda: None if done.done() else done.set_result(None))
    await done
