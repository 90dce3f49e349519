"""What a charger must show at the door, and what it has shown: security profiles and passwords.

The profiles are those of the OCA white paper "Improved security for OCPP 1.6-J": 0 nothing, 1 Basic authentication,
2 TLS and Basic authentication, 3 TLS with a client certificate.
"""

import hmac
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Final


class SecurityProfile(IntEnum):
    """How much a connection has proved; a higher one contains the protection of the lower ones."""

    OPEN = 0
    BASIC = 1
    TLS_BASIC = 2
    TLS_CLIENT = 3


@dataclass(frozen=True, slots=True)
class PasswordDigest:
    """A password that is known without being kept: SHA-256 over salt and password, for one form of it."""

    salt: bytes
    digest: bytes

    def fits(self, password: bytes) -> bool:
        """True for the password itself; takes the same time for every other."""
        return hmac.compare_digest(sha256(self.salt + password).digest(), self.digest)


def digests(password: str, salt: bytes) -> tuple[PasswordDigest, ...]:
    """One digest for each form in which chargers send this password: its text, and its bytes if it is hex (row C17)."""
    forms = [password.encode()]
    try:
        raw = bytes.fromhex(password)
    except ValueError:
        raw = b""
    if raw and not any(letter.isspace() for letter in password):
        # Some send the key in hex, whatever case it was given to them in.
        forms += [raw, password.upper().encode(), password.lower().encode()]
    unique = dict.fromkeys(forms)
    return tuple(PasswordDigest(salt, sha256(salt + form).digest()) for form in unique)


@dataclass(frozen=True, slots=True)
class Security:
    """What was agreed on with one charger over OCPP, kept on disk; the configuration may ask for more.

    While `wanted` is set, the charger has been told of the new profile and password and has not come back with them
    yet: until it does, the old ones stay good (a profile cannot be lowered over OCPP).
    """

    profile: SecurityProfile = SecurityProfile.OPEN
    """The lowest that is let in from now on."""
    passwords: tuple[PasswordDigest, ...] = ()
    wanted: SecurityProfile | None = None
    wanted_passwords: tuple[PasswordDigest, ...] = ()


NOTHING_AGREED: Final = Security()


@dataclass(frozen=True, slots=True)
class Proof:
    """What a connection has shown of itself before its first message."""

    tls: bool = False
    user: bytes | None = None
    """None: no Basic authentication was sent."""
    password: bytes | None = None
    certificate: str | None = None
    """Common name of the client certificate, which the TLS layer has verified; None: it showed none."""


NO_PROOF: Final = Proof()
