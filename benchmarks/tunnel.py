"""A KNXnet/IP tunnelling client on a blocking socket: the wall switch and the panel whose clock is ours."""

import socket
import struct
import time
from types import TracebackType
from typing import Final, Self

_CONNECT_REQUEST: Final = 0x0205
_DISCONNECT_REQUEST: Final = 0x0209
_TUNNELLING_REQUEST: Final = 0x0420
_TUNNELLING_ACK: Final = 0x0421
_LINK_LAYER_TUNNEL: Final = b"\x04\x04\x02\x00"
_L_DATA_REQ: Final = 0x11
_L_DATA_IND: Final = 0x29
_GROUP_WRITE: Final = 0x80


class Tunnel:
    """One tunnel, unpaced, between `__enter__` and `__exit__`."""

    def __init__(self, gateway_port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.connect(("127.0.0.1", gateway_port))
        self._socket.settimeout(5)
        address, port = self._socket.getsockname()
        self._endpoint = struct.pack("!BB4sH", 8, 1, socket.inet_aton(address), port)
        self._channel = self._sequence = 0

    def __enter__(self) -> Self:
        self._send(_CONNECT_REQUEST, self._endpoint + self._endpoint + _LINK_LAYER_TUNNEL)
        answer = self._socket.recv(512)
        if answer[7]:
            raise ConnectionError(f"no tunnel: error 0x{answer[7]:02x}")
        self._channel = answer[6]
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._send(_DISCONNECT_REQUEST, bytes((self._channel, 0)) + self._endpoint)
        self._socket.close()

    def press(self, address: int) -> float:
        """Send a GroupValueWrite of one bit, 1; the monotonic time in s just before."""
        return self._say(struct.pack("!BBBBHHBBB", _L_DATA_REQ, 0, 0xBC, 0xE0, 0, address, 1, 0, _GROUP_WRITE | 1))

    def write(self, address: int, value: bytes) -> float:
        """Send a GroupValueWrite of whole octets; the monotonic time in s just before."""
        head = struct.pack("!BBBBHHBBB", _L_DATA_REQ, 0, 0xBC, 0xE0, 0, address, len(value) + 1, 0, _GROUP_WRITE)
        return self._say(head + value)

    def _say(self, cemi: bytes) -> float:
        header = bytes((4, self._channel, self._sequence, 0))
        self._sequence = (self._sequence + 1) & 0xFF
        began_s = time.monotonic()
        self._send(_TUNNELLING_REQUEST, header + cemi)
        return began_s

    def heard(self, address: int) -> float:
        """The monotonic time in s at which a write by somebody else on `address` is here."""
        while True:
            cemi, at_s = self._receive()
            if cemi[0] == _L_DATA_IND and struct.unpack_from("!H", cemi, 6 + cemi[1])[0] == address:
                return at_s

    def drain(self, quiet_s: float) -> None:
        """Take in what is there until nothing comes for so long."""
        self._socket.settimeout(quiet_s)
        try:
            while True:
                self._receive()
        except TimeoutError:
            return
        finally:
            self._socket.settimeout(5)

    def _receive(self) -> tuple[bytes, float]:
        while True:
            datagram = self._socket.recv(512)
            at_s = time.monotonic()
            if struct.unpack_from("!H", datagram, 2)[0] == _TUNNELLING_REQUEST:
                self._send(_TUNNELLING_ACK, bytes((4, self._channel, datagram[8], 0)))
                return datagram[10:], at_s

    def _send(self, service: int, body: bytes) -> None:
        self._socket.send(struct.pack("!BBHH", 6, 0x10, service, 6 + len(body)) + body)
