"""What KNX Secure is made of, by `cryptography` alone: a second opinion on the library that the bridge speaks with.

CCM as KNX uses it (KNX IP Secure 03.08.09 and Application Layer 03.03.07): AES-CBC-MAC over a block 0 of the service's
own, the MAC encrypted with counter 0 and the text with those after it.
"""

from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

_BLOCK: Final = 16
_ITERATIONS: Final = 65536
_DEVICE_SALT: Final = b"device-authentication-code.1.secure.ip.knx.org"
_USER_SALT: Final = b"user-password.1.secure.ip.knx.org"


def device_key(password: str) -> bytes:
    """The key of an interface's device authentication code."""
    return _derived(password, _DEVICE_SALT)


def user_key(password: str) -> bytes:
    """The key of a user's password."""
    return _derived(password, _USER_SALT)


def cbc_mac(key: bytes, block_0: bytes, associated: bytes, text: bytes = b"") -> bytes:
    """16 octets over both, the associated data with its length before it."""
    whole = block_0 + len(associated).to_bytes(2, "big") + associated + text
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(_BLOCK))).encryptor()
    return (encryptor.update(whole + bytes(-len(whole) % _BLOCK)) + encryptor.finalize())[-_BLOCK:]


def ctr(key: bytes, counter_0: bytes, mac: bytes, text: bytes = b"") -> tuple[bytes, bytes]:
    """MAC and text, encrypted or decrypted: it is the same. The text begins with the next counter after the MAC."""
    encryptor = Cipher(algorithms.AES(key), modes.CTR(counter_0)).encryptor()
    return encryptor.update(mac), encryptor.update(text) + encryptor.finalize()


def xor(one: bytes, other: bytes) -> bytes:
    """Octet by octet."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _derived(password: str, salt: bytes) -> bytes:
    kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=_BLOCK, salt=salt, iterations=_ITERATIONS)
    return kdf.derive(password.encode("latin-1"))
