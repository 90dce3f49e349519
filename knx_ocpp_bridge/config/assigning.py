"""A block of group addresses before it is given to a connector: what would lie where, and who is in the way."""

from collections.abc import Iterator
from dataclasses import dataclass

from knx_ocpp_bridge.config.addresses import AddressStyle, format_address, offset_address
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.bus_models import Scheme
from knx_ocpp_bridge.config.collisions import title
from knx_ocpp_bridge.config.keys import objects_of
from knx_ocpp_bridge.config.sizes import bits
from knx_ocpp_bridge.core.group_objects import GroupObject, Scope
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId


@dataclass(frozen=True, slots=True)
class Assigned:
    """One group address of the block."""

    row: GroupObject
    sends: bool
    dpt: str
    address: int | None
    """None: it would lie beyond the sub-group."""
    conflict: str = ""
    """Why it cannot have this address; empty: it can."""


def block(
    scheme: Scheme,
    base: int,
    style: AddressStyle,
    present: tuple[BoundObject, ...],
    connector: tuple[ChargerId, ConnectorId] | None = None,
) -> Iterator[Assigned]:
    """Every address of the block in the order of the catalogue. `present` are the objects of the configuration; those
    of `connector` itself are about to move, and are in nobody's way.
    """
    others = tuple(bound for bound in present if (bound.charger, bound.connector) != connector)
    for row in objects_of(Scope.CONNECTOR):
        if row.key not in scheme:
            continue
        each = scheme[row.key]
        dpt = each.dpt or row.dpts[0]
        offsets = [(offset, False) for offset in each.address]
        if each.state_address is not None:
            offsets.insert(0, (each.state_address, True))
        for offset, sends in offsets:
            address = offset_address(base, offset, style)
            yield Assigned(row, sends, dpt, address, _conflict(address, dpt, others, style, sends=sends))


def _conflict(
    address: int | None, dpt: str, others: tuple[BoundObject, ...], style: AddressStyle, *, sends: bool
) -> str:
    if address is None:
        return "lies beyond the sub-group"
    shown = format_address(address, style)
    for bound in others:
        if bound.state_address == address:
            return f"{shown} is the state of {title(bound)} ({bound.where})"
        if address in bound.addresses and sends:
            return f"{shown} is a command of {title(bound)} ({bound.where})"
        if address in bound.addresses and bits(bound.dpt) != bits(dpt):
            return f"{shown} carries {title(bound)} ({bound.where}) in another size"
    return ""
