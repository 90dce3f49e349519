"""Our group addresses held against those of the ETS: what cannot work, what probably was not meant. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from knx_ocpp_bridge.config.addresses import AddressStyle, format_address
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.collisions import title
from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.config.sizes import bits, main_number
from knx_ocpp_bridge.ets.project import GroupAddress, Link, Project
from knx_ocpp_bridge.ets.sizes import in_words


class Weight(Enum):
    """How much a finding matters."""

    ERROR = "error"
    """It cannot work so."""
    WARNING = "warning"
    """It may work, and was probably not meant."""
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit."""

    weight: Weight
    kind: str
    """`unknown address`, `other size`, `other DPT`, `no DPT`, `other sender`, `no receiver`, `no sender`, `secured`,
    `style` or `unused`.
    """
    address: int | None
    where: str
    """`file:line` of our object; empty: it is about none."""
    text: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Ours:
    """What the bridge is configured to do on the bus."""

    objects: tuple[BoundObject, ...]
    style: AddressStyle
    keyring: bool
    """There is one, so that secured addresses can be used."""
    names: Mapping[str, str]
    """What people call each charger, by its id; as a hint for addresses that nobody uses."""
    individual_address: str | None = None
    """Our own: links of this device are ours. None: it is not configured."""


def ours(loaded: Loaded) -> Ours:
    """What this configuration says of the bus."""
    knx = loaded.bridge.knx
    names = {str(charger_id): settings.name for charger_id, settings in loaded.chargers.items()}
    return Ours(loaded.objects, knx.style, knx.keyring is not None, names, knx.individual_address)


_SHORTEST_NAME: Final = 4
"""A shorter name of a charger is found in the names of too many group addresses."""
_MOST_HINTS: Final = 20
_ONE_BIT: Final = 1
"""Of these types switches have 1.001 whatever they switch."""


def findings(ours: Ours, project: Project) -> tuple[Finding, ...]:
    """Everything that does not fit, in the order of our objects; hints about unused addresses at the end."""
    return tuple(_all(ours, project))


def _all(ours: Ours, project: Project) -> Iterator[Finding]:
    yield from _style(ours, project)
    for bound in ours.objects:
        if bound.state_address is not None:
            yield from _of(bound, bound.state_address, ours, project, sends=True)
        for address in bound.addresses:
            yield from _of(bound, address, ours, project, sends=False)
    yield from _unused(ours, project)


def _style(ours: Ours, project: Project) -> Iterator[Finding]:
    if project.style is not None and project.style is not ours.style:
        text = f"the project shows group addresses as {project.style.value}, the bridge as {ours.style.value}"
        remedy = f"set knx.group_address_style: {project.style.value}; the addresses themselves stay the same"
        yield Finding(Weight.HINT, "style", None, "", text, remedy)


def _of(bound: BoundObject, address: int, ours: Ours, project: Project, *, sends: bool) -> Iterator[Finding]:
    shown = format_address(address, ours.style)
    what = f"{title(bound)} {'sends' if sends else 'receives'} on {shown}"
    there = project.addresses.get(address)
    if there is None:
        text = f"{what}, which is not in {project.file}"
        remedy = "create it there (ets export gives a file to import), or correct the address here"
        yield Finding(Weight.ERROR, "unknown address", address, bound.where, text, remedy)
        return
    yield from _types(bound, address, there, what)
    if there.secured and not ours.keyring:
        remedy = "export the keyring in the ETS and name it under knx.keyring"
        yield Finding(Weight.ERROR, "secured", address, bound.where, f"{what}, which is secured", remedy)
    if project.links is not None:
        others = tuple(link for link in project.links.get(address, ()) if link.device != ours.individual_address)
        yield from _links(bound, address, others, what, sends=sends)


def _types(bound: BoundObject, address: int, there: GroupAddress, what: str) -> Iterator[Finding]:
    name = f"{there.name!r}" if there.name else "the group address"
    if there.dpt is None:
        text = f"{what}; {name} has no datapoint type in the project"
        remedy = f"set {bound.dpt} there, so that the group monitor shows values"
        yield Finding(Weight.HINT, "no DPT", address, bound.where, text, remedy)
        return
    sizes = bits(bound.dpt), bits(there.dpt)
    told = f"{what} as {bound.dpt} ({in_words(bound.dpt)}), but {name} is {there.dpt}"
    if None not in sizes and sizes[0] != sizes[1]:
        remedy = "give the object another address, or correct the datapoint type in the ETS"
        text = f"{told} ({in_words(there.dpt)})"
        yield Finding(Weight.ERROR, "other size", address, bound.where, text, remedy)
    elif main_number(bound.dpt) != main_number(there.dpt):
        remedy = "the numbers would be read wrongly: make both the same, here by dpt or there"
        yield Finding(Weight.ERROR, "other DPT", address, bound.where, told, remedy)
    elif "." in there.dpt and there.dpt != bound.dpt:
        weight = Weight.HINT if main_number(there.dpt) == _ONE_BIT else Weight.WARNING
        remedy = "the size agrees; check that unit and meaning do"
        yield Finding(weight, "other DPT", address, bound.where, told, remedy)


def _links(bound: BoundObject, address: int, others: Sequence[Link], what: str, *, sends: bool) -> Iterator[Finding]:
    senders = [link for link in others if link.transmit and link.sends]
    if sends and senders:
        text = f"{what}, and so does {_named(senders)}"
        remedy = "take that link out in the ETS: only the bridge knows this state"
        yield Finding(Weight.ERROR, "other sender", address, bound.where, text, remedy)
    if sends and not any(link.write or link.update or not link.flags_known for link in others):
        text = f"{what}, and no device is linked to it that listens"
        remedy = "without a receiver each telegram is repeated three times: link it (a dummy device will do)"
        yield Finding(Weight.WARNING, "no receiver", address, bound.where, text, remedy)
    if not sends and not senders and all(link.flags_known for link in others):
        text = f"{what}, and no device sends on it"
        remedy = "link a switch, a panel or a sensor to it, or take the address out here"
        yield Finding(Weight.WARNING, "no sender", address, bound.where, text, remedy)


def _named(links: Iterable[Link]) -> str:
    told = [f"{link.name or 'an object'} of {link.device}" for link in links]
    return " and ".join(told[:3]) + (f" and {len(told) - 3} more" if len(told) > 3 else "")


def _unused(ours: Ours, project: Project) -> Iterator[Finding]:
    """Addresses that are named after a charger of ours, and that no object of ours uses."""
    used = {address for bound in ours.objects for address in (*bound.addresses, bound.state_address)}
    words = {word.casefold() for pair in ours.names.items() for word in pair if len(word) >= _SHORTEST_NAME}
    told = 0
    for address, there in project.addresses.items():
        if address in used or not any(word in there.name.casefold() for word in words):
            continue
        text = f"{format_address(address, ours.style)} is called {there.name!r} and is used by no object of the bridge"
        yield Finding(Weight.HINT, "unused", address, "", text, "bind an object to it, if one was meant")
        told += 1
        if told == _MOST_HINTS:
            return
