"""What a reader has gathered so far: each group address once, and a bounded list of what was left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from knx_ocpp_bridge.config.addresses import AddressError, AddressStyle, parse_group_address
from knx_ocpp_bridge.ets.project import GroupAddress, Link, Origin, Project, refusal
from knx_ocpp_bridge.ets.words import MAX_DESCRIPTION, clean, datapoint_type, in_one_line

MAX_WARNINGS: Final = 100
MAX_ENTRIES: Final = 100_000
"""Of one file, also those that are left out; there are 65535 group addresses."""

_REMEDY: Final = "export it from the ETS once more"
_STYLES: Final = {1: AddressStyle.FREE, 2: AddressStyle.TWO_LEVEL, 3: AddressStyle.THREE_LEVEL}
_YES: Final = frozenset({"true", "1", "x", "yes", "ja", "wahr", "waar"})
_SECURITY: Final = {"on": True, "off": False}


@dataclass(frozen=True, slots=True)
class Entry:
    """One group address as the file writes it."""

    address: str
    name: str
    dpts: str = ""
    description: str = ""
    central: str = ""
    unfiltered: str = ""
    security: str = ""
    ranges: tuple[str, ...] = ()


@dataclass(slots=True)
class Gathering:
    """The group addresses of one file, on their way to a `Project`."""

    origin: Origin
    file: str
    addresses: dict[int, GroupAddress] = field(default_factory=dict)
    _styles: dict[AddressStyle, int] = field(default_factory=dict)
    _warnings: list[str] = field(default_factory=list)
    _unsaid: int = 0
    _entries: int = 0

    def add(self, place: str, entry: Entry) -> int | None:
        """Takes it in; an address that is none, or was there before, is left out with a warning.

        Gives back the raw address; None: it was left out.

        Raises:
            EtsError: there are more of them than any project has.
        """
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise refusal(place, f"it has more than {MAX_ENTRIES} group addresses, no project has so many", _REMEDY)
        try:
            raw = parse_group_address(clean(entry.address))
        except AddressError as error:
            self.warn(place, f"{clean(entry.name) or 'a group address'} is left out: {error.reason}")
            return None
        style = _STYLES[entry.address.count("/") + 1]
        self._styles[style] = self._styles.get(style, 0) + 1
        before = self.addresses.get(raw)
        if before is not None:
            said = f"{clean(entry.address)} stands in the file twice; {before.name!r} counts, {clean(entry.name)!r} not"
            self.warn(place, said)
            return None
        dpt = datapoint_type(entry.dpts)
        if dpt is None and entry.dpts.strip():
            self.warn(place, f"{clean(entry.address)}: {clean(entry.dpts)} is no datapoint type, and is left out")
        self.addresses[raw] = GroupAddress(
            raw,
            clean(entry.name),
            dpt,
            clean(entry.description, MAX_DESCRIPTION),
            central=_said(entry.central),
            unfiltered=_said(entry.unfiltered),
            secured=_SECURITY.get(entry.security.strip().casefold()),
            ranges=entry.ranges,
        )
        return raw

    def warn(self, place: str, text: str) -> None:
        """Says what was left out; past the bound it is only counted."""
        if len(self._warnings) < MAX_WARNINGS:
            self._warnings.append(in_one_line(f"{place}: {text}"))
        else:
            self._unsaid += 1

    def project(
        self, style: AddressStyle | None = None, links: Mapping[int, tuple[Link, ...]] | None = None
    ) -> Project:
        """All of it; without `style` it is the one that all addresses are written in."""
        if style is None and len(self._styles) == 1:
            style = next(iter(self._styles))
        if style is None and self._styles:
            self.warn(
                self.file, "the addresses are written in more than one style; which one the project has is unknown"
            )
        warnings = list(self._warnings)
        if self._unsaid:
            warnings.append(f"{self.file}: and {self._unsaid} more like these")
        return Project(self.origin, self.file, self.addresses, style, links, tuple(warnings))


def _said(written: str) -> bool:
    return written.strip().casefold() in _YES
