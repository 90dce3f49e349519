"""Where in the text of a YAML file a value is put or taken out, found by the marks of its nodes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from knx_ocpp_bridge.config.problems import KeyPath

_STEP: Final = "  "
_NULL: Final = "tag:yaml.org,2002:null"


class NoWayError(Exception):
    """The text is written in a way that leaves no place; the argument says which."""


@dataclass(frozen=True, slots=True)
class Splice:
    """`text` stands in place of what is between these characters."""

    start: int
    end: int
    text: str


Write = Callable[[Any], str]
"""A value in one line of YAML."""


def composed(text: str) -> Node | None:
    """The nodes with their marks; what YAML cannot read must have been refused before."""
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False
    root: Node | None = yaml.compose(text)
    return root


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with all of them made."""
    for each in sorted(splices, key=lambda one: (one.start, one.end), reverse=True):
        text = text[: each.start] + each.text + text[each.end :]
    return text


def put(text: str, root: Node | None, path: KeyPath, value: object, write: Write) -> list[Splice]:
    """What makes this value stand at this path.

    Raises:
        NoWayError: it has no place.
    """
    if root is None or (isinstance(root, ScalarNode) and not root.value):
        return [_at_the_end(text, "\n".join(_block(path, value, "", write)))]
    node, key, holder = root, None, None
    for depth, part in enumerate(path):
        if holder is not None and _is_null(node):
            if key is None and node.start_mark.index == node.end_mark.index:
                at = _behind_colon(text, holder)
                return [Splice(at, at, f" {{{_flow(path[depth:], value, write)}}}")]
            return [_into_null(text, holder, node, path[depth:], value, write)]
        around, (found, inner) = node, _found(node, part)
        if inner is None:
            if not isinstance(node, MappingNode):
                raise NoWayError("a list or mapping is missing where this belongs")
            return [_inserted(text, node, [(path[depth:], value)], write, last=not depth)]
        if found is not None and inner.start_mark.index < found.end_mark.index:
            raise NoWayError("an alias stands where this belongs")
        node, holder = inner, found
        key = found if isinstance(around, MappingNode) and not around.flow_style else None
    return _replaced(text, key, node, value, write)


def dropped(text: str, root: Node | None, path: KeyPath) -> list[Splice]:
    """What takes out the value at this path, and what is empty without it; nothing where nothing stands.

    Raises:
        NoWayError: it cannot be taken out alone.
    """
    way: list[tuple[Node, Node | None, Node]] = []
    node = root
    for part in path:
        key, inner = _found(node, part)
        if node is None or inner is None:
            return []
        way.append((node, key, inner))
        node = inner
    for around, key, inner in reversed(way):
        if not isinstance(around, MappingNode) or key is None:
            break
        if len(around.value) > 1 or around is root:
            return [_without(text, around, key, inner)]
    raise NoWayError("nothing else stands where this is to be taken out")


def _found(node: Node | None, part: str | int) -> tuple[Node | None, Node | None]:
    """The key, where it has one, and the value of this part."""
    match node:
        case MappingNode():
            return next(((key, value) for key, value in node.value if key.value == part), (None, None))
        case SequenceNode() if isinstance(part, int) and part < len(node.value):
            return None, node.value[part]
        case _:
            return None, None


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == _NULL


def _replaced(text: str, key: Node | None, node: Node, value: object, write: Write) -> list[Splice]:
    """`key` is that of a block mapping; None: it is in brackets, or the entry of a list."""
    if isinstance(node, MappingNode) and isinstance(value, Mapping) and node.value and value:
        return _merged(text, node, value, write)
    start, end = node.start_mark.index, _content_end(node)
    if start == end:
        start = end = start if key is None else _behind_colon(text, key)
        return [Splice(start, end, f" {write(value)}")]
    before = text[:start].rstrip()
    if "\n" in text[len(before) : start] and before.endswith(":"):
        start = len(before)
        return [Splice(start, end, f" {write(value)}")]
    return [Splice(start, end, write(value))]


def _merged(text: str, node: MappingNode, value: Mapping[str, object], write: Write) -> list[Splice]:
    """Key by key: what is the same stays as it is written."""
    splices: list[Splice] = []
    there = {key.value: (key, inner) for key, inner in node.value}
    for name, (key, inner) in there.items():
        if inner.start_mark.index < key.end_mark.index:
            raise NoWayError("an alias stands where this belongs")
        if name in value:
            splices += _replaced(text, None if node.flow_style else key, inner, value[name], write)
        else:
            splices.append(_without(text, node, key, inner))
    new = [((name,), each) for name, each in value.items() if name not in there]
    return [*splices, *([_inserted(text, node, new, write)] if new else [])]


