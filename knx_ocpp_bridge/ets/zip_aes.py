"""WinZip AES, as the ETS 6 protects its projects: the bytes of one member of a zip file, and its right password.

Source: WinZip, "AES Encryption Information: Encryption Specification AE-1 and AE-2", and RFC 2898 for PBKDF2.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import pbkdf2_hmac, sha1
from struct import Struct
from typing import Final

METHOD: Final = 99
"""The compression method that stands for "encrypted by AES"; the real one is in the extra field."""

_EXTRA_ID: Final = 0x9901
_ID_AND_SIZE: Final = Struct("<HH")
_EXTRA: Final = Struct("<H2sBH")
_KEY_LENGTHS: Final = {1: 16, 2: 24, 3: 32}
_ITERATIONS: Final = 1000
_VERIFIER: Final = 2
_MAC: Final = 10
_BLOCK: Final = 16
_PIECE: Final = 64 * 1024


class BrokenError(Exception):
    """The member is not what the specification says, or was changed."""


class PasswordError(Exception):
    """The password is not the one of the member."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """What the extra field tells of an encrypted member."""

    key_length: int
    method: int
    """The real compression method."""


def sealing(extra: bytes) -> Sealing:
    """What the extra fields of a member of method 99 tell.

    Raises:
        BrokenError: the field for AES is missing, or of an unknown kind.
    """
    at = 0
    while at + _ID_AND_SIZE.size <= len(extra):
        kind, size = _ID_AND_SIZE.unpack_from(extra, at)
        at += _ID_AND_SIZE.size
        if kind == _EXTRA_ID and size == _EXTRA.size and at + size <= len(extra):
            _version, vendor, strength, method = _EXTRA.unpack_from(extra, at)
            if vendor == b"AE" and strength in _KEY_LENGTHS:
                return Sealing(_KEY_LENGTHS[strength], method)
        at += size
    raise BrokenError("the kind of its encryption is unknown")


def opened(member: memoryview, seal: Sealing, password: bytes) -> Iterator[bytes]:
    """The compressed bytes of the member, in pieces; nothing is given of a member that was changed.

    Raises:
        PasswordError: at once, if the password is another one.
        BrokenError: at once, if it is too short, or its seal does not fit.
    """
    salt_length = seal.key_length // 2
    head = salt_length + _VERIFIER
    if len(member) < head + _MAC:
        raise BrokenError("it is shorter than its encryption needs")
    salt, secret = bytes(member[:salt_length]), member[head:-_MAC]
    keys = pbkdf2_hmac("sha1", password, salt, _ITERATIONS, 2 * seal.key_length + _VERIFIER)
    if not hmac.compare_digest(keys[-_VERIFIER:], bytes(member[salt_length:head])):
        raise PasswordError
    seen = hmac.new(keys[seal.key_length : -_VERIFIER], secret, sha1).digest()[:_MAC]
    if not hmac.compare_digest(seen, bytes(member[-_MAC:])):
        raise BrokenError("it was changed after it was encrypted")
    return _deciphered(secret, keys[: seal.key_length])


def _deciphered(secret: memoryview, key: bytes) -> Iterator[bytes]:
    """AES in counter mode, whose counter is little-endian and begins with 1 here; no library has that as a mode."""
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import ECB

    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - only the counter goes through it
    for start in range(0, len(secret), _PIECE):
        piece = secret[start : start + _PIECE]
        first = start // _BLOCK + 1
        counters = range(first, first + -(-len(piece) // _BLOCK))
        stream = encryptor.update(b"".join(number.to_bytes(_BLOCK, "little") for number in counters))[: len(piece)]
        mixed = int.from_bytes(piece, "big") ^ int.from_bytes(stream, "big")
        yield mixed.to_bytes(len(piece), "big")
