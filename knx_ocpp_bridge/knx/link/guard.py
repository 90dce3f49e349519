"""What comes from the network goes through here before xknx sees it: tunnels, routing, search and description alike.

xknx 4.0 has no place for that: it makes its transports itself, in five modules, and two kinds of them inherit. So the
three functions by which everything comes in are replaced, once for the process (`stand`): the callbacks of its UDP and
of its TCP transport, and the reading of a frame, by which it also reads what it has found inside of a secured one.
"""

import asyncio
import ipaddress
import logging
import time
from collections import Counter
from collections.abc import Mapping
from enum import Enum
from typing import Final

from xknx.exceptions import CouldNotParseKNXIP, XKNXException
from xknx.io import UDPTunnel
from xknx.io.ip_secure import SecureGroup, SecureSession
from xknx.io.transport.ip_transport import KNXIPTransport
from xknx.io.transport.tcp_transport import TCPTransport
from xknx.io.transport.udp_transport import UDPTransport
from xknx.knxip import HPAI, KNXIPFrame, KNXIPServiceType

from knx_ocpp_bridge.knx.link.frames import HEADER, FrameError, checked, length_of, service_of
from knx_ocpp_bridge.knx.seldom import Seldom

_LOG = logging.getLogger(__name__)
_FRAMES_LOG = logging.getLogger("xknx.knx")
"""Where xknx tells of each frame, at debug."""

AT_ONCE: Final = 64
"""Frames of one stream that are handled before everything else in the daemon has its turn."""
PAUSE_S: Final = 0.02
"""Then the stream waits for this long, and with it, as nothing is read meanwhile, the other end."""
_TOLD_EVERY_S: Final = 600.0
_SECURED: Final = frozenset({KNXIPServiceType.SECURE_WRAPPER, KNXIPServiceType.TIMER_NOTIFY})
"""What a secure transport takes itself, without a listener."""
_xknx_reads: Final = KNXIPFrame.from_knx


class Dropped(Enum):
    """Why a frame went no further."""

    UNREADABLE = "unreadable"
    STRANGER = "stranger"
    """It came to a tunnel, and not from its gateway."""


