"""Which gateway is taken, and when the bridge goes back to the one that is preferred."""

import pytest

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.config.fields import HostPort
from knx_ocpp_bridge.knx.link.gateways import RETURN_S, STILL_S, GoingBack, chosen, configured
from knx_ocpp_bridge.knx.link.scan import Found, Tunnel


def gateway(name, host, **facts):
    told = {
        "tunnelling_udp": True,
        "tunnelling_tcp": True,
        "routing": False,
        "secure_tunnelling": False,
        "secure_routing": False,
        "can_secure": False,
        "tunnels": (Tunnel("1.1.1", True),),
    }
    return Found(name=name, gateway=HostPort(host, 3671), individual_address="1.1.0", **(told | facts))


def settings(**knx):
    return Knx.model_validate({"connection": "automatic"} | knx)


PLAIN = gateway("Plain", "10.0.0.1")
OLD = gateway("Old", "10.0.0.2", tunnelling_tcp=False, tunnels=())
FULL = gateway("Full", "10.0.0.3", tunnels=(Tunnel("1.1.1", False), Tunnel("1.1.2", False)))
SECURE = gateway("Secure", "10.0.0.4", secure_tunnelling=True, can_secure=True, tunnelling_udp=False)
ROUTER = gateway("Router", "10.0.0.5", tunnelling_udp=False, tunnelling_tcp=False, routing=True, tunnels=())


def ways(found, **knx):
    return [(way.connection, way.gateway and way.gateway.host) for way in chosen(found, settings(**knx))[0]]


def test_a_gateway_with_a_free_tunnel_is_taken_and_a_full_one_is_not():
    assert ways([FULL, PLAIN]) == [("tunneling_tcp", "10.0.0.1")]


def test_a_gateway_that_does_not_tell_its_tunnels_is_tried():
    assert ways([OLD]) == [("tunneling", "10.0.0.2")]


def test_a_tunnel_goes_before_routing():
    assert ways([ROUTER, PLAIN]) == [("tunneling_tcp", "10.0.0.1"), ("routing", None)]


def test_without_a_keyring_a_secure_gateway_is_no_choice(tmp_path):
    assert ways([SECURE, PLAIN]) == [("tunneling_tcp", "10.0.0.1")]
    assert ways([SECURE]) == []


def test_with_a_keyring_the_secure_gateway_is_preferred():
    found = ways([PLAIN, SECURE], keyring="site.knxkeys")
    assert found == [("tunneling_tcp_secure", "10.0.0.4"), ("tunneling_tcp", "10.0.0.1")]


def test_a_gateway_that_has_the_wished_tunnel_is_preferred():
    other = gateway("Other", "10.0.0.9", tunnels=(Tunnel("1.1.240", True),))
    assert ways([PLAIN, other], individual_address="1.1.240")[0] == ("tunneling_tcp", "10.0.0.9")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([], "no KNXnet/IP gateway answers on this network"),
        ([FULL], "all 2 tunnels of Full (10.0.0.3:3671) are taken: free one, or name another gateway"),
        ([SECURE], "Secure (10.0.0.4:3671) can only be used with KNX Secure: add the keyring"),
    ],
)
def test_if_there_is_no_way_it_is_said_why(found, words):
    assert words in chosen(found, settings())[1]


def test_the_first_gateway_of_the_configuration_is_the_first_way():
    knx = Knx.model_validate({"connection": "tunneling", "gateway": "10.0.0.1", "second_gateway": "10.0.0.2:3672"})
    assert [(way.connection, str(way.gateway)) for way in configured(knx)] == [
        ("tunneling", "10.0.0.1:3671"),
        ("tunneling", "10.0.0.2:3672"),
    ]


def test_the_bridge_goes_back_after_the_first_gateway_was_there_for_a_while():
    back = GoingBack()
    back.seen(0, alive=True)
    assert not back.may_go(RETURN_S - 1, 0)
    assert back.may_go(RETURN_S, 0)


def test_a_first_gateway_that_was_away_meanwhile_has_to_begin_again():
    back = GoingBack()
    back.seen(0, alive=True)
    back.seen(100, alive=False)
    back.seen(200, alive=True)
    assert not back.may_go(RETURN_S + 100, 0)
    assert back.may_go(RETURN_S + 200, 0)


def test_the_bridge_goes_back_at_a_quiet_moment():
    back = GoingBack()
    back.seen(0, alive=True)
    assert not back.may_go(RETURN_S, RETURN_S - STILL_S / 2)
    assert back.may_go(RETURN_S + STILL_S, RETURN_S)


def test_a_return_that_fails_is_tried_later_and_later_until_the_first_has_served():
    back = GoingBack()
    back.went()
    back.seen(0, alive=True)
    assert not back.may_go(2 * RETURN_S - 1, 0)
    assert back.may_go(2 * RETURN_S, 0)
    for _ in range(20):
        back.went()
    back.seen(0, alive=True)
    assert back.may_go(3600, 0)
    back.arrived()
    back.seen(0, alive=True)
    assert back.may_go(RETURN_S, 0)
