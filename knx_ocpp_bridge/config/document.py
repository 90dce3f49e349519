"""A YAML file as plain data that still knows the line of each value and how it was written."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from sys import intern
from typing import Final, cast

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.constructor import ConstructorError, SafeConstructor
from ruamel.yaml.error import FileMark, MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from knx_ocpp_bridge.config.problems import KeyPath, Problem, spell
from knx_ocpp_bridge.whole_file import open_file

_TAG: Final = "tag:yaml.org,2002:"
_FROM_SECRETS: Final = "!secret"
_MAX_BYTES: Final = 4 * 1024 * 1024
_MAX_VALUES: Final = 200_000
"""Aliases could otherwise multiply a small file without end."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says. `data` is made of dict, list, str, int, float, bool, None, date and datetime."""

    file: str
    data: object = None
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    """At least of each value that does not stand in the same line as what it is in."""
    written: Mapping[KeyPath, str] = field(default_factory=dict)
    """The text of each value that stands without quotes and that YAML does not read as text."""
    variables: Mapping[KeyPath, str] = field(default_factory=dict)
    """The environment variable of each value that does not come from the file."""
    secrets: Mapping[KeyPath, str] = field(default_factory=dict)
    """The name of each value that is written as `!secret NAME`."""
    unresolved: frozenset[KeyPath] = frozenset()
    """Those of them for which there is no value; a problem tells of each."""

    def where(self, path: KeyPath) -> str:
        """`file:line` of the value at `path`, or of the nearest thing around it that is there."""
        for length in range(len(path), -1, -1):
            part = path[:length]
            if part in self.variables:
                return f"environment variable {self.variables[part]}"
            if part in self.lines:
                return f"{self.file}:{self.lines[part]}"
        return f"{self.file}:1"

    def problem(self, path: KeyPath, reason: str, remedy: str, *, repeats: bool = True) -> Problem:
        """A problem at this path. If its words may repeat the value and that is a secret, other words stand there."""
        name = next(
            (self.secrets[path[:length]] for length in range(len(path) + 1) if path[:length] in self.secrets), ""
        )
        if name and repeats:
            reason = f"the secret {name} is none of the values of this key"
            remedy = "correct it in secrets.yaml; what belongs here stands in docs/configuration.md"
        return Problem(self.where(path), spell(path), reason, remedy)


class NoSecretError(Exception):
    """A secret has no value: why, and what to do; no value stands in it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason, remedy)
        self.reason = reason
        self.remedy = remedy


_SYNTAX: Final = (
    ("'\\t'", "a tab stands where YAML wants spaces", "indent with spaces only"),
    ("quoted scalar", "a quote is opened and not closed", "close it at the end of the text"),
    ("flow", "a list or mapping in brackets is not closed, or a comma is missing", "check the brackets and commas"),
    ("mapping values", "a second colon, or a wrong indentation", "put quotes round text with a colon, and align keys"),
    ("expected <block end>", "the indentation does not fit the lines above", "align the keys of one section"),
    ("alias", "a * begins a name that nothing has", 'put quotes round it, like "*"'),
    ("another document", "a second document begins with ---", "keep one document in the file"),
    (
        "cannot start any token",
        "a text begins with a character that YAML keeps for itself",
        "put quotes round the text",
    ),
    ("could not find expected ':'", "a colon is missing after a key", "write key: value"),
)
"""What ruamel says, and what that means to the installer; the first that fits."""


def read_text(path: Path, encoding: str = "utf-8-sig") -> str:
    """The text of a file, its line ends as they are.

    Raises:
        OSError: it cannot be read.
        ValueError: it is too large, or not UTF-8.
    """
    with open_file(path) as file:
        content = file.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise ValueError(f"the file is larger than {_MAX_BYTES} bytes")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(f"line {line} is not UTF-8 text") from None


def parse(text: str, file: str, secret: Callable[[str], str] | None = None) -> tuple[Document, tuple[Problem, ...]]:
    """The document, and all that keeps it from being one; `file` is the name that messages show.

    `secret` gives the text that `!secret NAME` stands for, or raises `NoSecretError`; None: the tag means nothing.
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _Composer
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        return Document(file), (_syntax_problem(error, file),)
    except ReaderError as error:
        line = text[: error.position].count("\n") + 1
        reason = "a control character stands in the text"
        return Document(file), (Problem(f"{file}:{line}", "", reason, "delete it, or type the line again"),)
    except (YAMLError, ValueError, RecursionError):
        return Document(file), (Problem(f"{file}:1", "", "this is not YAML", "compare it with the examples"),)
    if root is None:
        return Document(file), ()
    reader = _Reader(file, yaml.constructor, secret, aliases=bool(yaml.composer.anchors))
    try:
        data = reader.read(root, (), root.start_mark.line + 1)
    except (_TooLargeError, RecursionError):
        return Document(file), (
            Problem(f"{file}:1", "", "aliases make the file too large or endless", "write the values out"),
        )
    document = Document(
        file, data, reader.lines, reader.written, secrets=reader.secrets, unresolved=frozenset(reader.unresolved)
    )
    return document, tuple(reader.problems)


