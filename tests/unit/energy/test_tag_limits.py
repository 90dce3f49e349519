"""Cards with a current of their own."""

from knx_ocpp_bridge.core.energy.tag_limits import limit_by_tag
from knx_ocpp_bridge.core.status import LimitReason
from tests.kit.scenes import key, outlet, scene, terms, view

SITE = terms(outlet("A"), outlet("B"))


def test_a_card_limits_the_session_that_it_began_and_no_other():
    ruling = limit_by_tag(None, scene(0, view(key("A"), tag_limit_a=10.0), view(key("B"))), SITE)
    assert {one: (cap.kind, cap.current_a) for one, cap in ruling.caps.items()} == {key("A"): (LimitReason.TAG, 10.0)}


def test_a_card_below_the_least_current_pauses():
    ruling = limit_by_tag(None, scene(0, view(key("A"), tag_limit_a=5.9)), SITE)
    assert ruling.caps[key("A")].current_a == 0.0
