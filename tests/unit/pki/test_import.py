"""The user brings a certificate of a public authority: it is looked at closely, then served instead of ours."""

import contextlib
import ssl
import stat
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.pki.authority import Root
from knx_ocpp_bridge.pki.errors import PkiError
from tests.unit.pki import certificates
from tests.unit.pki.certificates import CLIENT, DAY, around, issued, key_text, text
from tests.unit.pki.conftest import House, LookOverError
from tests.unit.pki.handshakes import charger, connect

pytestmark = pytest.mark.usefixtures("quick")

KEYS = {"RSA": rsa.generate_private_key(65537, 2048), "EC": ec.generate_private_key(ec.SECP256R1())}
_TOP, _BETWEEN = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))


class Public:
    """A public authority with an intermediate one."""

    def __init__(self, now):
        span = (now - 900 * DAY, now + 900 * DAY)
        top = issued(None, _TOP, span, None, (), "Top", authority=True)
        self.top = Root(top, _TOP)
        self.between = Root(issued(self.top, _BETWEEN, span, None, (), "Between", authority=True), _BETWEEN)
        self.pem = text(top).encode()

    def chain(self, key, dates, **more) -> str:
        return text(issued(self.between, key, dates, **more), self.between.certificate)


@pytest.fixture
def public(house):
    return Public(house.now)


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_an_imported_certificate_is_served_alone_until_it_is_removed_and_no_connection_is_closed(
    house, public, kind, version
):
    keeper = house.keeper()
    contexts = [keeper.context(compat=compat) for compat in (False, True)]
    ours, theirs = charger(keeper.root_pem(), version), charger(public.pem, version)
    before = connect(contexts[0], ours)
    keeper.import_leaf(public.chain(KEYS[kind], around(house.now)), key_text(KEYS[kind]))
    assert [keeper.context(compat=compat) for compat in (False, True)] == contexts
    for context in contexts:
        assert connect(context, theirs, "cpo.example").say(b"[2]") == b"[2]"
        with pytest.raises(ssl.SSLCertVerificationError):
            connect(context, ours)
    during = connect(contexts[0], theirs, "cpo.example")
    assert keeper.remove_imported()
    assert connect(contexts[0], ours).say(b"[3]") == b"[3]"
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(contexts[0], theirs, "cpo.example")
    assert (before.say(b"[4]"), during.say(b"[5]")) == (b"[4]", b"[5]")


@pytest.mark.parametrize("kind", KEYS)
def test_an_imported_certificate_survives_a_restart_and_ours_come_back_live(house, public, kind):
    house.keeper().import_leaf(public.chain(KEYS[kind], around(house.now)), key_text(KEYS[kind]))
    keeper = house.keeper()
    context = keeper.context()
    assert connect(context, charger(public.pem), "cpo.example").say(b"[2]") == b"[2]"
    assert keeper.facts()["served"] == "imported"
    assert keeper.facts()["imported"]["hosts"] == ["cpo.example"]
    assert keeper.remove_imported()
    for kinds in ("ECDHE+aRSA", "ECDHE+aECDSA"):
        dialler = charger(keeper.root_pem(), ssl.TLSVersion.TLSv1_2, kinds)
        assert connect(context, dialler).say(b"[3]") == b"[3]"
    assert (keeper.facts()["served"], keeper.facts()["imported"]) == ("own", None)
    assert not keeper.remove_imported()


def test_a_certificate_of_the_other_kind_takes_the_place_of_the_first(house, public):
    keeper = house.keeper()
    context = keeper.context()
    for kind in ("RSA", "EC", "RSA"):
        keeper.import_leaf(public.chain(KEYS[kind], around(house.now)), key_text(KEYS[kind]))
        shown = connect(context, charger(public.pem), "cpo.example").shown()
        assert x509.load_der_x509_certificate(shown).public_key() == KEYS[kind].public_key()


def test_client_certificates_are_asked_for_under_an_imported_one_too(house, public, tmp_path):
    keeper = house.keeper()
    context = keeper.context(clients=True)
    keeper.import_leaf(public.chain(KEYS["RSA"], around(house.now)), key_text(KEYS["RSA"]))
    own = tmp_path / "own.pem"
    own.write_text(key_text(KEYS["EC"]) + keeper.sign(text(certificates.request(KEYS["EC"], "CP-1")), "CP-1"))
    dialler = charger(public.pem)
    dialler.load_cert_chain(own)
    line = connect(context, dialler, "cpo.example")
    assert line.bridge.getpeercert()["subject"] == ((("commonName", "CP-1"),),)
    foreign = tmp_path / "foreign.pem"
    foreign.write_text(key_text(KEYS["RSA"]) + public.chain(KEYS["RSA"], around(house.now), purpose=CLIENT))
    stranger = charger(public.pem)
    stranger.load_cert_chain(foreign)
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(context, stranger, "cpo.example")


