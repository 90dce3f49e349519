"""A charger is brought to a security profile over OCPP, and is never out of reach on the way."""

import pytest

from knx_ocpp_bridge.core.admission import judge, needed
from knx_ocpp_bridge.core.commands import (
    AskForCertificateRequest,
    Call,
    CertificateSigned,
    ChangeConfiguration,
    InstallCertificate,
    Reset,
)
from knx_ocpp_bridge.core.events import (
    CallAsked,
    CertificateAsked,
    CertificateIssued,
    LinkOpened,
    Origin,
    Outcome,
    SecureAsked,
)
from knx_ocpp_bridge.core.security import Proof, Security, SecurityProfile, digests
from knx_ocpp_bridge.core.settings import ChargerSettings
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import SignAnswer
from knx_ocpp_bridge.core.values import ChargerId, LinkNumber
from tests.kit.life import Life, garage

KEY = "00112233445566778899AABBCCDDEEFF00112233"
DIGESTS = digests(KEY, b"salt")
ROOT = "-----BEGIN CERTIFICATE-----\n..."
OPEN, BASIC, TLS, CLIENT = SecurityProfile
NEW_WAY = Proof(tls=True, user=b"GARAGE", password=bytes.fromhex(KEY))


def secure(profile: SecurityProfile = TLS, root: str = ROOT, number: int = 1) -> SecureAsked:
    return SecureAsked(profile, KEY, DIGESTS, root, Origin.CLI, number)


def here(**answers: object) -> Life:
    life = Life()
    life.arrives()
    life.answers |= answers  # type: ignore[arg-type]
    return life


def comes_back(life: Life, proof: Proof) -> None:
    life.links += 1
    life.link = LinkNumber(life.links)
    life.happens(LinkOpened(life.link, "192.0.2.7", proof))
    life.boots()


def let_in(life: Life, proof: Proof) -> bool:
    return judge(life.charger.settings, life.charger.security, proof) is None


def test_root_password_and_profile_are_told_in_this_order():
    life = here()
    life.happens(secure())
    said = [one for one in life.commands if isinstance(one, InstallCertificate | ChangeConfiguration)]
    assert said == [
        InstallCertificate("CentralSystemRootCertificate", ROOT),
        ChangeConfiguration("AuthorizationKey", KEY),
        ChangeConfiguration("SecurityProfile", "2"),
    ]
    assert life.verdict(1) is CommandResult.ACCEPTED


def test_the_new_password_is_on_disk_before_the_charger_hears_it():
    life = here()
    life.silent.add(InstallCertificate)
    step = life.happens(secure())
    assert any(getattr(fact, "security", None) == life.charger.security for fact in step.facts)
    assert life.memory.security.wanted_passwords == DIGESTS


def test_until_it_has_come_back_the_new_way_the_old_way_is_good():
    life = here()
    life.happens(secure())
    life.disconnects()
    assert let_in(life, Proof())
    life.restarts()
    assert let_in(life, Proof()), "a restart of the bridge changes nothing"
    comes_back(life, NEW_WAY)
    assert not let_in(life, Proof())
    assert not let_in(life, Proof(tls=True, user=b"GARAGE", password=b"wrong"))
    assert let_in(life, NEW_WAY)
    life.restarts()
    assert not let_in(life, Proof())
    assert needed(life.charger.settings, life.charger.security) is TLS


def test_a_power_cut_on_the_way_leaves_both_ways_open():
    life = here()
    life.silent.add(ChangeConfiguration)
    life.happens(secure())
    life.restarts()
    assert let_in(life, Proof())
    comes_back(life, NEW_WAY)
    assert life.charger.security == Security(TLS, DIGESTS)


def test_a_charger_that_refuses_the_password_stays_as_it_was():
    life = here()
    life.answers[ChangeConfiguration] = "Rejected"
    life.happens(secure())
    assert life.verdict(1) is CommandResult.REJECTED
    assert life.charger.security == Security()
    assert len(life.told(ChangeConfiguration)) == 1, "what follows a refusal is not said"
    assert "AuthorizationKey" in life.words[-1]


