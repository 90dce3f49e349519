"""What a charger shows by HTTP Basic authentication (RFC 7617), as bytes: passwords need be no text. Pure."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MAX_HEADER_CHARS: Final = 1024
_ALPHABET: Final = str.maketrans("-_", "+/", " \t=")


@dataclass(frozen=True, slots=True)
class Credentials:
    """User and password as sent; `fault` says why they could not be read, and no password fits then."""

    user: bytes | None = None
    """None: no Basic authentication was sent."""
    password: bytes | None = None
    fault: str = ""


NO_CREDENTIALS: Final = Credentials()


def read(authorization: Sequence[str]) -> Credentials:
    """Read the values of the Authorization headers; the user ends at the first colon (row C16)."""
    if not authorization:
        return NO_CREDENTIALS
    value = authorization[0].strip()
    if len(value) > MAX_HEADER_CHARS:
        return _faulty(f"it is longer than {MAX_HEADER_CHARS} characters")
    scheme, _, encoded = value.partition(" ")
    if scheme.casefold() != "basic":
        return _faulty("it is not of the kind Basic")
    # Padding is often forgotten, and never needed.
    letters = encoded.translate(_ALPHABET)
    try:
        plain = base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True)
    except (binascii.Error, ValueError):
        return _faulty("it is not base64")
    user, colon, password = plain.partition(b":")
    if not colon:
        return _faulty("it holds no colon between user and password")
    return Credentials(user, password)


def _faulty(why: str) -> Credentials:
    return Credentials(user=b"", fault=f"its Authorization header cannot be read: {why}")
