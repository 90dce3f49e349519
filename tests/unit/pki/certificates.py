"""Keys, certificates and requests that the bridge did not make."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from knx_ocpp_bridge.pki.authority import Root
from knx_ocpp_bridge.pki.examine import Pair

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
DAY = timedelta(days=1)
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def root_of(folder: Path) -> Root:
    return Pair((folder / "ca.pem").read_bytes(), folder / "ca.pem", sound=True).must_be_a_root()


def named(common_name: str | None, *more: x509.NameAttribute[str]) -> x509.Name:
    own = [] if common_name is None else [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    return x509.Name([*own, *more])


def request(key: Key, common_name: str | None, *more: x509.NameAttribute[str]) -> x509.CertificateSigningRequest:
    builder = x509.CertificateSigningRequestBuilder().subject_name(named(common_name, *more))
    # A charger that would like to be an authority.
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("bank.example")]), critical=False)
    return builder.sign(key, hashes.SHA256())


def issued(
    root: Root | None,
    key: Key,
    dates: tuple[datetime, datetime],
    purpose: x509.ObjectIdentifier | None = SERVER,
    hosts: tuple[str, ...] = ("cpo.example",),
    common_name: str = "cpo.example",
    authority: bool = False,
) -> x509.Certificate:
    """A certificate of this root; without one it signs itself."""
    subject = named(common_name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(root.certificate.subject if root else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dates[0])
        .not_valid_after(dates[1])
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if authority:
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = builder.add_extension(usage, critical=True)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, hosts))), critical=False)
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if root is not None:
        own = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key())
        builder = builder.add_extension(own, critical=False)
    return builder.sign(root.key if root else key, hashes.SHA256())


def text(*what: x509.Certificate | x509.CertificateSigningRequest) -> str:
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in what)


def key_text(key: Key, password: bytes | None = None) -> str:
    locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked).decode()


def around(now: datetime) -> tuple[datetime, datetime]:
    return now - DAY, now + 90 * DAY
