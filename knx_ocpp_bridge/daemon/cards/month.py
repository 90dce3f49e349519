"""What each card has taken in one month of the site's calendar."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.days import Shares, day_of, energy_by_day, midnight, running_by_day
from knx_ocpp_bridge.core.facts import Transaction
from knx_ocpp_bridge.core.registers import running_wh
from knx_ocpp_bridge.core.values import ChargerId, TransactionId


@dataclass(frozen=True, slots=True)
class Month:
    """One month."""

    year: int
    month: int

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)


def month_of(at: datetime, zone: tzinfo) -> Month:
    """The month in which this instant falls."""
    day = day_of(at, zone)
    return Month(day.year, day.month)


def begin_of(month: Month, zone: tzinfo) -> datetime:
    """The instant in UTC with which it begins."""
    return midnight(month.first, zone)


class MonthUsage:
    """The ended transactions of one month, each by its card. Transactions without a believable clock are of none."""

    def __init__(self, zone: tzinfo) -> None:
        self.month: Month | None = None
        """None: nobody knows which it is, and nothing is counted."""
        self._zone = zone
        self._ended: dict[tuple[str, TransactionId], tuple[str, int]] = {}
        self._sums: dict[str, int] = {}
        """Of these by card: there may be very many, and somebody asks whenever one more has ended."""

    def begin(self, month: Month | None, known: Iterable[tuple[str, Transaction]]) -> None:
        """It is this month from now on, and these have ended in it, or may have."""
        self.month = month
        self._ended.clear()
        self._sums.clear()
        for charger, transaction in known:
            self.record(charger, transaction)

    def record(self, charger: str, transaction: Transaction) -> None:
        """The transaction as it is on disk now, opened, ended or corrected."""
        key = charger.casefold(), transaction.id
        known = self._ended.pop(key, None)
        if known is not None:
            self._sums[known[0]] -= known[1]
        if transaction.stopped_at is None or not transaction.id_tag:
            return
        wh = self._in_it(energy_by_day(transaction, self._zone))
        if wh:
            folded = transaction.id_tag.casefold()
            self._ended[key] = folded, wh
            self._sums[folded] = self._sums.get(folded, 0) + wh

    def forget(self, mine: Callable[[str, str], bool]) -> None:
        """Nothing was taken with this card."""
        for key in [key for key, one in self._ended.items() if mine(key[0], one[0])]:
            id_tag, wh = self._ended.pop(key)
            self._sums[id_tag] -= wh

    def used_wh(self, running: Iterable[tuple[ChargerId, Connector]], now: datetime) -> dict[str, int]:
        """By the case-folded idTag, with what flows at this moment."""
        used = {id_tag: wh for id_tag, wh in self._sums.items() if wh}
        for _, connector in running:
            transaction = connector.transaction
            if transaction is not None and transaction.id_tag:
                wh = self._in_it(running_by_day(transaction, running_wh(connector), now, self._zone))
                folded = transaction.id_tag.casefold()
                used[folded] = used.get(folded, 0) + wh
        return used

    def _in_it(self, shares: Shares) -> int:
        if self.month is None:
            return 0
        return sum(wh for day, wh in shares.items() if (day.year, day.month) == (self.month.year, self.month.month))
