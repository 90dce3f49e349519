"""Who is let in, by the configuration: TLS, security profiles, passwords."""

import json

import pytest

from knx_ocpp_bridge.config.models import Bridge, Charger
from knx_ocpp_bridge.config.schema import schema
from knx_ocpp_bridge.core.security import SecurityProfile

PASSWORD = "korrekt horse: Säule"


def charger(*keys: str) -> str:
    """A file with one charger; its keys stand in lines 4 and below."""
    return "chargers:\n  - id: A\n    connectors: [{id: 1}]\n" + "".join(f"    {key}\n" for key in keys)


def warnings(installer, text):
    said = [each.replace(f"{installer.folder}/", "") for each in installer.load(text).warnings]
    return [each for each in said if "no group objects" not in each]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("off", "off"),
        ('"off"', "off"),
        ("false", "off"),
        ("False", "off"),
        ('"false"', "off"),
        ("no", "off"),
        ("on", "on"),
        ("true", "on"),
        ("yes", "on"),
        ("both", "both"),
    ],
)
def test_tls_is_what_was_meant_whether_yaml_reads_a_word_or_a_switch(installer, written, meant):
    assert installer.load(f"ocpp: {{tls: {written}}}").bridge.ocpp.tls == meant


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "ocpp: {tls: wss}",
            "bridge.yaml:1: ocpp.tls: 'wss' is none of the values of this key; Allowed: off | on | both",
        ),
        (
            "ocpp: {tls: 1}",
            "bridge.yaml:1: ocpp.tls: 1 is none of the values of this key; Allowed: off | on | both",
        ),
        (
            "ocpp: {tls: off, tls_compat: true}",
            "bridge.yaml:1: ocpp.tls_compat: tls: off uses no tls_compat; take it out, or write tls: both",
        ),
        (
            "ocpp: {security_profile: 4}",
            ("bridge.yaml:1: ocpp.security_profile: 4 is none of the values of this key; Allowed: 0 | 1 | 2 | 3"),
        ),
        (
            "ocpp: {security_profile: true}",
            "bridge.yaml:1: ocpp.security_profile: yes or no is not a number; write a number",
        ),
        (
            "ocpp:\n  tls: off\n  security_profile: 3",
            (
                "bridge.yaml:3: ocpp.security_profile: security profile 3 needs TLS, and ocpp.tls is off; "
                "write tls: both or tls: on (both is what counts when it is left out)"
            ),
        ),
        (
            charger("security_profile: 2", 'password: "12345678"') + "ocpp: {tls: false}",
            (
                "bridge.yaml:4: chargers[0].security_profile: security profile 2 needs TLS, and ocpp.tls is off; "
                "write tls: both or tls: on (both is what counts when it is left out)"
            ),
        ),
        ("ocpp: {pings: 4}", "bridge.yaml:1: ocpp.pings: 4 is out of range; write at least 5, or 0 for none"),
        ("ocpp: {pings: 601}", "bridge.yaml:1: ocpp.pings: 601 is out of range; write at most 600"),
    ],
)
def test_what_nobody_could_connect_with_is_refused(installer, text, message):
    assert installer.messages(text) == [message]


@pytest.mark.parametrize("seconds", [0, 5, 600])
def test_pings_may_be_rare_or_none(installer, seconds):
    assert installer.load(f"ocpp: {{pings: {seconds}}}").bridge.ocpp.pings == seconds


def test_profile_one_needs_no_tls(installer):
    loaded = installer.load(charger('password: "12345678"') + "ocpp: {tls: off, security_profile: 1}")
    assert loaded.chargers["A"].security_profile is SecurityProfile.BASIC


@pytest.mark.parametrize(("site", "own", "counts"), [(0, 0, 0), (0, 2, 2), (3, 0, 3), (2, 1, 2), (1, 3, 3)])
def test_the_higher_profile_of_site_and_charger_counts(installer, site, own, counts):
    loaded = installer.load(
        f"ocpp: {{security_profile: {site}}}\n" + charger(f"security_profile: {own}", f'password: "{PASSWORD}"')
    )
    assert loaded.chargers["A"].security_profile is SecurityProfile(counts)
    assert loaded.unknown("B").security_profile is SecurityProfile(site)


def test_the_core_gets_what_stands_of_the_charger(installer):
    settings = installer.load(
        charger(f'password: "{PASSWORD}"', 'client_certificate: "CP 1"', "security_profile: 3")
    ).chargers["A"]
    assert (settings.password, settings.client_certificate) == (PASSWORD, "CP 1")


