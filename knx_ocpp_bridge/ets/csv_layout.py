"""Which column of an ETS CSV holds what: by its heads, or without them by what stands in the rows.

The ETS writes one or three columns of names, then one or three of addresses ("1/1", "1/3", "3/1", "3/3"; two of each in
a project of two levels), then the rest in the order of `_REST`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

_WORDS: Final = {
    "name": "name, group name, group address name, gruppenname, gruppenadressname, bezeichnung, groepsnaam, naam",
    "main": "main, main group, hauptgruppe, hoofdgroep",
    "middle": "middle, middle group, mittelgruppe, middengroep",
    "sub": "sub, subgroup, sub group, untergruppe, subgroep",
    "address": "address, group address, adresse, gruppenadresse, adres, groepsadres",
    "central": "central, zentral, centraal",
    "unfiltered": "unfiltered, ungefiltert, nicht filtern, ongefilterd, niet filteren",
    "description": "description, beschreibung, beschrijving, omschrijving",
    "dpts": "datapointtype, datapoint type, data type, dpt, datenpunkttyp, datenpunkt typ, datentyp, datapunttype, "
    "datapunt type, datatype",
    "security": "security, sicherheit, beveiliging",
}
_ROLES: Final = {word.strip(): role for role, words in _WORDS.items() for word in words.split(",")}
_LEVELS: Final = ("main", "middle", "sub")
_REST: Final = ("central", "unfiltered", "description", "dpts", "security")

_FEWEST_OTHERS: Final = 3
"""Columns that the ETS has written at all times; without them numbers could be anything."""
_ONE_CELL: Final = re.compile(r"\d{1,2}/(-(/-)?|\d{1,4}(/(-|\d{1,3}))?)")
_NUMBER: Final = re.compile(r"\d{1,5}")
_HIGHEST: Final = {1: (65535,), 2: (31, 2047), 3: (31, 7, 255)}
_DPT: Final = re.compile(r"DPS?T-\d.*", re.IGNORECASE)
_SECURITY: Final = frozenset({"auto", "on", "off"})


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns, counted from 0."""

    names: tuple[int, ...]
    """One, or one for each level."""
    addresses: tuple[int, ...]
    rest: Mapping[str, int] = field(default_factory=dict)


def by_heads(cells: Sequence[str]) -> Layout | None:
    """The layout that this row of heads tells; None: it is none."""
    roles = [_ROLES.get(" ".join(cell.casefold().split())) for cell in cells]
    levels = [column for column, role in enumerate(roles) if role in _LEVELS]
    name = tuple(column for column, role in enumerate(roles) if role == "name")[:1]
    address = tuple(column for column, role in enumerate(roles) if role == "address")[:1]
    if not name and not levels:
        return None
    if name and address:
        names, addresses = (*levels, *name), address
    elif name or address:
        names, addresses = name or tuple(levels), address or tuple(levels)
    else:
        half = len(levels) // 2
        names, addresses = tuple(levels[:half]), tuple(levels[half:])
    if not names or not addresses:
        return None
    return Layout(names, addresses, {role: column for column, role in enumerate(roles) if role in _REST})


def by_content(rows: Sequence[Sequence[str]]) -> tuple[Layout | None, int]:
    """The layout in which most of these rows, half of them at least, make sense, and how many do."""
    best, most = None, 0
    for addresses, names in product((3, 2, 1), (1, 3, 2)):
        told = [_told(cells, names, addresses) for cells in rows]
        count = sum(each is not None for each in told)
        if count > most and any(told) and 2 * count >= len(rows):
            best, most = Layout(tuple(range(names)), tuple(range(names, names + addresses))), count
    if best is None:
        return None, 0
    return Layout(best.names, best.addresses, _rest(rows, best.addresses[-1] + 1)), most


def _told(cells: Sequence[str], names: int, addresses: int) -> bool | None:
    """Whether a group address (true) or a main or middle group (false) stands in the row; None: neither does."""
    told = [cell.strip() for cell in cells[names : names + addresses]]
    if len(told) < addresses or not any(cell.strip() for cell in cells[:names]):
        return None
    if addresses == 1 and _ONE_CELL.fullmatch(told[0]):
        return "-" not in told[0]
    if len(cells) < names + addresses + _FEWEST_OTHERS:
        return None
    given = [part for part in told if part]
    if not given or told[: len(given)] != given:
        return None
    if any(
        not _NUMBER.fullmatch(part) or int(part) > limit
        for part, limit in zip(given, _HIGHEST[addresses], strict=False)
    ):
        return None
    return len(given) == addresses


def _rest(rows: Sequence[Sequence[str]], first: int) -> dict[str, int]:
    """In the usual order; types and security are where such words stand, for another column may be in between."""
    rest = {role: first + offset for offset, role in enumerate(_REST[:3])}
    for cells in rows:
        for column in range(first, len(cells)):
            if _DPT.fullmatch(cells[column].strip()):
                rest["dpts"] = column
            elif cells[column].strip().casefold() in _SECURITY:
                rest["security"] = column
    return rest
