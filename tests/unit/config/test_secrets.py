"""`!secret NAME`: texts that stand in a file of their own."""

import pytest

from knx_ocpp_bridge.config.document import parse

TEXT = """\
site: {timezone: UTC}
chargers:
  - id: A
    connectors: [{id: 1, group_objects: {online: {state_address: 0/0/1}}}]
    security_profile: 1
    password: !secret garage
"""
SECRETS = 'garage: "correct horse battery"\nother: "9/9/9999"\nnumber: 12345678\nshort: "hunter2"\n'
AT = "secrets.yaml"
PROTECT = "as root: chown root:knx-ocpp-bridge secrets.yaml && chmod 640 secrets.yaml"


@pytest.fixture
def secrets(installer):
    path = installer.write(SECRETS, "secrets.yaml")
    path.chmod(0o640)
    return path


def messages(installer, text=TEXT, environ=None):
    """All that is said, without the folder."""
    return [each.replace(f"{installer.folder}/", "") for each in installer.messages(text, environ)]


def test_a_password_may_stand_in_the_file_of_secrets(installer, secrets):
    loaded = installer.load(TEXT)
    assert loaded.chargers["A"].password == "correct horse battery"
    assert loaded.warnings == ()


def test_the_file_of_secrets_is_looked_for_only_by_who_needs_it(installer):
    assert installer.load(TEXT.replace("!secret garage", '"12345678"')).chargers["A"].password == "12345678"


def test_a_secret_that_is_missing_is_told_once_with_the_one_that_was_meant(installer, secrets):
    assert messages(installer, TEXT.replace("garage", "garag")) == [
        ("bridge.yaml:6: chargers[0].password: garag does not stand in secrets.yaml; did you mean garage?")
    ]
    assert messages(installer, TEXT.replace("garage", "qqq")) == [
        'bridge.yaml:6: chargers[0].password: qqq does not stand in secrets.yaml; add qqq: "..." to it'
    ]


@pytest.mark.parametrize("mode", [0o644, 0o641, 0o606, 0o777])
def test_a_file_of_secrets_that_is_open_to_everybody_is_refused(installer, secrets, mode):
    secrets.chmod(mode)
    assert messages(installer) == [
        (
            f"bridge.yaml:6: chargers[0].password: secrets.yaml is open to everybody on this machine (mode {mode:o}); "
            f"{PROTECT}"
        )
    ]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o660, 0o400])
def test_owner_and_group_may_do_with_it_what_they_like(installer, secrets, mode):
    secrets.chmod(mode)
    assert installer.load(TEXT).chargers["A"].password == "correct horse battery"


def test_without_a_file_of_secrets_it_is_said_how_to_make_one(installer):
    assert messages(installer) == [
        (
            "bridge.yaml:6: chargers[0].password: secrets.yaml cannot be read: No such file or directory; "
            f'write it, with NAME: "..." in each line; {PROTECT}'
        )
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", f'{AT} says nothing; write garage: "..." into it'),
        (b"- hunter2\n", f'{AT} says nothing; write garage: "..." into it'),
        (b"garage: 12345678\n", f"garage at {AT}:1 is not a text to YAML; put quotes round it"),
        (b"a: b\ngarage: [hunter2]\n", f"garage at {AT}:2 is not a text to YAML; put quotes round it"),
        (b'garage: ""\n', f"garage at {AT}:1 is not a text to YAML; put quotes round it"),
        (b"garage:\n", f"garage at {AT}:1 is not a text to YAML; put quotes round it"),
        (
            b"garage: hunter2\ngarage: hunter3\n",
            f"{AT}:2: garage stands here again, first in line 1; keep one of the two",
        ),
        (b"garage: hunter\xff\n", f"{AT}: line 1 is not UTF-8 text; save it as UTF-8 text"),
    ],
)
def test_a_broken_file_of_secrets_is_told_without_its_content(installer, secrets, content, message):
    secrets.write_bytes(content)
    assert messages(installer) == [f"bridge.yaml:6: chargers[0].password: {message}"]


def test_a_quote_that_is_not_closed_is_told_with_its_line_in_the_file_of_secrets(installer, secrets):
    secrets.write_text('garage: "hunter2\n')
    (message,) = messages(installer)
    assert message.startswith("bridge.yaml:6: chargers[0].password: secrets.yaml:2: a quote is opened and not closed")
    assert "hunter" not in message


def test_a_secret_that_does_not_fit_is_refused_without_its_value(installer, secrets):
    found = messages(installer, TEXT.replace("garage", "short"))
    assert found == [
        (
            "bridge.yaml:6: chargers[0].password: the password has 7 characters; "
            "write 8 to 40 characters, or 16 to 20 bytes as 32 to 40 hex digits"
        )
    ]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("knx: {connection: tunneling, gateway: !secret short:1:2}", "knx.gateway"),
        ("group_objects: {heartbeat: {state_address: !secret other}}", "group_objects.heartbeat.state_address"),
        ("site: {timezone: !secret short}", "site.timezone"),
        ("ocpp: {unknown_chargers: !secret short}", "ocpp.unknown_chargers"),
        ("ocpp: {heartbeat_interval: !secret short}", "ocpp.heartbeat_interval"),
        ("ocpp: !secret short", "ocpp"),
    ],
)
def test_any_value_may_be_a_secret_and_none_is_repeated_where_it_is_wrong(installer, secrets, text, path):
    secrets.write_text(secrets.read_text() + '"short:1:2": "hunter2:1:2"\n')
    (problem,) = installer.problems(text)
    assert problem.path == path
    assert problem.reason.startswith("the secret ")
    assert problem.remedy == "correct it in secrets.yaml; what belongs here stands in docs/configuration.md"
    assert "hunter2" not in str(problem)
    assert "9999" not in str(problem)


def test_a_secret_may_be_any_text_of_the_file(installer, secrets):
    secrets.write_text('house: "Villa Linde"\ngateway: "192.168.1.5"\n')
    loaded = installer.load("site: {name: !secret house}\nknx: {connection: tunneling, gateway: !secret 'gateway'}")
    assert (loaded.bridge.site.name, str(loaded.bridge.knx.gateway)) == ("Villa Linde", "192.168.1.5:3671")


def test_a_secret_may_be_used_twice_by_an_alias_of_yaml(installer, secrets):
    text = "chargers:\n  - {id: A, password: &p !secret garage, connectors: [{id: 1}]}\n"
    text += "  - {id: B, password: *p, connectors: [{id: 1}]}\n"
    assert {each.password for each in installer.load(text).chargers.values()} == {"correct horse battery"}


def test_a_variable_over_a_secret_counts_and_is_told_as_it_is(installer, secrets):
    name = "KNX_OCPP_BRIDGE__SITE__TIMEZONE"
    assert installer.load("site: {timezone: !secret short}", {name: "UTC"}).bridge.site.timezone == "UTC"
    assert installer.messages("site: {timezone: !secret short}", {name: "Mars"}) == [
        f"environment variable {name}: site.timezone: 'Mars' is no time zone; write a name like Europe/Amsterdam"
    ]


def test_there_are_no_secrets_within_secrets_and_none_among_the_cards(installer, secrets):
    assert [str(each) for each in parse("a: !secret b\n", "secrets.yaml")[1]] == [
        "secrets.yaml:1: a: the tag !secret means nothing here; write the value itself"
    ]
