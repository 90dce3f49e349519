"""A KNXnet/IP gateway that lets the bridge in, and then says whatever a test wants."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final, Self

from knx_ocpp_bridge.knx.virtual.virtual_frames import MessageCode, Service, frame

HOST: Final = "127.0.0.1"
_CHANNEL: Final = 7
_ADDRESS: Final = bytes([4, 4, 0x11, 0xF0])
Say = Callable[[bytes], None]


class HostileGateway(asyncio.DatagramProtocol):
    """By UDP and by TCP on one port; one client. What it says of its own: acknowledgements and confirmations."""

    def __init__(self) -> None:
        self.full = False
        """It lets nobody in."""
        self.description = b""
        """What it answers to a request for its description; empty: nothing."""
        self.client: tuple[str, int] | None = None
        """Where the bridge has its tunnel (UDP)."""
        self.connections = 0
        """How often it has been let in."""
        self.port = 0
        self._sequence = 0
        self._say: Say | None = None
        self._closers: list[Callable[[], None]] = []

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._talk, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._udp, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(HOST, self.port))
        self._closers += [server.close, self._udp.close]
        return self

    async def __aexit__(self, *_: object) -> None:
        for close in self._closers:
            close()

    def say(self, octets: bytes) -> None:
        """To the bridge, by whichever way it has come."""
        assert self._say is not None, "it is not connected"
        self._say(octets)

    def request(self, cemi: bytes, *, ahead: int = 0) -> bytes:
        """The next TUNNELLING_REQUEST."""
        return frame(Service.TUNNELLING_REQUEST, bytes([4, _CHANNEL, self._sequence + ahead & 0xFF, 0]) + cemi)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Something of the bridge."""
        if data[2:4] == Service.CONNECT_REQUEST.to_bytes(2, "big"):
            self.client = addr
        own = socket.inet_aton(HOST) + self.port.to_bytes(2, "big")
        self._answer(data, lambda octets: self._udp.sendto(octets, addr), bytes([8, 1]) + own)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._closers.append(writer.close)
        try:
            while True:
                header = await reader.readexactly(6)
                body = await reader.readexactly(int.from_bytes(header[4:], "big") - 6)
                self._answer(header + body, writer.write, bytes([8, 2]) + bytes(6))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, data: bytes, say: Say, endpoint: bytes) -> None:
        state = bytes([_CHANNEL, 0])
        match int.from_bytes(data[2:4], "big"):
            case Service.CONNECT_REQUEST if self.full:
                say(frame(Service.CONNECT_RESPONSE, bytes([0, 0x24])))
            case Service.CONNECT_REQUEST:
                self._say, self._sequence = say, 0
                self.connections += 1
                say(frame(Service.CONNECT_RESPONSE, state + endpoint + _ADDRESS))
            case Service.CONNECTIONSTATE_REQUEST:
                say(frame(Service.CONNECTIONSTATE_RESPONSE, state))
            case Service.DISCONNECT_REQUEST:
                say(frame(Service.DISCONNECT_RESPONSE, state))
            case Service.DESCRIPTION_REQUEST if self.description:
                say(self.description)
            case Service.TUNNELLING_REQUEST:
                if endpoint[1] == 1:
                    say(frame(Service.TUNNELLING_ACK, bytes([4, _CHANNEL, data[8], 0])))
                say(self.request(bytes([MessageCode.L_DATA_CON]) + data[11:]))
                self._sequence += 1
            case _:
                pass
