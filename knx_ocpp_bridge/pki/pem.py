"""The blocks of PEM text (RFC 7468), found without looking into them."""

import re
from typing import Final

_BLOCK: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \1-----")
_CERTIFICATE: Final = b"CERTIFICATE"


def certificates(data: bytes) -> list[bytes]:
    """The certificates, in their order, each ending in a line feed."""
    return [match[0] + b"\n" for match in _BLOCK.finditer(data) if match[1] == _CERTIFICATE]


def private_keys(data: bytes) -> list[bytes]:
    """The private keys, in their order, each ending in a line feed."""
    return [match[0] + b"\n" for match in _BLOCK.finditer(data) if match[1].endswith(b"PRIVATE KEY")]
