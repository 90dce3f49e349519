"""A charger asks for a client certificate: it gets what it needs for its own connection, and nothing more."""

import base64
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.pki import requests
from knx_ocpp_bridge.pki.errors import PkiError
from tests.unit.pki import certificates
from tests.unit.pki.certificates import request, root_of, text

RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
KEYS = [RSA_KEY, rsa.generate_private_key(65537, 3072), EC_KEY, ec.generate_private_key(ec.SECP384R1())]
KEY_IDS = ["RSA 2048", "RSA 3072", "P-256", "P-384"]
CSR = request(EC_KEY, "CP-1")
DER = CSR.public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize("key", KEYS, ids=KEY_IDS)
def test_tc_074_a_request_of_every_usual_key_is_signed(house, key):
    signed = x509.load_pem_x509_certificate(house.keeper().sign(text(request(key, "CP-1")), "CP-1").encode())
    signed.verify_directly_issued_by(root_of(house.folder).certificate)
    assert signed.public_key() == key.public_key()
    assert isinstance(signed.signature_hash_algorithm, hashes.SHA256)


def test_the_certificate_is_a_charger_s_as_long_as_the_root_is_valid_and_takes_no_wish_of_the_request(house):
    signed = x509.load_pem_x509_certificate(house.keeper().sign(text(CSR), "CP-1").encode())
    known = {extension.oid: extension.value for extension in signed.extensions}
    assert set(known) == {
        x509.BasicConstraints.oid, x509.SubjectKeyIdentifier.oid, x509.AuthorityKeyIdentifier.oid, x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
    }  # fmt: skip
    assert known[x509.BasicConstraints.oid].ca is False
    assert list(known[x509.ExtendedKeyUsage.oid]) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert signed.not_valid_after_utc >= signed.not_valid_before_utc + timedelta(days=25 * 365)
    assert signed.not_valid_after_utc <= root_of(house.folder).certificate.not_valid_after_utc


def test_the_answer_is_one_certificate_that_fits_into_ocpps_10000_characters(house):
    answer = house.keeper().sign(text(request(KEYS[1], "CP-1")), "CP-1")
    assert len(answer) < 10_000
    assert len(x509.load_pem_x509_certificates(answer.encode())) == 1


def test_the_name_keeps_its_spelling_and_its_organisation_and_nothing_else(house):
    more = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Wallbox Ltd"),
        x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
        x509.NameAttribute(NameOID.EMAIL_ADDRESS, "root@bank.example"),
    ]
    answer = house.keeper().sign(text(request(EC_KEY, "cp-1", *more)), "CP-1")
    assert x509.load_pem_x509_certificate(answer.encode()).subject.rfc4514_string() == "CN=cp-1,O=Wallbox Ltd"


WRITTEN = {
    "PEM": text(CSR),
    "PEM with CRLF": text(CSR).replace("\n", "\r\n"),
    "PEM with its line feeds escaped twice": text(CSR).replace("\n", "\\n"),
    "PEM on one line": text(CSR).replace("\n", ""),
    "PEM with words before": f"Certificate Request:\n{text(CSR)}\n",
    "NEW CERTIFICATE REQUEST": text(CSR).replace("CERTIFICATE", "NEW CERTIFICATE"),
    "base64": base64.b64encode(DER).decode(),
    "base64 in lines": base64.encodebytes(DER).decode(),
    "hex": DER.hex(),
    "HEX": DER.hex().upper(),
}


@pytest.mark.parametrize("csr", WRITTEN.values(), ids=WRITTEN)
def test_however_a_firmware_writes_its_request_it_is_understood(house, csr):
    signed = x509.load_pem_x509_certificate(house.keeper().sign(csr, "CP-1").encode())
    assert signed.public_key() == EC_KEY.public_key()


