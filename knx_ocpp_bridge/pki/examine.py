"""Looking into files with a key and its certificates: what they say, and whether they fit together."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from knx_ocpp_bridge.pki import pem
from knx_ocpp_bridge.pki.authority import PrivateKey, Root
from knx_ocpp_bridge.pki.card import Card, digest
from knx_ocpp_bridge.pki.errors import PkiError

UNREADABLE: Final = (
    ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature, x509.InvalidVersion, x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType, x509.AttributeNotFound,
)  # fmt: skip
"""What the library raises for bytes that are no sound key or certificate."""
_RESTORE: Final = "put back the file from a backup"
_LEAST_BITS: Final = 2048
_CURVES: Final = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_MOST_CERTIFICATES: Final = 8
_E = TypeVar("_E", bound=x509.ExtensionType)


@contextmanager
def reading() -> Iterator[None]:
    """Oddities that the library reads all the same are not told: they are a peer's, and it names no file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Pair:
    """A private key and its certificate, followed by those that vouch for it; made only if they fit together."""

    def __init__(self, data: bytes, where: Path | str, remedy: str = _RESTORE, *, sound: bool = False) -> None:
        """`sound`: the key's numbers were checked before, which takes 0.1 s for RSA.

        Raises:
            PkiError: there is no key or certificate, it cannot be read, or they do not fit.
        """
        self.data, self.where, self.remedy = data, where, remedy
        keys, blocks = pem.private_keys(data), pem.certificates(data)
        if len(keys) != 1:
            raise self.wrong(f"it holds {len(keys) or 'no'} private keys in PEM text, and must hold one")
        if not 1 <= len(blocks) <= _MOST_CERTIFICATES:
            raise self.wrong(f"it holds {len(blocks) or 'no'} certificates in PEM text")
        try:
            with reading():
                key = load_pem_private_key(keys[0], None, unsafe_skip_rsa_key_validation=sound)
                self.chain = [x509.load_pem_x509_certificate(block) for block in blocks]
            fits = key.public_key() == self.chain[0].public_key()
        except TypeError as error:
            raise self.wrong("the private key is locked by a password, which it must not be") from error
        except UNREADABLE as error:
            raise self.wrong(f"it is damaged or of an unknown kind ({error})") from error
        if not fits:
            raise self.wrong("the private key does not belong to the first certificate")
        self.key = self._usable(key)

    def wrong(self, what: str) -> PkiError:
        """The error, with file and remedy."""
        return PkiError(what, self.where, self.remedy)

    @property
    def leaf(self) -> x509.Certificate:
        return self.chain[0]

    def card(self, root: bytes = b"") -> Card:
        """What is known of it; `root` is ours as PEM text, if it may have signed this.

        Raises:
            PkiError: what it says cannot be read.
        """
        try:
            with reading():
                return self._card(x509.load_pem_x509_certificate(root) if root else None)
        except UNREADABLE as error:
            raise self.wrong(f"its certificate is damaged ({error})") from error

    def must_be_a_root(self) -> Root:
        """The authority that it is.

        Raises:
            PkiError: it is not one that has signed itself and may sign others.
        """
        try:
            constraints = self.leaf.extensions.get_extension_for_class(x509.BasicConstraints).value
            self.leaf.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
            self.leaf.verify_directly_issued_by(self.leaf)
        except (*UNREADABLE, x509.ExtensionNotFound) as error:
            raise self.wrong(f"its certificate is not that of an authority ({error})") from error
        if not constraints.ca:
            raise self.wrong("its certificate is not that of an authority")
        return Root(self.leaf, self.key)

    def must_serve(self, now: datetime) -> None:
        """It can be a server's certificate: order of the chain, dates, names, purpose.

        Raises:
            PkiError: it cannot, with the reason.
        """
        try:
            with reading():
                self._must_serve(now)
        except UNREADABLE as error:
            raise self.wrong(f"a certificate is damaged, or not signed by the one after it ({error})") from error

    def _must_serve(self, now: datetime) -> None:
        for number, (one, by) in enumerate(zip(self.chain, self.chain[1:], strict=False), start=1):
            if one.issuer != by.subject:
                raise self.wrong(
                    f"certificate {number} was issued by {one.issuer.rfc4514_string()}, but that of "
                    f"{by.subject.rfc4514_string()} follows: the server's comes first, then its issuer, and so on"
                )
            one.verify_directly_issued_by(by)
        for one in self.chain:
            if not one.not_valid_before_utc <= now <= one.not_valid_after_utc:
                span = f"{one.not_valid_before_utc:%Y-%m-%d} to {one.not_valid_after_utc:%Y-%m-%d}"
                raise self.wrong(f"{one.subject.rfc4514_string()} is valid from {span}, and today is {now:%Y-%m-%d}")
        addresses, hosts = _names(self.leaf)
        if not addresses and not hosts:
            raise self.wrong("it names no address and no host (subjectAltName), so no charger can verify it")
        purposes = _extension(self.leaf, x509.ExtendedKeyUsage)
        if purposes is not None and ExtendedKeyUsageOID.SERVER_AUTH not in purposes:
            raise self.wrong("it is not meant for a server (extendedKeyUsage without serverAuth)")

    def _usable(self, key: object) -> PrivateKey:
        if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _LEAST_BITS:
            return key
        if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
            return key
        raise self.wrong("its key must be RSA of 2048 bits or more, or on one of the curves P-256, P-384, P-521")

    def _card(self, root: x509.Certificate | None) -> Card:
        leaf, key = self.leaf, self.key
        addresses, hosts = _names(leaf)
        return Card(
            digest=digest(self.data),
            subject=leaf.subject.rfc4514_string(),
            key="RSA" if isinstance(key, rsa.RSAPrivateKey) else "EC",
            strength=str(key.key_size) if isinstance(key, rsa.RSAPrivateKey) else _CURVES[key.curve.name],
            fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
            issuer=root.fingerprint(hashes.SHA256()).hex() if root is not None and _issued(leaf, root) else "",
            not_before=leaf.not_valid_before_utc,
            not_after=leaf.not_valid_after_utc,
            addresses=addresses,
            hosts=hosts,
        )


def _issued(leaf: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(root)
    except UNREADABLE:
        return False
    return True


def _names(leaf: x509.Certificate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Addresses and host names; an address that is written as a host name too is an address only."""
    found = _extension(leaf, x509.SubjectAlternativeName)
    if found is None:
        return (), ()
    addresses = tuple(str(address) for address in found.get_values_for_type(x509.IPAddress))
    hosts = tuple(host for host in found.get_values_for_type(x509.DNSName) if host not in addresses)
    return addresses, hosts


def _extension(certificate: x509.Certificate, kind: type[_E]) -> _E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
