"""XML as a stream of elements, whatever its size: no document type, no entities, and every bound is checked on the way.

What is not asked for costs no memory. The parser is expat; it declares nothing and fetches nothing.
"""

from collections.abc import Iterable, Iterator
from typing import Final, Protocol
from xml.parsers import expat

from knx_ocpp_bridge.ets.project import EtsError, refusal
from knx_ocpp_bridge.ets.words import clean

MAX_DEPTH: Final = 100
MAX_TOKEN: Final = 8 * 1024 * 1024
"""Bytes of one tag with its attributes; comments of a project are attributes, and may hold a picture."""

MAX_ELEMENTS: Final = 2_000_000
"""Of one file; the largest that is read has 100 MB, and no element of the ETS is shorter than 50 bytes."""
MAX_ATTRIBUTES: Final = 256
"""Of one element; a device has some thirty."""
MAX_NAMESPACE: Final = 200
"""Characters. The parser writes it out anew for every name of an element and of an attribute."""
MAX_NAME: Final = 200
MAX_NAMES: Final = 5_000
"""Different names of elements, attributes and namespaces, each of which the parser keeps; the ETS has some hundred."""

_ENCODINGS: Final = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})
_PIECE: Final = 64 * 1024
_BETWEEN: Final = "}"
_REMEDY: Final = "export it from the ETS once more"


class Visitor(Protocol):
    """Who looks at the elements. Names come with their namespace: `namespace}name`."""

    def start(self, name: str, attributes: dict[str, str], line: int) -> None:
        """An element begins in this line."""

    def end(self, name: str) -> None:
        """It ends."""


def split(name: str) -> tuple[str, str]:
    """Namespace (empty: none) and local name."""
    namespace, _, local = name.rpartition(_BETWEEN)
    return namespace, local


def pieces(data: bytes) -> Iterator[bytes]:
    """The bytes in pieces that a parser takes without a copy of the whole."""
    view = memoryview(data)
    for start in range(0, len(data), _PIECE):
        yield bytes(view[start : start + _PIECE])


def walk(stream: Iterable[bytes], place: str, visitor: Visitor) -> None:
    """Shows every element of the stream to the visitor.

    Raises:
        EtsError: it is no sound XML, or has what no file of the ETS has. What the visitor raises passes through.
    """
    names: dict[str, str] = {}
    parser = expat.ParserCreate(namespace_separator=_BETWEEN, intern=names)
    _Guard(parser, place, visitor)
    try:
        fed = 0
        for piece in stream:
            parser.Parse(piece, False)
            fed += len(piece)
            if fed - max(parser.CurrentByteIndex, 0) > MAX_TOKEN:
                raise _refusal(place, parser, f"one of its tags is longer than {MAX_TOKEN >> 20} MB")
            _bounded(names, place, parser)
        parser.Parse(b"", True)
        _bounded(names, place, parser)  # some parsers put off what they were given until its end
    except expat.ExpatError as error:
        where = f"{place}:{error.lineno}" if error.lineno else place
        raise refusal(where, f"the XML is broken or ends early ({expat.ErrorString(error.code)})", _REMEDY) from None


def _bounded(names: dict[str, str], place: str, parser: expat.XMLParserType) -> None:
    if len(names) > MAX_NAMES:
        raise _refusal(place, parser, f"it has more than {MAX_NAMES} names of elements and attributes")


class _Guard:
    """Stands between the parser and the visitor: what would cost time or memory beyond all measure is refused."""

    def __init__(self, parser: expat.XMLParserType, place: str, visitor: Visitor) -> None:
        self._parser = parser
        self._place = place
        self._visitor = visitor
        self._depth = self._elements = 0
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.StartNamespaceDeclHandler = self._namespace
        parser.StartDoctypeDeclHandler, parser.XmlDeclHandler = self._doctype, self._declaration

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise self._refusal(f"its elements are nested deeper than {MAX_DEPTH}")
        if self._elements > MAX_ELEMENTS:
            raise self._refusal(f"it has more than {MAX_ELEMENTS} elements")
        if len(attributes) > MAX_ATTRIBUTES:
            raise self._refusal(f"one of its elements has more than {MAX_ATTRIBUTES} attributes")
        if len(name) > MAX_NAMESPACE + MAX_NAME:
            raise self._refusal(f"the name of an element is longer than {MAX_NAME} characters")
        self._visitor.start(name, attributes, self._parser.CurrentLineNumber)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._visitor.end(name)

    def _namespace(self, _prefix: str | None, uri: str | None) -> None:
        if uri is not None and len(uri) > MAX_NAMESPACE:
            raise self._refusal(f"a namespace in it is longer than {MAX_NAMESPACE} characters")

    def _doctype(self, *_declared: object) -> None:
        raise self._refusal("a document type (<!DOCTYPE ...>) is declared in it")

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.casefold() not in _ENCODINGS:
            raise self._refusal(f"its encoding is declared as {clean(encoding, 40)}")

    def _refusal(self, reason: str) -> EtsError:
        return _refusal(self._place, self._parser, reason)


def _refusal(place: str, parser: expat.XMLParserType, reason: str) -> EtsError:
    return refusal(f"{place}:{parser.CurrentLineNumber}", f"{reason}, no file of the ETS has that", _REMEDY)
