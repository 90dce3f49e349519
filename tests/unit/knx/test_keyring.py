import logging
import os

import pytest

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.knx.secure import keyring as keyrings
from knx_ocpp_bridge.knx.secure.keyring import KeyringError, SecuredAddress
from tests.kit.keyrings import PASSWORD, Backbone, Device, Interface, Keyring, key_of, raw

TUNNELS = tuple(
    Interface(
        f"1.1.{number}",
        user=number,
        password=f"user-{number}",
        groups={"9/7/1": ("1.1.20", "1.1.3"), "9/7/2": ("1.1.20",)} if number == 2 else {},
    )
    for number in (2, 3)
)
HOUSE = Keyring(
    Backbone(),
    TUNNELS,
    {each: key_of(each) for each in ("9/7/1", "9/7/2", "5/0/0")},
    (Device("1.1.20", 4711),),
)


@pytest.fixture
def path(tmp_path):
    return HOUSE.write(tmp_path / "house.knxkeys")


def refusal(path, password=PASSWORD):
    with pytest.raises(KeyringError) as error:
        keyrings.load(path, password)
    return str(error.value)


def test_a_keyring_opens_with_its_password(path):
    keyring = keyrings.load(path, PASSWORD)

    assert keyring.backbone.decrypted_key == key_of("backbone")
    assert keyring.interfaces[0].decrypted_password == "user-2"
    assert {address.raw: key for address, key in keyring.get_data_secure_group_keys().items()} == {
        raw(each): key_of(each) for each in ("9/7/1", "9/7/2", "5/0/0")
    }


def test_the_name_of_the_project_may_be_in_any_language(tmp_path):
    path = Keyring(project="Haus Übersee — 家").write(tmp_path / "a.knxkeys", "Schlüssel")

    assert keyrings.load(path, "Schlüssel").project_name == "Haus Übersee — 家"


def test_a_list_of_senders_may_be_longer_than_255_characters(tmp_path):
    senders = tuple(f"1.1.{number}" for number in range(1, 60))
    tunnel = Interface("1.1.250", user=2, password="p", groups={"9/7/1": senders})
    path = Keyring(interfaces=(tunnel,), groups={"9/7/1": key_of("9/7/1")}).write(tmp_path / "a.knxkeys")

    assert keyrings.facts(keyrings.load(path, PASSWORD), [raw("9/7/1")], None).secured[0].senders == senders


def test_a_wrong_password_is_told_as_such(path):
    told = refusal(path, "another")

    assert f"{path}: the keyring cannot be opened with knx.keyring_password" in told
    assert "not that of the project" in told
    assert "another" not in told


def test_a_password_that_no_keyboard_has_is_a_wrong_one(path):
    assert "cannot be opened with knx.keyring_password" in refusal(path, "\ud800")


def test_a_wrong_password_is_told_where_no_tunnel_has_one(tmp_path):
    path = Keyring(groups={"9/7/1": key_of("9/7/1")}).write(tmp_path / "a.knxkeys")

    assert "cannot be opened with knx.keyring_password" in refusal(path, "another")


@pytest.mark.parametrize(
    ("was", "is_now"),
    [(b'Senders="1.1.20 1.1.3"', b'Senders="1.1.20 1.1.66"'), (b'Project="a house"', b'Project="b house"')],
)
def test_a_keyring_that_somebody_has_changed_is_told_as_such(path, was, is_now):
    path.write_bytes(path.read_bytes().replace(was, is_now))

    assert "the keyring was changed after ETS wrote it" in refusal(path)


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (b"", "not XML"),
        (b"PK\x03\x04 a project", "not XML"),
        (b"<?xml version='1.0'?><KNX xmlns='http://knx.org/xml/project/23'/>", "no keyring (it begins with 'KNX')"),
        (b"<Keyring/>", "no keyring"),
        (b"<!DOCTYPE k [<!ENTITY a 'aaaa'>]><Keyring>&a;</Keyring>", "document type"),
        (b"<!DOCTYPE k SYSTEM 'file:///etc/passwd'><Keyring/>", "document type"),
        (b" " * (keyrings.MOST_BYTES + 1), "larger than 8 MiB"),
    ],
)
def test_what_is_no_keyring_is_refused_in_words(tmp_path, contents, reason):
    path = tmp_path / "house.knxkeys"
    path.write_bytes(contents)

    assert reason in refusal(path)


def test_a_keyring_that_is_not_there_is_told_with_its_place(tmp_path):
    assert f"{tmp_path}/none.knxkeys: this keyring is not there; put it there" in refusal(tmp_path / "none.knxkeys")


ROOT = b'<Keyring xmlns="http://knx.org/xml/keyring/1" Project="x" Created="2024" Signature="AAAA"/>'


@pytest.mark.parametrize("encoding", ["utf-9", "hex", "utf-7", "shift_jis", "idna", "cp037", "windows-1252", "x" * 99])
def test_an_encoding_that_no_keyring_has_is_refused_by_its_name(tmp_path, encoding):
    path = tmp_path / "house.knxkeys"
    path.write_bytes(b'<?xml version="1.0" encoding="%s"?>' % encoding.encode() + ROOT)

    assert f"it has the encoding {encoding[:40]!r}); export the keyring again" in refusal(path)


