"""Two texts side by side, and two changes of one text made one: for the editor of the configuration."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from typing import Final

Line = tuple[str, str]
"""`+`, `-`, ` ` or `@` (a place in the file), and the line without its end."""

_AROUND: Final = 3


def difference(old: str, new: str) -> list[Line]:
    """What was taken out and what was put in, with three lines around each."""
    made = list(unified_diff(old.splitlines(), new.splitlines(), n=_AROUND, lineterm=""))[2:]
    return [("@", line) if line.startswith("@@") else (line[:1], line[1:]) for line in made]


@dataclass(frozen=True, slots=True)
class Merged:
    """Both changes in one text."""

    text: str
    conflicts: int
    """Places that both have changed: mine stands there, and theirs above it as comments."""


def merged(base: str, mine: str, theirs: str) -> Merged:
    """The text in which both changes of `base` are made."""
    before = base.splitlines(keepends=True)
    ours, others = mine.splitlines(keepends=True), theirs.splitlines(keepends=True)
    out: list[str] = []
    conflicts = 0
    for was, yours, foreign in _pieces(before, ours, others):
        if foreign in (yours, was):
            out += yours
        elif yours == was:
            out += foreign
        else:
            conflicts += 1
            out += _commented(foreign)
            out += yours
    return Merged("".join(out), conflicts)


def _commented(lines: Sequence[str]) -> Iterator[str]:
    yield "# >>> changed by somebody else meanwhile, to:\n"
    yield from (f"# {line.rstrip()}\n" for line in lines)
    yield "# <<< and by you, to:\n"


def _pieces(
    base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """The three texts cut at the lines that all have: of each piece the line range in each."""
    in_mine, in_theirs = _kept(base, mine), _kept(base, theirs)
    at = at_mine = at_theirs = 0
    for number in [*(each for each in range(len(base)) if each in in_mine and each in in_theirs), len(base)]:
        end_mine, end_theirs = in_mine.get(number, len(mine)), in_theirs.get(number, len(theirs))
        piece = (list(base[at:number]), list(mine[at_mine:end_mine]), list(theirs[at_theirs:end_theirs]))
        if any(piece):
            yield piece
        if number < len(base):
            line = [base[number]]
            yield line, line, line
        at, at_mine, at_theirs = number + 1, end_mine + 1, end_theirs + 1


def _kept(base: Sequence[str], other: Sequence[str]) -> dict[int, int]:
    blocks = SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}