class Tally:
    """What was dropped since the start of the process; told once in ten minutes for each sender, to 256 at most."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._told = Seldom(_TOLD_EVERY_S)

    def counts(self) -> Mapping[str, int]:
        """How many frames, by kind."""
        return dict(self._counts)

    def add(self, kind: Dropped, sender: str, words: str) -> None:
        """One was."""
        self._counts[kind.value] += 1
        if self._told.is_due((kind, sender), time.monotonic()):
            _LOG.warning("dropped: %s %s", sender, words)


TALLY: Final = Tally()


def stand() -> None:
    """From now on nothing reaches xknx unseen. May be called again."""
    KNXIPFrame.from_knx = staticmethod(_read)  # type: ignore[method-assign]  # see above
    UDPTransport.data_received_callback = _datagram  # type: ignore[method-assign]  # see above
    TCPTransport.data_received_callback = _octets  # type: ignore[method-assign]  # see above


def _read(data: bytes) -> tuple[KNXIPFrame, bytes]:
    """As xknx's own, but it always ends, and with one kind of error.

    Raises:
        CouldNotParseKNXIP: it cannot be read.
    """
    try:
        frame = checked(data)
        return _xknx_reads(frame)[0], data[len(frame) :]
    except CouldNotParseKNXIP:
        raise
    except FrameError as error:
        raise CouldNotParseKNXIP(str(error)) from error
    except Exception as error:  # whatever xknx stumbles over in a stranger's octets, the frame is what is wrong
        raise CouldNotParseKNXIP(f"its {_name(data)} makes no sense ({type(error).__name__}: {error})") from error


def _datagram(self: UDPTransport, raw: bytes, source: tuple[str, int]) -> None:
    """One datagram came from `source`."""
    if self.multicast and source == self.local_addr_assigned:
        return  # our own
    if not _belongs(self, source[0]):
        words = f"speaks to the tunnel to {self.remote_addr[0]}, and is not that gateway, nor named by it"
        TALLY.add(Dropped.STRANGER, source[0], words)
        return
    _hand_over(self, raw, HPAI(*source))


def _belongs(transport: UDPTransport, host: str) -> bool:
    """Whether a datagram of this sender is meant for us: to a search and in routing anybody may speak.

    A gateway on this very machine answers by whichever of its addresses we asked from.
    """
    gateway = transport.remote_addr[0]
    if host == gateway:
        return True
    known = ipaddress.ip_address(gateway)
    if known.is_multicast:
        return True
    if known.is_loopback and transport.local_addr_assigned is not None and host == transport.local_addr_assigned[0]:
        return True
    return host in _named_by_gateway(transport)


def _named_by_gateway(transport: UDPTransport) -> set[str]:
    """The host of the data endpoint, from CONNECT_RESPONSE: telegrams may come from another one than answers."""
    owners = (getattr(each.callback, "__self__", None) for each in transport.callbacks)
    endpoints = (owner._data_endpoint_addr for owner in owners if isinstance(owner, UDPTunnel))  # noqa: SLF001 - xknx tells it to nobody
    return {endpoint[0] for endpoint in endpoints if endpoint is not None}


def _octets(self: TCPTransport, raw: bytes) -> None:
    """The stream goes on with these octets. No more are kept than one read and one frame."""
    stream = self.transport
    if stream is None:
        return  # hung up, or not asked anything yet
    self._buffer += raw
    if stream.is_reading():  # else this was not all of the last ones yet
        _go_on(self, stream)


def _go_on(transport: TCPTransport, stream: asyncio.Transport) -> None:
    """Handle what is whole; if that is much, some of it now and the rest soon."""
    octets, at, handled = transport._buffer, 0, 0  # noqa: SLF001 - its own place for what is not whole yet
    while transport.transport is stream and len(octets) - at >= HEADER and handled < AT_ONCE:
        try:
            length = length_of(octets[at : at + HEADER])
        except FrameError as error:
            _break_off(transport, stream, str(error))
            return
        if len(octets) - at < length:
            break
        _hand_over(transport, octets[at : at + length], transport.remote_hpai)
        at += length
        handled += 1
    if transport.transport is not stream:
        return
    transport._buffer = octets[at:]  # noqa: SLF001 - as above
    if handled == AT_ONCE:
        stream.pause_reading()
        asyncio.get_running_loop().call_later(PAUSE_S, _go_on, transport, stream)
    else:
        stream.resume_reading()


def _break_off(transport: TCPTransport, stream: asyncio.Transport, why: str) -> None:
    """Where one frame ends wrongly, nobody knows where the next one begins."""
    TALLY.add(
        Dropped.UNREADABLE,
        transport.remote_addr[0],
        f"sends what is no KNXnet/IP ({why}); the connection is closed: is this the address of a gateway?",
    )
    transport._buffer = b""  # noqa: SLF001 - as above
    stream.abort()


def _hand_over(transport: KNXIPTransport, raw: bytes, sender: HPAI) -> None:
    """Give xknx a frame that somebody waits for. Never raises."""
    try:
        frame = checked(raw)
        if not _is_awaited(transport, frame):
            return
        read, _ = KNXIPFrame.from_knx(frame)
        _FRAMES_LOG.debug("Received from %s: %s", sender, read)
        transport.handle_knxipframe(read, sender)
    except (FrameError, XKNXException) as error:
        why = error.description if isinstance(error, CouldNotParseKNXIP) else error
        TALLY.add(Dropped.UNREADABLE, sender.ip_addr, f"sent a frame that cannot be read: {why}")
    except Exception as error:  # noqa: BLE001 - what a stranger can provoke must not fill the log with tracebacks
        _LOG.debug("a frame of %s: %s", sender, raw.hex(), exc_info=error)
        words = f"sent a {_name(raw)} that cannot be handled ({type(error).__name__}: {error})"
        TALLY.add(Dropped.UNREADABLE, sender.ip_addr, words)


def _is_awaited(transport: KNXIPTransport, frame: bytes) -> bool:
    """Whether this kind of connection has a use for this service now."""
    try:
        service = KNXIPServiceType(service_of(frame))
    except ValueError:
        return False
    if service in _SECURED and isinstance(transport, SecureGroup | SecureSession):
        return True
    return any(each.has_service(service) for each in transport.callbacks)


def _name(frame: bytes) -> str:
    try:
        return KNXIPServiceType(service_of(frame)).name
    except ValueError:
        return f"service {service_of(frame):#06x}"
