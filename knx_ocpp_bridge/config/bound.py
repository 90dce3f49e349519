"""One group object as the installer bound it: the common word of configuration, KNX edge and object table."""

from dataclasses import dataclass

from knx_ocpp_bridge.core.group_objects import GroupObject
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId


@dataclass(frozen=True, slots=True)
class BoundObject:
    """A row of the object table. Group addresses are raw 16-bit numbers, whatever style displays them."""

    charger: ChargerId | None
    """None: an object of the bridge itself."""
    connector: ConnectorId
    row: GroupObject
    dpt: str
    """`main.sub` with three digits, e.g. `14.019`; one of `row.dpts`."""
    addresses: tuple[int, ...]
    """Addresses of commands or inputs, all listened to, never written to; inputs are read on the first of them."""
    state_address: int | None
    """Sent on, and answered when read."""
    min_change: float
    """Deadband in the unit of `row.quantity` (A, V, W, Wh, s, percent)."""
    min_interval_s: float
    cyclic_s: float
    """Sent again after this long even without news; 0: never."""
    respond_to_read: bool
    invert: bool
    """0 on the bus is 1 here; 1-bit types alone."""
    read_on_init: bool
    """Inputs: ask for it after each start and bus loss."""
    timeout_s: float
    """Inputs: stale after this long without a telegram; 0: never."""
    fallback: float | None
    """Inputs: what counts while it is stale or unknown."""
    where: str
    """`file:line` of the object, for every message about it."""
