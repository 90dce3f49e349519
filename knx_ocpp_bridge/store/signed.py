"""How many signed values a transaction has: what there is no room for is told once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from knx_ocpp_bridge.core.facts import SignedKept
from knx_ocpp_bridge.core.step import Level, Note
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.store.cells import Cell, cell
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.rows import LONGEST_SIGNED, MOST_SIGNED, keepable

_MOST_KNOWN: Final = 256
"""Transactions that are counted at one time."""
_KEPT: Final = "SELECT text FROM signed_values WHERE charger = ? AND id = ?"


def no_room(fact: SignedKept) -> Note:
    """What is said when something is not kept."""
    room = f"there is room for {MOST_SIGNED} of at most {LONGEST_SIGNED} characters"
    text = f"transaction {fact.transaction}: not all signed meter values are kept, {room}"
    return Note(Level.WARNING, None, text, "MeterValues")


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
