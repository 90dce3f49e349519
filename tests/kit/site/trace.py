"""What happened at a site, second by second, and the sums that are drawn from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from knx_ocpp_bridge.core.energy.terms import OutletKey, Phases
from knx_ocpp_bridge.core.status import ConnectorStatus
from tests.kit.site.building import Building
from tests.kit.site.cars import VOLTAGE_V


@dataclass(frozen=True, slots=True)
class Spot:
    """One outlet in one second. Currents in A per phase."""

    wire_a: float
    """What the profiles in the charger say."""
    wire_phases: int
    granted_a: float | None
    """By the report of the site; None: nobody steers."""
    offered_a: float
    current_a: float
    phases: tuple[int, ...]
    """Of the building, in use: 0 is L1."""
    status: ConnectorStatus
    charging: bool
    """A transaction is open."""
    hungry: bool
    """A car is there that would take more."""


@dataclass(frozen=True, slots=True)
class Second:
    """The site in one second; `grid_a` is below 0 while it feeds in."""

    at_s: float
    lasts_s: float
    grid_a: Phases
    sun_w: float
    spots: Mapping[OutletKey, Spot]
    bridge_alive: bool


@dataclass(slots=True)
class Energy:
    """Of one car, in Wh."""

    grid_wh: float = 0.0
    sun_wh: float = 0.0


@dataclass(slots=True)
class Trace:
    """All seconds so far."""

    building: Building
    seconds: list[Second] = field(default_factory=list)
    energy: dict[OutletKey, Energy] = field(default_factory=dict)
    bought_wh: float = 0.0
    sold_wh: float = 0.0

    def note(self, second: Second) -> None:
        """One more."""
        self.seconds.append(second)
        hours = second.lasts_s / 3600.0
        grid_w = sum(second.grid_a) * VOLTAGE_V
        self.bought_wh += max(0.0, grid_w) * hours
        self.sold_wh += max(0.0, -grid_w) * hours
        cars_w = sum(spot.current_a * len(spot.phases) for spot in second.spots.values()) * VOLTAGE_V
        share = min(1.0, max(0.0, grid_w) / cars_w) if cars_w > 0 else 0.0
        for key, spot in second.spots.items():
            took_wh = spot.current_a * len(spot.phases) * VOLTAGE_V * hours
            known = self.energy.setdefault(key, Energy())
            known.grid_wh += took_wh * share
            known.sun_wh += took_wh * (1.0 - share)

    def through(self, second: Second, circuit: str) -> Phases:
        """What flows through this fuse, A on each phase; of a metered one all that flows from or to the grid."""
        terms = next(one for one in self.building.circuits if one.name == circuit)
        if terms.metered:
            return abs(second.grid_a[0]), abs(second.grid_a[1]), abs(second.grid_a[2])
        sums = [0.0, 0.0, 0.0]
        for bay in self.building.behind(circuit):
            spot = second.spots[bay.key]
            for phase in spot.phases:
                sums[phase] += spot.current_a
        return sums[0], sums[1], sums[2]

    def between(self, begins_s: float, ends_s: float) -> list[Second]:
        """The seconds of this time."""
        return [second for second in self.seconds if begins_s <= second.at_s < ends_s]

    def taken_wh(self, key: OutletKey) -> float:
        """Of one car, wherever it came from."""
        known = self.energy.get(key, Energy())
        return known.grid_wh + known.sun_wh
