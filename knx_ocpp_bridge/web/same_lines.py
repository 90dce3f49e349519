"""Which lines two texts have in common, found with a bounded amount of work, whatever the texts."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

_MOST_WORK: Final = 2_000_000
"""Lines that are looked at, all in all. What is still to be compared then counts as changed throughout."""

Range = tuple[int, int, int, int]
"""First and last line of the old text, the last not included, and of the new one."""


def same_lines(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Of lines of the old text the number of the same line of the new one, both in rising order.

    What both begin and end with, and lines that stand once in each (the anchors of a "patience diff"), are found
    always; others as long as the work lasts.
    """
    search = _Search(old, new, [(0, len(old), 0, len(new))])
    while search.todo:
        search.next()
    return dict(sorted(search.found.items()))


@dataclass(slots=True)
class _Search:
    old: Sequence[str]
    new: Sequence[str]
    todo: list[Range]
    found: dict[int, int] = field(default_factory=dict)
    work: int = _MOST_WORK

    def next(self) -> None:
        """One range less, or several smaller ones in its place."""
        part = self._without_ends(*self.todo.pop())
        first, last, first_new, last_new = part
        length = last - first + last_new - first_new
        if first == last or first_new == last_new or not self._affords(length):
            return
        before, after = self.old[first:last], self.new[first_new:last_new]
        counts, counts_new = Counter(before), Counter(after)
        anchors = _rising(_unique(before, after, counts, counts_new))
        for number, number_new in anchors:
            self.found[first + number] = first_new + number_new
        edges = [(-1, -1), *anchors, (last - first, last_new - first_new)]
        if anchors:
            self.todo += [
                (first + at + 1, first + to, first_new + at_new + 1, first_new + to_new)
                for (at, at_new), (to, to_new) in pairwise(edges)
                if to > at + 1 and to_new > at_new + 1
            ]
        elif self._affords((_pairs(counts, counts_new) + length) * min(len(before), len(after))):
            for block in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
                self.found |= {first + block.a + step: first_new + block.b + step for step in range(block.size)}

    def _affords(self, work: int) -> bool:
        if work > self.work:
            return False
        self.work -= work
        return True

    def _without_ends(self, first: int, last: int, first_new: int, last_new: int) -> Range:
        while first < last and first_new < last_new and self.old[first] == self.new[first_new]:
            self.found[first] = first_new
            first, first_new = first + 1, first_new + 1
        while first < last and first_new < last_new and self.old[last - 1] == self.new[last_new - 1]:
            last, last_new = last - 1, last_new - 1
            self.found[last] = last_new
        return first, last, first_new, last_new


def _pairs(counts: Counter[str], counts_new: Counter[str]) -> int:
    """How often a line of the one is a line of the other."""
    return sum(count * counts_new[line] for line, count in counts.items() if line in counts_new)


def _unique(
    before: Sequence[str], after: Sequence[str], counts: Counter[str], counts_new: Counter[str]
) -> list[tuple[int, int]]:
    """Lines that stand once in both, in the order of the first."""
    places = {line: place for place, line in enumerate(after) if counts_new[line] == 1}
    return [(place, places[line]) for place, line in enumerate(before) if counts[line] == 1 and line in places]


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest choice of them whose second numbers rise as well."""
    ends: list[int] = []
    at_end: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(at_end[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        at_end[length : length + 1] = [number]
    chosen: list[tuple[int, int]] = []
    number = at_end[-1] if at_end else -1
    while number >= 0:
        chosen.append(pairs[number])
        number = before[number]
    return chosen[::-1]
