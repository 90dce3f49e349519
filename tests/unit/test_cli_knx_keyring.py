"""`knx keyring`, and what `check` says of a keyring."""

import json

import pytest
from click.testing import CliRunner

from knx_ocpp_bridge.cli.main import main
from tests.kit.keyrings import PASSWORD, Backbone, Interface, Keyring, key_of

LINKS = {"9/7/1": ("1.1.20",), "9/7/2": ("1.1.20", "1.1.21")}
KEYRING = Keyring(
    interfaces=(
        Interface("1.1.240", user=2, password="two-pw", groups=LINKS),
        Interface("1.1.241", user=3, password="three-pw"),
    ),
    groups={each: key_of(each) for each in ("9/7/1", "9/7/2", "9/7/3")},
    project="House",
)
OBJECTS = """\
chargers:
  - id: A
    connectors:
      - id: 1
        group_objects:
          charging: {address: 9/7/1, state_address: 9/7/2}
          status: {state_address: 9/7/3}
          power: {state_address: 9/7/4}
"""
SECURE = "connection: tunneling_tcp_secure, gateway: 192.168.1.5"
WARNING = (
    "warning: in ETS 1.1.240 is not linked to 9/7/3: devices will refuse what the bridge sends there; link the group "
    "addresses to that tunnel, download, and export the keyring again"
)
OF_OURS = "individual_address: 1.1.240"


def written(folder, *knx, keyring=KEYRING, password=PASSWORD, objects=OBJECTS):
    keyring.write(folder / "house.knxkeys")
    settings = ", ".join((*knx, "keyring: house.knxkeys", f"keyring_password: {password}"))
    path = folder / "bridge.yaml"
    path.write_text(f"knx: {{{settings}}}\n{objects}", encoding="utf-8")
    path.chmod(0o600)
    return str(path)


def run(*arguments):
    return CliRunner().invoke(main, list(arguments))


def cells(text):
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in text.splitlines()]


def test_the_keyring_is_shown_as_it_concerns_the_bridge(tmp_path):
    result = run("knx", "keyring", "-c", written(tmp_path, SECURE, OF_OURS))

    assert result.exit_code == 0
    assert cells(result.stdout) == [
        ["keyring", f"{tmp_path}/house.knxkeys"],
        ["project", "House"],
        ["exported", "2026-01-01T00:00:00"],
        ["secure tunnels", "1.1.240 of 1.1.0, 1.1.241 of 1.1.0"],
        ["secure routing", "no"],
        ["own address", "1.1.240"],
        [],
        ["group address", "objects", "secured", "senders", "linked to us"],
        ["9/7/1", "charging of A/1", "yes", "1.1.20", "yes"],
        ["9/7/2", "charging of A/1", "yes", "1.1.20, 1.1.21", "yes"],
        ["9/7/3", "status of A/1", "yes", "-", "no"],
        ["9/7/4", "power of A/1", "no", "-", "-"],
        [WARNING],
        ["3 of 4 group addresses of the bridge are secured"],
    ]


def test_the_keyring_is_shown_for_programs_too(tmp_path):
    told = json.loads(run("knx", "keyring", "-c", written(tmp_path, SECURE), "--json").stdout)

    assert told["own_address"] is None
    assert told["addresses"][1] == {
        "group_address": "9/7/2",
        "objects": ["charging of A/1"],
        "secured": True,
        "senders": ["1.1.20", "1.1.21"],
        "linked": None,
    }


def test_without_a_keyring_there_is_nothing_to_show(tmp_path):
    path = tmp_path / "bridge.yaml"
    path.write_text(OBJECTS, encoding="utf-8")
    result = run("knx", "keyring", "-c", str(path))

    assert result.exit_code == 1
    assert "names no keyring (knx.keyring)" in result.stderr


