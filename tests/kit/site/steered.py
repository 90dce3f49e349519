"""A site that the rules of the core steer, put together."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from knx_ocpp_bridge.core.energy import manager
from knx_ocpp_bridge.core.energy.ruling import Decision, EvidenceRow
from knx_ocpp_bridge.core.energy.scene import PriceSlot, Scene
from knx_ocpp_bridge.core.energy.terms import SiteTerms
from knx_ocpp_bridge.core.energy.view import view
from tests.kit.site.bridge import Bridge
from tests.kit.site.building import Building
from tests.kit.site.house import House
from tests.kit.site.world import MIDNIGHT, World

METERS: Final = {
    "grid_power": 60.0,
    **{f"grid_power_l{phase}": 60.0 for phase in (1, 2, 3)},
    **{f"grid_current_l{phase}": 60.0 for phase in (1, 2, 3)},
    "pv_power": 60.0,
}
"""What a house that measures everything has bound, with its timeouts in s."""
EVENING: Final = MIDNIGHT + timedelta(hours=18)


def steering(terms: SiteTerms, evidence: Sequence[EvidenceRow]) -> Callable[[Scene], Decision]:
    """The manager of the core."""
    sites = [manager.new(terms, evidence)]

    def decide(scene: Scene) -> Decision:
        sites[0], decision = manager.advance(sites[0], scene)
        return decision

    return decide


def world(
    building: Building,
    house: House | None = None,
    *,
    begins: datetime = EVENING,
    tick_s: float = 1.0,
    inputs: dict[str, float] | None = None,
    prices: Sequence[PriceSlot] = (),
) -> World:
    """This building, with the bridge that the daemon would run."""
    meters = METERS if any(one.metered for one in building.circuits) else {}
    battery = {"battery_power": 60.0, "battery_soc": 0.0} if house is not None and house.battery is not None else {}
    bound = meters | battery | (inputs or {})
    bridge = Bridge(building.terms(), building.settings(), view, steering, bound, tuple(prices))
    return World(building, bridge, house or House(), begins, tick_s=tick_s)