def test_a_charger_that_cannot_install_certificates_stays_as_it_was():
    life = here()
    life.answers[InstallCertificate] = Outcome.NOT_SUPPORTED
    life.happens(secure())
    assert life.verdict(1) is CommandResult.NOT_SUPPORTED
    assert life.charger.security == Security()
    assert life.told(ChangeConfiguration) == []


def test_a_profile_is_never_lowered():
    life = Life(garage(security_profile=TLS))
    life.arrives()
    life.happens(secure(BASIC))
    assert life.verdict(1) is CommandResult.NOT_ALLOWED_NOW
    assert life.told(ChangeConfiguration) == []
    assert "lowered" in life.verdicts[-1].reason


def test_at_the_same_profile_only_the_password_is_renewed():
    life = Life(garage(security_profile=BASIC, password="a password"))
    life.arrives()
    life.happens(secure(BASIC, root=""))
    assert life.told(ChangeConfiguration) == [ChangeConfiguration("AuthorizationKey", KEY)]
    assert let_in(life, Proof(user=b"GARAGE", password=b"a password")), "the old one, until it comes with the new one"
    assert let_in(life, Proof(user=b"GARAGE", password=KEY.encode()))


def test_a_charger_that_needs_a_restart_is_restarted():
    life = here()
    life.answers[ChangeConfiguration] = "RebootRequired"
    life.happens(secure(BASIC, root=""))
    assert life.told(Reset) == [Reset(hard=False)], "once, when all was said"


def test_a_charger_that_accepts_and_waits_for_a_restart_is_restarted_after_a_minute():
    life = here()
    life.happens(secure())
    life.passes(59)
    assert life.told(Reset) == []
    life.passes(2)
    assert life.told(Reset) == [Reset(hard=False)]


def test_a_charger_that_dials_anew_by_itself_is_not_restarted():
    life = here()
    life.happens(secure())
    comes_back(life, NEW_WAY)
    life.passes(300)
    assert life.told(Reset) == []


def test_a_charging_car_is_not_interrupted_for_it():
    life = here()
    number = life.charges()
    life.answers[ChangeConfiguration] = "RebootRequired"
    life.happens(secure(BASIC, root=""))
    life.passes(200)
    assert life.told(Reset) == []
    life.stops(number)
    life.passes(61)
    assert life.told(Reset) == [Reset(hard=False)], "but when its transaction is over"


def test_a_charger_that_is_away_or_unknown_is_not_secured():
    away = Life()
    away.happens(secure())
    assert away.verdict(1) is CommandResult.OFFLINE
    stranger = Life(ChargerSettings(ChargerId("NEW"), configured=False))
    stranger.arrives()
    stranger.happens(secure())
    assert stranger.verdict(1) is CommandResult.NOT_ALLOWED_NOW


def test_a_link_that_is_lost_on_the_way_is_told_and_both_passwords_stay_good():
    life = here()
    life.silent.add(ChangeConfiguration)
    life.happens(secure())
    life.disconnects()
    assert life.verdict(1) is CommandResult.OFFLINE
    assert let_in(life, Proof())
    comes_back(life, NEW_WAY)
    assert not let_in(life, Proof())


def told_profiles(life: Life) -> list[str]:
    return [one.value for one in life.told(ChangeConfiguration) if one.key == "SecurityProfile"]  # type: ignore[union-attr]


def dials_anew_for_its_key() -> Life:
    """It has accepted the new password, and is gone before its answer to the new profile."""
    life = here()
    life.silent.add(ChangeConfiguration)
    life.happens(secure())
    life.replies()
    life.replies(Outcome.LOST)
    life.disconnects()
    assert told_profiles(life) == ["2"]
    return life


def test_a_charger_that_dials_anew_for_its_password_is_told_the_profile_when_it_is_back():
    life = dials_anew_for_its_key()
    life.silent.clear()
    comes_back(life, Proof(user=b"GARAGE", password=KEY.encode()))
    assert told_profiles(life) == ["2", "2"]
    assert life.verdict(1) is CommandResult.ACCEPTED
    assert let_in(life, Proof(user=b"GARAGE", password=KEY.encode()))
    comes_back(life, NEW_WAY)
    assert not let_in(life, Proof(user=b"GARAGE", password=KEY.encode()))


