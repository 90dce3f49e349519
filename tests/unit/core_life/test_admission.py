"""Whether a connection is let in as a charger, by what it has shown."""

from dataclasses import replace
from hashlib import sha256

import pytest

from knx_ocpp_bridge.core.admission import Denied, judge
from knx_ocpp_bridge.core.security import PasswordDigest, Proof, Security, SecurityProfile, digests
from tests.kit.life import garage

KEY = "00112233445566778899AABBCCDDEEFF00112233"
OPEN, BASIC, TLS, CLIENT = SecurityProfile


@pytest.mark.parametrize(
    ("password", "sent"),
    [
        ("secret:word", b"secret:word"),
        (KEY, KEY.encode()),
        (KEY, KEY.lower().encode()),
        (KEY, bytes.fromhex(KEY)),
        ("ünïcode", "ünïcode".encode()),
    ],
)
def test_row_c17_a_password_is_good_as_text_and_as_the_bytes_of_its_hex(password: str, sent: bytes):
    settings = garage(security_profile=BASIC, password=password)
    assert judge(settings, Security(), Proof(user=b"Garage", password=sent)) is None
    wrong = judge(settings, Security(), Proof(user=b"GARAGE", password=sent + b"x"))
    assert isinstance(wrong, Denied)
    assert wrong.unauthorized


def test_row_c15_the_user_name_is_the_id_unless_a_flag_says_otherwise():
    settings = garage(security_profile=BASIC, password="password")
    proof = Proof(user=b"admin", password=b"password")
    assert isinstance(judge(settings, Security(), proof), Denied)
    assert judge(settings, Security(), proof, any_username=True) is None
    assert judge(replace(settings, aliases=("Admin",)), Security(), proof) is None, "it dials under that name, too"
    assert isinstance(judge(settings, Security(), Proof(user=b"admin", password=b"x"), any_username=True), Denied)


def test_row_c18_what_was_not_asked_for_is_ignored():
    assert judge(garage(), Security(), Proof(user=b"whoever", password=b"")) is None


def test_no_password_is_not_the_empty_password():
    denied = judge(garage(security_profile=BASIC), Security(), Proof(user=b"GARAGE", password=b""))
    assert isinstance(denied, Denied)
    assert "no password is set" in denied.reason


def test_a_digest_is_salted():
    assert digests("x", b"1")[0].digest != digests("x", b"2")[0].digest
    assert PasswordDigest(b"s", sha256(b"sx").digest()).fits(b"x")


@pytest.mark.parametrize("profile", [TLS, CLIENT])
def test_what_came_by_ws_never_has_a_profile_that_needs_tls(profile: SecurityProfile):
    settings = garage(security_profile=profile, password="password")
    denied = judge(settings, Security(), Proof(user=b"GARAGE", password=b"password", certificate="GARAGE"))
    assert isinstance(denied, Denied)
    assert "wss://" in denied.remedy


SENT = {"nothing": Proof(), "nothing, by TLS": Proof(tls=True), "a password": Proof(user=b"GARAGE", password=b"wrong")}


@pytest.mark.parametrize("profile", [BASIC, TLS, CLIENT])
@pytest.mark.parametrize("sent", SENT)
def test_a_charger_that_has_forgotten_what_was_agreed_with_it_is_told_the_way_back(profile: SecurityProfile, sent: str):
    """The way back exists only where the configuration does not ask for the profile itself."""
    back = "--none --profile 0"
    agreed = judge(garage(), Security(profile, digests("x", b"1")), SENT[sent])
    configured = judge(garage(security_profile=profile), Security(profile, digests("x", b"1")), SENT[sent])
    assert agreed is not None
    assert configured is not None
    assert (back in agreed.remedy) is (sent != "a password")
    assert back not in configured.remedy
    assert agreed.reason == configured.reason


@pytest.mark.parametrize("sent", [Proof(), Proof(user=b"GARAGE", password=b"x")])
def test_a_password_that_is_lacking_is_made_here_and_typed_in_and_for_a_stranger_after_it_is_adopted(sent: Proof):
    """Over OCPP it cannot be told one: it is not let in."""
    for configured in (True, False):
        denied = judge(garage(security_profile=BASIC, configured=configured), Security(), sent)
        assert denied is not None
        assert "chargers password ID" in denied.remedy
        assert "secure" not in denied.remedy
        assert ("chargers adopt ID" in denied.remedy) is not configured
