"""From the object table to the group addresses that the ETS is to have: one of each, with name, type and direction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from string import Formatter
from typing import Final

from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.table import function_of, receiving_flags, sending_flags
from knx_ocpp_bridge.ets.project import GroupAddress, Project
from knx_ocpp_bridge.ets.words import MAX_DESCRIPTION, clean

TEMPLATE: Final = "{charger} {connector} {object} {way}"
PLACEHOLDERS: Final = ("charger", "id", "connector", "object", "function", "way")

_MOST_OWNERS: Final = 3
_WAYS: Final = {"state": "sent by the bridge", "command": "received by the bridge", "input": "received by the bridge"}


class TemplateError(ValueError):
    """The template of names cannot be used; the argument says why."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How the export shall look."""

    style: AddressStyle = AddressStyle.THREE_LEVEL
    names: Mapping[str, str] | None = None
    """What people call each charger, by its id."""
    template: str = TEMPLATE
    group: str = "EV charging"
    """Name of main groups, or of the one group around, that the project does not name."""
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


@dataclass(frozen=True, slots=True)
class _Use:
    bound: BoundObject
    way: str
    """`state`, `command` or `input`."""


def group_addresses(objects: Iterable[BoundObject], wish: Wish) -> tuple[GroupAddress, ...]:
    """Each group address of these objects once, in the order of the numbers.

    Raises:
        TemplateError: the template names what is not there.
    """
    check_template(wish.template)
    uses: dict[int, list[_Use]] = {}
    for bound in objects:
        if bound.state_address is not None:
            uses.setdefault(bound.state_address, []).append(_Use(bound, "state"))
        for address in bound.addresses:
            uses.setdefault(address, []).append(_Use(bound, "input" if bound.row.input else "command"))
    there = wish.project.addresses if wish.project is not None else {}
    groups = _Groups.of(uses, wish)
    return tuple(
        _made(address, uses[address], there.get(address), groups.of_address(address), wish)
        for address in sorted(uses)
        if not (wish.missing and address in there)
    )


def check_template(template: str) -> None:
    """Nothing, if names can be made by it.

    Raises:
        TemplateError: it has a placeholder that is none of `PLACEHOLDERS`, or brackets that do not close.
    """
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise TemplateError(f"{template!r} has brackets that do not fit ({error})") from None
    wrong = next((name for _, name, _, _ in parts if name is not None and name not in PLACEHOLDERS), None)
    if wrong is not None:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise TemplateError(f"{{{wrong}}} is no placeholder; there are {known}")


def _made(
    address: int, uses: Sequence[_Use], there: GroupAddress | None, ranges: tuple[str, ...], wish: Wish
) -> GroupAddress:
    return GroupAddress(
        address,
        (there.name if there is not None else "") or _name(uses, wish),
        uses[0].bound.dpt,
        (there.description if there is not None else "") or _description(uses, wish),
        central=there is not None and there.central,
        unfiltered=wish.unfiltered or (there is not None and there.unfiltered),
        secured=None if wish.secured is None else address in wish.secured or None,
        ranges=ranges,
    )


def _name(uses: Sequence[_Use], wish: Wish) -> str:
    """By the template; of several objects of one kind it says how many there are, else it names the first two."""
    first = uses[0]
    kinds = list(dict.fromkeys((use.bound.row.key, use.way) for use in uses))
    if len(uses) > 1 and len(kinds) == 1:
        return clean(f"{_spelled(first.bound.row.key)} {first.way} of {len(uses)} connectors")
    named = dict.fromkeys(_by_template(use, wish) for use in uses)
    more = f" + {len(named) - 2} more" if len(named) > 2 else ""
    return clean(" + ".join(list(named)[:2]) + more)


def _by_template(use: _Use, wish: Wish) -> str:
    bound = use.bound
    said = {
        "charger": _charger(bound, wish),
        "id": str(bound.charger or ""),
        "connector": str(bound.connector or "") if bound.charger is not None else "",
        "object": _spelled(bound.row.key),
        "function": function_of(bound),
        "way": use.way,
    }
    made = "".join(text + (said[name] if name else "") for text, name, _, _ in Formatter().parse(wish.template))
    return clean(" ".join(made.split()))


def _description(uses: Sequence[_Use], wish: Wish) -> str:
    told = dict.fromkeys(f"{function_of(use.bound)} ({_WAYS[use.way]}: {_flags(use)})" for use in uses)
    owners = list(dict.fromkeys(_owner(use.bound, wish) for use in uses))
    more = f" and {len(owners) - _MOST_OWNERS} more" if len(owners) > _MOST_OWNERS else ""
    return clean(f"{'; '.join(told)}; {', '.join(owners[:_MOST_OWNERS])}{more}", MAX_DESCRIPTION)


def _flags(use: _Use) -> str:
    if use.way == "state":
        return sending_flags(respond_to_read=use.bound.respond_to_read)
    return receiving_flags(use.bound.row, read_on_init=use.bound.read_on_init)


def _owner(bound: BoundObject, wish: Wish) -> str:
    name = _charger(bound, wish)
    return f"{name} {bound.connector}" if bound.charger is not None and bound.connector else name


def _charger(bound: BoundObject, wish: Wish) -> str:
    return "bridge" if bound.charger is None else (wish.names or {}).get(bound.charger) or str(bound.charger)


def _spelled(key: str) -> str:
    return key.replace("_", " ")


@dataclass(frozen=True, slots=True)
class _Groups:
    """Names of main and middle groups, by the bits above the rest of the address."""

    wish: Wish
    known: Mapping[tuple[int, int], str]
    owners: Mapping[int, AbstractSet[str]]
    """Whose addresses are in each middle group."""

    @classmethod
    def of(cls, uses: Mapping[int, Sequence[_Use]], wish: Wish) -> "_Groups":
        known: dict[tuple[int, int], str] = {}
        if wish.project is not None and wish.project.style is wish.style:
            for raw, there in wish.project.addresses.items():
                if len(there.ranges) == len(_SHIFTS[wish.style]):
                    for shift, name in zip(_SHIFTS[wish.style], there.ranges, strict=True):
                        known.setdefault((shift, raw >> shift), name)
        owners: dict[int, set[str]] = {}
        for raw, each in uses.items():
            owners.setdefault(raw >> _MIDDLE, set()).update(_charger(use.bound, wish) for use in each)
        return cls(wish, known, owners)

    def of_address(self, raw: int) -> tuple[str, ...]:
        shifts = _SHIFTS[self.wish.style]
        return tuple(self.known.get((shift, raw >> shift)) or self._otherwise(raw, shift) for shift in shifts)

    def _otherwise(self, raw: int, shift: int) -> str:
        if shift != _MIDDLE:
            return clean(self.wish.group)
        owners = self.owners[raw >> shift]
        return clean(self.wish.middle_group or (next(iter(owners)) if len(owners) == 1 else self.wish.group))


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
