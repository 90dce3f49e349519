import pytest

from knx_ocpp_bridge.ocpp.simulator.certificates import signing_request
from tests.kit.polite_central import PoliteCentral
from tests.unit.simulator.test_charging import booted, charging
from tests.unit.simulator.test_security import root

FTP = "ftp://files.test/box-2.0.bin"
NOW = "2026-06-01T12:00:00Z"


def said(central: PoliteCentral, action: str) -> list[str]:
    return [str(request.payload["status"]) for request in central.heard if request.action == action]


def test_diagnostics_are_uploaded_step_by_step():
    central = booted()
    assert central.ask("GetDiagnostics", {"location": FTP}) == {"fileName": "diagnostics.log"}
    assert said(central, "DiagnosticsStatusNotification") == ["Uploading"]
    central.ask("TriggerMessage", {"requestedMessage": "DiagnosticsStatusNotification"})
    central.wait(10)
    central.ask("TriggerMessage", {"requestedMessage": "DiagnosticsStatusNotification"})
    assert said(central, "DiagnosticsStatusNotification") == ["Uploading", "Uploading", "Uploaded", "Idle"]


def test_an_address_that_nobody_can_reach_fails():
    central = booted()
    central.ask("GetDiagnostics", {"location": "nowhere"})
    central.ask("UpdateFirmware", {"location": "nowhere", "retrieveDate": NOW})
    central.wait(10)
    assert said(central, "DiagnosticsStatusNotification") == ["Uploading", "UploadFailed"]
    assert said(central, "FirmwareStatusNotification") == ["Downloading", "DownloadFailed"]


def test_a_log_is_uploaded_under_its_number_and_a_second_one_takes_its_place():
    central = booted()
    wanted = {"logType": "SecurityLog", "requestId": 5, "log": {"remoteLocation": FTP}}
    assert central.ask("GetLog", wanted) == {"status": "Accepted", "filename": "security.log"}
    assert central.ask("GetLog", wanted | {"requestId": 6})["status"] == "AcceptedCanceled"
    central.wait(10)
    told = [r.payload for r in central.heard if r.action == "LogStatusNotification"]
    assert [(row["status"], row["requestId"]) for row in told] == [("Uploading", 5), ("Uploading", 6), ("Uploaded", 6)]
    central.ask("ExtendedTriggerMessage", {"requestedMessage": "LogStatusNotification"})
    assert central.heard[-1].payload == {"status": "Idle"}


def reboot(central: PoliteCentral) -> None:
    """The link is lost while the charger restarts, as its owner would see to it."""
    assert not central.charger.wants_link
    central.disconnect()
    central.wait(6)
    assert central.charger.wants_link
    central.connect()
    central.wait(5)


def test_new_firmware_is_loaded_when_it_is_due_and_runs_after_a_restart():
    central = booted()
    central.ask("UpdateFirmware", {"location": FTP, "retrieveDate": "2026-06-01T12:00:10Z"})
    central.wait(9)
    assert central.take() == []
    central.wait(8)
    assert said(central, "FirmwareStatusNotification") == ["Downloading", "Downloaded", "Installing"]
    reboot(central)
    assert said(central, "FirmwareStatusNotification")[3:] == ["Installed"]
    boot = [request for request in central.heard if request.action == "BootNotification"][-1]
    assert boot.payload["firmwareVersion"] == "box-2.0"
    assert [r.payload["type"] for r in central.heard if r.action == "SecurityEventNotification"] == ["FirmwareUpdated"]


def test_nothing_is_installed_while_a_car_charges():
    central = charging()
    central.ask("UpdateFirmware", {"location": FTP, "retrieveDate": NOW})
    central.wait(60)
    assert said(central, "FirmwareStatusNotification") == ["Downloading", "Downloaded"]
    central.charger.unplug(1, central.now)
    central.wait(1)
    assert said(central, "FirmwareStatusNotification")[-1] == "Installing"


def signed(certificate: str, signature: str = "c2lnbmF0dXJl") -> dict[str, object]:
    firmware = {"location": FTP, "retrieveDateTime": NOW, "signingCertificate": certificate, "signature": signature}
    return {"requestId": 9, "firmware": firmware}


def test_signed_firmware_is_verified_before_it_is_installed():
    central = booted()
    assert central.ask("SignedUpdateFirmware", signed(root())) == {"status": "Accepted"}
    central.wait(9)
    reboot(central)
    stages = ["Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed"]
    assert said(central, "SignedFirmwareStatusNotification") == stages
    assert {r.payload["requestId"] for r in central.heard if "SignedFirmware" in r.action} == {9}


@pytest.mark.parametrize(
    ("wanted", "answer", "event"),
    [
        (signed("no certificate"), "InvalidCertificate", "InvalidFirmwareSigningCertificate"),
        (signed(root(), "no base64!"), "Accepted", "InvalidFirmwareSignature"),
    ],
)
def test_firmware_that_nobody_signed_is_not_installed(wanted: dict[str, object], answer: str, event: str):
    central = booted()
    assert central.ask("SignedUpdateFirmware", wanted) == {"status": answer}
    central.wait(20)
    assert [r.payload["type"] for r in central.heard if r.action == "SecurityEventNotification"] == [event]
    assert "Installing" not in said(central, "SignedFirmwareStatusNotification")


def test_a_request_for_a_certificate_is_real():
    from cryptography import x509

    made = signing_request("SIM-1", "Operator")
    request = x509.load_pem_x509_csr(made.pem.encode())
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "O=Operator,CN=SIM-1"
