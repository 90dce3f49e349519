"""What the database holds of one card, and what erases it: nobody is found by it afterwards, and all sums stay."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.store.cells import Cell, Statement, cell
from knx_ocpp_bridge.store.people import Shelf

ERASED: Final = "(erased)"
_MASK: Final = masked("")
_TEXTS: Final = (("log", "number"), ("alarms", "number"))

Mine = Callable[[str, str], bool]
"""Whether this charger (or, where it is empty, any) means the card by this idTag."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """The idTags under which the card stands in the database, as they are written there."""

    transactions: tuple[tuple[str, str], ...]
    """Charger and idTag."""
    seen: tuple[str, ...]
    named: tuple[str, ...]
    charges: int
    """How many transactions there are."""

    @property
    def all(self) -> tuple[str, ...]:
        """Each of them once."""
        return tuple(dict.fromkeys((*(tag for _, tag in self.transactions), *self.seen, *self.named)))


def spelled(shelf: Shelf, mine: Mine) -> Spelled:
    """Where the card stands. Names and aliases are the caller's to know.

    Raises:
        StoreError: the disk cannot be read.
    """
    rows = shelf.read("SELECT charger, id_tag, count(*) FROM transactions WHERE id_tag != '' GROUP BY charger, id_tag")
    mine_of = [(charger, tag, count) for charger, tag, count in rows if mine(charger, tag)]
    seen = shelf.read("SELECT id_tag FROM cards_seen")
    named = shelf.read("SELECT id_tag FROM tags")
    return Spelled(
        tuple((charger, tag) for charger, tag, _ in mine_of),
        tuple(tag for (tag,) in seen if mine("", tag)),
        tuple(tag for (tag,) in named if mine("", tag)),
        sum(count for *_, count in mine_of),
    )


def erasing(shelf: Shelf, found: Spelled, id_tags: Iterable[str], names: Iterable[str]) -> list[Statement]:
    """What makes the card's transactions nobody's and takes the rest away, its ids and names in texts included.

    The lines of the general log must be on disk by now.

    Raises:
        StoreError: the disk cannot be read.
    """
    statements: list[Statement] = []
    for pair in found.transactions:
        cells = tuple(map(cell, pair))
        of_it = "(charger, id) IN (SELECT charger, id FROM transactions WHERE charger = ? AND id_tag = ?)"
        statements.append((f"DELETE FROM signed_values WHERE {of_it}", cells))
        statements.append(("UPDATE transactions SET id_tag = '' WHERE charger = ? AND id_tag = ?", cells))
    statements += [("DELETE FROM cards_seen WHERE id_tag = ?", (cell(tag),)) for tag in found.seen]
    statements += [("DELETE FROM tags WHERE id_tag = ?", (cell(tag),)) for tag in found.named]
    return statements + _texts(shelf, _patterns(id_tags, names))


def _patterns(id_tags: Iterable[str], names: Iterable[str]) -> dict[str, re.Pattern[str]]:
    """Whole words alone, so that a short name does not spoil words that contain it; idTags as logs mask them too."""
    wanted = {form for word in id_tags for form in (word, masked(word)) if form != _MASK} | set(names) - {""}
    return {word: re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE) for word in wanted}


def _texts(shelf: Shelf, patterns: dict[str, re.Pattern[str]]) -> list[Statement]:
    statements: list[Statement] = []
    for table, key in _TEXTS:
        found: dict[int, str] = {}
        for word, pattern in patterns.items():
            cells: tuple[Cell, ...] = (cell(word),)
            sql = f"SELECT {key}, text FROM {table} WHERE instr(lower(text), lower(?))"
            for number, text in shelf.read(sql, cells):
                found[number] = pattern.sub(ERASED, found.get(number, text))
        sql = f"UPDATE {table} SET text = ? WHERE {key} = ?"
        statements += [(sql, (cell(text), number)) for number, text in found.items()]
    return statements
