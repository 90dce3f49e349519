"""A block of group addresses before it is given to a connector: what would lie where, and who is in the way."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from knx_ocpp_bridge.config.addresses import AddressStyle, format_address, offset_address
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.bus_models import Scheme
from knx_ocpp_bridge.config.collisions import title
from knx_ocpp_bridge.config.keys import objects_of
from knx_ocpp_bridge.config.sizes import bits
from knx_ocpp_bridge.core.group_objects import GroupObject, Quantity, Scope
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId

Place = tuple[ChargerId | None, ConnectorId]
"""A connector, a charge point (connector 0), or the bridge itself (no charger)."""


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
    connector: Place | None = None,
) -> Iterator[Assigned]:
    """Every address of the block in the order of the catalogue. `present` are the objects of the configuration; those
    of `connector` itself are about to move, and are in nobody's way.
    """
    others = _others(present, connector)
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


def one_after_another(
    keys: Iterable[str], base: int, style: AddressStyle, present: tuple[BoundObject, ...], place: Place
) -> Iterator[Assigned]:
    """These objects from `base` on, without a gap: first what each sends on, then what it receives on. Those of
    `present` that the place has are in the way unless they are about to move.
    """
    moving = frozenset(keys)
    others = tuple(
        bound for bound in present if (bound.charger, bound.connector) != place or bound.row.key not in moving
    )
    offset = 0
    for row in objects_of(scope_of(place)):
        if row.key not in moving:
            continue
        for sends in (True, False):
            if row.sends if sends else row.receives and row.quantity is not Quantity.CLOCK:
                address = offset_address(base, offset, style)
                dpt = row.dpts[0]
                yield Assigned(row, sends, dpt, address, _conflict(address, dpt, others, style, sends=sends))
                offset += 1


def scope_of(place: Place) -> Scope:
    """Which objects can stand there."""
    charger, connector = place
    if charger is None:
        return Scope.BRIDGE
    return Scope.CONNECTOR if connector else Scope.CHARGE_POINT


def _others(present: tuple[BoundObject, ...], place: Place | None) -> tuple[BoundObject, ...]:
    return tuple(bound for bound in present if (bound.charger, bound.connector) != place)


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