@pytest.mark.parametrize("signature", ["ä", "A", "家" * 9, "", "AAAA"])
def test_a_signature_of_whatever_letters_proves_nothing(tmp_path, signature):
    path = tmp_path / "house.knxkeys"
    path.write_bytes(ROOT.replace(b"AAAA", signature.encode()))

    assert "cannot be opened with knx.keyring_password" in refusal(path)


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("<a/>" * 250_000, "more than 250000 elements"),
        ("<a>" * 100 + "</a>" * 100, "elements nested deeper than 20"),
        (f'<a xmlns="{"A" * 7_000_000}">{"<a/>" * 200_000}</a>', "a namespace of more than 200 characters"),
        (f'<a xmlns:b="{"A" * 7_000_000}">{"<b:a/>" * 150_000}</a>', "a namespace of more than 200 characters"),
    ],
    ids=["many", "deep", "namespace", "prefix"],
)
def test_a_file_made_to_do_harm_is_refused_at_once(tmp_path, inside, reason):
    path = tmp_path / "house.knxkeys"
    path.write_bytes(ROOT[:-2] + f">{inside}</Keyring>".encode())

    assert reason in refusal(path)


@pytest.mark.parametrize("fault", [LookupError, UnicodeError, MemoryError, RecursionError, TypeError])
def test_whatever_the_library_raises_is_no_more_than_a_keyring_that_is_not_understood(path, monkeypatch, fault):
    def fails(*_given, **_more):
        raise fault

    monkeypatch.setattr(keyrings.Keyring, "decrypt", fails)

    assert f"its contents cannot be understood ({fault.__name__}); export the keyring again" in refusal(path)


def test_a_key_of_another_length_is_told_before_it_is_used(tmp_path):
    path = Keyring(groups={"9/7/1": bytes(32)}).write(tmp_path / "a.knxkeys")

    assert "a key in it is none" in refusal(path)


@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_what_is_no_file_is_not_even_opened(tmp_path, kind):
    path = tmp_path / "house.knxkeys"
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")

    assert f"{path}: this is no file; name the .knxkeys file" in refusal(path)


def test_a_signed_keyring_with_what_nobody_knows_is_refused_in_words(tmp_path, caplog):
    path = Keyring(interfaces=(Interface("1.1.2", kind="Telepathy"),)).write(tmp_path / "a.knxkeys")

    assert "its contents cannot be understood" in refusal(path)
    assert caplog.text == ""


def test_the_facts_say_what_of_ours_is_secured(path):
    told = keyrings.facts(keyrings.load(path, PASSWORD), [raw("9/7/2"), raw("9/7/1"), raw("9/7/9")], "1.1.2")

    assert (told.project, told.created, told.backbone) == ("a house", "2026-01-01T00:00:00", True)
    assert [(each.address, each.host, each.secure) for each in told.tunnels] == [
        ("1.1.2", "1.1.0", True),
        ("1.1.3", "1.1.0", True),
    ]
    assert told.secured == (
        SecuredAddress(raw("9/7/1"), ("1.1.3", "1.1.20"), linked=True),
        SecuredAddress(raw("9/7/2"), ("1.1.20",), linked=True),
    )
    assert told.plain == (raw("9/7/9"),)


@pytest.mark.parametrize(("own", "linked"), [("1.1.2", True), ("1.1.77", False), (None, None)])
def test_the_facts_say_whether_our_own_address_is_linked(path, own, linked):
    assert keyrings.facts(keyrings.load(path, PASSWORD), [raw("9/7/2")], own).secured[0].linked is linked


def test_an_address_that_another_tunnel_listens_to_is_a_sender_that_ets_knows(path):
    (secured,) = keyrings.facts(keyrings.load(path, PASSWORD), [raw("9/7/1")], "1.1.3").secured

    assert secured.linked is True


@pytest.mark.parametrize(
    ("tunnels", "knx", "own"),
    [
        (TUNNELS[:1], Knx(), "1.1.2"),
        (TUNNELS, Knx(), None),
        (TUNNELS, Knx(individual_address="1.1.3"), "1.1.3"),
        (TUNNELS[:1], Knx(connection="routing"), "15.15.250"),
        (TUNNELS, Knx(connection="routing_secure", individual_address="1.0.9"), "1.0.9"),
    ],
)
def test_our_own_address_is_known_before_the_connection_where_there_is_no_choice(tmp_path, tunnels, knx, own):
    path = Keyring(interfaces=tunnels).write(tmp_path / "house.knxkeys")

    assert keyrings.own_address(keyrings.load(path, PASSWORD), knx) == own


def test_no_secret_is_written_into_the_log(path, caplog):
    caplog.set_level(logging.DEBUG, "")

    keyrings.load(path, PASSWORD)
    refusal(path, "another-password")

    for secret in (PASSWORD, "another-password", "user-2", "dev-auth", key_of("9/7/1").hex(), key_of("backbone").hex()):
        assert secret not in caplog.text
