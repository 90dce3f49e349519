"""The object table: what the installer types into ETS, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass

from knx_ocpp_bridge.config.addresses import format_address
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.core.group_objects import GroupObject, Quantity, Scope


@dataclass(frozen=True, slots=True)
class Line:
    """One direction of one group object, seen from the bridge."""

    owner: str
    """`charger/connector`, or `bridge`."""
    object: str
    direction: str
    """`sends` or `receives`."""
    group_addresses: tuple[str, ...]
    dpt: str
    flags: str
    function: str
    """As `function_of`."""
    inverted: bool
    """0 on the bus is 1 here."""
    where: str


def lines(loaded: Loaded) -> Iterator[Line]:
    """The table in the order of the file; the sending line of an object stands before the receiving one."""
    style = loaded.bridge.knx.style
    for bound in loaded.objects:
        if bound.state_address is not None:
            flags = sending_flags(respond_to_read=bound.respond_to_read)
            yield _line(bound, "sends", (format_address(bound.state_address, style),), flags)
        if bound.addresses:
            shown = tuple(format_address(address, style) for address in bound.addresses)
            yield _line(bound, "receives", shown, receiving_flags(bound.row, read_on_init=bound.read_on_init))


def receiving_flags(row: GroupObject, *, read_on_init: bool = True) -> str:
    """The ETS flags of an object that receives: communication, write; an input and the time of day take responses, and
    ask at the start.

    A command has no U: a GroupValueResponse must never start a charge.
    """
    if row.quantity is Quantity.CLOCK or (row.input and read_on_init):
        return "C W U I"
    return "C W U" if row.input else "C W"


def sending_flags(*, respond_to_read: bool = True) -> str:
    """The ETS flags of an object that sends: communication, read, transmit."""
    return "C R T" if respond_to_read else "C T"


def function_of(bound: BoundObject) -> str:
    """What the object does where it stands; and that its bit is turned round on the bus, where it is."""
    scope = Scope.CONNECTOR if bound.connector else Scope.CHARGE_POINT
    told = bound.row.function_in(Scope.BRIDGE if bound.charger is None else scope)
    return f"{told} (inverted: 0 on the bus means 1)" if bound.invert else told


def offsets(row: GroupObject) -> str:
    """The xxter offsets of an object in words; empty: it has none."""
    told = (("sends", row.send_offset), ("receives", row.receive_offset))
    return ", ".join(f"{direction} +{offset}" for direction, offset in told if offset is not None)


def _line(bound: BoundObject, direction: str, shown: tuple[str, ...], flags: str) -> Line:
    owner = "bridge" if bound.charger is None else f"{bound.charger}/{bound.connector}"
    told = function_of(bound)
    return Line(owner, bound.row.key, direction, shown, bound.dpt, flags, told, bound.invert, bound.where)
