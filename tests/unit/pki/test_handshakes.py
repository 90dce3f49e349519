"""Chargers of all kinds dial wss: what they are shown, what they refuse, and what is refused to them."""

import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from knx_ocpp_bridge.pki.errors import PkiError
from tests.unit.pki import certificates
from tests.unit.pki.conftest import House
from tests.unit.pki.handshakes import charger, connect

pytestmark = pytest.mark.usefixtures("quick")

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
ECDSA_SET = ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384")
RSA_SET = ("AES128-GCM-SHA256", "AES256-GCM-SHA384")


def kind_shown(line) -> type:
    key = x509.load_der_x509_certificate(line.shown()).public_key()
    return rsa.RSAPublicKey if isinstance(key, rsa.RSAPublicKey) else ec.EllipticCurvePublicKey


@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize("clients", [False, True])
@pytest.mark.parametrize("version", [V12, V13])
@pytest.mark.parametrize("host", ["192.168.1.10", "fd00::10", "bridge.local", "127.0.0.1"])
def test_a_strict_charger_connects_by_every_name(house, compat, clients, version, host):
    keeper = house.keeper()
    line = connect(keeper.context(compat=compat, clients=clients), charger(keeper.root_pem(), version), host)
    assert line.say(b"[2]") == b"[2]"
    assert line.charger.version() == {V12: "TLSv1.2", V13: "TLSv1.3"}[version]


@pytest.mark.parametrize(
    ("ciphers", "kind"),
    [("ECDHE+aRSA", rsa.RSAPublicKey), ("ECDHE+aECDSA", ec.EllipticCurvePublicKey)],
)
def test_row_c20_a_charger_that_knows_one_kind_of_certificates_is_shown_that_kind(house, ciphers, kind):
    keeper = house.keeper()
    assert kind_shown(connect(keeper.context(), charger(keeper.root_pem(), V12, ciphers))) is kind


@pytest.mark.parametrize("cipher", [*ECDSA_SET, *RSA_SET])
def test_tc_086_both_cipher_sets_of_the_white_paper_connect_when_compatible(house, cipher):
    keeper = house.keeper()
    line = connect(keeper.context(compat=True), charger(keeper.root_pem(), V12, cipher))
    assert line.cipher() == cipher
    assert line.say(b"[2]") == b"[2]"


@pytest.mark.parametrize("cipher", ECDSA_SET)
def test_tc_086_the_ecdsa_set_connects_always(house, cipher):
    keeper = house.keeper()
    assert connect(keeper.context(), charger(keeper.root_pem(), V12, cipher)).cipher() == cipher


@pytest.mark.parametrize("cipher", RSA_SET)
def test_without_compatibility_no_key_exchange_can_be_read_later(house, cipher):
    keeper = house.keeper()
    with pytest.raises(ssl.SSLError, match="NO_SHARED_CIPHER"):
        connect(keeper.context(), charger(keeper.root_pem(), V12, cipher))


def test_row_c19_what_is_older_than_tls_1_2_is_refused(house):
    keeper = house.keeper()
    assert all(keeper.context(compat=compat).minimum_version is V12 for compat in (False, True))
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.load_verify_locations(cadata=keeper.root_pem().decode())
    with pytest.raises(ssl.SSLError, match="UNSUPPORTED_PROTOCOL"):
        connect(keeper.context(compat=True), old)


def test_a_charger_that_dials_by_address_sends_no_name_and_is_served(house):
    keeper = house.keeper()
    silent = charger(keeper.root_pem())
    silent.check_hostname = False
    assert connect(keeper.context(), silent, host=None).say(b"[2]") == b"[2]"


@pytest.mark.parametrize("version", [V12, V13])
def test_the_whole_chain_is_sent_so_that_a_charger_without_the_root_can_show_it(house, version):
    keeper = house.keeper()
    trusting = charger(None, version)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    line = connect(keeper.context(), trusting)
    sent = line.charger._sslobj.get_unverified_chain()  # public from Python 3.13 on
    assert len(sent) == 2
    assert keeper.root_der() in [one.public_bytes(2) for one in sent]


@pytest.mark.parametrize("version", [V12, V13])
def test_a_charger_with_another_root_refuses_the_bridge(house, elsewhere, version):
    other = House(elsewhere).keeper().root_pem()
    with pytest.raises(ssl.SSLCertVerificationError, match=r"self-signed|unable to get local issuer|signature"):
        connect(house.keeper().context(), charger(other, version))


def test_a_charger_that_dials_a_name_we_do_not_have_refuses_the_bridge(house):
    keeper = house.keeper()
    with pytest.raises(ssl.SSLCertVerificationError, match=r"192\.168\.1\.99"):
        connect(keeper.context(), charger(keeper.root_pem()), "192.168.1.99")


def test_an_expired_server_certificate_is_refused_by_chargers_and_renewed(house):
    root = certificates.root_of(house.folder)
    key = rsa.generate_private_key(65537, 2048)
    past = (house.now - 801 * certificates.DAY, house.now - certificates.DAY)
    expired = certificates.issued(root, key, past, hosts=house.names.hosts)
    (house.folder / "server-rsa.pem").write_text(
        certificates.key_text(key) + certificates.text(expired, root.certificate)
    )
    keeper = house.keeper()
    dialler = charger(keeper.root_pem(), V12, "ECDHE+aRSA")
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        connect(keeper.context(), dialler, "bridge")
    assert keeper.renew_if_due()
    assert connect(keeper.context(), dialler, "bridge").say(b"[2]") == b"[2]"


