"""Which KNXnet/IP gateways there are, and what each can do: asked by multicast, or of one by its address.

Nothing here makes a connection or says anything on the bus, so that it can be asked while the bridge runs.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from xknx import XKNX
from xknx.exceptions import XKNXException
from xknx.io import GatewayScanner
from xknx.io.gateway_scanner import GatewayDescriptor, GatewayScanFilter
from xknx.io.self_description import request_description
from xknx.io.util import validate_ip

from knx_ocpp_bridge.config.fields import HostPort
from knx_ocpp_bridge.knx.link import guard
from knx_ocpp_bridge.knx.link.reasons import known

DISCOVERY: Final = ("224.0.23.12", 3671)
"""KNXnet/IP discovery (KNX Core 03.08.02 section 4)."""
SCAN_S: Final = 3.0
_MOST: Final = 256
"""No network has as many gateways: one that makes them up ends the search."""


class ScanError(Exception):
    """Nothing can be searched from here: why, and what to do."""


@dataclass(frozen=True, slots=True)
class Tunnel:
    """One tunnel of a gateway."""

    address: str
    """The individual address that its user has on the bus."""
    free: bool


@dataclass(frozen=True, slots=True)
class Found:
    """One gateway, as it describes itself."""

    name: str
    gateway: HostPort
    individual_address: str
    tunnelling_udp: bool
    tunnelling_tcp: bool
    routing: bool
    secure_tunnelling: bool
    """It lets nobody tunnel without IP Secure."""
    secure_routing: bool
    """It routes nothing without IP Secure."""
    can_secure: bool
    tunnels: tuple[Tunnel, ...]
    """Empty: it does not tell (core version 1)."""

    @property
    def free(self) -> int | None:
        """How many of its tunnels are free; None: it does not tell."""
        return sum(tunnel.free for tunnel in self.tunnels) if self.tunnels else None

    @property
    def full(self) -> bool:
        """All of its tunnels are taken."""
        return self.free == 0

    def __str__(self) -> str:
        return f"{self.name} ({self.gateway})"


async def scan(local_address: str | None = None, within_s: float = SCAN_S) -> tuple[Found, ...]:
    """All gateways that answer in time, by their address; 256 at most.

    Raises:
        ScanError: this machine has no network to search on.
    """
    guard.stand()
    group, port = DISCOVERY
    xknx = XKNX(multicast_group=group, multicast_port=port)
    anybody = GatewayScanFilter()
    try:
        scanner = GatewayScanner(xknx, local_address, within_s, stop_on_found=_MOST, scan_filter=anybody)
        found = await scanner.scan()
        _go_if_cancelled()
    except (XKNXException, OSError) as error:
        where = f"from {local_address}" if local_address else "on this machine"
        why = known(error) or f"{error}; look at its network (ip route)"
        raise ScanError(f"no gateway can be searched for {where}: {why}") from error
    return tuple(sorted(map(_found, found[:_MOST]), key=lambda one: (one.gateway.host, one.gateway.port)))


def _go_if_cancelled() -> None:
    """A cancellation that xknx took for the end of the search is one all the same: the bridge ends."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def describe(gateway: HostPort, local_address: str | None = None, *, route_back: bool = False) -> Found | None:
    """The gateway as it describes itself now; None: it does not answer by UDP within a few seconds."""
    guard.stand()
    try:
        host = await validate_ip(gateway.host)  # of a name, xknx's own search for the way there makes an error
        return _found(await request_description(host, gateway.port, local_ip=local_address, route_back=route_back))
    except (XKNXException, OSError):
        return None


def _found(told: GatewayDescriptor) -> Found:
    secure_tunnelling = bool(told.tunnelling_requires_secure)
    return Found(
        name=told.name,
        gateway=HostPort(told.ip_addr, told.port),
        individual_address=str(told.individual_address or ""),
        tunnelling_udp=told.supports_tunnelling and not secure_tunnelling,
        tunnelling_tcp=told.supports_tunnelling_tcp,
        routing=told.supports_routing,
        secure_tunnelling=secure_tunnelling,
        secure_routing=bool(told.routing_requires_secure),
        can_secure=told.supports_secure,
        tunnels=tuple(
            Tunnel(str(address), slot.usable and slot.free) for address, slot in told.tunnelling_slots.items()
        ),
    )
