"""What part of its current an outlet can count on while its circuits are too small for all who charge there."""

from collections.abc import Collection, Mapping
from typing import Final

from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey, SiteTerms
from knx_ocpp_bridge.core.status import ChargeMode, ConnectorStatus

_LEAST: Final = 0.05
"""A plan for less would be none."""
_TAKES_NOTHING: Final = frozenset({ConnectorStatus.SUSPENDED_EV, ConnectorStatus.FINISHING})


def parts(scene: Scene, terms: SiteTerms, done: Collection[OutletKey]) -> Mapping[str, float]:
    """For each circuit from 0.05 to 1: what it and those above it leave of what all in it ask for together.

    Asked for is by every outlet with a car that may want energy, but those that are `done`.
    """
    asked_a = dict.fromkeys(terms.circuits, 0.0)
    for key, view in scene.outlets.items():
        outlet = terms.outlets.get(key)
        wants = view.plugged and view.mode is not ChargeMode.OFF and view.status not in _TAKES_NOTHING
        if outlet is None or not wants or key in done:
            continue
        name = outlet.circuit
        while name in asked_a:
            asked_a[name] += view.base_a
            name = terms.circuits[name].parent
    found: dict[str, float] = {}
    for name, circuit in terms.circuits.items():  # parents before children
        there_a = min((each for each in circuit.max_current_a if each > 0), default=0.0)
        own = there_a / asked_a[name] if asked_a[name] else 1.0
        found[name] = max(min(own, found.get(circuit.parent, 1.0), 1.0), _LEAST)
    return found
