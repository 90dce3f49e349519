"""One transaction as an export sees it: the row of the daemon's topic, with types."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec

ERASED: Final = "(erased)"
"""In place of a card that was erased; a word of `phrases`."""

_DOUBTFUL: Final = frozenset({"adopted", "orphaned", "assumed", "implausible", "start unmetered", "refused"})
_WITHOUT_CARD: Final = frozenset({"adopted", "orphaned"})
"""Of these the card may never have been told."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction. Times are UTC, energy and meters are Wh; None is unknown, or not yet."""

    number: int = 0
    """Its place in the log; 0: the bridge does not say."""
    charger: str
    charger_name: str = ""
    connector: int
    transaction: int
    session: int | None = None
    """The first transaction of the same plug-in; None: it is itself the first."""
    id_tag: str = ""
    """Whole or masked, as the bridge was asked for it."""
    who: str = ""
    """The same for all transactions of one card, masked or not; empty: the bridge does not say."""
    name: str | None = None
    cost_centre: str | None = None
    group: str | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    seconds: int | None = None
    meter_start_wh: int | None = None
    meter_stop_wh: int | None = None
    energy_wh: int | None = None
    reason: str | None = None
    """The stop reason as OCPP 1.6 spells it."""
    started_by: str | None = None
    meter_serial: str | None = None
    clock: str = "sane"
    marks: tuple[str, ...] = ()
    days: tuple[tuple[date, int], ...] = ()
    signed: int = 0
    """How many signed meter values are kept."""

    @property
    def holder(self) -> str:
        """By which cards are told apart, those that look the same as well."""
        return self.who or self.id_tag.casefold()

    @property
    def holder_name(self) -> str:
        """Who it was, in a table for people: the name, and the card where one was held to the reader."""
        if not self.name:
            return ""
        by_bridge = self.started_by not in {None, "card", "unknown"}
        return self.name if by_bridge else f"{self.name} ({self.id_tag})"

    @property
    def erased(self) -> bool:
        """There was a card, and nothing leads to it any more."""
        return not self.id_tag and _WITHOUT_CARD.isdisjoint(self.marks)

    @property
    def clock_doubtful(self) -> bool:
        """Its times cannot be believed."""
        return self.clock != "sane"

    @property
    def doubtful(self) -> bool:
        """Something of it was concluded, not told: a person should look at it before it is paid for."""
        return self.clock_doubtful or not _DOUBTFUL.isdisjoint(self.marks)


def row(values: Mapping[str, Any]) -> Row:
    """The row of these JSON values.

    Raises:
        msgspec.ValidationError: they are of another version.
    """
    return msgspec.convert(values, Row)
