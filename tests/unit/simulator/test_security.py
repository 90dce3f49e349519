import functools
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from knx_ocpp_bridge.ocpp.simulator.security import Access, Security
from tests.kit.polite_central import PoliteCentral
from tests.unit.simulator.test_charging import booted

KEY = "0123456789abcdef0123456789abcdef01234567"


@functools.cache
def authority(name: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    return issue(name, key.public_key(), name, key), key


def issue(
    name: str, public: ec.EllipticCurvePublicKey, issuer: str, key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    subject, by = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, word)]) for word in (name, issuer))
    began = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(by).public_key(public)
    builder = builder.serial_number(0x1234).not_valid_before(began).not_valid_after(began + timedelta(days=3650))
    return builder.sign(key, hashes.SHA256())


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def root(name: str = "Root") -> str:
    return pem(authority(name)[0])


def install(central: PoliteCentral, certificate: str, kind: str = "CentralSystemRootCertificate") -> object:
    answer = central.ask("InstallCertificate", {"certificateType": kind, "certificate": certificate})
    return (answer or {})["status"]


def change(central: PoliteCentral, key: str, value: str) -> object:
    return (central.ask("ChangeConfiguration", {"key": key, "value": value}) or {})["status"]


def redialled(central: PoliteCentral) -> bool:
    """Whether the charger closes its link now, to dial anew."""
    central.wait(0.4, step_s=0.1)
    closes = not central.charger.wants_link
    central.wait(1, step_s=0.1)
    return closes


def test_a_profile_needs_its_key_and_its_root_and_is_never_lowered():
    central = booted()
    assert change(central, "SecurityProfile", "1") == "Rejected"
    assert change(central, "AuthorizationKey", KEY) == "Accepted"
    assert change(central, "SecurityProfile", "2") == "Rejected"
    assert install(central, root()) == "Accepted"
    assert change(central, "SecurityProfile", "3") == "Rejected"
    assert change(central, "SecurityProfile", "2") == "Accepted"
    assert change(central, "SecurityProfile", "2") == "Rejected"
    assert change(central, "SecurityProfile", "1") == "Rejected"
    assert change(central, "SecurityProfile", "4") == "Rejected"


def test_the_key_is_never_shown_and_the_profile_is():
    central = booted()
    change(central, "AuthorizationKey", KEY)
    answer = central.ask("GetConfiguration", {"key": ["AuthorizationKey", "SecurityProfile"]})
    assert answer == {
        "configurationKey": [
            {"key": "AuthorizationKey", "readonly": False},
            {"key": "SecurityProfile", "readonly": False, "value": "0"},
        ]
    }


@pytest.mark.parametrize("key", ["short", "x" * 41])
def test_a_key_of_the_wrong_length_is_rejected(key: str):
    assert change(booted(), "AuthorizationKey", key) == "Rejected"


def test_a_charger_that_sends_bytes_takes_only_hex():
    security = Security(key_as_bytes=True)
    assert security.change("AuthorizationKey", "x" * 20) == "Rejected"
    assert security.change("AuthorizationKey", KEY) == "Accepted"
    assert security.password() == bytes.fromhex(KEY)


def test_a_new_profile_makes_the_charger_dial_anew_and_a_new_key_alone_does_not_without_one():
    central = booted()
    change(central, "AuthorizationKey", KEY)
    assert not redialled(central)
    change(central, "SecurityProfile", "1")
    assert redialled(central)
    central.disconnect()
    central.connect()
    assert (central.charger.security.access.profile, central.charger.security.password()) == (1, KEY.encode())
    assert not redialled(central)


def test_a_way_in_that_fails_three_times_is_given_up_for_the_one_that_worked():
    central = booted()
    change(central, "AuthorizationKey", KEY)
    change(central, "SecurityProfile", "1")
    central.disconnect()
    for tried in range(3):
        assert central.charger.security.access.profile == 1, tried
        central.charger.turned_away("FailedToAuthenticateAtCentralSystem", "401", central.now)
    assert central.charger.security.access.profile == 0
    central.take()
    central.connect()
    assert "SecurityEventNotification" in central.take()


