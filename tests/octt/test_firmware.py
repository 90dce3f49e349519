"""Firmware management: updates and diagnostics, and how they end."""

import pytest

UPDATE = {"location": "ftp://192.0.2.1/firmware.bin", "retrieveDate": "2026-11-21T12:00:00Z", "retries": 1}
DIAGNOSTICS = {"location": "ftp://192.0.2.1/", "retries": 1, "retryInterval": 10}


def test_tc_044_1_download_and_install(station, does, redial):
    does("UpdateFirmware", UPDATE, {})
    firmware(station, "Downloading", "Downloaded")
    for connector in (0, 1, 2):
        station.status("Unavailable", connector)
    firmware(station, "Installing")
    station.hang_up()
    again = redial()
    assert again.boot(firmwareVersion="2.0")["status"] == "Accepted"
    firmware(again, "Installed")


def test_tc_044_2_download_failed(station, does):
    does("UpdateFirmware", UPDATE, {})
    firmware(station, "Downloading", "DownloadFailed")


def test_tc_044_3_installation_failed(station, does):
    does("UpdateFirmware", UPDATE, {})
    firmware(station, "Downloading", "Downloaded", "Installing", "InstallationFailed")


@pytest.mark.parametrize("answer", [{"fileName": "diagnostics.tar"}, {}])
def test_tc_045_1_diagnostics(station, does, answer):
    does("GetDiagnostics", DIAGNOSTICS, answer)
    diagnostics(station, "Uploading", "Uploaded")


def test_tc_045_2_upload_of_diagnostics_failed(station, does):
    does("GetDiagnostics", DIAGNOSTICS, {"fileName": "diagnostics.tar"})
    diagnostics(station, "Uploading", "UploadFailed")


def firmware(station, *told):
    for status in told:
        assert station.send("FirmwareStatusNotification", status=status) == {}


def diagnostics(station, *told):
    for status in told:
        assert station.send("DiagnosticsStatusNotification", status=status) == {}
