"""Reads the group address export of the ETS in CSV, in each of its layouts, separators and encodings."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from knx_ocpp_bridge.ets.csv_layout import Layout, by_content, by_heads
from knx_ocpp_bridge.ets.csv_text import Row, decode, rows
from knx_ocpp_bridge.ets.gathering import Entry, Gathering
from knx_ocpp_bridge.ets.project import Origin, Project, refusal
from knx_ocpp_bridge.ets.words import clean

_SEPARATORS: Final = (";", "\t", ",")
_SAMPLE: Final = 200
_HEADS_WITHIN: Final = 5
_RANGE: Final = re.compile(r"(\d{1,2})(?:/(\d{1,2}))?(?:/-)+")
_EXPORT: Final = (
    "in the ETS: right click on Group Addresses, Export Group Addresses, format XML (or CSV with a header line)"
)


def read_csv(data: bytes, file: str) -> Project:
    """The group addresses of the export.

    Raises:
        EtsError: it is no such export, or broken.
    """
    text = decode(data, file)
    found = _found(text, file)
    if found is None:
        raise refusal(file, "no column of it holds group addresses", _EXPORT)
    separator, layout, heads = found
    reader = _Reader(Gathering(Origin.GROUP_ADDRESS_CSV, file), layout)
    for line, cells in islice(rows(text, separator, file), heads, None):
        reader.take(f"{file}:{line}", cells)
    return reader.gathered.project()


def _found(text: str, file: str) -> tuple[str, Layout, int] | None:
    """Separator, layout and how many rows are heads: those by which most rows have an address."""
    best: tuple[str, Layout, int] | None = None
    most = 0
    for separator in _SEPARATORS:
        sample: list[Row] = list(islice(rows(text, separator, file), _SAMPLE))
        cells = [each for _, each in sample]
        told = ((number, layout) for number, row in enumerate(cells[:_HEADS_WITHIN], 1) if (layout := by_heads(row)))
        heads, layout = next(told, (0, None))
        if layout is not None:
            return separator, layout, heads
        layout, count = by_content(cells)
        if layout is not None and count > most:
            best, most = (separator, layout, 0), count
    return best


@dataclass(slots=True)
class _Reader:
    gathered: Gathering
    layout: Layout
    _ranges: dict[tuple[str, ...], str] = field(default_factory=dict)
    """Names of main and middle groups by their numbers."""

    def take(self, place: str, cells: Sequence[str]) -> None:
        names = [self._cell(cells, column) for column in self.layout.names]
        address = "/".join(self._address(cells))
        levels = _levels_of_a_range(address)
        if levels is not None:
            if levels:
                at = min(len(levels), len(names)) - 1
                self._ranges[levels] = clean(names[at] or next(filter(None, names), ""))
            return
        said = {role: self._cell(cells, column) for role, column in self.layout.rest.items()}
        name = next(filter(None, reversed(names)), "")
        self.gathered.add(place, Entry(address, name, ranges=self._groups(names, address), **said))

    def _address(self, cells: Sequence[str]) -> Iterator[str]:
        for column in self.layout.addresses:
            yield self._cell(cells, column) or "-"

    def _groups(self, names: Sequence[str], address: str) -> tuple[str, ...]:
        """Names of the groups that it stands in: from its own row, else from their rows above."""
        numbers = tuple(address.split("/"))[:-1]
        own = names[:-1] if all(names) else ()
        known = (self._ranges.get(numbers[:depth], "") for depth in range(1, len(numbers) + 1))
        return tuple(clean(name) for name in (own or known) if name)

    @staticmethod
    def _cell(cells: Sequence[str], column: int) -> str:
        return cells[column].strip() if column < len(cells) else ""


def _levels_of_a_range(address: str) -> tuple[str, ...] | None:
    """The numbers of the main and middle group whose row it is (none: of no group); None: it is a group address."""
    if address.strip("-/") == "":
        return ()
    found = _RANGE.fullmatch(address)
    if found is not None:
        return (found[1], found[2]) if found[2] else (found[1],)
    return None