def test_a_way_in_that_has_worked_is_not_given_up():
    central = booted()
    change(central, "AuthorizationKey", KEY)
    change(central, "SecurityProfile", "1")
    central.disconnect()
    central.connect()
    central.disconnect()
    for _ in range(9):
        central.charger.turned_away("", "", central.now)
    assert central.charger.security.access.profile == 1


def test_a_charger_that_must_restart_for_it_keeps_its_way_until_then():
    central = PoliteCentral()
    central.charger.security.after_reset = True
    central.connect()
    change(central, "AuthorizationKey", KEY)
    assert change(central, "SecurityProfile", "1") == "RebootRequired"
    assert not redialled(central)
    assert central.charger.security.access.profile == 0
    central.ask("Reset", {"type": "Hard"})
    assert central.charger.security.access.profile == 1


def test_certificates_are_listed_deleted_and_bounded():
    central = booted()
    asked = {"certificateType": "CentralSystemRootCertificate"}
    assert central.ask("GetInstalledCertificateIds", asked) == {"status": "NotFound"}
    assert install(central, "no certificate") == "Failed"
    assert install(central, root()) == "Accepted"
    listed = central.ask("GetInstalledCertificateIds", asked) or {}
    (data,) = listed["certificateHashData"]
    assert data["serialNumber"] == "1234"
    for number in range(3):
        assert install(central, root(f"R{number}"), "ManufacturerRootCertificate") == "Accepted"
    assert install(central, root("one more")) == "Rejected"
    assert central.ask("DeleteCertificate", {"certificateHashData": data}) == {"status": "Accepted"}
    assert central.ask("DeleteCertificate", {"certificateHashData": data}) == {"status": "NotFound"}


def test_the_hash_data_is_of_the_name_and_the_bare_key():
    certificate = authority("Root")[0]
    central = booted()
    install(central, root())
    listed = central.ask("GetInstalledCertificateIds", {"certificateType": "CentralSystemRootCertificate"}) or {}
    (data,) = listed["certificateHashData"]
    point = certificate.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    assert data["issuerNameHash"] == hashlib.sha256(certificate.issuer.public_bytes()).hexdigest()
    assert data["issuerKeyHash"] == hashlib.sha256(point).hexdigest()


def test_the_root_that_the_link_stands_on_is_not_deleted():
    central = PoliteCentral()
    central.charger.security.access = Access(2, KEY)
    central.connect()
    install(central, root())
    listed = central.ask("GetInstalledCertificateIds", {"certificateType": "CentralSystemRootCertificate"}) or {}
    (data,) = listed["certificateHashData"]
    assert central.ask("DeleteCertificate", {"certificateHashData": data}) == {"status": "Failed"}


def test_a_certificate_is_asked_for_taken_and_leads_to_profile_three():
    central = booted()
    install(central, root())
    assert central.ask("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}) == {
        "status": "Accepted"
    }
    csr = x509.load_pem_x509_csr(str(central.heard[-1].payload["csr"]).encode())
    foreign = ec.generate_private_key(ec.SECP256R1()).public_key()
    public = csr.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    wrong, right = (pem(issue("CP", one, "Root", authority("Root")[1])) for one in (foreign, public))
    assert central.ask("CertificateSigned", {"certificateChain": wrong}) == {"status": "Rejected"}
    assert central.take()[-1] == "SecurityEventNotification"
    assert central.ask("CertificateSigned", {"certificateChain": right}) == {"status": "Accepted"}
    assert central.ask("CertificateSigned", {"certificateChain": right}) == {"status": "Rejected"}
    assert change(central, "SecurityProfile", "3") == "Accepted"
    assert redialled(central)
