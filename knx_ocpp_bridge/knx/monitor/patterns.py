"""Addresses with stars in them: `9/7/*`, `*/0/1`, `1.1.*`. Pure."""

from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.config.addresses import AddressError, parse_group_address, parse_individual_address

_STAR: Final = "*"
_WHOLE: Final = 0xFFFF
_GROUP_SHIFTS: Final = {1: (0,), 2: (11, 0), 3: (11, 8, 0)}
"""Where each part stands, for each number of levels."""
_INDIVIDUAL_SHIFTS: Final = (12, 8, 0)
_GROUP_REMEDY: Final = "write it like 9/7/1 or 9/7/*"
_INDIVIDUAL_REMEDY: Final = "write it like 1.1.5 or 1.1.*"


@dataclass(frozen=True, slots=True)
class Pattern:
    """The addresses whose bits under the mask are those of the value."""

    mask: int
    value: int

    def fits(self, raw: int) -> bool:
        """Whether this raw address is one of them."""
        return raw & self.mask == self.value


def group_pattern(written: str) -> Pattern:
    """A group address in any style, or one with stars for whole levels; `9/*` is everything in main group 9.

    Raises:
        AddressError: it is neither.
    """
    parts = [part.strip() for part in written.split("/")]
    if _STAR not in written:
        return Pattern(_WHOLE, parse_group_address(written))
    if any(_STAR in part and part != _STAR for part in parts):
        raise AddressError(f"{written!r}: a star stands for a whole level, not for a part of one", _GROUP_REMEDY)
    shifts = _GROUP_SHIFTS.get(len(parts))
    if shifts is None:
        raise AddressError(f"{written!r} is not a group address", _GROUP_REMEDY)
    mask = _mask(parts, shifts)
    if not mask:
        return Pattern(0, 0)
    raw = parse_group_address("/".join("1" if part == _STAR else part for part in parts))
    return Pattern(mask, raw & mask)


def individual_pattern(written: str) -> Pattern:
    """An individual address, or one with stars for area, line or device.

    Raises:
        AddressError: it is neither.
    """
    parts = [part.strip() for part in written.split(".")]
    if any(_STAR in part and part != _STAR for part in parts):
        raise AddressError(f"{written!r}: a star stands for a whole level, not for a part of one", _INDIVIDUAL_REMEDY)
    if len(parts) != len(_INDIVIDUAL_SHIFTS):
        raise AddressError(f"{written!r} is not an individual address", _INDIVIDUAL_REMEDY)
    plain = parse_individual_address(".".join("0" if part == _STAR else part for part in parts))
    raw = sum(int(part) << shift for part, shift in zip(plain.split("."), _INDIVIDUAL_SHIFTS, strict=True))
    mask = _mask(parts, _INDIVIDUAL_SHIFTS)
    return Pattern(mask, raw & mask)


def _mask(parts: list[str], shifts: tuple[int, ...]) -> int:
    """The bits of the parts that are numbers: each goes up to where the one before it begins."""
    tops = (16, *shifts[:-1])
    return sum((1 << top) - (1 << shift) for part, top, shift in zip(parts, tops, shifts, strict=True) if part != _STAR)