def test_whether_a_client_certificate_is_asked_for_may_be_changed_while_it_runs(house, public, tmp_path):
    """A charger with a certificate of its maker's is let in by its password where no charger needs profile 3."""
    keeper = house.keeper()
    context = keeper.context(clients=True)
    context.verify_mode = ssl.CERT_NONE
    foreign = tmp_path / "foreign.pem"
    foreign.write_text(key_text(KEYS["RSA"]) + public.chain(KEYS["RSA"], around(house.now), purpose=CLIENT))
    stranger = charger(keeper.root_pem() + public.pem)
    stranger.load_cert_chain(foreign)
    assert connect(context, stranger).say(b"[2]") == b"[2]"
    keeper.import_leaf(public.chain(KEYS["EC"], around(house.now)), key_text(KEYS["EC"]))
    assert connect(context, stranger, "cpo.example").say(b"[3]") == b"[3]"
    context.verify_mode = ssl.CERT_OPTIONAL
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(context, stranger, "cpo.example")


def test_an_imported_key_is_private_on_the_disk(house, public):
    house.keeper().import_leaf(public.chain(KEYS["EC"], around(house.now)), key_text(KEYS["EC"]))
    assert stat.S_IMODE((house.folder / "imported.pem").stat().st_mode) == 0o600


def test_ours_are_renewed_meanwhile_and_not_served(house, public):
    keeper = house.keeper()
    keeper.import_leaf(public.chain(KEYS["EC"], around(house.now)), key_text(KEYS["EC"]))
    house.now += 790 * DAY
    assert keeper.renew_if_due()
    assert connect(keeper.context(), charger(public.pem), "cpo.example").say(b"[2]") == b"[2]"


def test_a_chain_without_its_issuers_is_served_with_a_warning(house, public, caplog):
    house.keeper().import_leaf(text(issued(public.between, KEYS["EC"], around(house.now))), key_text(KEYS["EC"]))
    assert any("full chain" in record.getMessage() for record in caplog.records)


def bad_imports(house, public):
    rsa_key, ec_key = KEYS.values()
    dates = around(house.now)
    leaf = issued(public.between, ec_key, dates)
    ended = (house.now - 9 * DAY, house.now - DAY)
    odd = ed25519.Ed25519PrivateKey.generate()
    return {
        "the key of another": (public.chain(ec_key, dates), key_text(rsa_key), "does not belong"),
        "a key with a password": (public.chain(ec_key, dates), key_text(ec_key, b"secret"), "password"),
        "no key": (public.chain(ec_key, dates), "", "no private keys"),
        "two keys": (public.chain(ec_key, dates), key_text(ec_key) + key_text(rsa_key), "2 private keys"),
        "no certificate": ("", key_text(ec_key), "no certificates"),
        "expired": (public.chain(ec_key, ended), key_text(ec_key), "valid from"),
        "not yet valid": (public.chain(ec_key, (house.now + DAY, house.now + 9 * DAY)), key_text(ec_key), "valid from"),
        "no name": (public.chain(ec_key, dates, hosts=()), key_text(ec_key), "subjectAltName"),
        "a client's": (public.chain(ec_key, dates, purpose=CLIENT), key_text(ec_key), "serverAuth"),
        "issuers first": (text(public.between.certificate, leaf), key_text(ec_key), "does not belong"),
        "an issuer left out": (text(leaf, public.top.certificate), key_text(ec_key), "follows"),
        "another issuer of the same name": (
            text(leaf, Public(house.now).between.certificate, Root(*other_between(house)).certificate),
            key_text(ec_key), "not signed|follows",
        ),
        "an old issuer": (
            text(leaf, issued(public.top, _BETWEEN, ended, None, (), "Between", authority=True)),
            key_text(ec_key), "valid from",
        ),
        "a small key": (public.chain(SMALL, dates), key_text(SMALL), "2048 bits"),
        "an odd curve": (public.chain(CURVE, dates), key_text(CURVE), "P-256"),
        "an odd key": (
            text(leaf),
            odd.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode(),
            "does not belong",
        ),
        "rubbish": ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", key_text(ec_key), "damaged"),
        "a whole disk": ("A" * 70_000, key_text(ec_key), "64 KiB"),
        "no text": ("\ud800", "\ud800", "no private keys"),
    }  # fmt: skip


