"""A stream under a password: read in pieces, and nothing of it believed before it has proved to be what was written.

The file: 8 bytes that name it and its version, a salt of 16, a proof of the password of 16, then the pieces: each is
64 KiB, the last one shorter or as long, encrypted by AES-256-GCM (NIST SP 800-38D) with 16 bytes that authenticate it.
The nonce of a piece is its number and whether it is the last, so that none can be left out, exchanged or added. The key
comes from scrypt (RFC 7914) with N 65536, r 8, p 1, which takes 64 MiB of memory.
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from knx_ocpp_bridge.store.archive import Reading, Writing

MARK: Final = b"KNXOCPP\x01"
PIECE: Final = 64 * 1024
_SALT: Final = 16
_PROOF: Final = 16
_KEY: Final = 32
_TAG: Final = 16


class SealError(Exception):
    """The stream cannot be believed; says in words why."""


class WrongPasswordError(SealError):
    """The password is another one, or the very beginning of the file is damaged."""


class Sealer:
    """Writes to `out` under a password; `close` writes the end, without which the rest is worth nothing."""

    def __init__(self, out: Writing, password: str) -> None:
        salt = os.urandom(_SALT)
        key, proof = _derived(password, salt)
        self._head = MARK + salt + proof
        self._cipher = AESGCM(key)
        self._out = out
        self._number = 0
        self._waiting = bytearray()
        out.write(self._head)

    def write(self, data: bytes) -> int:
        """All of the data is in the stream, in memory not more than a piece of it."""
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._piece(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(data)

    def close(self) -> None:
        """The stream is whole; `out` stays open."""
        self._piece(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _piece(self, data: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._number, last=last), data, self._head))
        self._number += 1


class Opener:
    """Reads from `source` what a Sealer with this password wrote.

    Raises:
        WrongPasswordError: the password is another one.
        SealError: it is no such stream, or cut.
    """

    def __init__(self, source: Reading, password: str) -> None:
        self._head = source.read(len(MARK) + _SALT + _PROOF)
        if not self._head.startswith(MARK):
            raise SealError("it is not encrypted by this program")
        salt, proof = self._head[len(MARK) :][:_SALT], self._head[len(MARK) + _SALT :]
        if len(proof) != _PROOF:
            raise SealError("it is cut: only its beginning is there")
        key, expected = _derived(password, salt)
        if not bytes_eq(proof, expected):
            raise WrongPasswordError("the password is wrong")
        self._cipher = AESGCM(key)
        self._source = source
        self._number = 0
        self._next = source.read(PIECE + _TAG)
        self._clear = bytearray()
        self._ended = False

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes; fewer at the end, and only if the end is the one that was written.

        Raises:
            SealError: the stream is damaged, cut, or goes on behind its end.
        """
        while len(self._clear) < size and not self._ended:
            self._clear += self._piece()
        data = bytes(self._clear[:size])
        del self._clear[:size]
        return data

    def _piece(self) -> bytes:
        piece, self._next = self._next, self._source.read(PIECE + _TAG)
        self._ended = not self._next
        number, self._number = self._number, self._number + 1
        data = self._decrypted(piece, number, last=self._ended)
        if data is not None:
            return data
        if self._decrypted(piece, number, last=not self._ended) is not None:
            raise SealError("it is cut: its end is missing" if self._ended else "something follows behind its end")
        raise SealError(f"it is damaged or cut, {number * PIECE // 1024} KiB from its beginning")

    def _decrypted(self, piece: bytes, number: int, *, last: bool) -> bytes | None:
        try:
            return self._cipher.decrypt(_nonce(number, last=last), piece, self._head)
        except InvalidTag:
            return None


def _derived(password: str, salt: bytes) -> tuple[bytes, bytes]:
    both = Scrypt(salt=salt, length=_KEY + _PROOF, n=2**16, r=8, p=1).derive(password.encode())
    return both[:_KEY], both[_KEY:]


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes((last,))
