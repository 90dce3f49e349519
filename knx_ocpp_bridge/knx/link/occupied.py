"""Why a gateway turned the bridge away, in words that help: its tunnels are taken, or the wished one is."""

import asyncio
from typing import Final

from xknx.exceptions import RequestResponseError
from xknx.knxip import ErrorCode

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.knx.link.dialling import DialError
from knx_ocpp_bridge.knx.link.gateways import Way, taken
from knx_ocpp_bridge.knx.link.scan import Found, describe

_OPEN_S: Final = 2.0
_FULL: Final = frozenset({ErrorCode.E_NO_MORE_CONNECTIONS, ErrorCode.E_NO_MORE_UNIQUE_CONNECTIONS})


async def explained(error: DialError, way: Way, settings: Knx) -> str:
    """The error in words; where the gateway said no, with what it tells of its tunnels. Takes some seconds at most."""
    code = _code(error)
    if code is None or way.gateway is None:
        return str(error)
    found = await describe(way.gateway, settings.local_address, route_back=settings.route_back)
    name, wish = str(found or way.gateway), settings.individual_address
    is_only_ours = wish is not None and found is not None and not found.full  # KNX IP Secure: a user has one tunnel
    if code in _FULL and not is_only_ours:
        if found is not None and found.tunnels:
            return taken(found)
        return f"all tunnels of {name} are taken: free one, or name another gateway"
    if code in _FULL or code is ErrorCode.E_CONNECTION_IN_USE:
        return f"tunnel {wish} of {name} is taken by somebody else: free it, or {_another(found, wish)}"
    if code is ErrorCode.E_NO_TUNNELLING_ADDRESS:
        return f"{name} has no tunnel {wish} (individual_address): {_another(found, wish)}"
    return str(error)


async def has_room(way: Way, settings: Knx) -> bool:
    """Whether this gateway is there and, as far as it tells, has a tunnel for us. Takes some seconds at most."""
    if way.gateway is None:
        return False
    found = await describe(way.gateway, settings.local_address, route_back=settings.route_back)
    if found is not None:
        return not found.full
    if way.connection == "tunneling":
        return False
    try:
        async with asyncio.timeout(_OPEN_S):
            _, writer = await asyncio.open_connection(way.gateway.host, way.gateway.port)
    except OSError:  # TimeoutError is one
        return False
    writer.close()
    return True


def _another(found: Found | None, wish: str | None) -> str:
    tunnels = () if found is None else found.tunnels
    free = [tunnel.address for tunnel in tunnels if tunnel.free and tunnel.address != wish]
    if free:
        return f"take individual_address out, or choose a free one ({', '.join(free)})"
    return taken(found) if found is not None and found.full else "take individual_address out"


def _code(error: BaseException | None) -> ErrorCode | None:
    """What the gateway answered, if it was that."""
    while error is not None:
        if isinstance(error, RequestResponseError) and error.error_code is not None:
            return error.error_code
        error = error.__cause__
    return None
