"""Chargers for a load: each is a plain socket that was let in, booted and began a transaction; then `load.c` drives."""

import base64
import ctypes
import json
import os
import re
import select
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.messages import NUMBER, boot, start_transaction, status
from benchmarks.processes import RefusedError, compiled

_HOST: Final = "127.0.0.1"
_MASK: Final = bytes((0x37, 0xFA, 0x21, 0x3D))
_PLACES: Final = 4
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "GetConfiguration": {"configurationKey": [], "unknownKey": []},
    "UnlockConnector": {"status": "Unlocked"},
}


@dataclass(frozen=True, slots=True)
class Secured:
    """How a charger proves itself with security profile 2."""

    tls: ssl.SSLContext
    password: str

    def header(self, identity: str) -> str:
        """The line of Basic authentication (RFC 7617)."""
        return f"Authorization: Basic {base64.b64encode(f'{identity}:{self.password}'.encode()).decode()}\r\n"


def secured(port: int, password: str) -> Secured:
    """By the root certificate that the server hands out to everybody."""
    with socket.create_connection((_HOST, port), timeout=10) as visitor:
        visitor.sendall(b"GET /OCPP-CA.pem HTTP/1.1\r\nHost: bench\r\n\r\n")
        answer = b""
        while more := visitor.recv(65536):
            answer += more
    return Secured(ssl.create_default_context(cadata=answer.partition(b"\r\n\r\n")[2].decode("ascii")), password)


def name(number: int) -> str:
    """The identity of this charger."""
    return f"BENCH{number:04d}"


def address(number: int) -> str:
    """Its own address on loopback."""
    return f"127.0.{1 + number // 200}.{1 + number % 200}"


def opening(identity: str, by: Secured | None) -> bytes:
    """The request that opens its WebSocket."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /{identity} HTTP/1.1\r\nHost: {_HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n"
        f"{by.header(identity) if by else ''}\r\n"
    ).encode()


def answer_to(message: list[Any]) -> str:
    """The CALLRESULT of a charger that does whatever it is asked."""
    payload = _ANSWERS.get(message[2], {"status": "Accepted"})
    return json.dumps([3, message[1], payload], separators=(",", ":"))


class Charger:
    """One charge point on a blocking socket, from an address of its own on loopback."""

    def __init__(self, port: int, number: int, by: Secured | None = None) -> None:
        self.identity = name(number)
        self.transaction = 0
        self._calls = 0
        self._rest = b""
        plain = socket.create_connection((_HOST, port), timeout=10, source_address=(address(number), 0))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = plain if by is None else by.tls.wrap_socket(plain, server_hostname=_HOST)
        self._upgrade(by)

    def greet(self, *, transaction: bool) -> None:
        """Boot, say the status and, if wanted, begin a transaction, as a charger does that was plugged in."""
        self.call(boot())
        self.call(status(1, "Preparing" if transaction else "Available"))
        if transaction:
            answer = self.call(start_transaction(1))
            self.transaction = int(answer["transactionId"])
            self.call(status(1, "Charging"))

    def call(self, text: str) -> dict[str, Any]:
        """The payload of the answer; what the server asks meanwhile is accepted."""
        self._calls += 1
        self.send(text.replace(NUMBER, f"{self._calls:08d}"))
        while True:
            message = json.loads(self.receive())
            if message[0] == 3:
                payload: dict[str, Any] = message[2]
                return payload
            if message[0] != 2:
                raise RefusedError(f"{text[:60]} was answered by {message}")
            self.accept(message)

    def accept(self, message: list[Any]) -> None:
        """Answer a call of the server."""
        self.send(answer_to(message))

    def settle(self, quiet_s: float = 0.0) -> None:
        """Answer whatever the server has asked by now, until nothing came for so long."""
        while self._more(quiet_s):
            self._read()
            while (text := self._message()) is not None:
                message = json.loads(text)
                if message[0] == 2:
                    self.accept(message)

    def send(self, text: str) -> None:
        self.socket.sendall(frame(text.encode()))

    def receive(self) -> bytes:
        """The next text message."""
        while (text := self._message()) is None:
            self._read()
        return text

    def heard(self, within_s: float) -> bytes | None:
        """The next text message, if it comes within this time; pings are answered meanwhile."""
        text = self._message()
        if text is None and self._more(within_s):
            self._read()
            text = self._message()
        return text

    def close(self) -> None:
        self.socket.close()

    def _more(self, within_s: float) -> bool:
        """Whether something can be read; what TLS has opened already is there without the socket's knowing."""
        opened = isinstance(self.socket, ssl.SSLSocket) and self.socket.pending() > 0
        return opened or bool(select.select([self.socket], [], [], within_s)[0])

    def _read(self) -> None:
        more = self.socket.recv(65536)
        if not more:
            raise RefusedError(f"{self.identity} was dropped")
        self._rest += more

    def _message(self) -> bytes | None:
        """The next whole text message that has been read; pings before it are answered."""
        while (opened := self._frame()) is not None:
            opcode, payload = opened
            if opcode == _TEXT:
                return payload
            if opcode == _CLOSE:
                raise RefusedError(f"{self.identity} was closed: {payload!r}")
            if opcode == _PING:
                self.socket.sendall(frame(payload, _PONG))
        return None

    def _frame(self) -> tuple[int, bytes] | None:
        rest = self._rest
        if len(rest) < 2:
            return None
        size, header = (rest[1], 2) if rest[1] < 126 else (int.from_bytes(rest[2:4], "big"), 4)
        if len(rest) < header + size:
            return None
        self._rest = rest[header + size :]
        return rest[0] & 15, rest[header : header + size]

    def _upgrade(self, by: Secured | None) -> None:
        self.socket.sendall(opening(self.identity, by))
        head = b""
        while b"\r\n\r\n" not in head:
            more = self.socket.recv(4096)
            if not more:
                raise RefusedError(f"{self.identity} was dropped in the handshake")
            head += more
        head, self._rest = head.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            raise RefusedError(f"{self.identity} was not let in: {head!r}")