@pytest.mark.parametrize(
    ("csr", "why"),
    [
        (text(request(EC_KEY, "CP-2")), r"for 'CP-2', and its certificate has to be for 'CP-1'"),
        (text(request(EC_KEY, None)), r"no common names"),
        (text(request(EC_KEY, "CP-1", x509.NameAttribute(NameOID.COMMON_NAME, "CP-2"))), r"2 common names"),
        (text(request(rsa.generate_private_key(65537, 1024), "CP-1")), r"2048"),
        (text(request(ec.generate_private_key(ec.SECP256K1()), "CP-1")), r"P-256 or P-384"),
        (text(request(ec.generate_private_key(ec.SECP521R1()), "CP-1")), r"P-256 or P-384"),
        ("A" * 20_000, r"longer than 16384 characters"),
        ("", r"cannot be read"),
        ("-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----", r"cannot be read"),
        (text(CSR)[:-60], r"cannot be read"),
        ("30zz", r"cannot be read"),
        ("Ünlesbar", r"cannot be read"),
    ],
)  # fmt: skip
def test_a_request_that_is_not_sound_or_not_this_chargers_is_refused_in_words(house, csr, why):
    with pytest.raises(PkiError, match=why):
        house.keeper().sign(csr, "CP-1")


@pytest.mark.parametrize("key", [ed25519.Ed25519PrivateKey.generate(), dsa.generate_private_key(2048)])
def test_other_kinds_of_keys_are_refused_in_words(house, key):
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    odd = x509.CertificateSigningRequestBuilder().subject_name(certificates.named("CP-1")).sign(key, digest)
    with pytest.raises(PkiError, match="RSA of 2048"):
        house.keeper().sign(text(odd), "CP-1")


def test_a_request_for_a_key_that_its_sender_does_not_have_is_refused(house):
    stolen = EC_KEY.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    other = ec.generate_private_key(ec.SECP256R1())
    own = other.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    forged = request(other, "CP-1").public_bytes(serialization.Encoding.DER).replace(own, stolen)
    with pytest.raises(PkiError, match="not signed by the key"):
        house.keeper().sign(base64.b64encode(forged).decode(), "CP-1")


def test_a_request_that_was_signed_while_the_clock_stood_in_the_past_is_good_today(house):
    today, house.now = house.now, house.now.replace(year=2000)
    signed = x509.load_pem_x509_certificate(house.keeper().sign(text(CSR), "CP-1").encode())
    assert signed.not_valid_before_utc < today < signed.not_valid_after_utc


@pytest.fixture(scope="module")
def root(made):
    return root_of(made)


def names_of(answer: str) -> list[str]:
    subject = x509.load_pem_x509_certificate(answer.encode()).subject
    return [str(name.value) for name in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


class TestNothingButAPkiError:
    def signed_or_refused(self, root, csr: str, now) -> None:
        try:
            answer = requests.answer(root, csr, "CP-1", now)
        except PkiError:
            return
        assert [name.casefold() for name in names_of(answer)] == ["cp-1"]

    @settings(deadline=None, max_examples=150)
    @given(csr=st.one_of(st.text(), st.binary().map(lambda data: data.decode("latin-1"))))
    def test_for_any_text(self, root, csr):
        self.signed_or_refused(root, csr, certificates.NOON)

    @settings(deadline=None, max_examples=150)
    @given(der=st.binary(max_size=600))
    def test_for_any_bytes_in_place_of_a_request(self, root, der):
        self.signed_or_refused(root, base64.b64encode(der).decode(), certificates.NOON)

    @settings(deadline=None, max_examples=400)
    @given(changes=st.lists(st.tuples(st.integers(0, len(DER) - 1), st.integers(0, 255)), min_size=1, max_size=4))
    def test_for_a_request_with_changed_fields(self, root, changes):
        changed = bytearray(DER)
        for at, byte in changes:
            changed[at] = byte
        self.signed_or_refused(root, base64.b64encode(changed).decode(), certificates.NOON)

    @settings(deadline=None, max_examples=100)
    @given(at=st.integers(0, len(DER)), part=st.binary(max_size=40), cut=st.integers(0, 40))
    def test_for_a_request_with_parts_put_in_or_left_out(self, root, at, part, cut):
        changed = DER[:at] + part + DER[at + cut :]
        self.signed_or_refused(root, base64.b64encode(changed).decode(), certificates.NOON)

    @settings(deadline=None, max_examples=100)
    @given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=16))
    def test_but_a_charger_may_be_called_anything(self, root, name):
        """Up to the 64 bytes of a common name."""
        assert names_of(requests.answer(root, text(request(EC_KEY, name)), name, certificates.NOON)) == [name]
