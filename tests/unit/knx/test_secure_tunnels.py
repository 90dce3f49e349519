import pytest

from knx_ocpp_bridge.config.fields import HostPort
from knx_ocpp_bridge.knx.link.scan import Found, Tunnel
from knx_ocpp_bridge.knx.secure import keyring as keyrings
from knx_ocpp_bridge.knx.secure.secure_tunnels import NoTunnelError, offered, wanted
from tests.kit.keyrings import PASSWORD, Interface, Keyring

TUNNELS = (
    Interface("1.1.2", "1.1.0", user=2, password="two"),
    Interface("1.1.3", "1.1.0", user=3, password="three"),
    Interface("1.1.4", "1.1.0"),
    Interface("1.2.2", "1.2.0", user=2, password="far"),
)


def keyring(folder, *tunnels):
    return keyrings.load(Keyring(interfaces=tunnels).write(folder / "a.knxkeys"), PASSWORD)


def found(address="1.1.0", free=("1.1.2", "1.1.3"), *, secure=True):
    return Found(
        name="Interface",
        gateway=HostPort("192.168.1.20", 3671),
        individual_address=address,
        tunnelling_udp=False,
        tunnelling_tcp=True,
        routing=False,
        secure_tunnelling=secure,
        secure_routing=False,
        can_secure=secure,
        tunnels=tuple(Tunnel(each, each in free) for each in ("1.1.2", "1.1.3", "1.1.4")),
    )


def addresses(tunnels):
    return [str(each.individual_address) for each in tunnels]


def test_the_free_tunnels_of_the_gateway_are_tried_in_order(tmp_path):
    assert addresses(offered(keyring(tmp_path, *TUNNELS), found())) == ["1.1.2", "1.1.3"]


def test_a_tunnel_that_is_taken_is_not_tried(tmp_path):
    assert addresses(offered(keyring(tmp_path, *TUNNELS), found(free=("1.1.3",)))) == ["1.1.3"]


def test_where_the_gateway_says_that_none_is_free_it_has_the_last_word_itself(tmp_path):
    assert addresses(offered(keyring(tmp_path, *TUNNELS), found(free=()))) == ["1.1.2", "1.1.3"]


def test_a_gateway_that_does_not_describe_itself_is_tried_all_the_same(tmp_path):
    assert addresses(offered(keyring(tmp_path, *TUNNELS), None)) == ["1.1.2", "1.1.3", "1.2.2"]


def test_the_tunnel_with_the_wished_address_is_the_one(tmp_path):
    assert wanted(keyring(tmp_path, *TUNNELS), "1.1.3").decrypted_password == "three"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("1.1.9", "the keyring has no tunnel 1.1.9 (knx.individual_address), but 1.1.2 of 1.1.0, 1.1.3 of 1.1.0"),
        ("1.1.4", "no user and password of tunnel 1.1.4"),
    ],
)
def test_a_wished_address_that_cannot_be_had_is_told(tmp_path, address, words):
    with pytest.raises(NoTunnelError) as error:
        wanted(keyring(tmp_path, *TUNNELS), address)

    assert words in str(error.value)


@pytest.mark.parametrize(
    ("tunnels", "gateway", "words"),
    [
        (TUNNELS, found("1.5.0"), "the keyring has no tunnel of Interface (192.168.1.20:3671), which is 1.5.0"),
        (TUNNELS, found(secure=False), "offers no KNX IP Secure"),
        (TUNNELS[2:3], found(), "the keyring has no tunnel with KNX IP Secure"),
        ((), None, "the keyring has no tunnel with KNX IP Secure"),
    ],
)
def test_a_gateway_for_which_there_is_no_tunnel_is_told(tmp_path, tunnels, gateway, words):
    with pytest.raises(NoTunnelError) as error:
        offered(keyring(tmp_path, *tunnels), gateway)

    assert words in str(error.value)
