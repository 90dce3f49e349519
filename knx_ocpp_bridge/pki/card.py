"""What is known of a certificate without looking into it again: kept beside the files, so that a start is fast.

The index is derived: each card names the digest of the file that it was made from, and is worth nothing for any other.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated

import msgspec

Time = Annotated[datetime, msgspec.Meta(tz=True)]


@dataclass(frozen=True, slots=True)
class Card:
    """One certificate with its key."""

    digest: str
    """SHA-256 of the whole file, hex."""
    subject: str
    """RFC 4514 text."""
    key: str
    """`RSA` or `EC`: OpenSSL serves one certificate of each."""
    strength: str
    """Bits of an RSA key, name of an elliptic curve."""
    fingerprint: str
    """SHA-256 of the certificate's DER, hex."""
    issuer: str
    """Fingerprint of our root if that has signed it, else empty."""
    not_before: Time
    not_after: Time
    addresses: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def told(self) -> dict[str, object]:
        """As plain JSON for people: colons in the fingerprint, ISO 8601 times."""
        pairs = self.fingerprint.upper()
        return {
            "subject": self.subject,
            "key": f"{self.key} {self.strength}",
            "fingerprint": ":".join(pairs[at : at + 2] for at in range(0, len(pairs), 2)),
            "not_before": self.not_before.isoformat(),
            "not_after": self.not_after.isoformat(),
            "addresses": list(self.addresses),
            "hosts": list(self.hosts),
        }


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return sha256(data).hexdigest()


def dump(cards: dict[str, Card]) -> bytes:
    """The index as it stands on the disk, by file name."""
    return msgspec.json.format(msgspec.json.encode(cards))


def load(data: bytes | None) -> dict[str, Card]:
    """The cards of an index; of a damaged one none, so that the files themselves are looked into."""
    try:
        return msgspec.json.decode(data or b"{}", type=dict[str, Card])
    except msgspec.DecodeError:
        return {}
