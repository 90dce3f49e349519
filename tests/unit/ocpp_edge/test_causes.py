"""The word by which pages and programs know a failure again, whatever its sentence says."""

import ssl

import pytest

from knx_ocpp_bridge.ocpp import alerts, diagnosis


def of_openssl(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("TLSV1_ALERT_UNKNOWN_CA", "tls_root"),
        ("SSLV3_ALERT_BAD_CERTIFICATE", "tls_root"),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", "tls_clock"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", "tls_old"),
        ("NO_SHARED_CIPHER", "tls_ciphers"),
        ("TLSV1_UNRECOGNIZED_NAME", "tls_name"),
        ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "tls_certificate"),
        ("DECODE_ERROR", ""),
    ],
)
def test_each_alert_of_a_charger_has_one(reason: str, cause: str):
    assert alerts.told(of_openssl(reason)).cause == cause


@pytest.mark.parametrize(
    ("head", "cause"),
    [
        (b"POST /GARAGE HTTP/1.1\r\nContent-Length: 7\r\n\r\n", "soap"),
        (b"GET /GA RAGE HTTP/1.1\r\n\r\n", "url"),
        (b"GET /GARAGE HTTP/1.1\n\n", ""),
    ],
)
def test_a_request_that_is_none_has_one(head: bytes, cause: str):
    trouble = diagnosis.diagnose(head)
    assert trouble.cause == cause, trouble
