"""What the ETS knows of a building's group addresses, from whichever of its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.ets.words import in_one_line


class EtsError(Exception):
    """A file of the ETS cannot be read: what, where in it, why and what to do. No password stands in it."""


def refusal(place: str, reason: str, remedy: str) -> EtsError:
    """The error in its usual words, in one line; `place` is the file, with the line or member where that is known."""
    return EtsError(in_one_line(f"{place}: {reason}; {remedy}"))


class Origin(Enum):
    """Which kind of file it was."""

    GROUP_ADDRESS_XML = "group address export (XML)"
    GROUP_ADDRESS_CSV = "group address export (CSV)"
    PROJECT = "project (.knxproj)"


@dataclass(frozen=True, slots=True)
class GroupAddress:
    """One group address of the project."""

    address: int
    """Raw, 1..65535."""
    name: str
    dpt: str | None = None
    """`main.sub` with three digits, or the main number alone; None: the project names none."""
    description: str = ""
    central: bool = False
    unfiltered: bool = False
    """Passes line couplers."""
    secured: bool | None = None
    """Data Secure; None: automatic, or the file does not say."""
    ranges: tuple[str, ...] = ()
    """Names of the main and middle group, as far as it stands in some."""


@dataclass(frozen=True, slots=True)
class Link:
    """A group object of a device that is linked to a group address, with its flags."""

    device: str
    """Individual address, or the device's name where it has none."""
    name: str
    """Of the group object."""
    read: bool
    write: bool
    transmit: bool
    update: bool
    sends: bool
    """This address is the one it sends on: the first of its links."""
    dpt: str | None = None
    flags_known: bool = True
    """False: neither the project nor the device's program in it tells the four flags; they are False then."""


@dataclass(frozen=True, slots=True)
class Project:
    """The group addresses of one file."""

    origin: Origin
    file: str
    addresses: Mapping[int, GroupAddress]
    """By raw address, in the order of the file."""
    style: AddressStyle | None = None
    """None: the file does not tell."""
    links: Mapping[int, tuple[Link, ...]] | None = None
    """Who is linked to each address; None: this kind of file does not tell."""
    warnings: tuple[str, ...] = field(default=())
    """What was left out, each with its place in the file."""
