"""Group addresses and individual addresses: text to raw 16-bit number and back. No bus library is needed for it."""

from enum import Enum
from typing import Final

MAX_RAW: Final = 0xFFFF
_REMEDY: Final = "write it like 9/7/0 (three levels), 1/515 (two levels) or 2563 (free)"


class AddressStyle(Enum):
    """How ETS shows the group addresses of this project; the raw number is the same."""

    THREE_LEVEL = "three_level"
    TWO_LEVEL = "two_level"
    FREE = "free"


class AddressError(ValueError):
    """What was written is no address. `remedy` tells how to write it."""

    def __init__(self, reason: str, remedy: str = _REMEDY) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


_LEVELS: Final[dict[int, tuple[tuple[str, int, int], ...]]] = {
    3: (("main group", 11, 31), ("middle group", 8, 7), ("sub-group", 0, 255)),
    2: (("main group", 11, 31), ("sub-group", 0, 2047)),
    1: (("group address", 0, MAX_RAW),),
}
"""Per number of levels: name, shift and highest value of each part."""

_SUBGROUP_MASK: Final = {AddressStyle.THREE_LEVEL: 0xFF, AddressStyle.TWO_LEVEL: 0x7FF, AddressStyle.FREE: MAX_RAW}


def parse_group_address(written: object) -> int:
    """The raw number, 1..65535, of a group address in any of the three styles.

    Raises:
        AddressError: it is no group address, or 0, which is the broadcast address.
    """
    if isinstance(written, bool) or not isinstance(written, int | str):
        raise AddressError(f"{written!r} is not a group address")
    parts = str(written).strip().split("/")
    levels = _LEVELS.get(len(parts))
    if levels is None or not all(part.isascii() and part.isdigit() and len(part) <= 5 for part in parts):
        raise AddressError(f"{written!r} is not a group address")
    raw = 0
    for part, (name, shift, highest) in zip(parts, levels, strict=True):
        if int(part) > highest:
            raise AddressError(f"{written}: the {name} is {int(part)}, but goes from 0 to {highest} only")
        raw |= int(part) << shift
    if raw == 0:
        raise AddressError(f"{written} is the broadcast address, no group object can use it")
    return raw


def format_address(raw: int, style: AddressStyle = AddressStyle.THREE_LEVEL) -> str:
    """The group address as ETS shows it in this style."""
    match style:
        case AddressStyle.THREE_LEVEL:
            return f"{raw >> 11}/{raw >> 8 & 7}/{raw & 0xFF}"
        case AddressStyle.TWO_LEVEL:
            return f"{raw >> 11}/{raw & 0x7FF}"
        case AddressStyle.FREE:
            return str(raw)


def offset_address(base: int, offset: int, style: AddressStyle) -> int | None:
    """The address `offset` after `base`; None: that would leave the sub-group of this style."""
    mask = _SUBGROUP_MASK[style]
    return base + offset if (base & mask) + offset <= mask else None


def parse_individual_address(written: object) -> str:
    """The individual address in its one spelling, e.g. `1.1.240`.

    Raises:
        AddressError: it is none.
    """
    remedy = "write it like 1.1.240: area 0..15, line 0..15, device 0..255"
    parts = written.strip().split(".") if isinstance(written, str) else []
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts):
        raise AddressError(f"{written!r} is not an individual address", remedy)
    if any(int(part) > highest for part, highest in zip(parts, (15, 15, 255), strict=True)):
        raise AddressError(f"{written} is out of range", remedy)
    return ".".join(str(int(part)) for part in parts)
