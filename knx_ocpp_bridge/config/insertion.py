"""Where in the text of a configuration a charger more has its place, found by the marks of YAML."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.tokens import (
    AliasToken,
    AnchorToken,
    BlockEntryToken,
    DocumentEndToken,
    FlowMappingEndToken,
    FlowSequenceEndToken,
    ScalarToken,
    TagToken,
    Token,
    ValueToken,
)

_CONTENT: Final = (
    AliasToken,
    AnchorToken,
    BlockEntryToken,
    FlowMappingEndToken,
    FlowSequenceEndToken,
    ScalarToken,
    TagToken,
    ValueToken,
)
"""What takes up room in the text, and does not only structure it."""

_NOTHING: Final = frozenset({"~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block goes, and how it is indented."""

    index: int
    """Begins a line, or is the end of the text."""
    column: int = 2
    """Of the dash."""
    step: int = 2
    """From the dash to the keys."""
    key: bool = False
    """The key `chargers` is missing as well; it stands two columns left of the dash."""
    spaced: bool = False
    """A blank line stands above, as between the others."""


class NoPlaceError(Exception):
    """The text is written in a way that leaves no place; the argument says which."""


def find(text: str) -> tuple[str, Place]:
    """The place behind the last charger. The text comes back unchanged, unless an empty list in words made room.

    Raises:
        NoPlaceError: there is none. What YAML cannot read must have been refused before.
    """
    root = _yaml().compose(text)
    end = _end(text)
    if root is None or (isinstance(root, ScalarNode) and not root.value):
        return text, Place(end, key=True, spaced=True)
    if not isinstance(root, MappingNode) or root.flow_style:
        raise NoPlaceError("the file is not written with one key in each line")
    found = next(((key, value) for key, value in root.value if key.value == "chargers"), None)
    if found is None:
        return text, Place(end, root.value[0][0].start_mark.column + 2, key=True, spaced=True)
    key, value = found
    if value.start_mark.index < key.end_mark.index:
        raise NoPlaceError("chargers is an alias of another list")
    starts = (each.start_mark.index for each, _ in root.value)
    below = min((index for index in starts if index > key.start_mark.index), default=end)
    if isinstance(value, SequenceNode) and not value.flow_style:
        return text, _behind(text, value, key.start_mark.index, below)
    shorter = _with_room(text, value)
    column = key.start_mark.column + 2
    first = _next_line(shorter, key.end_mark.index)
    return shorter, Place(_past_comments(shorter, first, below - len(text) + len(shorter), column - 1), column)


def _behind(text: str, chargers: SequenceNode, start: int, below: int) -> Place:
    """Behind the last charger and the comments that belong to it."""
    tokens = list(_content(_yaml().scan(text), start, below))
    column = next(each.start_mark.column for each in tokens if isinstance(each, BlockEntryToken))
    last = chargers.value[-1]
    block_style = isinstance(last, MappingNode) and not last.flow_style
    step = last.start_mark.column - column if block_style else 0
    content = tokens[-1].end_mark.index
    first = content if text[content - 1] == "\n" else _next_line(text, content)
    # Comments as far right as the dash stand in the list, unless everything else stands there too.
    end = _past_comments(text, first, below, max(column - 1, 0))
    spaced = len(chargers.value) > 1 and _blank_above(text, last.start_mark.index)
    return Place(end, column, max(step, 2), spaced=spaced)


def _with_room(text: str, value: Node) -> str:
    """The text without the word for an empty list, if there is one."""
    start, end = value.start_mark.index, value.end_mark.index
    if isinstance(value, ScalarNode) and start == end:
        return text
    word, rest = text[start:end], text[end : _next_line(text, end)].strip()
    empty = word in _NOTHING if isinstance(value, ScalarNode) else not word.strip("[ ]")
    if empty and (not rest or rest.startswith("#")):
        return (text[:start] if rest else text[:start].rstrip(" ")) + text[end:]
    raise NoPlaceError("chargers is a list in brackets" if isinstance(value, SequenceNode) else "chargers is no list")


def _content(tokens: Iterable[Token], start: int, below: int) -> Iterator[Token]:
    return (each for each in tokens if isinstance(each, _CONTENT) and start <= each.start_mark.index < below)


def _past_comments(text: str, index: int, below: int, column: int) -> int:
    """Behind the comments from here on that are indented further than `column`: they belong to what is above."""
    end = index
    while index < below:
        line = text[index : _next_line(text, index)]
        words = line.strip()
        if words and not words.startswith("#"):
            break
        index += len(line)
        if words and len(line) - len(line.lstrip()) > column:
            end = index
    return end


def _blank_above(text: str, index: int) -> bool:
    """The line above the one of this place is blank, comments not counted."""
    above = text[:index].split("\n")[-2::-1]
    return not next((line.strip() for line in above if not line.lstrip().startswith("#")), "")


def _next_line(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _end(text: str) -> int:
    """Where the document ends: at a line of three dots, or with the text."""
    if "\n..." not in text:
        return len(text)
    return next((each.start_mark.index for each in _yaml().scan(text) if isinstance(each, DocumentEndToken)), len(text))


def _yaml() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False
    return yaml