def test_a_charger_whose_answer_was_lost_as_it_went_the_new_way_is_secured():
    life = dials_anew_for_its_key()
    comes_back(life, NEW_WAY)
    assert told_profiles(life) == ["2"]
    assert life.verdict(1) is CommandResult.ACCEPTED
    assert not let_in(life, Proof())


def test_a_charger_that_is_lost_twice_is_not_told_for_ever():
    life = dials_anew_for_its_key()
    comes_back(life, Proof())
    life.replies(Outcome.LOST)
    life.disconnects()
    comes_back(life, Proof())
    assert told_profiles(life) == ["2", "2"]
    assert life.verdict(1) is CommandResult.REJECTED
    assert let_in(life, Proof())


def test_a_client_certificate_is_asked_for_signed_and_sent_before_the_profile():
    life = here()
    life.happens(secure(CLIENT))
    assert life.told(AskForCertificateRequest) == [AskForCertificateRequest()]
    assert life.told(ChangeConfiguration) == []
    step = life.happens(CertificateAsked(life.link, "r", "CSR"))  # type: ignore[arg-type]
    assert life.answered == SignAnswer(accepted=True)
    assert step.sign == "CSR"
    life.happens(CertificateIssued("CHAIN"))
    assert life.told(CertificateSigned) == [CertificateSigned("CHAIN")]
    assert life.told(ChangeConfiguration)[-1] == ChangeConfiguration("SecurityProfile", "3")
    assert any("it knows its certificate and profile 3 now" in word for word in life.words)
    comes_back(life, Proof(tls=True, certificate="garage"))
    assert life.charger.security.profile is CLIENT
    assert not let_in(life, NEW_WAY)
    assert let_in(life, Proof(tls=True, certificate="GARAGE"))
    assert not let_in(life, Proof(tls=True, certificate="OTHER"))


def test_profile_three_needs_no_password_and_another_chargers_certificate_does_not_shut_the_old_way():
    life = here()
    life.happens(SecureAsked(CLIENT, "", (), ROOT, Origin.CLI, 1))
    life.happens(CertificateAsked(life.link, "r", "CSR"))  # type: ignore[arg-type]
    life.happens(CertificateIssued("CHAIN"))
    assert life.verdict(1) is CommandResult.ACCEPTED
    comes_back(life, Proof(tls=True, certificate="OTHER"))
    assert let_in(life, Proof())
    comes_back(life, Proof(tls=True, certificate="GARAGE"))
    assert life.charger.security.profile is CLIENT
    assert not let_in(life, Proof())


@pytest.mark.parametrize("before", [BASIC, TLS])
def test_profile_three_is_reached_from_a_profile_with_a_password(before: SecurityProfile):
    """At profile 3 a charger sends no password any more (white paper, profile 3: TLS with client side certificates)."""
    life = here()
    life.happens(secure(before))
    comes_back(life, Proof(tls=before is TLS, user=b"GARAGE", password=bytes.fromhex(KEY)))
    life.happens(SecureAsked(CLIENT, "", (), ROOT, Origin.CLI, 2))
    life.happens(CertificateAsked(life.link, "r", "CSR"))  # type: ignore[arg-type]
    life.happens(CertificateIssued("CHAIN"))
    assert not let_in(life, Proof(tls=True, certificate="OTHER"))
    assert let_in(life, Proof(tls=True, certificate="GARAGE"))
    comes_back(life, Proof(tls=True, certificate="GARAGE"))
    assert life.charger.security.profile is CLIENT
    assert not let_in(life, NEW_WAY)


def test_a_charger_that_never_sends_its_certificate_request_is_told_of_in_time():
    life = here()
    life.happens(secure(CLIENT))
    life.passes(121)
    assert life.verdict(1) is CommandResult.TIMED_OUT
    assert life.charger.security == Security()


