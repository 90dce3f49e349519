"""The server's end of a KNX IP Secure session by TCP (KNX IP Secure 03.08.09): handshake, wrapping, unwrapping."""

import asyncio
import hashlib
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from tests.kit.secure_crypto import cbc_mac, ctr, user_key, xor

_HEADER: Final = struct.Struct("!BBHH")
_LENGTH, _VERSION = 6, 0x10
_SERIAL: Final = bytes.fromhex("00fa00000002")
_TAG: Final = bytes(2)
_MAC: Final = 16
_OVERHEAD: Final = 38
"""Header, session, sequence, serial number, tag and MAC of a wrapper."""
_HANDSHAKE_COUNTER: Final = bytes(14) + b"\xff\x00"
_KEY: Final = 32


class SecureService(IntEnum):
    """Service type identifiers."""

    WRAPPER = 0x0950
    SESSION_REQUEST = 0x0951
    SESSION_RESPONSE = 0x0952
    SESSION_AUTHENTICATE = 0x0953
    SESSION_STATUS = 0x0954


class SessionStatus(IntEnum):
    """What a SESSION_STATUS says."""

    SUCCESS = 0
    AUTHENTICATION_FAILED = 1
    UNAUTHENTICATED = 2
    TIMEOUT = 3
    KEEPALIVE = 4
    CLOSE = 5


class BadWrapperError(Exception):
    """Nothing of this wrapper may be believed; says why in one word."""


@dataclass(frozen=True, slots=True)
class User:
    """Who may open a session, and the tunnels that are his."""

    password: str
    tunnels: tuple[str, ...]

    @property
    def key(self) -> bytes:
        """Of his password."""
        return user_key(self.password)


def packed(service: int, body: bytes) -> bytes:
    """A KNXnet/IP frame."""
    return _HEADER.pack(_LENGTH, _VERSION, service, _LENGTH + len(body)) + body


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """The next whole frame of a TCP connection; IncompleteReadError at its end."""
    header = await reader.readexactly(_HEADER.size)
    return header + await reader.readexactly(_HEADER.unpack(header)[3] - _HEADER.size)


class Session:
    """From the client's public key on. The key is made once; every wrapper counts up."""

    def __init__(self, number: int, client_key: bytes) -> None:
        """`client_key`: 32 octets, of X25519."""
        own = X25519PrivateKey.generate()
        public = own.public_key().public_bytes_raw()
        shared = own.exchange(X25519PublicKey.from_public_bytes(client_key))
        self.number = number.to_bytes(2, "big")
        self.user: int | None = None
        """Whoever has proved that he is it."""
        self._public = public
        self._both = xor(client_key, public)
        self._key = hashlib.sha256(shared).digest()[:16]
        self._said = 0
        self._heard = -1

    def response(self, device: bytes) -> bytes:
        """The SESSION_RESPONSE, which proves with the device's key who this is."""
        length = _LENGTH + 2 + _KEY + _MAC
        header = _HEADER.pack(_LENGTH, _VERSION, SecureService.SESSION_RESPONSE, length)
        mac, _ = ctr(device, _HANDSHAKE_COUNTER, cbc_mac(device, bytes(16), header + self.number + self._both))
        return packed(SecureService.SESSION_RESPONSE, self.number + self._public + mac)

    def authenticates(self, frame: bytes, users: dict[int, User]) -> bool:
        """Whether this SESSION_AUTHENTICATE knows a user's password; then the session is his."""
        number = frame[_LENGTH + 1]
        user = users.get(number)
        if user is None or len(frame) != _LENGTH + 2 + _MAC:
            return False
        told, _ = ctr(user.key, _HANDSHAKE_COUNTER, frame[_LENGTH + 2 :])
        if told != cbc_mac(user.key, bytes(16), frame[:_LENGTH] + bytes([0, number]) + self._both):
            return False
        self.user = number
        return True

    def wrapped(self, frame: bytes) -> bytes:
        """This frame for nobody but the client."""
        sequence, self._said = self._said.to_bytes(6, "big"), self._said + 1
        header = _HEADER.pack(_LENGTH, _VERSION, SecureService.WRAPPER, _OVERHEAD + len(frame))
        nonce = sequence + _SERIAL + _TAG
        mac = cbc_mac(self._key, nonce + len(frame).to_bytes(2, "big"), header + self.number, frame)
        mac, sealed = ctr(self._key, nonce + b"\xff\x00", mac, frame)
        return header + self.number + nonce + sealed + mac

    def forged(self, frame: bytes) -> bytes:
        """The next wrapper, as somebody would make it who has seen all but knows no key."""
        key, self._key = self._key, bytes(16)
        try:
            return self.wrapped(frame)
        finally:
            self._key = key

    def unwrapped(self, wrapper: bytes) -> bytes:
        """The frame in a whole wrapper.

        Raises:
            BadWrapperError: it is another session's, an old one, or not sealed with this session's key.
        """
        header, body = wrapper[:_LENGTH], wrapper[_LENGTH:]
        nonce, sealed, mac = body[2:16], body[16:-_MAC], body[-_MAC:]
        sequence = int.from_bytes(nonce[:6], "big")
        if body[:2] != self.number:
            raise BadWrapperError("session")
        if sequence <= self._heard:
            raise BadWrapperError("old")
        told, frame = ctr(self._key, nonce + b"\xff\x00", mac, sealed)
        if told != cbc_mac(self._key, nonce + len(frame).to_bytes(2, "big"), header + self.number, frame):
            raise BadWrapperError("sealed")
        self._heard = sequence
        return frame
