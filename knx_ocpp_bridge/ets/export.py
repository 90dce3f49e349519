"""From the object table to the group addresses that the ETS is to have: one of each, with name, type and direction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.config.addresses import AddressStyle, format_address
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.table import receiving_flags, sending_flags
from knx_ocpp_bridge.ets import speech
from knx_ocpp_bridge.ets.naming import TEMPLATE, Naming, Use, check_template, uses_of
from knx_ocpp_bridge.ets.project import GroupAddress, Project
from knx_ocpp_bridge.ets.words import MAX_DESCRIPTION, MAX_NAME, clean

_MOST_OWNERS: Final = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """How the export shall look."""

    style: AddressStyle = AddressStyle.THREE_LEVEL
    names: Mapping[str, str] | None = None
    """What people call each charger, by its id."""
    template: str = TEMPLATE
    group: str = ""
    """Name of main groups, or of the one group around, that the project does not name; empty: `EV charging`."""
    middle_group: str = ""
    """Name of middle groups likewise; empty: that of the charger that has it for itself, else `group`."""
    unfiltered: bool = False
    """Every address passes line couplers."""
    secured: frozenset[int] | None = None
    """Addresses that are secured, as the keyring tells; None: security is not spoken of."""
    project: Project | None = None
    """What the ETS has already: its names are kept, for an import would overwrite them."""
    missing: bool = False
    """Only what the project has not yet."""
    inputs: bool = False
    """With the addresses on which the building tells its own values."""
    language: str = "en"

    @property
    def naming(self) -> Naming:
        """How names are made."""
        return Naming(self.names or {}, self.template, self.language)


def group_addresses(objects: Iterable[BoundObject], wish: Wish) -> tuple[GroupAddress, ...]:
    """Each group address of these objects once, in the order of the numbers. No two have the same name, unless the
    project has called them so.

    Raises:
        TemplateError: the template names what is not there.
    """
    check_template(wish.template)
    uses = _by_address(objects, inputs=wish.inputs)
    there = wish.project.addresses if wish.project is not None else {}
    groups = _Groups.of(uses, wish)
    names = _names(uses, there, wish)
    return tuple(
        _made(address, names[address], uses[address], there.get(address), groups.of_address(address), wish)
        for address in sorted(uses)
        if not (wish.missing and address in there)
    )


def left_to_the_building(objects: Iterable[BoundObject]) -> int:
    """How many group addresses stand in the export with `inputs` alone."""
    objects = tuple(objects)
    return len(_by_address(objects, inputs=True)) - len(_by_address(objects, inputs=False))


def _by_address(objects: Iterable[BoundObject], *, inputs: bool) -> dict[int, list[Use]]:
    uses: dict[int, list[Use]] = {}
    for address, use in uses_of(objects):
        if inputs or not use.of_the_building:
            uses.setdefault(address, []).append(use)
    return uses


def _names(uses: Mapping[int, Sequence[Use]], there: Mapping[int, GroupAddress], wish: Wish) -> Mapping[int, str]:
    """What the project says, else what we say; with the address behind it where that name is taken."""
    taken = {known.name.casefold() for known in there.values()}
    names: dict[int, str] = {}
    for address in sorted(uses):
        known = there.get(address)
        name = known.name if known is not None else ""
        if not name:
            name = wish.naming.of(uses[address])
            if name.casefold() in taken:
                shown = format_address(address, wish.style)
                name = f"{clean(name, MAX_NAME - len(shown) - 1)} {shown}"
            taken.add(name.casefold())
        names[address] = name
    return names


def _made(
    address: int, name: str, uses: Sequence[Use], there: GroupAddress | None, ranges: tuple[str, ...], wish: Wish
) -> GroupAddress:
    return GroupAddress(
        address,
        name,
        uses[0].bound.dpt,
        (there.description if there is not None else "") or _description(uses, wish),
        central=there is not None and there.central,
        unfiltered=wish.unfiltered or (there is not None and there.unfiltered),
        secured=None if wish.secured is None else address in wish.secured or None,
        ranges=ranges,
    )


def _description(uses: Sequence[Use], wish: Wish) -> str:
    told = dict.fromkeys(_told(use, wish.language) for use in uses)
    owners = list(dict.fromkeys(wish.naming.owner(use.bound) for use in uses))
    left = len(owners) - _MOST_OWNERS
    more = f" {speech.word('and more', wish.language, left)}" if left > 0 else ""
    return clean(f"{'; '.join(told)}; {', '.join(owners[:_MOST_OWNERS])}{more}", MAX_DESCRIPTION)


def _told(use: Use, language: str) -> str:
    """What it does, who sends, and the flags."""
    bound = use.bound
    flags = receiving_flags(bound.row, read_on_init=bound.read_on_init)
    if use.sends:
        flags = sending_flags(respond_to_read=bound.respond_to_read)
    who = speech.word("sent" if use.sends else "received", language)
    return f"{speech.function(bound, language)} ({who}: {speech.flags(flags, language)})"


@dataclass(frozen=True, slots=True)
class _Groups:
    """Names of main and middle groups, by the bits above the rest of the address."""

    wish: Wish
    known: Mapping[tuple[int, int], str]
    owners: Mapping[int, AbstractSet[str]]
    """Whose addresses are in each middle group."""

    @classmethod
    def of(cls, uses: Mapping[int, Sequence[Use]], wish: Wish) -> "_Groups":
        known: dict[tuple[int, int], str] = {}
        if wish.project is not None and wish.project.style is wish.style:
            for raw, there in wish.project.addresses.items():
                if len(there.ranges) == len(_SHIFTS[wish.style]):
                    for shift, name in zip(_SHIFTS[wish.style], there.ranges, strict=True):
                        known.setdefault((shift, raw >> shift), name)
        owners: dict[int, set[str]] = {}
        for raw, each in uses.items():
            owners.setdefault(raw >> _MIDDLE, set()).update(wish.naming.charger(use.bound) for use in each)
        return cls(wish, known, owners)

    def of_address(self, raw: int) -> tuple[str, ...]:
        shifts = _SHIFTS[self.wish.style]
        return tuple(self.known.get((shift, raw >> shift)) or self._otherwise(raw, shift) for shift in shifts)

    def _otherwise(self, raw: int, shift: int) -> str:
        group = self.wish.group or speech.word("group", self.wish.language)
        if shift != _MIDDLE:
            return clean(group)
        owners = self.owners[raw >> shift]
        return clean(self.wish.middle_group or (next(iter(owners)) if len(owners) == 1 else group))


_MIDDLE: Final = 8
_SHIFTS: Final = {AddressStyle.THREE_LEVEL: (11, _MIDDLE), AddressStyle.TWO_LEVEL: (11,), AddressStyle.FREE: (16,)}
"""Bits below each level of groups; in the free style all addresses stand in one group."""


@dataclass(frozen=True, slots=True)
class Group:
    """A main or middle group with what is in it."""

    name: str
    first: int
    last: int
    """The range of its addresses; 0/0/0 is none."""
    inside: tuple["Group | GroupAddress", ...]


def grouped(addresses: Sequence[GroupAddress], style: AddressStyle) -> tuple[Group, ...]:
    """The addresses in their main and middle groups, as the ETS wants them; they come in the order of the numbers."""
    return tuple(_grouped(addresses, _SHIFTS[style], 0))


def _grouped(addresses: Sequence[GroupAddress], shifts: Sequence[int], level: int) -> Iterator[Group]:
    shift = shifts[level]
    numbers = dict.fromkeys(each.address >> shift for each in addresses)
    for number in numbers:
        here = [each for each in addresses if each.address >> shift == number]
        inside: tuple[Group | GroupAddress, ...] = tuple(here)
        if level + 1 < len(shifts):
            inside = tuple(_grouped(here, shifts, level + 1))
        first = number << shift
        yield Group(here[0].ranges[level], max(first, 1), first | ((1 << shift) - 1), inside)
