"""What is shown of the outlets: what the sharing says of those in circuits, and the same of the others."""

from collections.abc import Mapping

from knx_ocpp_bridge.core.energy.circuits import wired
from knx_ocpp_bridge.core.energy.granting import lowest_a
from knx_ocpp_bridge.core.energy.ruling import Grant, OutletReport
from knx_ocpp_bridge.core.energy.scene import OutletView, Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey, OutletTerms, SiteTerms
from knx_ocpp_bridge.core.energy.why import binding, words
from knx_ocpp_bridge.core.replacing import replace


def reported(
    scene: Scene,
    terms: SiteTerms,
    grants: Mapping[OutletKey, Grant],
    shared: Mapping[OutletKey, OutletReport],
    full: frozenset[OutletKey],
    waiting: frozenset[OutletKey],
) -> dict[OutletKey, OutletReport]:
    """Every outlet that has an answer. `waiting`: for its turn, by the order of the grid operator."""
    found = {}
    for key, grant in grants.items():
        outlet, view = terms.outlets[key], scene.outlets[key]
        report = shared.get(key) or _alone(outlet, view, grant)
        said = words(binding(outlet, view, grant.caps), grant.caps)
        found[key] = replace(report, waiting=report.waiting or key in waiting, full=key in full, words=said)
    return found


def _alone(outlet: OutletTerms, view: OutletView, grant: Grant) -> OutletReport:
    """One that shares no fuse."""
    granted_a = min(lowest_a(grant.caps), view.base_a, outlet.max_current_a)
    phases = tuple(phase + 1 for phase in wired(outlet))[: grant.phases]
    return OutletReport(grant.outlet, granted_a, waiting=False, phases=phases)