SMALL = rsa.generate_private_key(65537, 1024)
CURVE = ec.generate_private_key(ec.SECP256K1())
BAD = [
    "the key of another", "a key with a password", "no key", "two keys", "no certificate", "expired", "not yet valid",
    "no name", "a client's", "issuers first", "an issuer left out", "another issuer of the same name", "an old issuer",
    "a small key", "an odd curve", "an odd key", "rubbish", "a whole disk", "no text",
]  # fmt: skip


def other_between(house):
    key = ec.generate_private_key(ec.SECP256R1())
    return issued(None, key, around(house.now), None, (), "Between", authority=True), key


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_serve_is_refused_in_words_and_nothing_changes(house, public, kind):
    keeper = house.keeper()
    keeper.import_leaf(public.chain(KEYS["RSA"], around(house.now)), key_text(KEYS["RSA"]))
    before = house.files()
    chain, key, why = bad_imports(house, public)[kind]
    with pytest.raises(PkiError, match=why):
        keeper.import_leaf(chain, key)
    assert house.files() == before
    assert connect(keeper.context(), charger(public.pem), "cpo.example").say(b"[2]") == b"[2]"


@pytest.mark.parametrize("content", [b"", b"Hello", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_imported_certificate_is_told_and_left_as_it_is(house, public, content):
    house.keeper().import_leaf(public.chain(KEYS["EC"], around(house.now)), key_text(KEYS["EC"]))
    (house.folder / "imported.pem").write_bytes(content)
    with pytest.raises(PkiError, match=r"imported\.pem.*remove it"):
        house.keeper()
    assert (house.folder / "imported.pem").read_bytes() == content


def test_an_imported_certificate_without_the_root_beside_it_is_a_first_start(plot, house, public):
    house.keeper().import_leaf(public.chain(KEYS["EC"], around(house.now)), key_text(KEYS["EC"]))
    plot.folder.mkdir(parents=True)
    (plot.folder / "imported.pem").write_bytes((house.folder / "imported.pem").read_bytes())
    assert plot.keeper().facts()["served"] == "imported"


async def test_its_end_is_told_thirty_days_before_and_then_daily(house, public, caplog):
    keeper = house.keeper()
    keeper.import_leaf(public.chain(KEYS["EC"], (house.now - DAY, house.now + 40 * DAY)), key_text(KEYS["EC"]))
    told = []
    for hours in range(0, 24 * 42, 8):
        caplog.clear()
        start, house.now = house.now, house.now + timedelta(hours=hours)
        with pytest.raises(LookOverError):
            await keeper.run()
        house.now = start
        told += [hours for record in caplog.records if "imported.pem" in record.getMessage()]
    assert told == list(range(240, 24 * 42, 24))


CHAIN_DER = 900


class TestNothingButAPkiError:
    @settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(chain=st.text(), key=st.text())
    def test_for_any_text(self, house, chain, key):
        with pytest.raises(PkiError):
            House(house.folder).keeper().import_leaf(chain, key)

    @settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        changes=st.lists(st.tuples(st.integers(0, CHAIN_DER), st.integers(0, 255)), min_size=1, max_size=4),
        which=st.integers(0, 2),
    )
    def test_for_changed_fields_of_certificates_and_keys(self, house, public, changes, which):
        keeper = house.keeper()
        blocks = [*ders(public, house), key_der()]
        changed = bytearray(blocks[which])
        for at, byte in changes:
            changed[at % len(changed)] = byte
        blocks[which] = bytes(changed)
        with contextlib.suppress(PkiError):
            keeper.import_leaf("".join(map(ssl.DER_cert_to_PEM_cert, blocks[:2])), pem_key(blocks[2]))
        assert keeper.context()


def ders(public, house) -> list[bytes]:
    leaf = issued(public.between, KEYS["EC"], around(house.now))
    return [one.public_bytes(serialization.Encoding.DER) for one in (leaf, public.between.certificate)]


def key_der() -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return KEYS["EC"].private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())


def pem_key(der: bytes) -> str:
    return ssl.DER_cert_to_PEM_cert(der).replace("CERTIFICATE", "PRIVATE KEY")
