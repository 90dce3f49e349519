"""The rule of the cards: a session of a card with a current of its own has no more than that."""

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy.amperes import allowed_a
from knx_ocpp_bridge.core.energy.ruling import Ruling
from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.energy.terms import SiteTerms
from knx_ocpp_bridge.core.status import LimitReason


def limit_by_tag(memory: None, scene: Scene, terms: SiteTerms) -> Ruling[None]:
    """The current of the card that charges; below the least current of the outlet it is 0."""
    caps = {
        key: Cap(LimitReason.TAG, allowed_a(view.tag_limit_a, terms.outlets[key]), words="the card that charges")
        for key, view in scene.outlets.items()
        if view.tag_limit_a is not None and key in terms.outlets
    }
    return Ruling(memory, caps)