@pytest.mark.parametrize("version", [V12, V13])
def test_a_renewal_closes_no_connection_and_serves_the_next_one(house, version):
    keeper = house.keeper()
    context = keeper.context()
    before = connect(context, charger(keeper.root_pem(), version))
    house.names = house.names.__class__(("192.168.1.77", *house.names.addresses), house.names.hosts)
    assert keeper.renew_if_due()
    assert keeper.context() is context
    assert before.say(b"[2]") == b"[2]"
    after = connect(context, charger(keeper.root_pem(), version), "192.168.1.77")
    assert after.say(b"[3]") == b"[3]"
    assert before.say(b"[4]") == b"[4]"
    assert before.shown() != after.shown()


def test_a_session_of_before_a_renewal_may_be_resumed_after_it(house):
    keeper = house.keeper()
    context, dialler = keeper.context(), charger(keeper.root_pem(), V12)
    session = connect(context, dialler).charger.session
    house.now += 790 * certificates.DAY
    assert keeper.renew_if_due()
    house.now -= 790 * certificates.DAY
    bios = [ssl.MemoryBIO() for _ in range(2)]
    assert dialler.wrap_bio(*bios, server_hostname="192.168.1.10", session=session).session == session


def test_sessions_leave_no_tickets_behind_with_tls_1_3(house):
    keeper = house.keeper()
    line = connect(keeper.context(), charger(keeper.root_pem(), V13))
    line.say(b"[2]")
    assert not line.charger.session.has_ticket


class TestClientCertificates:
    """Security profile 3."""

    def presented(self, house, tmp_path, certificate, key, version):
        keeper = house.keeper()
        dialler = charger(keeper.root_pem(), version)
        if certificate:
            file = tmp_path / "charger.pem"
            file.write_text(certificates.key_text(key) + certificate)
            dialler.load_cert_chain(file)
        line = connect(keeper.context(clients=True), dialler)
        assert line.say(b"[2]") == b"[2]"
        subject = (line.bridge.getpeercert() or {}).get("subject", ())
        return dict(pair for part in subject for pair in part)

    @pytest.mark.parametrize("version", [V12, V13])
    def test_tc_087_a_charger_with_a_certificate_of_ours_says_who_it_is(self, house, tmp_path, version):
        key = ec.generate_private_key(ec.SECP256R1())
        ours = house.keeper().sign(certificates.text(certificates.request(key, "CP-1")), "CP-1")
        assert self.presented(house, tmp_path, ours, key, version) == {"commonName": "CP-1"}

    @pytest.mark.parametrize("version", [V12, V13])
    def test_a_charger_without_a_certificate_connects_on_the_same_port(self, house, tmp_path, version):
        assert self.presented(house, tmp_path, "", None, version) == {}

    @pytest.mark.parametrize("version", [V12, V13])
    def test_a_foreign_certificate_is_refused(self, house, elsewhere, tmp_path, version):
        key = ec.generate_private_key(ec.SECP256R1())
        foreign = House(elsewhere).keeper().sign(certificates.text(certificates.request(key, "CP-1")), "CP-1")
        with pytest.raises(ssl.SSLCertVerificationError):
            self.presented(house, tmp_path, foreign, key, version)

    def test_a_servers_certificate_is_no_charger(self, house, tmp_path):
        key = ec.generate_private_key(ec.SECP256R1())
        server = certificates.issued(certificates.root_of(house.folder), key, certificates.around(house.now))
        with pytest.raises(ssl.SSLCertVerificationError, match="purpose"):
            self.presented(house, tmp_path, certificates.text(server), key, V12)

    def test_an_expired_certificate_of_ours_is_refused(self, house, tmp_path):
        key = ec.generate_private_key(ec.SECP256R1())
        past = (house.now - 800 * certificates.DAY, house.now - certificates.DAY)
        root = certificates.root_of(house.folder)
        old = certificates.issued(root, key, past, certificates.CLIENT, hosts=(), common_name="CP-1")
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            self.presented(house, tmp_path, certificates.text(old), key, V12)

    def test_a_root_that_the_user_trusts_is_good_as_well(self, house, elsewhere, tmp_path):
        (house.folder / "clients.pem").write_bytes(b"# our fleet\n" + House(elsewhere).keeper().root_pem())
        key = ec.generate_private_key(ec.SECP256R1())
        fleet = House(elsewhere).keeper().sign(certificates.text(certificates.request(key, "CP-1")), "CP-1")
        assert self.presented(house, tmp_path, fleet, key, V13) == {"commonName": "CP-1"}
        own = house.keeper().sign(certificates.text(certificates.request(key, "CP-2")), "CP-2")
        assert self.presented(house, tmp_path, own, key, V13) == {"commonName": "CP-2"}
        assert house.keeper().facts()["further_client_roots"] is True

    @pytest.mark.parametrize(
        "content", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
    )
    def test_a_file_of_trusted_roots_without_any_is_told(self, house, content):
        (house.folder / "clients.pem").write_text(content)
        with pytest.raises(PkiError, match=r"clients\.pem"):
            house.keeper().context(clients=True)
        house.keeper().context()
