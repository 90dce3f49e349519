"""What the cards that charge may have.

The charger's own core keeps to it with or without a site (`core.ceilings`), so it is no cap of the site; the rules know
it as one more ceiling, so that what a card does not allow is given to somebody else.
"""

from knx_ocpp_bridge.core.energy.amperes import allowed_a
from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey, SiteTerms


def allowed_by_cards(scene: Scene, terms: SiteTerms) -> dict[OutletKey, float]:
    """A per phase, of outlets whose card sets a limit; 0 where that is below the outlet's least current."""
    return {
        key: allowed_a(view.tag_limit_a, terms.outlets[key])
        for key, view in scene.outlets.items()
        if view.tag_limit_a is not None and key in terms.outlets
    }
