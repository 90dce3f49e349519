"""The circuits of a file as a tree, and which phases of the building a connector hangs on. Total: loops end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import floor
from typing import Final

from knx_ocpp_bridge.config.models import Bridge, Charger, Connector
from knx_ocpp_bridge.config.site_models import Circuit
from knx_ocpp_bridge.core.energy.terms import OutletKey
from knx_ocpp_bridge.core.limits import NOMINAL_VOLTAGE_V
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId

_LETTERS: Final = "RST"


def phases_of(connector: Connector) -> tuple[int, ...]:
    """Of the building's L1, L2, L3 (0 to 2) those that it is wired to, in the order of its own."""
    return tuple(_LETTERS.index(letter) for letter in connector.phase_rotation[: connector.phases])


def way_up(name: str | None, circuits: Mapping[str, Circuit]) -> tuple[Circuit, ...]:
    """The circuit of this name and all that it hangs in, nearest first; up to what is not known or was there before."""
    found: dict[str, Circuit] = {}
    while name is not None and name in circuits and name not in found:
        found[name] = circuits[name]
        name = circuits[name].parent
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Behind:
    """One circuit with all connectors behind it."""

    circuit: Circuit
    connectors: Mapping[OutletKey, Connector] = field(default_factory=dict)

    def on(self, phase: int) -> Iterator[tuple[OutletKey, Connector]]:
        """The connectors that are wired to this phase of the building."""
        return ((key, each) for key, each in self.connectors.items() if phase in phases_of(each))


def tree(bridge: Bridge) -> dict[str, Behind]:
    """Every circuit by its name, parents before children; those of a loop, or without a known parent, at the end."""
    by_name = {each.name: each for each in reversed(bridge.circuits)}
    ordered = sorted(bridge.circuits, key=lambda each: len(way_up(each.name, by_name)))
    behind: dict[str, dict[OutletKey, Connector]] = {each.name: {} for each in ordered}
    for charger in bridge.chargers:
        for connector in charger.connectors:
            for above in way_up(connector.circuit, by_name):
                behind[above.name][ChargerId(charger.id), ConnectorId(connector.id)] = connector
    return {name: Behind(by_name[name], inside) for name, inside in behind.items()}


def without_bridge_a(behind: Behind, phase: int) -> float:
    """What all chargers behind it may take together on this phase when nobody steers them.

    Where the house is measured, that is its `fallback_current`: without the bridge nobody measures. `max_power` is
    spread over the phases on which something hangs.
    """
    circuit = behind.circuit
    most_a = circuit.max_current[phase]
    if circuit.metered:
        most_a = min(most_a, circuit.fallback_current)
    if circuit.max_power is not None:
        phases = {each for connector in behind.connectors.values() for each in phases_of(connector)}
        most_a = min(most_a, circuit.max_power / NOMINAL_VOLTAGE_V / max(1, len(phases)))
    return most_a


def fail_safes(bridge: Bridge) -> dict[OutletKey, float | None]:
    """What each connector may take per phase when nobody steers it; None: it stands in no circuit and says nothing.

    Left out, it is the equal share of the narrowest circuit above: of what those that say a current of their own leave,
    in 0.1 A; 0 where that is below the least current of the connector.
    """
    circuits = tree(bridge)
    by_name = {name: each.circuit for name, each in circuits.items()}
    own = {
        (ChargerId(charger.id), ConnectorId(connector.id)): _own_a(charger, connector)
        for charger in bridge.chargers
        for connector in charger.connectors
    }
    shares = {name: tuple(_share_a(each, phase, own) for phase in range(3)) for name, each in circuits.items()}
    found = dict(own)
    for charger in bridge.chargers:
        for connector in charger.connectors:
            key = (ChargerId(charger.id), ConnectorId(connector.id))
            above = way_up(connector.circuit, by_name)
            if own[key] is None and above:
                share_a = min(shares[each.name][phase] for each in above for phase in phases_of(connector))
                share_a = floor(round(min(share_a, connector.max_current) * 10, 6)) / 10
                found[key] = share_a if share_a >= connector.min_current else 0.0
    return found


def _own_a(charger: Charger, connector: Connector) -> float | None:
    """What it says itself; one in a circuit that takes no limits at all draws what it can, whatever it says."""
    if takes_no_limits(charger) and connector.circuit is not None:
        return connector.max_current
    return connector.fail_safe_current


def takes_no_limits(charger: Charger) -> bool:
    """It is told none, neither by profile nor by configuration key."""
    told = charger.flags.model_dump()
    return bool(told["limit_by"] == "none" and not told["limit_key"])


def _share_a(behind: Behind, phase: int, own: Mapping[OutletKey, float | None]) -> float:
    """Of this phase, for one of those that say nothing of their own."""
    told = [own[key] for key, _ in behind.on(phase)]
    others = sum(each for each in told if each is not None)
    return max(0.0, without_bridge_a(behind, phase) - others) / max(1, told.count(None))
