"""A peer on a blocking socket that sends whatever it is told to: what no WebSocket library would send."""

import base64
import contextlib
import os
import socket
import ssl
import struct
from dataclasses import dataclass
from typing import Final, Self

LOOPBACK: Final = "127.0.0.1"
TEXT, BINARY, CONTINUATION, CLOSE, PING = 1, 2, 0, 8, 9
_MASK: Final = b"\x00\x00\x00\x00"
"""Masked with nothing: legal, and the payload is what it is."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where to dial, and how."""

    port: int
    tls: ssl.SSLContext | None = None


class RawPeer:
    """One TCP (or TLS) connection from an address of its own on loopback."""

    def __init__(self, door: Door, *, source: str = LOOPBACK, timeout_s: float = 5.0) -> None:
        plain = socket.create_connection((LOOPBACK, door.port), timeout=timeout_s, source_address=(source, 0))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = plain if door.tls is None else door.tls.wrap_socket(plain, server_hostname=LOOPBACK)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def upgrade(self, charger_id: str, *, password: bytes | None = None) -> int:
        """Send the opening handshake; the HTTP status of the answer, 0 where there is none."""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET /{charger_id} HTTP/1.1",
            "Host: bridge",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: ocpp1.6",
        ]
        if password is not None:
            pair = base64.b64encode(charger_id.encode() + b":" + password).decode()
            lines.append(f"Authorization: Basic {pair}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            try:
                more = self.socket.recv(4096)
            except OSError:
                return 0
            if not more:
                break
            head += more
        words = head.split(b" ", 2)
        return int(words[1]) if len(words) > 2 and words[1].isdigit() else 0

    def send(self, payload: bytes, opcode: int = TEXT, *, fin: bool = True) -> None:
        """One masked frame."""
        self.socket.sendall(frame(payload, opcode, fin=fin))

    def pour(self, data: bytes) -> bool:
        """Send as much as is taken; False: the peer has ended the connection, or takes nothing for 2 s."""
        self.socket.settimeout(2)
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return True

    def ended(self, within_s: float) -> bool:
        """Whether the other side ends the connection within this time, whatever it says before."""
        self.socket.settimeout(within_s)
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            pass
        return True

    def close(self) -> None:
        """Reset: no goodbye, nothing lingers."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def frame(payload: bytes, opcode: int = TEXT, *, fin: bool = True) -> bytes:
    """A masked frame of any size."""
    size = len(payload)
    first = (0x80 if fin else 0) | opcode
    if size < 126:
        return bytes((first, 0x80 | size)) + _MASK + payload
    if size < 1 << 16:
        return bytes((first, 0xFE)) + size.to_bytes(2, "big") + _MASK + payload
    return bytes((first, 0xFF)) + size.to_bytes(8, "big") + _MASK + payload


def root_of(port: int) -> str:
    """The root certificate (PEM), as everybody on the LAN may fetch it from the port for chargers."""
    with RawPeer(Door(port)) as visitor:
        visitor.socket.sendall(b"GET /OCPP-CA.pem HTTP/1.1\r\nHost: bridge\r\n\r\n")
        answer = b""
        while more := visitor.socket.recv(65536):
            answer += more
    return answer.partition(b"\r\n\r\n")[2].decode("ascii")