def test_of_site_and_strangers_the_core_gets_what_stands_there(installer):
    loaded = installer.load("ocpp: {quiet: true, offline_is_fault: false}\n" + charger())
    for settings in (loaded.chargers["A"], loaded.unknown("B")):
        assert (settings.quiet, settings.offline_is_fault) == (True, False)
    plain = installer.load(charger()).chargers["A"]
    assert (plain.quiet, plain.offline_is_fault, plain.password, plain.security_profile) == (False, True, "", 0)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('"hunter2"', "the password has 7 characters"),
        ('""', "the password has 0 characters"),
        (f'"{"x" * 41}"', "the password has 41 characters"),
        ('"hunter\\u0007hunter"', "a control character stands in the password"),
        ('"hunter\\nhunter"', "a control character stands in the password"),
        ("99887766", "this without quotes is a number to YAML, not a text"),
        ("9.9887766", "this without quotes is a number to YAML, not a text"),
        ("2026-12-31", "this without quotes is a date to YAML, not a text"),
        ("[hunter2]", "a list stands where a text belongs"),
        ("{hunter2: 1}", "a group of keys stands where a text belongs"),
    ],
)
def test_a_password_that_no_charger_can_have_is_refused_and_not_repeated(installer, written, reason):
    (problem,) = installer.problems(charger(f"password: {written}"))
    assert (problem.where, problem.path, problem.reason) == ("bridge.yaml:4", "chargers[0].password", reason)
    assert all(part not in str(problem) for part in ("hunter", "99887766", "2026", "x" * 8))


@pytest.mark.parametrize("written", [PASSWORD, "12345678", "x" * 40, "0123456789abcdef" * 2, "0A" * 20, "käse:käse"])
def test_a_password_is_8_to_40_characters_hex_or_not(installer, written):
    """C15, C16, C17: a colon, hex in any case and letters of any language are good."""
    assert installer.load(charger(f'password: "{written}"')).chargers["A"].password == written


def test_a_password_is_in_no_representation(installer):
    loaded = installer.load(charger(f'password: "{PASSWORD}"'))
    entry = Charger.model_validate({"id": "A", "password": PASSWORD, "connectors": [{"id": 1}]})
    whole = Bridge.model_validate({"chargers": [entry]})
    for text in (repr(loaded), str(loaded.chargers), repr(entry), str(entry), repr(whole), json.dumps(schema())):
        assert "horse" not in text


def test_a_broken_list_in_a_variable_does_not_repeat_its_password(installer):
    name = "KNX_OCPP_BRIDGE__CHARGERS"
    broken = f'[{{"id": "A", "password": "{PASSWORD}", "connectors": [{{"id": 1}}]'
    wrong = json.dumps([{"id": "A", "password": PASSWORD * 3, "connectors": [{"id": 1}]}])
    for value in (broken, wrong):
        (message,) = installer.messages("site: {}", {name: value})
        assert message.startswith(f"environment variable {name}: chargers")
        assert "horse" not in message


@pytest.mark.parametrize("profile", [1, 2])
def test_a_charger_that_must_show_a_password_and_has_none_here_is_told_with_its_line_and_the_ways_out(
    installer, profile
):
    assert warnings(installer, charger(f"security_profile: {profile}")) == [
        (
            f"bridge.yaml:4: A has security_profile {profile} and no password here, so it is let in only with one that "
            "knx-ocpp-bridge chargers secure A or chargers password A has made; else set password to what is typed "
            "into the charger as AuthorizationKey, or let it in without one at first (security_profile: 0), "
            "to be secured"
        )
    ]
    (of_site,) = warnings(installer, f"ocpp: {{security_profile: {profile}}}\n" + charger())
    assert of_site.startswith(f"bridge.yaml:3: A has security_profile {profile} and no password here")
    assert "(ocpp.security_profile: 0)" in of_site


def test_a_password_that_nobody_asks_for_is_told(installer):
    assert warnings(installer, charger(f'password: "{PASSWORD}"')) == [
        (
            "bridge.yaml:4: the password of A is asked for only once a security profile was agreed with it over OCPP; "
            "to ask for it now, set security_profile: 1, or 2 with TLS"
        )
    ]


@pytest.mark.parametrize(
    "keys", [("security_profile: 3",), ("security_profile: 2", 'password: "12345678"'), (), ("client_certificate: X",)]
)
def test_what_fits_together_needs_no_word(installer, keys):
    assert warnings(installer, charger(*keys)) == []


def test_a_certificates_name_must_be_text(installer):
    (problem,) = installer.problems(charger("client_certificate: 0042"))
    assert problem.remedy == 'put quotes round it: client_certificate: "0042"'
