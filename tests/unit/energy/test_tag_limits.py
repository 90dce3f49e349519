"""Cards with a current of their own."""

from knx_ocpp_bridge.core.energy.tag_limits import allowed_by_cards
from tests.kit.scenes import key, outlet, scene, terms, view

SITE = terms(outlet("A"), outlet("B"))


def test_a_card_limits_the_session_that_it_began_and_no_other():
    assert allowed_by_cards(scene(0, view(key("A"), tag_limit_a=10.04), view(key("B"))), SITE) == {key("A"): 10.0}


def test_a_card_below_the_least_current_pauses():
    assert allowed_by_cards(scene(0, view(key("A"), tag_limit_a=5.9)), SITE) == {key("A"): 0.0}
