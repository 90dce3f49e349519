"""Is the connection still one? Asked where the bus itself has been quiet, without a telegram on the line."""

import socket
from dataclasses import dataclass
from typing import Final

from xknx import XKNX
from xknx.exceptions import RequestResponseError
from xknx.io import Routing, TCPTunnel, UDPTunnel
from xknx.io.request_response.connectionstate import ConnectionState

_TRIES: Final = 3
_ANSWER_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended: why, and since when (monotonic) nothing may have come through."""

    reason: str
    since_s: float


async def is_alive(xknx: XKNX) -> bool:
    """Whether the other end still knows this connection; takes 3 s at most.

    A tunnel is asked by CONNECTIONSTATE_REQUEST (KNX Core 03.08.02 section 5.4), which stays between the two.
    Routing has no other end: there it is only known whether multicast has a way out of this machine.
    """
    interface = xknx.knxip_interface._interface  # noqa: SLF001 - xknx offers no public way to the tunnel it has made
    match interface:
        case UDPTunnel() | TCPTunnel():
            return await _tunnel_answers(interface)
        case Routing():
            return _has_route(interface)
        case _:
            return False


async def _tunnel_answers(tunnel: UDPTunnel | TCPTunnel) -> bool:
    for _ in range(_TRIES):
        channel = tunnel.communication_channel
        if channel is None:
            return False
        question = ConnectionState(tunnel.transport, channel, tunnel.local_hpai)
        question.timeout_in_seconds = _ANSWER_S
        try:
            await question.request()
        except RequestResponseError as error:
            if error.error_code is not None:
                return False
        else:
            return True
    return False


def _has_route(routing: Routing) -> bool:
    """Whether multicast still leaves by the address that routing was started on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.connect((routing.multicast_group, routing.multicast_port))
        except OSError:
            return False
        return bool(trial.getsockname()[0] == routing.local_ip)
