"""What the disk has not taken yet: kept in memory in its order, bounded, until it does."""

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, assert_never

from knx_ocpp_bridge.core.facts import (
    AbilityLearned,
    Fact,
    IdentityLearned,
    MeterNoted,
    SecurityKept,
    SignedKept,
    TagIssued,
    TransactionRecorded,
    WishesKept,
)
from knx_ocpp_bridge.store.entry import Entry

MOST_WAITING: Final = 10_000
"""Entries with facts or statements; and as many points of curves and lines of the log."""


@dataclass(frozen=True, slots=True)
class Lost:
    """How much of what waited had to be let go."""

    entries: int = 0
    history: int = 0
    """Points of curves and lines of the log."""


class Backlog:
    """Two queues: what must be kept, and the history that may be lost.

    When too much waits, history goes first, its oldest half; then facts that a later one of the same subject replaces;
    then the oldest entries.
    """

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._needed: deque[Entry] = deque()
        self._history: deque[Entry] = deque()
        self._history_size = 0
        self.lost = Lost()

    def __bool__(self) -> bool:
        return bool(self._needed or self._history)

    @property
    def needed(self) -> int:
        """Entries that wait and must be kept."""
        return len(self._needed)

    def keep(self, group: Iterable[Entry]) -> None:
        """All of it waits."""
        for entry in group:
            if entry.facts or entry.statements:
                self._needed.append(entry.without_history())
            self.keep_history((entry,))
        if len(self._needed) > self._most:
            self._make_room()

    def keep_history(self, group: Iterable[Entry]) -> None:
        """Only the lines and points of these entries wait."""
        for entry in group:
            size = len(entry.lines) + len(entry.samples)
            if size:
                self._history.append(entry.only_history())
                self._history_size += size
        if self._history_size > self._most:
            self._forget_history()

    def next_group(self, most: int) -> list[Entry]:
        """What is to be written next, at most so many entries; facts before history."""
        return list(islice(self._needed or self._history, most))

    def written(self, group: list[Entry]) -> None:
        """The group that `next_group` has given waits no more."""
        queue = self._needed or self._history
        for _ in group:
            entry = queue.popleft()
            self._history_size -= len(entry.lines) + len(entry.samples)

    def _forget_history(self) -> None:
        before = self._history_size
        while self._history_size > self._most // 2:
            entry = self._history.popleft()
            self._history_size -= len(entry.lines) + len(entry.samples)
        self.lost = replace(self.lost, history=self.lost.history + before - self._history_size)

    def _make_room(self) -> None:
        """Down to nine tenths, so that this work is not done for every entry."""
        self._needed = deque(_without_the_replaced(self._needed))
        gone = max(0, len(self._needed) - self._most * 9 // 10)
        for _ in range(gone):
            self._needed.popleft()
        self.lost = replace(self.lost, entries=self.lost.entries + gone)


def _without_the_replaced(entries: Iterable[Entry]) -> list[Entry]:
    """The same on disk with fewer facts: of each subject only the last one counts."""
    seen: set[Hashable] = set()
    kept = [_thinned(entry, seen) for entry in reversed(list(entries))]
    return [entry for entry in reversed(kept) if entry.facts or entry.statements]


def _thinned(entry: Entry, seen: set[Hashable]) -> Entry:
    facts = tuple(_unseen(entry, seen))[::-1]
    return entry if len(facts) == len(entry.facts) else replace(entry, facts=facts)


def _unseen(entry: Entry, seen: set[Hashable]) -> Iterator[Fact]:
    for fact in reversed(entry.facts):
        subject = _subject(fact)
        if subject is not None and (entry.charger, subject) in seen:
            continue
        seen.add((entry.charger, subject))
        yield fact


def _subject(fact: Fact) -> Hashable | None:
    """What the fact is the whole truth about; None: it stands beside others."""
    match fact:
        case TransactionRecorded(transaction):
            return "transaction", transaction.id, transaction.started_at
        case WishesKept(connector, _):
            return "wishes", connector
        case MeterNoted(connector, _):
            return "meter", connector
        case AbilityLearned(name, _):
            return "ability", name
        case IdentityLearned() | TagIssued() | SecurityKept():
            return type(fact).__name__
        case SignedKept():
            return None
        case _:
            assert_never(fact)
