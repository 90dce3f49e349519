"""The first start makes what chargers will trust for as long as the house has them."""

import json
import logging
import os
import ssl
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from knx_ocpp_bridge.pki.authority import new_root, root_name
from knx_ocpp_bridge.pki.names import Names
from tests.unit.pki.conftest import House

KINDS = ("server-rsa.pem", "server-ecdsa.pem")


def chain(house: House, name: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates((house.folder / name).read_bytes())


def extension(certificate: x509.Certificate, kind):
    return certificate.extensions.get_extension_for_class(kind)


def test_the_root_is_valid_for_25_years_and_was_already_when_chargers_without_a_clock_believe_to_live(house):
    (root,) = chain(house, "ca.pem")
    assert root.not_valid_before_utc == datetime(2020, 1, 1, tzinfo=UTC)
    assert root.not_valid_after_utc >= house.now.replace(year=house.now.year + 25, day=28)


def test_a_root_made_while_the_clock_stood_in_the_past_is_valid_as_long_as_any_other():
    root = x509.load_pem_x509_certificate(new_root("", datetime(1970, 1, 1, tzinfo=UTC)))
    assert root.not_valid_after_utc == datetime(2051, 12, 31, tzinfo=UTC)


def test_the_root_may_sign_certificates_but_no_other_authority(house):
    (root,) = chain(house, "ca.pem")
    constraints, usage = extension(root, x509.BasicConstraints), extension(root, x509.KeyUsage)
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, 0)
    assert usage.critical
    assert usage.value == x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    identifier = x509.SubjectKeyIdentifier.from_public_key(root.public_key())
    assert extension(root, x509.SubjectKeyIdentifier).value == identifier


def test_the_root_is_rsa_as_small_tls_stacks_know_nothing_else(house):
    (root,) = chain(house, "ca.pem")
    key = root.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == 3072


def test_the_root_says_whose_it_is_and_no_two_have_the_same_name(house, elsewhere):
    names = [chain(place, "ca.pem")[0].subject.rfc4514_string() for place in (house, House(elsewhere))]
    assert all("Haus am See" in name for name in names)
    assert len(set(names)) == 2


@pytest.mark.parametrize("installation", ["", "x" * 300, "ß" * 50, "x" + "ß" * 50, "Škoda\nÜberlingen\x00", " "])
def test_any_name_of_an_installation_fits_into_the_root(installation):
    name = root_name(installation, bytes(20)).get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert len(name.encode()) <= 64
    assert name.isprintable()
    assert name.endswith(" CA 00000000")


def test_both_kinds_of_certificates_are_made_for_every_name_and_address(house):
    keys = [type(chain(house, name)[0].public_key()) for name in KINDS]
    assert [issubclass(keys[0], rsa.RSAPublicKey), issubclass(keys[1], ec.EllipticCurvePublicKey)] == [True, True]
    for name in KINDS:
        told = extension(chain(house, name)[0], x509.SubjectAlternativeName).value
        assert told.get_values_for_type(x509.IPAddress) == [ip_address(one) for one in house.names.addresses]
        assert told.get_values_for_type(x509.DNSName)[:3] == list(house.names.hosts)


def test_row_c21_stacks_that_look_for_an_address_among_the_host_names_find_it(house):
    told = extension(chain(house, KINDS[0])[0], x509.SubjectAlternativeName).value
    assert told.get_values_for_type(x509.DNSName)[3:] == ["192.168.1.10", "127.0.0.1"]


