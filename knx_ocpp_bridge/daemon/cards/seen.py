"""The cards that were held to readers: the last 500, on disk within a minute."""

import asyncio
from collections import OrderedDict
from datetime import datetime
from typing import Final

from knx_ocpp_bridge.core.step import CardShown
from knx_ocpp_bridge.core.values import ChargerId, IdTag
from knx_ocpp_bridge.store.people import MOST_SEEN, PeopleBook, Seen

_WAIT_FOR_S: Final = 60.0
"""A reader that is tried without end does not make the bridge write without end; a power cut costs a minute of this."""


class SeenCards:
    """Owns the rows, by the case-folded idTag; those that were held last stand last."""

    def __init__(self, book: PeopleBook) -> None:
        self._book = book
        self._cards = OrderedDict((one.id_tag.casefold(), one) for one in book.seen())
        self._on_disk = set(self._cards)
        self._news: set[str] = set()
        self._gone: dict[str, IdTag] = {}
        self._due: asyncio.TimerHandle | None = None

    def add(self, charger_id: ChargerId, shown: CardShown, at: datetime) -> None:
        """A card was held to a reader of this charger."""
        key = shown.id_tag.casefold()
        known = self._cards.pop(key, None)
        times = 1 if known is None else known.times + 1
        self._cards[key] = Seen(
            shown.id_tag, charger_id, shown.connector, shown.status, at.replace(microsecond=0), times
        )
        self._news.add(key)
        self._gone.pop(key, None)
        while len(self._cards) > MOST_SEEN:
            oldest, card = self._cards.popitem(last=False)
            if oldest in self._on_disk:  # else there is nothing to erase, however many come within a minute
                self._gone[oldest] = card.id_tag
            self._news.discard(oldest)
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(_WAIT_FOR_S, self.write)

    def find(self, id_tag: str) -> Seen | None:
        """When and where it was held last."""
        return self._cards.get(id_tag.casefold())

    def rows(self) -> list[Seen]:
        """Those that were held last stand last."""
        return list(self._cards.values())

    def forget(self, id_tag: str) -> None:
        """It was never held to a reader; on disk that is done already."""
        key = id_tag.casefold()
        self._cards.pop(key, None)
        self._news.discard(key)
        self._gone.pop(key, None)
        self._on_disk.discard(key)

    def write(self) -> None:
        """All news is on its way to the disk."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        self._book.put_seen([self._cards[key] for key in self._news], self._gone.values())
        self._on_disk -= self._gone.keys()
        self._on_disk |= self._news
        self._news.clear()
        self._gone.clear()