def test_check_tells_of_each_object_whether_it_is_secured(tmp_path):
    result = run("check", "-c", written(tmp_path, SECURE, OF_OURS))

    assert result.exit_code == 0
    assert [(line[1], line[3], line[-1]) for line in cells(result.stdout)[1:5]] == [
        ("status", "9/7/3", "yes"),
        ("charging", "9/7/2", "yes"),
        ("charging", "9/7/1", "yes"),
        ("power", "9/7/4", "no"),
    ]
    assert "knx.keyring: in ETS 1.1.240 is not linked to 9/7/3" in result.stdout


def test_check_tells_it_to_programs_too(tmp_path):
    told = json.loads(run("check", "-c", written(tmp_path, SECURE, OF_OURS), "--json").stdout)

    assert [line["secured"] for line in told["objects"]] == [True, True, True, False]


def test_an_object_that_is_heard_on_two_addresses_may_be_secured_in_part(tmp_path):
    objects = OBJECTS.replace("address: 9/7/1,", "address: [9/7/1, 9/7/9],")

    assert ["partly"] in [line[-1:] for line in cells(run("check", "-c", written(tmp_path, objects=objects)).stdout)]


@pytest.mark.parametrize("verb", [("check",), ("knx", "keyring")])
def test_a_command_with_a_secured_and_an_open_address_lets_everybody_in_and_that_is_said(tmp_path, verb):
    objects = OBJECTS.replace("address: 9/7/1,", "address: [9/7/1, 9/7/9],")
    told = run(*verb, "-c", written(tmp_path, SECURE, OF_OURS, objects=objects)).stdout
    sentence = "charging of A/1 is secured on 9/7/1, but everybody can write to it on 9/7/9"

    assert sentence in told
    assert sentence not in run(*verb, "-c", written(tmp_path, SECURE, OF_OURS)).stdout


def test_what_a_keyring_lacks_is_told_with_the_line_of_its_key(tmp_path):
    file = written(tmp_path, SECURE, "individual_address: 1.1.9")
    path = tmp_path / "bridge.yaml"
    path.write_text("# Our house\n" + path.read_text().replace(", individual", ",\n  individual"))

    assert f"{file}:3: knx.individual_address: the keyring has no tunnel 1.1.9" in run("check", "-c", file).stderr


@pytest.mark.parametrize("verb", [("check",), ("knx", "keyring")])
def test_a_wrong_password_is_told_before_the_bridge_is_started(tmp_path, verb):
    result = run(*verb, "-c", written(tmp_path, SECURE, password="wrong-password"))

    assert result.exit_code == 3
    assert f"{tmp_path}/bridge.yaml:1: knx.keyring: {tmp_path}/house.knxkeys: the keyring cannot" in result.stderr
    assert "wrong-password" not in result.output


@pytest.mark.parametrize(
    ("knx", "keyring", "words"),
    [
        (
            (SECURE, "individual_address: 1.1.9"),
            KEYRING,
            "knx.individual_address: the keyring has no tunnel 1.1.9 (knx.individual_address), but 1.1.240 of 1.1.0",
        ),
        ((SECURE,), Keyring(Backbone()), "knx.keyring: the keyring has no tunnel with KNX IP Secure; switch"),
        (("connection: routing_secure",), KEYRING, "knx.connection: the keyring has no backbone key"),
    ],
)
def test_a_keyring_without_what_the_connection_needs_is_a_problem(tmp_path, knx, keyring, words):
    result = run("check", "-c", written(tmp_path, *knx, keyring=keyring))

    assert result.exit_code == 3
    assert words in result.stderr


@pytest.mark.parametrize(
    ("keyring", "objects", "words"),
    [
        (Keyring(Backbone()), OBJECTS, "the keyring secures none of the bridge's group addresses"),
        (Keyring(groups={"9/7/1": key_of("9/7/1")}), OBJECTS, "the keyring names no sender of 9/7/1: nobody will be"),
    ],
)
def test_a_keyring_that_does_not_fit_is_pointed_out(tmp_path, keyring, objects, words):
    result = run("check", "-c", written(tmp_path, "connection: routing", keyring=keyring, objects=objects))

    assert result.exit_code == 0
    assert words in result.stdout
