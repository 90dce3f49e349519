"""A charger's certificate request (PKCS #10, RFC 2986) and the client certificate that answers it.

OCPP 1.6 security white paper, SignCertificate: the charger makes a key that never leaves it and sends this request.
"""

import base64
import re
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from knx_ocpp_bridge.pki.authority import PublicKey, Root, new_client
from knx_ocpp_bridge.pki.errors import PkiError
from knx_ocpp_bridge.pki.examine import UNREADABLE, reading

MOST_CHARACTERS: Final = 16 * 1024
_BITS: Final = range(2048, 8193)
_CURVES: Final = ("secp256r1", "secp384r1")
_BLOCK: Final = re.compile(r"-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]*)-----END")
_TAKEN: Final = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
_AGAIN: Final = "have the charger make a new request"


def answer(root: Root, csr: str, charger_id: str, now: datetime) -> str:
    """The client certificate as PEM text: common name and organisation as asked for, nothing else of the request.

    `csr` is PEM text, or the bare base64 or hex of its DER, as firmwares write it.

    Raises:
        PkiError: whatever is wrong with the request.
    """
    where = f"certificate request of {charger_id}"
    if len(csr) > MOST_CHARACTERS:
        raise PkiError(f"it is longer than {MOST_CHARACTERS} characters", where, _AGAIN)
    try:
        with reading():
            request = x509.load_der_x509_csr(_der(csr))
            subject = request.subject
            key = _key(request, where)
            genuine = request.is_signature_valid
    except UNREADABLE as error:
        raise PkiError(f"it cannot be read ({error})", where, _AGAIN) from error
    if not genuine:
        raise PkiError("it is not signed by the key that it is for", where, _AGAIN)
    commons = [str(name.value) for name in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if len(commons) != 1 or commons[0].casefold() != charger_id.casefold():
        what = f"it is for {commons[0][:64]!r}" if len(commons) == 1 else f"it has {len(commons) or 'no'} common names"
        remedy = "set client_certificate of this charger to that name, or make its id and serial the same"
        raise PkiError(f"{what}, and its certificate has to be for {charger_id!r}", where, remedy)
    taken = [name for kind in _TAKEN for name in subject.get_attributes_for_oid(kind)[:1]]
    try:
        return new_client(root, x509.Name(taken), key, now).decode("ascii")
    except UNREADABLE as error:
        raise PkiError(f"its name cannot be written into a certificate ({error})", where, _AGAIN) from error


def _der(csr: str) -> bytes:
    """A line feed may have become a backslash and an n on their way through JSON."""
    text = csr.replace("\\r", "").replace("\\n", "\n")
    block = _BLOCK.search(text)
    bare = "".join((block[1] if block else text).split())
    if bare[:2] == "30":  # as hex; base64 of a request begins with M
        return bytes.fromhex(bare)
    return base64.b64decode(bare, validate=True)


def _key(request: x509.CertificateSigningRequest, where: str) -> PublicKey:
    key = request.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in _BITS:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return key
    raise PkiError("its key must be RSA of 2048 to 8192 bits, or on the curve P-256 or P-384", where, _AGAIN)
