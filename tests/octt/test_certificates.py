"""Security extension: certificates, the security log, signed firmware."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.kit.certificates import Authority
from tests.kit.csr import new_key, request_of
from tests.kit.station import now

HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "a" * 64, "issuerKeyHash": "b" * 64, "serialNumber": "7"}
TRIGGER = {"requestedMessage": "SignChargePointCertificate"}
FIRMWARE = {
    "requestId": 5,
    "firmware": {
        "location": "https://192.0.2.1/firmware.bin",
        "retrieveDateTime": "2026-11-21T12:00:00Z",
        "signingCertificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "signature": "AAAA",
    },
}


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_tc_074_the_certificate_of_the_charge_point_is_renewed(station, does, kind):
    key = new_key(kind)
    does("ExtendedTriggerMessage", TRIGGER)
    assert station.send("SignCertificate", csr=request_of(key, "TC_074")) == {"status": "Accepted"}
    leaf = x509.load_pem_x509_certificates(station.expect("CertificateSigned")["certificateChain"].encode())[0]
    station.answer(status="Accepted")
    assert leaf.public_key() == key.public_key()
    assert leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "TC_074"


def test_tc_075_1_install_a_manufacturer_root_certificate(does):
    does("InstallCertificate", {"certificateType": "ManufacturerRootCertificate", "certificate": root()})
    wanted = {"certificateType": "ManufacturerRootCertificate"}
    does("GetInstalledCertificateIds", wanted, {"status": "Accepted", "certificateHashData": [HASH]})


def test_tc_075_2_install_a_central_system_root_certificate(does):
    does("InstallCertificate", {"certificateType": "CentralSystemRootCertificate", "certificate": root()})
    wanted = {"certificateType": "CentralSystemRootCertificate"}
    does("GetInstalledCertificateIds", wanted, {"status": "Accepted", "certificateHashData": [HASH]})


def test_tc_076_delete_a_certificate(does):
    wanted = {"certificateType": "CentralSystemRootCertificate"}
    does("GetInstalledCertificateIds", wanted, {"status": "Accepted", "certificateHashData": [HASH]})
    does("DeleteCertificate", {"certificateHashData": HASH})


def test_tc_077_event_of_an_invalid_charge_point_certificate(station, does):
    does("ExtendedTriggerMessage", TRIGGER)
    assert station.send("SignCertificate", csr=request_of(new_key("ecdsa"), "TC_077")) == {"status": "Accepted"}
    station.expect("CertificateSigned")
    station.answer(status="Rejected")
    event(station, "InvalidChargePointCertificate")


def test_tc_078_event_of_an_invalid_central_system_certificate(station, fails):
    payload = {"certificateType": "CentralSystemRootCertificate", "certificate": root()}
    fails("InstallCertificate", payload, "Rejected")
    event(station, "InvalidCentralSystemCertificate")


def test_tc_079_security_log(station, does):
    wanted = {"logType": "SecurityLog", "requestId": 4, "log": {"remoteLocation": "https://192.0.2.1/logs"}}
    does("GetLog", wanted, {"status": "Accepted", "filename": "security.log"})
    for status in ("Uploading", "Uploaded"):
        assert station.send("LogStatusNotification", status=status, requestId=4) == {}


def test_tc_080_signed_firmware_update(station, does, redial):
    does("SignedUpdateFirmware", FIRMWARE)
    firmware(station, "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting")
    station.hang_up()
    again = redial()
    assert again.boot(firmwareVersion="2.0")["status"] == "Accepted"
    event(again, "FirmwareUpdated")
    firmware(again, "Installed")


def test_tc_081_signed_firmware_update_with_an_invalid_signature(station, does):
    does("SignedUpdateFirmware", FIRMWARE)
    firmware(station, "Downloading", "Downloaded", "InvalidSignature")
    event(station, "InvalidFirmwareSignature")


def firmware(station, *told):
    for status in told:
        assert station.send("SignedFirmwareStatusNotification", status=status, requestId=5) == {}


def event(station, kind):
    assert station.send("SecurityEventNotification", type=kind, timestamp=now()) == {}


def root():
    return Authority("Some root").pem.decode()
