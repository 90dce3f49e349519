"""Divides what a tree of circuits can carry among the outlets that hang in it."""

from collections.abc import Mapping

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy.ruling import Ruling
from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.energy.sharing_state import SharingMemory, SharingRuling
from knx_ocpp_bridge.core.energy.terms import OutletKey, SiteTerms
from knx_ocpp_bridge.core.status import LimitReason


def share(memory: SharingMemory, scene: Scene, terms: SiteTerms, ceilings: Mapping[OutletKey, float]) -> SharingRuling:
    """One cap for each outlet in a circuit, so that no fuse carries more than it may; total.

    `ceilings`: the lowest of what the other rules allow, A per phase; an outlet that is missing there is not limited
    by them.
    """
    caps = {
        key: Cap(LimitReason.FAIL_SAFE, min(outlet.fail_safe_current_a or 0.0, ceilings.get(key, outlet.max_current_a)))
        for key, outlet in terms.outlets.items()
        if outlet.circuit and key in scene.outlets
    }
    return SharingRuling(Ruling(memory, caps))
