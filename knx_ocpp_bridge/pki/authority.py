"""What is issued here: the installation's root, the server's certificates, a charger's client certificate.

The root's key is RSA, although one of the two server certificates is ECDSA: a charger verifies its server with the
root alone, and there is one root. Small TLS stacks that know RSA only exist; those that lack RSA are not known, as
most of the public authorities sign with it. 3072 bits are as strong as P-256 (NIST SP 800-57 part 1) and meant to
last for as long as the root does; verifying is cheap, and the signature has 384 bytes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from knx_ocpp_bridge.pki.errors import PkiError
from knx_ocpp_bridge.pki.names import Names
from knx_ocpp_bridge.pki.terms import CLIENT, EARLIER, ROOT_NOT_BEFORE, ROOT_YEARS, SANE_FROM, SERVER

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_ROOT_BITS: Final = 3072
_SERVER_BITS: Final = 2048
_LONGEST_CN: Final = 64
"""Bytes of a common name (RFC 5280 appendix A.1, ub-common-name), as the library counts them."""
_NAMELESS: Final = Names((), ("knx-ocpp-bridge",))


@dataclass(frozen=True, slots=True)
class Root:
    """The authority with its private key."""

    certificate: x509.Certificate
    key: PrivateKey


def new_root(installation: str, now: datetime) -> bytes:
    """Private key and certificate of a new root as PEM text; good for at least 25 years from now."""
    key = rsa.generate_private_key(65537, _ROOT_BITS)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    start = max(now, SANE_FROM)
    subject = root_name(installation, identifier.digest)
    builder = (
        _builder(subject, key.public_key())
        .issuer_name(subject)
        .not_valid_before(ROOT_NOT_BEFORE)
        .not_valid_after(start.replace(year=start.year + ROOT_YEARS, month=12, day=31, microsecond=0))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(identifier, critical=False)
    )
    return _key_text(key) + _text(builder.sign(key, hashes.SHA256()))


def root_name(installation: str, identifier: bytes) -> x509.Name:
    """A name of its own for each root, as stores of trusted roots confuse two of the same name."""
    wanted = "".join(letter for letter in installation if letter.isprintable()).strip()
    end = f" CA {identifier[:4].hex()}"
    name = f"KNX OCPP bridge {wanted}".encode()[: _LONGEST_CN - len(end)].decode("utf-8", "ignore").strip()
    return x509.Name(
        [_attribute(NameOID.ORGANIZATION_NAME, "KNX OCPP bridge"), _attribute(NameOID.COMMON_NAME, name + end)]
    )


def new_server(root: Root, kind: str, names: Names, now: datetime) -> bytes:
    """A new key (`RSA` 2048 or `EC` P-256), its certificate for these names and the root, as PEM text.

    Raises:
        PkiError: the clock is past the end of the root.
    """
    key: PrivateKey
    if not names.addresses and not names.hosts:
        names = _NAMELESS
    if kind == "RSA":
        key = rsa.generate_private_key(65537, _SERVER_BITS)
        usage = _usage(digital_signature=True, key_encipherment=True)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
        usage = _usage(digital_signature=True)
    common = next(iter((*names.addresses, *names.hosts)))[:_LONGEST_CN]
    builder = _leaf(root, x509.Name([_attribute(NameOID.COMMON_NAME, common)]), key.public_key(), now, SERVER)
    builder = builder.add_extension(_alternatives(names), critical=False)
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return _key_text(key) + _text(builder.sign(root.key, hashes.SHA256())) + _text(root.certificate)


def new_client(root: Root, subject: x509.Name, key: PublicKey, now: datetime) -> bytes:
    """A client certificate as PEM text; the root is not with it, for the charger asked for its own.

    Raises:
        PkiError: the clock is past the end of the root.
    """
    builder = _leaf(root, subject, key, now, CLIENT)
    builder = builder.add_extension(_usage(digital_signature=True), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    return _text(builder.sign(root.key, hashes.SHA256()))


def _leaf(root: Root, subject: x509.Name, key: PublicKey, now: datetime, life: timedelta) -> x509.CertificateBuilder:
    """What every certificate of ours has; Python 3.13 and others refuse one without the key identifiers."""
    end = root.certificate.not_valid_after_utc
    start = max(now, SANE_FROM).replace(microsecond=0) - EARLIER
    if start >= end:
        what = f"the clock shows {now:%Y-%m-%d}, and the root is valid until {end:%Y-%m-%d} only"
        raise PkiError(what, "certificates", "set the clock")
    own = root.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        _builder(subject, key)
        .issuer_name(root.certificate.subject)
        .not_valid_before(start)
        .not_valid_after(min(start + life, end))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False)
    )


def _alternatives(names: Names) -> x509.SubjectAlternativeName:
    """Addresses as addresses, and those of IPv4 as names too, which Mbed TLS before 3.5 looks for (its issue 5082).

    The host names come first: some verifiers stop at a name that is none.
    """
    hosts = [x509.DNSName(host) for host in names.hosts]
    addresses = [ip_address(text) for text in names.addresses]
    texts = [x509.DNSName(str(address)) for address in addresses if address.version == 4]
    return x509.SubjectAlternativeName([*hosts, *(x509.IPAddress(address) for address in addresses), *texts])


def _builder(subject: x509.Name, key: PublicKey) -> x509.CertificateBuilder:
    serial = x509.random_serial_number()
    return x509.CertificateBuilder().subject_name(subject).public_key(key).serial_number(serial)


def _attribute(kind: x509.ObjectIdentifier, text: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(kind, text)


def _usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


def _key_text(key: PrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _text(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
