"""What TLS says, in the words of somebody who stands before the charger (row C21)."""

import ssl
from pathlib import Path

import pytest

from knx_ocpp_bridge.ocpp import alerts
from knx_ocpp_bridge.ocpp.failures import MAX_TEXT_CHARS, Kind
from tests.kit.certificates import Authority
from tests.kit.dialler import Office
from tests.kit.tls_dialler import TlsDialler, client_context, server_context

OURS = Authority()
FATAL = 2


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tls=server_context(tmp_path, OURS.server("rsa"), OURS.server("ec")))


@pytest.mark.parametrize(
    ("alert", "reason", "remedy"),
    [
        (10, "cannot read what we send", "firmware"),
        (20, "cannot read what we send", "firmware"),
        (40, "no encryption in common", "tls_compat"),
        (42, "cannot use our certificate", "OCPP-CA.pem"),
        (43, "the kind of certificate", "ws://"),
        (44, "revoked", "OCPP-CA.pem"),
        (45, "its clock is wrong", "clock"),
        (46, "does not trust our certificate", "OCPP-CA.pem"),
        (48, "does not know our root certificate", "knx-ocpp-bridge ca export"),
        (49, "does not want to talk to us", "knx-ocpp-bridge ca show"),
        (50, "cannot read what we send", "firmware"),
        (51, "our signature wrong", "OCPP-CA.pem"),
        (70, "does not speak a version of TLS", "firmware"),
        (71, "too weak", "firmware"),
        (80, "a fault of its own", "restart"),
        (110, "cannot read what we send", "firmware"),
        (112, "a name that is not ours", "address that the certificate names"),
        (200, "TLS failed", "firmware"),
    ],
)
def test_c21_every_alert_of_a_charger_is_told_in_words(office: Office, alert: int, reason: str, remedy: str):
    charger = TlsDialler(office.system, client_context(OURS.pem, versions=[ssl.TLSVersion.TLSv1_2]))
    charger.transport.deliver(charger.hello())
    charger.transport.deliver(bytes((0x15, 3, 3, 0, 2, FATAL, alert)))
    (row,) = office.system.failures.rows()
    assert row["kind"] == "tls"
    assert reason in str(row["reason"])
    assert remedy in str(row["remedy"])
    assert str(row["offered"]).startswith("TLS 1.2 or newer; suites ")
    assert charger.transport.closed


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_c21_an_alert_in_the_middle_of_a_session_counts_too(office: Office, version: ssl.TLSVersion):
    charger = TlsDialler(office.system, client_context(OURS.pem, versions=[version]))
    assert charger.shake()
    assert charger.dial() == 101
    charger.connection.send(b"this will be damaged on its way")
    charger.transport.written[-1] ^= 1
    charger.read()
    (row,) = office.system.failures.rows()
    assert (row["kind"], row["path"]) == ("tls", "CP1")
    assert "cannot read what we send" in str(row["reason"])


def test_no_words_are_cut_off_in_the_book():
    for error in (ssl.SSLZeroReturnError(), ssl.SSLEOFError()):
        assert alerts.told(error) == alerts.UNFINISHED
    for trouble in (alerts.UNFINISHED, alerts.SILENT, *(alerts.told(failed(word)) for word in alerts._WORDS)):
        assert trouble.kind is Kind.TLS
        assert len(trouble.reason) <= MAX_TEXT_CHARS
        assert 0 < len(trouble.remedy) <= MAX_TEXT_CHARS


@pytest.mark.parametrize("hello", [b"", b"\x16", b"\x16\x03\x01" + bytes(60), bytes(43) + b"\xff"])
def test_a_hello_that_is_none_offers_nothing_that_could_do_harm(hello: bytes):
    assert alerts.offered(hello) in {"", "an unknown version of TLS"}


def failed(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = f"SSLV3_ALERT_{reason}"
    return error