def test_a_certificate_request_that_cannot_be_signed_leaves_the_charger_as_it_was():
    life = here()
    life.happens(secure())
    comes_back(life, NEW_WAY)
    before = life.charger.security
    life.happens(SecureAsked(CLIENT, "", (), ROOT, Origin.CLI, 2))
    life.happens(CertificateAsked(life.link, "r", "CSR"))  # type: ignore[arg-type]
    life.happens(CertificateIssued("", "it is for 'SIM', and its certificate has to be for 'GARAGE'"))
    assert life.verdict(2) is CommandResult.REJECTED
    assert life.charger.security == before


def test_row_o7_a_certificate_request_that_nobody_asked_for_is_refused():
    life = here()
    step = life.happens(CertificateAsked(life.link, "r", "CSR"))  # type: ignore[arg-type]
    assert life.answered == SignAnswer(accepted=False)
    assert step.sign == ""


def test_a_certificate_request_that_somebody_asked_for_is_signed_once():
    life = here()
    payload = '{"requestedMessage":"SignChargePointCertificate"}'
    life.happens(CallAsked(Call("ExtendedTriggerMessage", payload), Origin.CLI, 7))
    assert life.happens(CertificateAsked(life.link, "r", "CSR")).sign == "CSR"  # type: ignore[arg-type]
    assert life.happens(CertificateAsked(life.link, "s", "CSR")).sign == ""  # type: ignore[arg-type]


def test_a_charger_that_comes_back_under_another_user_name_is_not_kept_out_by_its_own_success():
    life = here()
    life.happens(secure())
    other_name = Proof(tls=True, user=b"admin", password=bytes.fromhex(KEY))
    comes_back(life, other_name)
    assert let_in(life, other_name), "its next connection will be the same"
    assert any("its user name is not its id" in one for one in life.words)
    comes_back(life, NEW_WAY)
    assert life.charger.security == Security(TLS, DIGESTS)


def test_a_user_name_that_a_flag_allows_proves_as_well():
    life = Life(garage(flags={"any_username": True}))
    life.arrives()
    life.happens(secure())
    comes_back(life, Proof(tls=True, user=b"admin", password=bytes.fromhex(KEY)))
    assert life.charger.security == Security(TLS, DIGESTS)


def test_row_o7_whoever_takes_the_place_of_the_charger_that_was_asked_is_given_no_certificate():
    life = here()
    payload = '{"requestedMessage":"SignChargePointCertificate"}'
    life.happens(CallAsked(Call("ExtendedTriggerMessage", payload), Origin.CLI, 7))
    comes_back(life, Proof())
    assert life.happens(CertificateAsked(life.link, "r", "CSR")).sign == ""  # type: ignore[arg-type]
    assert life.answered == SignAnswer(accepted=False)


def test_nor_is_whoever_takes_its_place_while_it_is_being_secured():
    life = here()
    life.happens(secure(CLIENT))
    comes_back(life, Proof())
    assert life.happens(CertificateAsked(life.link, "r", "CSR")).sign == ""  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [f"cannot do {KEY}", KEY, f"AuthorizationKey={KEY}"])
def test_a_password_that_a_charger_repeats_in_its_refusal_is_not_in_the_log(status: str):
    life = here()
    life.answers[ChangeConfiguration] = status
    life.happens(secure())
    assert life.verdict(1) is CommandResult.REJECTED
    payload = f'{{"key":"AuthorizationKey","value":"{KEY}"}}'
    life.answers[Call] = status
    life.happens(CallAsked(Call("ChangeConfiguration", payload), Origin.CLI, 7))
    assert life.charger.errands == ()
    assert KEY not in str(life.words)


def test_whoever_is_let_in_the_old_way_while_the_new_one_is_awaited_is_told_of_each_time():
    life = here()
    life.happens(secure())
    for _ in range(2):
        life.words.clear()
        comes_back(life, Proof())
        assert any("let in the old way" in word for word in life.words)
    comes_back(life, NEW_WAY)
    life.words.clear()
    comes_back(life, NEW_WAY)
    assert not any("let in the old way" in word for word in life.words)
