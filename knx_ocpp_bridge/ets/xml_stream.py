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
    parser = expat.ParserCreate(namespace_separator=_BETWEEN)
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise _refusal(place, parser, f"its elements are nested deeper than {MAX_DEPTH}")
        visitor.start(name, attributes, parser.CurrentLineNumber)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        visitor.end(name)

    def doctype(*_declared: object) -> None:
        raise _refusal(place, parser, "a document type (<!DOCTYPE ...>) is declared in it")

    def declaration(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.casefold() not in _ENCODINGS:
            raise _refusal(place, parser, f"its encoding is declared as {clean(encoding, 40)}")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler, parser.XmlDeclHandler = doctype, declaration
    try:
        fed = 0
        for piece in stream:
            parser.Parse(piece, False)
            fed += len(piece)
            if fed - max(parser.CurrentByteIndex, 0) > MAX_TOKEN:
                raise _refusal(place, parser, f"one of its tags is longer than {MAX_TOKEN >> 20} MB")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        where = f"{place}:{error.lineno}" if error.lineno else place
        raise refusal(where, f"the XML is broken or ends early ({expat.ErrorString(error.code)})", _REMEDY) from None


def _refusal(place: str, parser: expat.XMLParserType, reason: str) -> EtsError:
    return refusal(f"{place}:{parser.CurrentLineNumber}", f"{reason}, no file of the ETS has that", _REMEDY)
