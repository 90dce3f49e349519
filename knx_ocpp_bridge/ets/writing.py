"""Writes group addresses for the ETS: its group address export in XML, or in CSV with three columns of names and one
of addresses (layout 3/1).

Source: KNX Association, support article 115001825324 "Group Address Export".
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Final
from xml.sax.saxutils import quoteattr

from knx_ocpp_bridge.config.addresses import AddressStyle, format_address
from knx_ocpp_bridge.ets.export import Group, grouped
from knx_ocpp_bridge.ets.ga_xml import NAMESPACE, ROOT
from knx_ocpp_bridge.ets.project import GroupAddress
from knx_ocpp_bridge.ets.words import ets_type

CSV_HEADS: Final = (
    "Main",
    "Middle",
    "Sub",
    "Address",
    "Central",
    "Unfiltered",
    "Description",
    "DatapointType",
    "Security",
)
_SECURITY: Final = {True: "On", False: "Off", None: "Auto"}


class Format(Enum):
    """In which form the ETS gets it."""

    XML = "xml"
    CSV = "csv"


def as_xml(addresses: Sequence[GroupAddress], style: AddressStyle, *, security: bool = False) -> bytes:
    """The export in UTF-8, nested as the style has it; they come in the order of the numbers.

    The attribute Security, which older ETS do not know, is written with `security` alone.
    """
    lines = [
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>',
        f"<{ROOT} xmlns={quoteattr(NAMESPACE)}>",
        *_elements(grouped(addresses, style), style, "  ", security=security),
        f"</{ROOT}>",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()


def as_csv(addresses: Sequence[GroupAddress]) -> bytes:
    """The export in UTF-8 with a mark, semicolons, every cell in quotes; for the style of three levels alone."""
    rows = [CSV_HEADS, *_rows(grouped(addresses, AddressStyle.THREE_LEVEL))]
    lines = (";".join(f'"{_doubled(cell)}"' for cell in row) for row in rows)
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8-sig")


def _elements(
    inside: Iterable[Group | GroupAddress], style: AddressStyle, margin: str, *, security: bool
) -> Iterator[str]:
    for each in inside:
        if isinstance(each, Group):
            bounds = {"Name": each.name, "RangeStart": str(each.first), "RangeEnd": str(each.last)}
            yield f"{margin}<GroupRange{_attributes(bounds)}>"
            yield from _elements(each.inside, style, f"{margin}  ", security=security)
            yield f"{margin}</GroupRange>"
        else:
            yield f"{margin}<GroupAddress{_attributes(_said(each, style, security=security))} />"


def _said(each: GroupAddress, style: AddressStyle, *, security: bool) -> dict[str, str]:
    said = {"Name": each.name, "Address": format_address(each.address, style)}
    said |= {"Central": str(each.central).lower(), "Unfiltered": str(each.unfiltered).lower()}
    if each.description:
        said["Description"] = each.description
    if each.dpt is not None:
        said["DPTs"] = ets_type(each.dpt)
    if security:
        said["Security"] = _SECURITY[each.secured]
    return said


def _attributes(said: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in said.items())


def _rows(mains: Iterable[Group]) -> Iterator[Sequence[str]]:
    nothing = ("", "", "", "", "Auto")
    for main in mains:
        number = main.last >> 11
        yield (main.name, "", "", f"{number}/-/-", *nothing)
        for middle in main.inside:
            if isinstance(middle, Group):
                yield ("", middle.name, "", f"{number}/{middle.last >> 8 & 7}/-", *nothing)
                yield from (_row(each) for each in middle.inside if isinstance(each, GroupAddress))


def _row(each: GroupAddress) -> Sequence[str]:
    central, unfiltered = ("true" if flag else "" for flag in (each.central, each.unfiltered))
    told = (each.description, ets_type(each.dpt) if each.dpt else "", _SECURITY[each.secured])
    return ("", "", each.name, format_address(each.address), central, unfiltered, *told)


def _doubled(cell: str) -> str:
    return cell.replace('"', '""')
