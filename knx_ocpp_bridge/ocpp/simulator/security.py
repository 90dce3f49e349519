"""How the charger proves itself at its Central System's door, and how that is raised over OCPP.

Security profiles, AuthorizationKey and certificates are those of the OCA white paper "Improved security for OCPP
1.6-J". A profile is never lowered over OCPP; somebody who stands in front of the charger may.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ocpp.v16.enums import CertificateStatus, CertificateUse, ConfigurationStatus, DeleteCertificateStatus

from knx_ocpp_bridge.ocpp.simulator import certificates
from knx_ocpp_bridge.ocpp.simulator.certificates import SigningRequest
from knx_ocpp_bridge.ocpp.simulator.wire import Json, text_of

PROFILE: Final = "SecurityProfile"
KEY: Final = "AuthorizationKey"
MAX_ROOTS: Final = 4
MAX_CHAIN_CHARS: Final = 10_000
TRIES: Final = 3
"""So often a new way in is tried before the one that worked is taken again."""
_KEY_CHARS: Final = range(16, 41)
ROOT: Final = CertificateUse.central_system_root_certificate.value


@dataclass(frozen=True, slots=True)
class Access:
    """What is shown at the door."""

    profile: int = 0
    key: str = field(default="", repr=False)
    chain: str = ""
    """The charger's own certificate and what lies between it and its root, PEM."""
    private_key: str = field(default="", repr=False)

    @property
    def basic(self) -> bool:
        """Whether user name and password are sent."""
        return self.profile in {1, 2}

    @property
    def tls(self) -> bool:
        """Whether it is wss, whatever the URL says."""
        return self.profile >= 2


@dataclass(slots=True)
class Security:
    """The keys and certificates of one charger; they survive a power cycle."""

    access: Access = field(default_factory=Access)
    roots: dict[str, list[str]] = field(default_factory=dict)
    """Installed certificates in PEM, by CertificateUse."""
    key_as_bytes: bool = False
    """The password is what the key's hex digits stand for, not the digits (row C17)."""
    after_reset: bool = False
    """A new profile acts after the next restart only."""
    hasty: bool = False
    """It drops the link with its answer, and hears nothing that comes behind it."""
    redial: bool = False
    """The link has to be made anew, with what holds now."""
    news: list[str] = field(default_factory=list)
    _before: Access | None = None
    _failures: int = 0
    _later: Access | None = None
    _requested: SigningRequest | None = None

    # Configuration keys

    def change(self, key: str, value: str) -> ConfigurationStatus:
        """The answer to ChangeConfiguration of one of the two keys."""
        return self._change_key(value) if key == KEY else self._change_profile(value)

    def shown(self) -> Mapping[str, str | None]:
        """The keys of GetConfiguration; None: it is never shown."""
        return {PROFILE: str(self.access.profile), KEY: None}

    def set_by_hand(self, access: Access) -> None:
        """Somebody at the charger itself has set this; nothing is tried first."""
        self.access, self._before, self._later, self._failures, self.redial = access, None, None, 0, True

    def _change_key(self, value: str) -> ConfigurationStatus:
        if len(value) not in _KEY_CHARS or (self.key_as_bytes and not _is_hex(value)):
            return ConfigurationStatus.rejected
        self._take(replace(self.access, key=value), now=self.access.basic)
        return ConfigurationStatus.accepted

    def _change_profile(self, value: str) -> ConfigurationStatus:
        wanted = int(value) if value.isdecimal() else 0
        trusted = wanted < 2 or bool(self.roots.get(ROOT))
        proves = bool(self.access.chain) if wanted == 3 else bool(self.access.key)
        if not self.access.profile < wanted <= 3 or not trusted or not proves:
            return ConfigurationStatus.rejected
        new = replace(self.access, profile=wanted)
        if self.after_reset:
            self._later = new
            return ConfigurationStatus.reboot_required
        self._take(new, now=True)
        return ConfigurationStatus.accepted

    # The door

    def password(self) -> bytes:
        """The password as it is sent."""
        if self.key_as_bytes and _is_hex(self.access.key):
            return bytes.fromhex(self.access.key)
        return self.access.key.encode()

    def let_in(self) -> None:
        """The Central System has accepted this way in: it is the one that works."""
        self._before, self._failures = None, 0

    def turned_away(self) -> None:
        """A try has failed; after a few of a new way in, the old one is taken again."""
        if self._before is None:
            return
        self._failures += 1
        if self._failures >= TRIES:
            self.news.append(f"security profile {self.access.profile} does not get in; back to the way that did")
            self.access, self._before, self._failures = self._before, None, 0

    def restarted(self) -> None:
        """What waits for a restart acts."""
        if self._later is not None:
            new, self._later = self._later, None
            self._take(new, now=False)

    # Certificates

    def install(self, use: str, pem: str) -> CertificateStatus:
        """The answer to InstallCertificate."""
        if use not in set(CertificateUse) or not certificates.readable(pem):
            return CertificateStatus.failed
        kept = self.roots.setdefault(use, [])
        if pem in kept:
            return CertificateStatus.accepted
        if sum(map(len, self.roots.values())) >= MAX_ROOTS:
            return CertificateStatus.rejected
        kept.append(pem)
        return CertificateStatus.accepted

    def delete(self, wanted: Json) -> DeleteCertificateStatus:
        """The answer to DeleteCertificate; the last root that the link stands on is kept."""
        for use, kept in self.roots.items():
            for pem in kept:
                if not _same(certificates.hash_data(pem), wanted):
                    continue
                if use == ROOT and len(kept) == 1 and self.access.tls:
                    return DeleteCertificateStatus.failed
                kept.remove(pem)
                return DeleteCertificateStatus.accepted
        return DeleteCertificateStatus.not_found

    def request(self, serial: str, organization: str) -> str:
        """A new certificate request in PEM; its key is kept for the answer."""
        self._requested = certificates.signing_request(serial, organization)
        return self._requested.pem

    def signed(self, chain: str) -> bool:
        """CertificateSigned: taken if it is for the key that was asked for last."""
        requested = self._requested
        if (
            requested is None
            or len(chain) > MAX_CHAIN_CHARS
            or not certificates.belongs_to(chain, requested.private_key)
        ):
            return False
        self._requested = None
        new = replace(self.access, chain=chain, private_key=requested.private_key)
        self._take(new, now=self.access.profile == 3)
        return True

    def _take(self, new: Access, *, now: bool) -> None:
        """Dial this way from the next time on; `now`: at once, because it is another way in."""
        if now or new.profile != self.access.profile:
            self._before = self._before or self.access
            self._failures = 0
        self.access = new
        if self._later is not None:
            self._later = replace(new, profile=self._later.profile)
        self.redial = self.redial or now


def _same(known: Json, wanted: Json) -> bool:
    return all(text_of(known, key).casefold() == text_of(wanted, key).casefold() for key in known)


def _is_hex(text: str) -> bool:
    try:
        return bool(bytes.fromhex(text)) and " " not in text
    except ValueError:
        return False