def test_the_common_name_is_the_first_address_for_stacks_that_know_no_other(house):
    names = [chain(house, name)[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value for name in KINDS]
    assert names == ["192.168.1.10", "192.168.1.10"]


@pytest.mark.parametrize("name", KINDS)
def test_a_server_certificate_has_all_that_strict_clients_ask_for(house, name):
    leaf, root = chain(house, name)
    assert leaf.issuer == root.subject
    assert extension(leaf, x509.BasicConstraints).value.ca is False
    identifier = extension(leaf, x509.AuthorityKeyIdentifier).value.key_identifier
    assert identifier == extension(root, x509.SubjectKeyIdentifier).value.digest
    assert list(extension(leaf, x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    usage = extension(leaf, x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.key_encipherment is (name == "server-rsa.pem")
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=800)
    assert house.now - leaf.not_valid_before_utc >= timedelta(hours=23)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("dialled", ["192.168.1.10", "fd00::10", "127.0.0.1", "bridge", "bridge.local"])
def test_a_second_judge_finds_the_chain_sound_for_every_name(house, name, dialled):
    leaf, root = chain(house, name)
    subject = x509.IPAddress(ip_address(dialled)) if dialled[-1].isdigit() else x509.DNSName(dialled)
    verifier = PolicyBuilder().store(Store([root])).time(house.now).build_server_verifier(subject)
    assert verifier.verify(leaf, [])[0] == leaf


def test_keys_are_private_from_their_first_byte_whatever_the_umask(plot, monkeypatch):
    seen = {}
    original = os.fdopen

    def fdopen(descriptor, *args, **kwargs):
        seen[Path(f"/proc/self/fd/{descriptor}").readlink()] = stat.S_IMODE(os.fstat(descriptor).st_mode)
        return original(descriptor, *args, **kwargs)

    monkeypatch.setattr(os, "fdopen", fdopen)
    before = os.umask(0)
    try:
        plot.keeper()
    finally:
        os.umask(before)
    assert set(seen.values()) == {0o600}
    assert len(seen) == 4
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in plot.folder.iterdir()} == {
        "ca.pem": 0o600, "server-rsa.pem": 0o600, "server-ecdsa.pem": 0o600, "index.json": 0o600,
    }  # fmt: skip
    assert stat.S_IMODE(plot.folder.stat().st_mode) == 0o700


def test_what_others_could_read_is_made_private_and_told(house, caplog):
    house.folder.chmod(0o755)
    (house.folder / "ca.pem").chmod(0o644)
    house.keeper()
    assert stat.S_IMODE(house.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((house.folder / "ca.pem").stat().st_mode) == 0o600
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2


def test_a_further_start_changes_nothing(house):
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in house.folder.iterdir()}
    house.keeper().context()
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in house.folder.iterdir()} == before


def test_a_further_start_looks_into_no_certificate_and_so_is_fast(house):
    program = f"""
import sys
from datetime import UTC, datetime
from pathlib import Path
from knx_ocpp_bridge.pki.keeper import Keeper
from knx_ocpp_bridge.pki.names import Names
names = Names{house.names.addresses, house.names.hosts}
keeper = Keeper(Path({str(house.folder)!r}), lambda: names, lambda: datetime.now(UTC))
keeper.open(), keeper.context(), keeper.context(compat=True, clients=True), keeper.root_der(), keeper.facts()
assert not keeper.renew_if_due()
print("cryptography" in sys.modules)
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


def test_the_root_is_handed_out_without_its_key(house):
    keeper = house.keeper()
    (root,) = chain(house, "ca.pem")
    assert x509.load_pem_x509_certificate(keeper.root_pem()) == root
    assert x509.load_der_x509_certificate(keeper.root_der()) == root
    assert b"PRIVATE" not in keeper.root_pem()
    path = keeper.export_root()
    assert (path.name, path.read_bytes()) == ("OCPP-CA.pem", keeper.root_pem())
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0o044 & ~current_umask()


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_the_facts_tell_people_what_to_compare(house):
    facts = json.loads(json.dumps(house.keeper().facts()))
    der = ssl.PEM_cert_to_DER_cert(house.keeper().root_pem().decode())
    assert (
        facts["root"]["fingerprint"]
        == x509.load_der_x509_certificate(der)
        .fingerprint(x509.load_der_x509_certificate(der).signature_hash_algorithm)
        .hex(":")
        .upper()
    )
    assert [row["key"] for row in facts["own"]] == ["RSA 2048", "EC P-256"]
    assert all(row["addresses"] == list(house.names.addresses) for row in facts["own"])
    assert all(row["hosts"] == list(house.names.hosts) for row in facts["own"])
    assert (facts["served"], facts["imported"], facts["further_client_roots"]) == ("own", None, False)
    assert facts["folder"] == str(house.folder)


def test_a_machine_without_any_usable_name_has_a_certificate_all_the_same(plot):
    plot.names = Names(("not an address", "10.0.0.0/8"), ("-", "ü", "a b"))
    assert not plot.keeper().renew_if_due()
    assert [row["hosts"] for row in plot.keeper().facts()["own"]] == [["knx-ocpp-bridge"]] * 2
