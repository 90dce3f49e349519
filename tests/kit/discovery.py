"""KNXnet/IP discovery on loopback: gateways that answer a search by multicast, as they are described by the test."""

import asyncio
import socket
import struct
from dataclasses import dataclass
from typing import Self

from tests.kit.ports import free_udp_port

GROUP = "224.0.23.12"
_HOST = "127.0.0.1"
_REQUEST, _REQUEST_EXTENDED, _RESPONSE, _RESPONSE_EXTENDED = 0x0201, 0x020B, 0x0202, 0x020C
_CORE, _TUNNELLING, _ROUTING, _SECURITY = 2, 4, 5, 9


@dataclass(frozen=True, slots=True)
class Gateway:
    """One gateway; `tunnels` maps the address of each to whether it is free (none: it does not tell)."""

    name: str
    port: int = 3671
    address: int = 0x1100
    core: int = 2
    tunnelling: int = 2
    """Version; 2 speaks TCP as well, 0 is none."""
    routing: bool = False
    secured: tuple[int, ...] = ()
    """Families that want IP Secure: 4 tunnelling, 5 routing."""
    tunnels: tuple[tuple[int, bool], ...] = ()

    def answer(self, *, extended: bool) -> bytes:
        """Its search response."""
        name = self.name.encode("latin-1").ljust(30, b"\0")
        device = struct.pack("!BBBBHH6s4s6s30s", 54, 1, 2, 0, self.address, 0, bytes(6), bytes(4), bytes(6), name)
        families = [_CORE, self.core]
        families += [_TUNNELLING, self.tunnelling] if self.tunnelling else []
        families += [_ROUTING, 1] if self.routing else []
        families += [_SECURITY, 1] if self.secured else []
        body = struct.pack("!BB4sH", 8, 1, socket.inet_aton(_HOST), self.port) + device
        body += bytes([2 + len(families), 2, *families])
        if extended and self.secured:
            body += bytes([2 + 2 * len(self.secured), 6, *(octet for family in self.secured for octet in (family, 1))])
        if extended and self.tunnels:
            slots = b"".join(struct.pack("!HBB", address, 0xFF, 0xFE | free) for address, free in self.tunnels)
            body += bytes([4 + len(slots), 7]) + (254).to_bytes(2, "big") + slots
        service = _RESPONSE_EXTENDED if extended else _RESPONSE
        return struct.pack("!BBHH", 6, 0x10, service, 6 + len(body)) + body


class Discovery(asyncio.DatagramProtocol):
    """Answers for these gateways between `__aenter__` and `__aexit__`, on a free `port` of the multicast group."""

    def __init__(self, *gateways: Gateway) -> None:
        self.gateways = gateways
        self.port = free_udp_port()
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        ears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        ears.setblocking(False)
        ears.bind((GROUP, self.port))
        membership = socket.inet_aton(GROUP) + socket.inet_aton(_HOST)
        ears.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        ears.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(_HOST))
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, sock=ears)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """A search: gateways of core version 1 know the plain one only, the others answer both."""
        service = int.from_bytes(data[2:4], "big")
        if service not in {_REQUEST, _REQUEST_EXTENDED} or self._transport is None:
            return
        extended = service == _REQUEST_EXTENDED
        for gateway in self.gateways:
            if not extended or gateway.core > 1:
                self._transport.sendto(gateway.answer(extended=extended), addr)
