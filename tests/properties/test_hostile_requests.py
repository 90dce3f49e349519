"""Whatever a charger sends as its certificate request: it is signed for that charger, or refused in words."""

import functools
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.pki.authority import Root, new_root
from knx_ocpp_bridge.pki.errors import PkiError
from knx_ocpp_bridge.pki.requests import answer

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ID = "CP-1"
OID_CN = x509.NameOID.COMMON_NAME
OIDS = st.sampled_from([
    x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME, x509.NameOID.LOCALITY_NAME,
    x509.NameOID.TITLE, x509.NameOID.ORGANIZATIONAL_UNIT_NAME,
])  # fmt: skip
WORDS = st.sampled_from([ID, ID.lower(), "CP-2", "*", "CP-1\x00", " CP-1", "é" * 32, "x" * 64, "CN=CP-1"])


@functools.cache
def key(kind: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey:
    match kind:
        case "p256":
            return ec.generate_private_key(ec.SECP256R1())
        case "p521":
            return ec.generate_private_key(ec.SECP521R1())
        case "rsa1024" | "rsa2048":
            return rsa.generate_private_key(65537, int(kind[3:]))
        case _:
            return ed25519.Ed25519PrivateKey.generate()


@functools.cache
def root() -> Root:
    both = new_root("Test", NOW)
    made = serialization.load_pem_private_key(both, None)
    assert isinstance(made, rsa.RSAPrivateKey)
    return Root(x509.load_pem_x509_certificate(both), made)


@functools.cache
def good() -> bytes:
    names = x509.Name([x509.NameAttribute(OID_CN, ID)])
    request = x509.CertificateSigningRequestBuilder().subject_name(names).sign(key("rsa2048"), hashes.SHA256())
    return request.public_bytes(serialization.Encoding.DER)


@st.composite
def requests(draw: st.DrawFn) -> x509.CertificateSigningRequest:
    kind = draw(st.sampled_from(["p256"] * 5 + ["p521", "rsa1024", "ed25519"]))
    rows = draw(st.lists(st.tuples(OIDS, WORDS), max_size=4)) + draw(st.sampled_from([[], [(OID_CN, ID)]]))
    names = [x509.NameAttribute(oid, word, _validate=False) for oid, word in rows]
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
    if draw(st.booleans()):
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    if draw(st.booleans()):
        hosts = [x509.DNSName(f"host-{number}.test") for number in range(draw(st.sampled_from([1, 300])))]
        builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
    return builder.sign(key(kind), None if kind == "ed25519" else hashes.SHA256())


def judged(csr: str) -> x509.Certificate | None:
    """The certificate, if there is one; every other error than a refusal in words is one of ours."""
    try:
        chain = answer(root(), csr, ID, NOW)
    except PkiError:
        return None
    return x509.load_pem_x509_certificates(chain.encode())[0]


@settings(max_examples=150, deadline=None)
@given(requests())
def test_what_is_signed_is_for_this_charger_and_can_sign_nothing(request: x509.CertificateSigningRequest):
    made = judged(request.public_bytes(serialization.Encoding.PEM).decode())
    if made is None:
        return
    assert [str(one.value).casefold() for one in made.subject.get_attributes_for_oid(OID_CN)] == [ID.casefold()]
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [x509.ExtendedKeyUsageOID.CLIENT_AUTH]
    with pytest.raises(x509.ExtensionNotFound):
        made.extensions.get_extension_for_class(x509.SubjectAlternativeName)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_request_with_any_bytes_changed_is_never_signed_for_another(data: st.DataObject):
    der = bytearray(good())
    for _ in range(data.draw(st.integers(1, 3))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(der)) | st.just(len(der)))
    judged(bytes(der[:cut]).hex())


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.sampled_from(["", "-----BEGIN CERTIFICATE REQUEST-----" * 100, "30", "M" * 16_000]))
def test_any_text_is_refused_in_words(text: str):
    assert judged(text) is None
