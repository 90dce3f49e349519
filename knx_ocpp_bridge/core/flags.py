"""How a charger deviates from the standard: one flag for each deviation, one row for each brand that has any.

A flag acts because the installer set it, else because the charger's make is a row of `BRANDS`, else by its default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from knx_ocpp_bridge.core.replacing import replace

Flag = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Flags:
    """What acts for one charger. The comments name the rows of the catalogue (docs/catalogue.md)."""

    stack_level: int = 0
    """Stack level of the bridge's charging profiles (S1)."""


NO_FLAGS: Final = Flags()


@dataclass(frozen=True, slots=True)
class Brand:
    """One row: what its chargers call themselves in BootNotification, and what they need."""

    vendor: str
    """Begins chargePointVendor, without regard to case."""
    model: str
    """Begins chargePointModel; empty: every model."""
    flags: Mapping[str, Flag]
    reason: str
    """Why, in words for `chargers show`."""


BRANDS: Final[tuple[Brand, ...]] = ()


def acting(vendor: str, model: str, written: Mapping[str, Flag]) -> Flags:
    """The flags of a charger of this make, with what the installer wrote over them."""
    known = {field.name for field in fields(Flags)}
    chosen: dict[str, Flag] = {}
    for brand in BRANDS:
        if vendor.casefold().startswith(brand.vendor.casefold()) and model.casefold().startswith(
            brand.model.casefold()
        ):
            chosen |= brand.flags
    chosen |= {name: value for name, value in written.items() if name in known}
    return replace(NO_FLAGS, **chosen)  # type: ignore[arg-type]  # the configuration has checked the types
