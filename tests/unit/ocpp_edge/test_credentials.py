"""Basic authentication as chargers send it (catalogue rows C15 to C18)."""

import base64
import logging

import pytest

from knx_ocpp_bridge.core import admission
from knx_ocpp_bridge.core.security import NOTHING_AGREED, PasswordDigest, Security, SecurityProfile, digests
from knx_ocpp_bridge.core.settings import ChargerSettings
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.ocpp.credentials import NO_CREDENTIALS, Credentials, read
from knx_ocpp_bridge.ocpp.handshake import Attempt, Refusal
from tests.kit.dialler import Office, bare_connection, deliver

RAW = bytes(range(0xEC, 0x100))
BASIC = ChargerSettings(ChargerId("CP1"), security_profile=SecurityProfile.BASIC)
HANDSHAKE = (
    b"GET /CP1 HTTP/1.1\r\nHost: pi:8016\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nUser-Agent: acme/1.0\r\n%s"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


def sent(plain: bytes) -> str:
    return "Basic " + base64.b64encode(plain).decode()


def dial(office: Office, authorization: str | None) -> bytes:
    connection, transport = bare_connection(office.system)
    header = b"" if authorization is None else b"Authorization: " + authorization.encode() + b"\r\n"
    deliver(connection, HANDSHAKE % header)
    return bytes(transport.written)


def guarded(
    settings: ChargerSettings, passwords: tuple[PasswordDigest, ...] = (), *, any_username: bool = False
) -> Office:
    def admits(attempt: Attempt) -> ChargerId | Refusal:
        denied = admission.judge(settings, Security(passwords=passwords), attempt.proof, any_username=any_username)
        if denied is None:
            return settings.id
        return Refusal(denied.reason, 401 if denied.unauthorized else 403, denied.remedy)

    return Office(admits=admits)


@pytest.mark.parametrize(
    ("plain", "user", "password"),
    [
        (b"CP1:secret", b"CP1", b"secret"),
        (b"CP1:a:b::c", b"CP1", b"a:b::c"),
        (b"CP1:", b"CP1", b""),
        (b":x", b"", b"x"),
        (b"CP1:" + RAW, b"CP1", RAW),
        (b"CP1:\x00:\xff", b"CP1", b"\x00:\xff"),
    ],
)
def test_c16_user_and_password_are_split_at_the_first_colon_as_bytes(plain: bytes, user: bytes, password: bytes):
    assert read([sent(plain)]) == Credentials(user, password)


def test_padding_and_blanks_do_not_matter():
    encoded = sent(b"CP1:secret1")
    assert encoded.endswith("=")
    for odd in (encoded.rstrip("="), encoded + "=", "basic   " + encoded[6:], encoded[:12] + " " + encoded[12:]):
        assert read([odd]) == Credentials(b"CP1", b"secret1")


@pytest.mark.parametrize(
    "value", ["Basic", "Basic !!!!", "Basic Q1A", sent(b"no colon"), "Bearer abc", "", "Basic " + "A" * 5000, "Basic A"]
)
def test_what_cannot_be_read_is_a_wrong_password_with_its_reason(value: str):
    shown = read([value])
    assert (shown.user, shown.password) == (b"", None)
    assert "its Authorization header cannot be read" in shown.fault


def test_nothing_sent_is_nothing_shown():
    assert read([]) == NO_CREDENTIALS


def test_c16_a_password_with_colons_and_one_of_raw_bytes_open_the_door():
    office = guarded(BASIC, digests("a:b::c", b"salt"))
    assert dial(office, sent(b"CP1:a:b::c")).startswith(b"HTTP/1.1 101")
    office = guarded(BASIC, digests(RAW.hex(), b"salt"))
    assert dial(office, sent(b"CP1:" + RAW)).startswith(b"HTTP/1.1 101")


def test_c17_a_key_given_in_hex_may_come_back_in_hex_or_as_its_bytes():
    office = guarded(BASIC, digests("00FFab" + "11" * 13, b"salt"))
    for form in (b"00FFab" + b"11" * 13, b"00ffab" + b"11" * 13, bytes.fromhex("00FFab" + "11" * 13)):
        assert dial(office, sent(b"CP1:" + form)).startswith(b"HTTP/1.1 101")
    assert dial(office, sent(b"CP1:00ff")).startswith(b"HTTP/1.1 401")


def test_c15_a_user_that_is_not_the_id_is_refused_unless_any_is_allowed():
    passwords = digests("secret", b"salt")
    assert dial(guarded(BASIC, passwords), sent(b"cp1:secret")).startswith(b"HTTP/1.1 101")
    office = guarded(BASIC, passwords)
    assert dial(office, sent(b"admin:secret")).startswith(b"HTTP/1.1 401")
    assert office.failures() == [("unauthorized", "its user name is not its id")]
    assert dial(guarded(BASIC, passwords, any_username=True), sent(b"admin:secret")).startswith(b"HTTP/1.1 101")


@pytest.mark.parametrize("authorization", [sent(b"CP1:"), sent(b":"), sent(b"x:y"), "Basic !!!", "Bearer x"])
def test_c18_a_password_that_nobody_asked_for_does_no_harm(authorization: str):
    office = guarded(ChargerSettings(ChargerId("CP1")))
    assert dial(office, authorization).startswith(b"HTTP/1.1 101")
    assert all(kind == "odd" for kind, _ in office.failures()), "that it names no subprotocol is all"


def test_whoever_shows_nothing_is_asked_for_basic_authentication():
    office = guarded(BASIC, digests("secret", b"salt"))
    answer = dial(office, None)
    assert answer.startswith(b"HTTP/1.1 401")
    assert b'WWW-Authenticate: Basic realm="OCPP"' in answer
    assert office.failures() == [("unauthorized", "it sends no user name and password")]


def test_a_header_that_cannot_be_read_is_told_with_the_refusal_and_never_repeated():
    office = guarded(BASIC, digests("secret", b"salt"))
    answer = dial(office, "Basic c2VjcmV0")
    assert b"it holds no colon" in answer
    (row,) = office.system.failures.rows()
    assert "its Authorization header cannot be read: it holds no colon" in str(row["reason"])
    assert "c2VjcmV0" not in str(row)


def test_the_attempt_shows_what_was_sent():
    office = Office()
    dial(office, sent(b"CP1:" + RAW))
    (attempt,) = office.attempts
    assert (attempt.identity, attempt.peer, attempt.user_agent) == ("CP1", "10.0.0.9", "acme/1.0")
    assert (attempt.proof.user, attempt.proof.password, attempt.proof.tls) == (b"CP1", RAW, False)


def test_nothing_agreed_and_nothing_configured_is_no_password_at_all():
    denied = admission.judge(BASIC, NOTHING_AGREED, office_proof(b"CP1:"))
    assert denied is not None
    assert "no password is set" in denied.reason


def office_proof(plain: bytes):
    office = Office()
    dial(office, sent(plain))
    return office.attempts[0].proof


async def test_no_level_of_any_logger_writes_a_password_down(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        for name in ("knx_ocpp_bridge.ocpp", "knx_ocpp_bridge.ocpp.websockets", "websockets", "websockets.server"):
            caplog.set_level(logging.DEBUG, name)
        password = sent(b"CP1:correct horse")
        dial(guarded(BASIC), password)
        assert dial(guarded(BASIC, digests("correct horse", b"salt")), password).startswith(b"HTTP/1.1 101")
    assert caplog.text, "somebody said something"
    assert password.removeprefix("Basic ") not in caplog.text
    assert "correct horse" not in caplog.text
