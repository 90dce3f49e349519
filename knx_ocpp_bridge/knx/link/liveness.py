"""Is the connection still one? Asked where the bus itself has been quiet, without a telegram on the line."""

import fcntl
import socket
import struct
from dataclasses import dataclass
from typing import Final

import ifaddr
from xknx import XKNX
from xknx.exceptions import RequestResponseError
from xknx.io import Routing, TCPTunnel, UDPTunnel
from xknx.io.request_response.connectionstate import ConnectionState

_TRIES: Final = 2
_ANSWER_S: Final = 0.8
_READ_FLAGS: Final = 0x8913
"""SIOCGIFFLAGS: asked of the kernel as /sys may show another network namespace than ours, or be hidden."""
_RUNNING: Final = 0x40
"""IFF_RUNNING: it is up, and there is a carrier."""
_REQUEST: Final = struct.Struct("16sH14x")


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended: why, and since when (monotonic) nothing may have come through."""

    reason: str
    since_s: float
    dead: bool = False
    """The other end does not answer, so that another gateway, if there is one, is tried first."""


async def silence(xknx: XKNX) -> str:
    """Why the other end counts as gone; empty: it still knows this connection. Takes 2 s at most.

    A tunnel is asked by CONNECTIONSTATE_REQUEST (KNX Core 03.08.02 section 5.4), which stays between the two.
    Routing has no other end: there it is only known whether multicast has a way out of this machine.
    """
    interface = xknx.knxip_interface._interface  # noqa: SLF001 - xknx offers no public way to the tunnel it has made
    match interface:
        case UDPTunnel() | TCPTunnel():
            return await _silence_of(interface)
        case Routing():
            return WayOut(interface.local_ip, (interface.multicast_group, interface.multicast_port)).trouble()
        case _:
            return "is not connected"


class WayOut:
    """The way of multicast out of this machine, by one of its addresses."""

    def __init__(self, local_address: str, group: tuple[str, int]) -> None:
        self._local_address = local_address
        self._group = group
        self._interface = _interface_of(local_address)

    def trouble(self) -> str:
        """Why nothing that is sent now leaves; empty: it does, as far as this machine can know.

        Takes some 20 µs, so that it can be asked at every telegram.
        """
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
            try:
                trial.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(self._local_address))
                trial.connect(self._group)
                request = _REQUEST.pack(self._interface.encode(), 0)
                _, flags = _REQUEST.unpack(fcntl.ioctl(trial, _READ_FLAGS, request))
            except OSError as error:
                return f"multicast has no way out by {self._local_address} ({error.strerror or error})"
        return "" if flags & _RUNNING else f"the link of {self._interface} is down: look at cable and switch"


def way_out(xknx: XKNX) -> WayOut | None:
    """The way that routing takes; None: this is a tunnel."""
    interface = xknx.knxip_interface._interface  # noqa: SLF001 - as above
    if not isinstance(interface, Routing):
        return None
    return WayOut(interface.local_ip, (interface.multicast_group, interface.multicast_port))


def _interface_of(address: str) -> str:
    return next((each.name for each in ifaddr.get_adapters() for ip in each.ips if ip.ip == address), "")


async def _silence_of(tunnel: UDPTunnel | TCPTunnel) -> str:
    for _ in range(_TRIES):
        channel = tunnel.communication_channel
        if channel is None:
            break
        question = ConnectionState(tunnel.transport, channel, tunnel.local_hpai)
        question.timeout_in_seconds = _ANSWER_S
        try:
            await question.request()
        except RequestResponseError as error:
            if error.error_code is not None:
                return "does not know this connection any more: it was restarted"
        else:
            return ""
    return "gives no sign of life"
