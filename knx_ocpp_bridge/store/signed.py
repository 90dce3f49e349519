"""How many signed values a transaction and a day have: what there is no room for is told once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from knx_ocpp_bridge.core.facts import SignedKept
from knx_ocpp_bridge.core.step import Level, Note
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.store.cells import Cell, cell
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.rows import LONGEST_SIGNED, MOST_SIGNED, keepable

_MOST_KNOWN: Final = 256
"""Transactions that are counted at one time."""
MOST_A_DAY: Final = 16 * 1024 * 1024
"""Characters of one charger in one day (UTC), enough for a thousand transactions; else one could fill the disk."""
_KEPT: Final = "SELECT text FROM signed_values WHERE charger = ? AND id = ?"


def no_room(fact: SignedKept) -> Note:
    """What is said when something is not kept."""
    room = f"there is room for {MOST_SIGNED} of at most {LONGEST_SIGNED} characters"
    text = f"transaction {fact.transaction}: not all signed meter values are kept, {room}"
    return Note(Level.WARNING, None, text, "MeterValues")


def no_room_today() -> Note:
    """What is said when a charger has sent too much in one day."""
    text = f"no more signed meter values are kept today, there is room for {MOST_A_DAY // 1024 // 1024} MiB a day"
    return Note(Level.WARNING, None, text, "MeterValues")


@dataclass(slots=True)
class _Today:
    day: date
    size: int = 0
    told: bool = False


@dataclass(slots=True)
class _Kept:
    texts: set[int] = field(default_factory=set)
    """Hashes: what is sent again is not kept again."""
    told: bool = False


class SignedRoom:
    """Counts what `rows` keeps, without looking at the disk for every value."""

    def __init__(self, read: Callable[[str, tuple[Cell, ...]], list[tuple[Any, ...]]]) -> None:
        self._read = read
        self._kept: dict[tuple[str, int], _Kept] = {}
        self._today: dict[str, _Today] = {}

    def admit(self, charger: ChargerId, fact: SignedKept, day: date) -> tuple[bool, Note | None]:
        """Whether any of this fact is to be kept, and what is to be said if not all of it is, each time once."""
        today = self._today.get(charger.casefold())
        if today is None or today.day != day:
            today = self._today[charger.casefold()] = _Today(day)
        today.size += sum(len(one.text) for one in keepable(fact.values))
        if today.size > MOST_A_DAY:
            first, today.told = not today.told, True
            return False, no_room_today() if first else None
        return True, no_room(fact) if self.overflows(charger, fact) else None

    def overflows(self, charger: ChargerId, fact: SignedKept) -> bool:
        """Something of this fact will not be kept, and nothing of this transaction was refused before."""
        kept = self._of(charger, fact.transaction)
        wanted = keepable(fact.values)
        kept.texts |= {hash(one.text) for one in wanted}
        first = not kept.told and (len(wanted) < len(fact.values) or len(kept.texts) > MOST_SIGNED)
        kept.told = kept.told or first
        return first

    def _of(self, charger: ChargerId, transaction: int) -> _Kept:
        key = (charger.casefold(), transaction)
        kept = self._kept.pop(key, None) or self._found(charger, transaction)
        self._kept[key] = kept
        if len(self._kept) > _MOST_KNOWN:
            del self._kept[next(iter(self._kept))]
        return kept

    def _found(self, charger: ChargerId, transaction: int) -> _Kept:
        try:
            rows = self._read(_KEPT, (cell(charger), cell(transaction)))
        except StoreError:
            rows = []  # the count is for a sentence in the log alone
        return _Kept({hash(text) for (text,) in rows}, told=len(rows) >= MOST_SIGNED)
