"""Rows of an object table, as `config` would make them."""

from knx_ocpp_bridge.config.addresses import parse_group_address
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.core.group_objects import CATALOGUE
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId


def bound(
    key: str,
    state: str | None = None,
    *commands: str,
    charger: str | None = "GARAGE",
    connector: int = 1,
    dpt: str | None = None,
    min_change: float | None = None,
    min_interval_s: float = 0.0,
    cyclic_s: float = 0.0,
    respond_to_read: bool = True,
    invert: bool = False,
    read_on_init: bool = False,
    timeout_s: float = 0.0,
    fallback: float | None = None,
) -> BoundObject:
    """The object `key`: sent on `state`, commanded on `commands`, group addresses as ETS shows them."""
    row = CATALOGUE[key]
    return BoundObject(
        charger=None if charger is None else ChargerId(charger),
        connector=ConnectorId(connector),
        row=row,
        dpt=dpt or row.dpts[0],
        addresses=tuple(parse_group_address(command) for command in commands),
        state_address=None if state is None else parse_group_address(state),
        min_change=row.min_change if min_change is None else min_change,
        min_interval_s=min_interval_s,
        cyclic_s=cyclic_s,
        respond_to_read=respond_to_read,
        invert=invert,
        read_on_init=read_on_init,
        timeout_s=timeout_s,
        fallback=fallback,
        where="bridge.yaml:1",
    )
