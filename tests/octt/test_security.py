"""Security extension: passwords, profiles, TLS, the subprotocol."""

import ssl
import urllib.request

import pytest
from websockets.exceptions import InvalidStatus

from knx_ocpp_bridge.control.protocol import Managed
from tests.kit.certificates import Authority
from tests.kit.csr import new_key, request_of, text_of

ANSWER_S = 10.0
OLD = "octt-password-of-21"
WRONG = b"octt-password-of-22"


@pytest.fixture
def trusting(bridge):
    """A TLS context that knows the bridge's root, as a charge point that was given it."""

    def make(root=None, ciphers=None, version=ssl.TLSVersion.TLSv1_2):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=root or root_of(bridge))
        context.minimum_version = context.maximum_version = version
        if ciphers is not None:
            context.set_ciphers(ciphers)
        return context

    return make


def test_tc_073_new_password_for_basic_authentication(operator, redial):
    assert done(operator.manages("password", password=OLD, profile=1))
    station = redial(password=OLD.encode())
    assert station.boot()["status"] == "Accepted"
    renewed = operator.manages("secure", profile=1)
    asked = station.expect("ChangeConfiguration")
    station.answer(status="Accepted")
    assert asked["key"] == "AuthorizationKey"
    assert 16 <= len(bytes.fromhex(asked["value"])) <= 20
    assert done(renewed)
    station.hang_up()
    redial(password=bytes.fromhex(asked["value"])).hears_nothing(0.3)
    assert refused(redial, password=OLD.encode()) == 401


def test_tc_083_upgrade_of_the_security_profile(operator, redial, trusting):
    assert done(operator.manages("password", password=OLD, profile=1))
    station = redial(password=OLD.encode())
    assert station.boot()["status"] == "Accepted"
    upgraded = operator.manages("secure", profile=2)
    root = station.expect("InstallCertificate")
    assert root["certificateType"] == "CentralSystemRootCertificate"
    station.answer(status="Accepted")
    told = {}
    for _ in range(2):
        asked = station.expect("ChangeConfiguration")
        station.answer(status="Accepted")
        told[asked["key"]] = asked["value"]
    assert told["SecurityProfile"] == "2"
    assert done(upgraded)
    station.hang_up()
    key = bytes.fromhex(told["AuthorizationKey"])
    again = redial(password=key, tls=trusting(root["certificate"]))
    assert again.boot()["status"] == "Accepted"
    assert refused(redial, password=key) in {401, 403}


def test_tc_085_basic_authentication(redial):
    assert redial(password=OLD.encode()).boot()["status"] == "Accepted"
    assert refused(redial) == 401
    assert refused(redial, password=WRONG) == 401


@pytest.mark.parametrize(
    "ciphers",
    [
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "AES128-GCM-SHA256:@SECLEVEL=1",
        "AES256-GCM-SHA384:@SECLEVEL=1",
    ],
)
def test_tc_086_tls_with_a_server_certificate(redial, trusting, ciphers):
    assert redial(password=OLD.encode(), tls=trusting(ciphers=ciphers)).boot()["status"] == "Accepted"
    assert refused(redial, tls=trusting(ciphers=ciphers)) == 401
    assert refused(redial, password=WRONG, tls=trusting(ciphers=ciphers)) == 401
    assert refused(redial, password=OLD.encode()) in {401, 403}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tc_086_tls_below_1_2_is_refused(redial, trusting):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        redial(password=OLD.encode(), tls=trusting(version=ssl.TLSVersion.TLSv1_1, ciphers="DEFAULT:@SECLEVEL=0"))


def test_tc_087_tls_with_a_client_certificate(operator, redial, trusting, tmp_path):
    key = new_key("ecdsa")
    chain = operator.manages("sign", csr=request_of(key, "TC_087")).result(ANSWER_S)
    assert isinstance(chain, Managed)
    shown = tmp_path / "station.pem"
    shown.write_text(text_of(key) + chain.messages[0])
    context = trusting()
    context.load_cert_chain(shown)
    assert redial(tls=context).boot()["status"] == "Accepted"
    assert refused(redial, tls=trusting()) == 403
    foreign = trusting()
    foreign.load_cert_chain(Authority().client("TC_087").save(tmp_path / "foreign.pem"))
    with pytest.raises((ssl.SSLError, ConnectionError, EOFError, InvalidStatus)):
        redial(tls=foreign)


def test_tc_088_websocket_subprotocol_negotiation(redial):
    assert refused(redial, subprotocols=("ocpp0.1",)) == 400
    station = redial(subprotocols=("ocpp0.1", "ocpp1.6"))
    assert station.subprotocol == "ocpp1.6"
    assert station.boot()["status"] == "Accepted"


def refused(redial, **how):
    with pytest.raises(InvalidStatus) as refusal:
        redial(**how)
    return refusal.value.response.status_code


def done(managed):
    answer = managed.result(ANSWER_S)
    assert isinstance(answer, Managed), answer
    assert answer.done, answer.messages
    return answer.done


def root_of(bridge):
    with urllib.request.urlopen(f"http://127.0.0.1:{bridge.ocpp_port}/OCPP-CA.pem", timeout=5) as answer:
        return answer.read().decode()