def _syntax_problem(error: MarkedYAMLError, file: str) -> Problem:
    said = f"{error.context or ''} {error.problem or ''}"
    line = next((mark.line + 1 for mark in (error.problem_mark, error.context_mark) if mark is not None), 1)
    reason, remedy = next(
        ((reason, remedy) for sign, reason, remedy in _SYNTAX if sign in said),
        ("YAML cannot be read from here on", "compare the line and those above it with the examples"),
    )
    if error.context_mark is not None and error.context_mark.line + 1 != line:
        reason = f"{reason} (it begins in line {error.context_mark.line + 1})"
    return Problem(f"{file}:{line}", "", reason, remedy)


class _Composer(Composer):
    """Makes light nodes: of the place of each only the line, of each key only one text."""

    def __init__(self, loader: YAML | None = None) -> None:
        super().__init__(loader)
        self.warn_double_anchors = False  # a name may be given again (YAML 1.2 section 3.2.2.2)
        self._mark = FileMark("", 0, 0, 0)

    def compose_node(self, parent: Node | None, index: object) -> Node:
        node: Node = super().compose_node(parent, index)
        if self._mark.line != node.start_mark.line:
            self._mark = FileMark("", 0, node.start_mark.line, 0)
        node.start_mark, node.end_mark = self._mark, None
        if index is None and isinstance(node, ScalarNode):
            node.value = intern(node.value)  # a key: the same few stand in every charger and object
        return node


class _TooLargeError(Exception):
    pass


class _Reader:
    """Walks the nodes of one file once, and lets go of each when it is read, unless an alias may lead back to it."""

    def __init__(
        self, file: str, constructor: SafeConstructor, secret: Callable[[str], str] | None, *, aliases: bool
    ) -> None:
        self._file = file
        self._secret = secret
        self.lines: dict[KeyPath, int] = {}
        self.written: dict[KeyPath, str] = {}
        self.secrets: dict[KeyPath, str] = {}
        self.unresolved: set[KeyPath] = set()
        self.problems: list[Problem] = []
        self._constructor = constructor
        self._aliases = aliases
        self._open: list[Node] = []
        self._count = 0

    def read(self, node: Node, path: KeyPath, line: int, around: int = 0) -> object:
        """The plain data of this node, found in `line`; what it is in begins in line `around`."""
        self._count += 1
        if self._count > _MAX_VALUES or any(node is each for each in self._open):
            raise _TooLargeError
        if line != around or self._aliases:
            self.lines[path] = line
        self._open.append(node)
        value: object
        match node:
            case MappingNode():
                value = self._mapping(node, path, line)
            case SequenceNode():
                value = [
                    self.read(each, (*path, i), each.start_mark.line + 1, line) for i, each in enumerate(node.value)
                ]
            case ScalarNode():
                value = self._scalar(node, path, line)
            case _:
                value = None
        if not self._aliases:
            node.value = None
        self._open.pop()
        return value

    def _mapping(self, node: MappingNode, path: KeyPath, line: int) -> dict[str, object]:
        values: dict[str, object] = {}
        merged = [value for key, value in node.value if key.tag == f"{_TAG}merge"]
        for source in (each for value in merged for each in _merge_sources(value)):
            values = cast("dict[str, object]", self.read(source, path, line)) | values
        own: dict[str, int] = {}
        for key, value in node.value:
            if key.tag == f"{_TAG}merge":
                continue
            at = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                self._refuse(path, at, "a list or mapping stands where a key belongs", "write key: value")
                continue
            name = str(key.value)
            here = (*path, name)
            if name in own:
                reason = f"{name} stands here again, first in line {own[name]}"
                self._refuse(here, at, reason, "keep one of the two")
                continue
            own[name] = at
            values[name] = self.read(value, here, at, line)
        return values

    def _scalar(self, node: ScalarNode, path: KeyPath, line: int) -> object:
        text = str(node.value)
        if node.tag == f"{_TAG}str":
            return text
        if node.tag == _FROM_SECRETS and self._secret is not None:
            return self._resolved(text, path, line)
        self.written[path] = text
        if node.tag == f"{_TAG}timestamp":
            return _timestamp(text)
        try:
            return self._constructor.construct_object(node)
        except ConstructorError:
            self._refuse(path, line, f"the tag {node.tag} means nothing here", "write the value itself")
        except ValueError:
            pass
        return text

    def _resolved(self, name: str, path: KeyPath, line: int) -> str:
        self.secrets[path] = name
        try:
            return self._secret(name) if self._secret is not None else name
        except NoSecretError as error:
            self.unresolved.add(path)
            self._refuse(path, line, error.reason, error.remedy)
        return name

    def _refuse(self, path: KeyPath, line: int, reason: str, remedy: str) -> None:
        self.problems.append(Problem(f"{self._file}:{line}", spell(path), reason, remedy))


def _merge_sources(value: Node) -> Iterator[MappingNode]:
    if isinstance(value, MappingNode):
        yield value
    elif isinstance(value, SequenceNode):
        yield from (each for each in value.value if isinstance(each, MappingNode))


def _timestamp(text: str) -> date | datetime | str:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return text