class _Frame(ctypes.Structure):
    _fields_ = (
        ("bytes", ctypes.c_char_p),
        ("size", ctypes.c_int32),
        ("header", ctypes.c_int32),
        ("place", ctypes.c_int32 * _PLACES),
    )


class Load:
    """The compiled generator, and the counter that keeps every message id of a run different."""

    def __init__(self) -> None:
        self._drive = ctypes.CDLL(str(compiled("load.c"))).drive
        self._drive.restype = ctypes.c_long
        self._drive.argtypes = (
            ctypes.POINTER(ctypes.c_int32),
            ctypes.c_int32,
            ctypes.POINTER(_Frame),
            ctypes.c_int32,
            ctypes.c_double,
            ctypes.POINTER(ctypes.c_uint32),
        )
        self._number = ctypes.c_uint32(10_000_000)

    def drive(self, chargers: Sequence[Charger], texts: Sequence[Sequence[str]], seconds: float) -> int:
        """How many requests were answered: `texts[i]` are sent by charger i in turn, one at a time."""
        per_charger = len(texts[0])
        buffers = [ctypes.create_string_buffer(frame(text.encode())) for of_one in texts for text in of_one]
        frames = (_Frame * len(buffers))(
            *(
                _frame_struct(buffer, text)
                for buffer, text in zip(buffers, (text for of_one in texts for text in of_one), strict=True)
            )
        )
        fds = (ctypes.c_int32 * len(chargers))(*(charger.socket.fileno() for charger in chargers))
        answered: int = self._drive(fds, len(chargers), frames, per_charger, seconds, ctypes.byref(self._number))
        if answered < 0:
            raise RefusedError(f"the load was refused or its connection lost: {texts[0][0][:80]}")
        return answered


def _frame_struct(buffer: Any, text: str) -> _Frame:
    header = 8 if len(text) >= 126 else 6
    places = [match.start() + header for match in re.finditer(NUMBER, text)]
    places += [-1] * (_PLACES - len(places))
    # The last byte of the buffer is the zero that C strings end in.
    return _Frame(ctypes.cast(buffer, ctypes.c_char_p), len(buffer) - 1, header, (ctypes.c_int32 * _PLACES)(*places))


def frame(payload: bytes, opcode: int = _TEXT) -> bytes:
    """A masked frame below 64 KiB."""
    size = len(payload)
    first = 0x80 | opcode
    head = bytes((first, 0x80 | size)) if size < 126 else bytes((first, 0xFE)) + size.to_bytes(2, "big")
    mask = (_MASK * (size // 4 + 1))[:size]
    return head + _MASK + (int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")).to_bytes(size, "big")


def connect(
    port: int, count: int, *, transaction: bool = False, first: int = 0, by: Secured | None = None
) -> list[Charger]:
    """So many chargers, greeted, every question of the server answered."""
    chargers = [Charger(port, number, by) for number in range(first, first + count)]
    for charger in chargers:
        charger.greet(transaction=transaction)
    for _ in range(3):
        for charger in chargers:
            charger.settle()
        time.sleep(0.1)
    return chargers
