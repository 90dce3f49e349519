"""The Books of all chargers, and the sums of the charger and of the site."""

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo

from knx_ocpp_bridge.core.book import NOTHING, Book, Opening, Tally
from knx_ocpp_bridge.core.facts import Transaction
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId


class Ledger:
    """The Books of all configured chargers."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._books: dict[ChargerId, dict[ConnectorId, Book]] = {}

    def move(self, zone: tzinfo) -> None:
        """The days are those of another zone from now on: every charger has to be opened anew."""
        self.zone = zone
        self._books.clear()

    @property
    def chargers(self) -> tuple[ChargerId, ...]:
        """Those that have Books."""
        return tuple(self._books)

    def open(self, charger: ChargerId, openings: Mapping[ConnectorId, Opening]) -> None:
        """From now on the charger has these Books, and no others."""
        self._books[charger] = {connector: Book(self.zone, opening) for connector, opening in openings.items()}

    def close(self, charger: ChargerId) -> None:
        """The charger does not count any more."""
        self._books.pop(charger, None)

    def books(self, charger: ChargerId) -> Mapping[ConnectorId, Book]:
        """The Books of this charger by connector; 0 is for what nobody can place. None, if it does not count."""
        return self._books.get(charger, {})

    def record(self, charger: ChargerId, transaction: Transaction) -> bool:
        """Take the transaction as it now stands; False: only the log can tell what it means, `open` the charger anew.

        Those are corrections of what is a sum already, ends without a beginning, and numbers that come twice.
        """
        books = self._books.get(charger)
        if books is None:
            return True
        book = books.get(transaction.connector)
        if book is None:
            book = books[transaction.connector] = Book(self.zone, Opening())
        if not book.holds(transaction.id):
            if any(each.holds(transaction.id) or each.may_hold(transaction) for each in books.values()):
                return False
            if transaction.session is not None and book.may_know(transaction.session):
                return False
        book.record(transaction)
        return True

    def of_charger(self, charger: ChargerId, now: datetime | None) -> Tally:
        """All connectors of this charger together."""
        return _together((book.tally(now) for book in self.books(charger).values()), now)

    def of_site(self, now: datetime | None) -> Tally:
        """All configured chargers together."""
        return _together((self.of_charger(charger, now) for charger in self._books), now)


def _together(tallies: Iterable[Tally], now: datetime | None) -> Tally:
    today, yesterday, total = NOTHING, NOTHING, NOTHING
    for tally in tallies:
        today += tally.today or NOTHING
        yesterday += tally.yesterday or NOTHING
        total += tally.total
    return Tally(None, None, total) if now is None else Tally(today, yesterday, total)
