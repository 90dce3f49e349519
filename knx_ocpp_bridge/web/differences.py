"""Two texts side by side, and two changes of one text made one: for the editor of the configuration."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from knx_ocpp_bridge.web.same_lines import same_lines

Line = tuple[str, str]
"""`+`, `-`, ` ` or `@` (a place in the file), and the line without its end."""

MOST_SHOWN: Final = 4000
"""Lines of a difference; nobody reads more."""
_AROUND: Final = 3


def difference(old: str, new: str) -> list[Line]:
    """What was taken out and what was put in, with three lines around each; of more than `MOST_SHOWN` the first."""
    before, after = old.splitlines(), new.splitlines()
    lines = list(_both(before, after, same_lines(before, after)))
    out: list[Line] = []
    for shown, group in groupby(enumerate(_near(lines)), lambda each: each[1]):
        places = [place for place, _ in group]
        if shown:
            out += _part(lines, places[0], places[-1] + 1)
        if len(out) > MOST_SHOWN:
            return [*out[:MOST_SHOWN], ("@", f"@@ more than {MOST_SHOWN} lines @@")]
    return out


@dataclass(frozen=True, slots=True)
class _Place:
    kind: str
    line: str
    old: int
    """Lines of the old text before it."""
    new: int


def _both(old: Sequence[str], new: Sequence[str], same: dict[int, int]) -> Iterator[_Place]:
    """Every line of both; what went stands before what came."""
    at_old = at_new = 0
    for number in [*same, len(old)]:
        to = same.get(number, len(new))
        yield from (_Place("-", old[each], each, at_new) for each in range(at_old, number))
        yield from (_Place("+", new[each], number, each) for each in range(at_new, to))
        if number < len(old):
            yield _Place(" ", old[number], number, to)
        at_old, at_new = number + 1, to + 1


def _near(lines: Sequence[_Place]) -> list[bool]:
    """Whether a line is changed, or near one that is."""
    near = [False] * len(lines)
    for direction in (range(len(lines)), range(len(lines) - 1, -1, -1)):
        left = 0
        for each in direction:
            left = _AROUND + 1 if lines[each].kind != " " else left - 1
            near[each] |= left > 0
    return near


def _part(lines: Sequence[_Place], begin: int, end: int) -> Iterator[Line]:
    part = lines[begin:end]
    old, new = (sum(each.kind != other for each in part) for other in "+-")
    yield "@", f"@@ -{_range(part[0].old, old)} +{_range(part[0].new, new)} @@"
    yield from ((each.kind, each.line) for each in part)


def _range(start: int, length: int) -> str:
    """As `diff -u` writes it (POSIX.1-2017, diff, "Diff -u Output Format")."""
    return str(start + 1) if length == 1 else f"{start + bool(length)},{length}"


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
    in_mine, in_theirs = same_lines(base, mine), same_lines(base, theirs)
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
