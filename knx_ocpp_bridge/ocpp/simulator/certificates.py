"""X.509 as a charge point needs it: what it is given, what it asks for.

`cryptography` is imported when it is needed.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Final

from ocpp.v16.enums import HashAlgorithm

from knx_ocpp_bridge.ocpp.simulator.wire import Json

MAX_SUBJECT_CHARS: Final = 64
"""Upper bound of commonName and organizationName (RFC 5280 appendix A.1)."""


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """A certificate request in PEM, and the key that it is for, which leaves the charger in no message."""

    pem: str
    private_key: str = field(repr=False)


def readable(pem: str) -> bool:
    """Whether this is PEM text of at least one certificate."""
    from cryptography import x509

    try:
        return bool(x509.load_pem_x509_certificates(pem.encode()))
    except ValueError:
        return False


def signing_request(serial: str, organization: str) -> SigningRequest:
    """A new P-256 key and its request: CN the serial number, O the operator (white paper, section on certificates)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.NameAttribute(x509.NameOID.COMMON_NAME, serial[:MAX_SUBJECT_CHARS])]
    if organization:
        names.append(x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organization[:MAX_SUBJECT_CHARS]))
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names)).sign(key, hashes.SHA256())
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SigningRequest(request.public_bytes(serialization.Encoding.PEM).decode(), encoded.decode())


def belongs_to(chain: str, private_key: str) -> bool:
    """Whether the first certificate of the chain is for this key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    try:
        leaf = x509.load_pem_x509_certificates(chain.encode())[0]
        key = serialization.load_pem_private_key(private_key.encode(), None)
    except (ValueError, IndexError):
        return False
    return leaf.public_key() == key.public_key()


def hash_data(pem: str) -> Json:
    """CertificateHashDataType of a root (white paper): SHA-256 of its issuer's name and key, which are its own."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.ocsp import OCSPRequestBuilder

    root = x509.load_pem_x509_certificate(pem.encode())
    # The CertID of RFC 6960 section 4.1.1 has just these four fields.
    identity = OCSPRequestBuilder().add_certificate(root, root, SHA256()).build()
    return {
        "hashAlgorithm": HashAlgorithm.sha256.value,
        "issuerNameHash": identity.issuer_name_hash.hex(),
        "issuerKeyHash": identity.issuer_key_hash.hex(),
        "serialNumber": f"{identity.serial_number:x}",
    }


def is_base64(text: str) -> bool:
    """Whether a signature can be read at all."""
    try:
        return bool(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False
