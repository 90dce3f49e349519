"""Whoever stands beside the cable of KNXnet/IP routing: hears every datagram, and can say it again."""

import asyncio
import socket
from types import TracebackType
from typing import Final, Self

_PORT: Final = 3671
_LOOPBACK: Final = "127.0.0.1"
_WRAPPER: Final = 0x0950


class Ether:
    """Joined to one multicast group on loopback between `__aenter__` and `__aexit__`."""

    def __init__(self, group: str) -> None:
        self._group = group
        self.heard: list[bytes] = []
        """Datagrams, in order; its own too."""
        self._socket: socket.socket | None = None

    async def __aenter__(self) -> Self:
        own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        own.bind((self._group, _PORT))
        member = socket.inet_aton(self._group) + socket.inet_aton(_LOOPBACK)
        own.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        own.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(_LOOPBACK))
        own.setblocking(False)
        self._socket = own
        asyncio.get_running_loop().add_reader(own, self._readable, own)
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()

    @property
    def wrappers(self) -> list[bytes]:
        """The secure wrappers among what was heard."""
        return [each for each in self.heard if int.from_bytes(each[2:4], "big") == _WRAPPER]

    def say(self, datagram: bytes) -> None:
        """To everybody in the group."""
        assert self._socket is not None
        self._socket.sendto(datagram, (self._group, _PORT))

    def _readable(self, own: socket.socket) -> None:
        self.heard.append(own.recv(2048))
