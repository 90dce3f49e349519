"""Group address exports of the ETS made by hand: XML and CSV in every layout."""

from collections.abc import Sequence
from dataclasses import dataclass

XML = """<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<GroupAddress-Export xmlns="http://knx.org/xml/ga-export/01">
{inside}
</GroupAddress-Export>
"""
THREE_LEVELS = """<GroupRange Name="EV charging" RangeStart="2048" RangeEnd="4095">
 <GroupRange Name="Garage" RangeStart="2048" RangeEnd="2303">
  <GroupAddress Name="Garage 1 max current" Address="1/0/2" Central="false" Unfiltered="true" Description="In A" DPTs="DPST-1-1,DPST-14-19" Security="On" />
  <GroupAddress Name="Garage 1 status" Address="1/0/3" />
 </GroupRange>
</GroupRange>"""  # noqa: E501 - as the ETS writes it

HEADS = {
    "english": ("Group name", "Main", "Middle", "Sub", "Address", "Central", "Unfiltered", "Description"),
    "german": (
        "Gruppenname",
        "Hauptgruppe",
        "Mittelgruppe",
        "Untergruppe",
        "Adresse",
        "Zentral",
        "Ungefiltert",
        "Beschreibung",
    ),
    "dutch": (
        "Groepsnaam",
        "Hoofdgroep",
        "Middengroep",
        "Subgroep",
        "Adres",
        "Centraal",
        "Ongefilterd",
        "Beschrijving",
    ),
}
LAST_HEADS = {
    "english": ("DatapointType", "Security"),
    "german": ("Datenpunkttyp", "Sicherheit"),
    "dutch": ("DatapuntType", "Beveiliging"),
}


def xml(inside: str = THREE_LEVELS) -> bytes:
    """An export with this in it."""
    return XML.format(inside=inside).encode()


@dataclass(frozen=True, slots=True)
class Layout:
    """How the ETS was asked to write a CSV."""

    names: int = 3
    addresses: int = 1
    language: str | None = "english"
    """Of the heads; None: without heads."""
    separator: str = ";"
    quoted: bool = True

    def row(self, names: Sequence[str], numbers: Sequence[str], *rest: str) -> str:
        """A row of a main group (one name, one number), a middle group (two) or a group address (three)."""
        depth = len(numbers)
        told = [names[-1]] if self.names == 1 else ["" if level + 1 != depth else names[-1] for level in range(3)]
        filled = [*numbers, *["-", "-"][: 3 - depth]]
        where = ["/".join(filled)] if self.addresses == 1 else [*numbers, *[""] * (3 - depth)]
        return self._joined([*told, *where, *rest])

    def heads(self) -> list[str]:
        """The row of heads, or none."""
        if self.language is None:
            return []
        name, main, middle, sub, address, *others = HEADS[self.language]
        names = [name] if self.names == 1 else [main, middle, sub]
        addresses = [address] if self.addresses == 1 else [main, middle, sub]
        return [self._joined([*names, *addresses, *others, *LAST_HEADS[self.language]])]

    def file(self) -> str:
        """One main group, one middle group, two group addresses."""
        rows = [
            self.row(["Light"], ["1"], "", "", "", "", "Auto"),
            self.row(["Light", "Floor"], ["1", "0"], "", "", "", "", "Auto"),
            self.row(["Light", "Floor", "Küche"], ["1", "0", "2"], "", "true", "an der Decke", "DPST-14-19", "On"),
            self.row(["Light", "Floor", "Flur"], ["1", "0", "3"], "", "", "", "", "Auto"),
        ]
        return "".join(f"{row}\r\n" for row in (*self.heads(), *rows))

    def _joined(self, cells: Sequence[str]) -> str:
        return self.separator.join(f'"{cell}"' if self.quoted else cell for cell in cells)