def _inserted(
    text: str, node: MappingNode, new: Sequence[tuple[KeyPath, object]], write: Write, *, last: bool = False
) -> Splice:
    """Keys more, behind those that the mapping has; `last`: and behind all comments."""
    if node.flow_style:
        told = ", ".join(_flow(path, value, write) for path, value in new)
        if not node.value:
            return Splice(node.start_mark.index, node.end_mark.index, f"{{{told}}}")
        at = _pair_end(text, *node.value[-1])
        return Splice(at, at, f", {told}")
    margin = " " * node.value[0][0].start_mark.column
    lines = [line for path, value in new for line in _block(path, value, margin, write)]
    if last:
        return _at_the_end(text, _newline(text).join(lines))
    return _below(text, _pair_end(text, *node.value[-1]), lines)


def _into_null(text: str, key: Node, node: Node, path: KeyPath, value: object, write: Write) -> Splice:
    start, end = node.start_mark.index, node.end_mark.index
    if start < end:
        return Splice(start, end, f"{{{_flow(path, value, write)}}}")
    margin = " " * key.start_mark.column + _STEP
    return _below(text, _behind_colon(text, key), _block(path, value, margin, write))


def _behind_colon(text: str, key: Node) -> int:
    """Where the value of this key may begin."""
    return text.index(":", key.end_mark.index) + 1


def _below(text: str, index: int, lines: Sequence[str]) -> Splice:
    """These lines below the one in which something ends at this character."""
    newline = _newline(text)
    at = index if index and text[index - 1] == "\n" else text.find("\n", index) + 1
    block = newline.join(lines)
    return _at_the_end(text, block) if not at else Splice(at, at, f"{block}{newline}")


def _at_the_end(text: str, block: str) -> Splice:
    newline = _newline(text)
    between = "" if not text.removeprefix("\ufeff") or text.endswith("\n") else newline
    return Splice(len(text), len(text), f"{between}{block}{newline}")


def _newline(text: str) -> str:
    return "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"


def _without(text: str, node: MappingNode, key: Node, value: Node) -> Splice:
    place = next(place for place, (each, _) in enumerate(node.value) if each is key)
    start, end = key.start_mark.index, _pair_end(text, key, value)
    if node.flow_style:
        if place:
            return Splice(_pair_end(text, *node.value[place - 1]), end, "")
        following = node.value[1][0].start_mark.index if len(node.value) > 1 else end
        return Splice(start, following, "")
    line = text.rfind("\n", 0, start) + 1
    if not text[line:start].strip(" \ufeff"):
        below = end if text[end - 1] == "\n" else text.find("\n", end) + 1 or len(text)
        remark = text[end:below].lstrip()
        return Splice(line, below, f"{text[line:start]}{remark}" if remark.startswith("#") else "")
    following = node.value[1][0].start_mark.index
    if "#" in text[end:following]:
        raise NoWayError("a comment stands between this and what is next in its list")
    return Splice(start, following, "")


def _block(path: KeyPath, value: object, margin: str, write: Write) -> list[str]:
    """The lines of this value, a line for each level."""
    *outer, last = path
    lines = [f"{margin}{_STEP * depth}{part}:" for depth, part in enumerate(outer)]
    margin += _STEP * len(outer)
    if isinstance(value, Mapping) and value and all(isinstance(each, Mapping) for each in value.values()):
        inside = (f"{margin}{_STEP}{write(name)}: {write(each)}" for name, each in value.items())
        return [*lines, f"{margin}{last}:", *inside]
    return [*lines, f"{margin}{last}: {write(value)}"]


def _flow(path: KeyPath, value: object, write: Write) -> str:
    *outer, last = path
    told = f"{write(last)}: {write(value)}"
    for part in reversed(outer):
        told = f"{write(part)}: {{{told}}}"
    return told


def _pair_end(text: str, key: Node, value: Node) -> int:
    """Behind the value; behind the colon where there is none, as its mark may be anywhere."""
    end = _content_end(value)
    return end if value.start_mark.index < end else _behind_colon(text, key)


def _content_end(node: Node) -> int:
    """Behind the last character of it; the marks of block collections lie behind comments that follow."""
    if isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _content_end(last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    return end
