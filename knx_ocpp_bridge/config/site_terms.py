"""What the file says of energy in the core's own words."""

from collections.abc import Mapping

from knx_ocpp_bridge.config import circuit_tree
from knx_ocpp_bridge.config.models import Bridge, Connector
from knx_ocpp_bridge.config.outlet_models import SessionLimits as WrittenLimits
from knx_ocpp_bridge.config.outlet_models import WeeklyPlan
from knx_ocpp_bridge.config.site_models import Circuit
from knx_ocpp_bridge.config.tag_books import zone_of
from knx_ocpp_bridge.config.tariff_models import Tariff
from knx_ocpp_bridge.config.week import numbered
from knx_ocpp_bridge.core.energy.terms import (
    CircuitTerms,
    GridLimitTerms,
    LoadTerms,
    OutletKey,
    OutletTerms,
    SessionLimits,
    SiteTerms,
    SurplusTerms,
    TariffTerms,
    TariffZone,
    WeekPlan,
)
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId


def site_terms(bridge: Bridge, fail_safes: Mapping[OutletKey, float | None]) -> SiteTerms:
    """All of it; outlets are those of configured chargers. The file must be sound."""
    outlets = {
        (charger_id, connector_id): _outlet(charger_id, connector_id, connector, fail_safes[charger_id, connector_id])
        for charger in bridge.chargers
        for connector in charger.connectors
        for charger_id, connector_id in ((ChargerId(charger.id), ConnectorId(connector.id)),)
    }
    load, surplus, grid = bridge.load, bridge.surplus, bridge.grid_limit
    return SiteTerms(
        circuits={name: _circuit(each.circuit) for name, each in circuit_tree.tree(bridge).items()},
        outlets=outlets,
        load=LoadTerms(load.raise_after, load.hold, load.rotate_after, load.lease, load.disobeyed_after),
        surplus=SurplusTerms(
            start_power_w=surplus.start_power,
            start_after_s=surplus.start_after,
            stop_power_w=surplus.stop_power,
            stop_after_s=surplus.stop_after,
            grid_tolerance_w=surplus.grid_tolerance,
            battery_first_soc=surplus.battery_first_soc,
            switch_phases_after_s=surplus.switch_phases_after,
        ),
        grid_limit=GridLimitTerms(
            power_w=grid.power,
            per=grid.per,
            contacts_w={int(number): power_w for number, power_w in grid.contacts.items()},
            confirmed_within_s=grid.confirmed_within,
        ),
        tariff=_tariff(bridge.tariff),
        zone=zone_of(bridge),
    )


def _circuit(circuit: Circuit) -> CircuitTerms:
    return CircuitTerms(
        name=circuit.name,
        max_current_a=circuit.max_current,
        parent=circuit.parent or "",
        max_power_w=circuit.max_power,
        metered=circuit.metered,
        fallback_current_a=circuit.fallback_current,
        unbalanced_current_a=circuit.unbalanced_current,
        peak_power_w=circuit.peak_power,
        strategy=circuit.strategy,
        overload_s=circuit.overload_time,
    )


def _outlet(
    charger: ChargerId, connector_id: ConnectorId, connector: Connector, fail_safe_a: float | None
) -> OutletTerms:
    capacity_kwh = connector.battery_capacity
    return OutletTerms(
        key=(charger, connector_id),
        circuit=connector.circuit or "",
        phases=connector.phases,
        rotation=connector.phase_rotation,
        min_current_a=connector.min_current,
        max_current_a=connector.max_current,
        priority=connector.priority,
        fail_safe_current_a=fail_safe_a,
        can_switch_phases=connector.phase_switching,
        battery_wh=None if capacity_kwh is None else round(capacity_kwh * 1000),
        session_limits=_limits(connector.session_limits),
        plans=tuple(map(_plan, connector.plans)),
    )


def _limits(limits: WrittenLimits) -> SessionLimits:
    return SessionLimits(
        energy_wh=None if limits.energy is None else max(1, round(limits.energy * 1000)),
        duration_s=None if limits.duration is None else round(limits.duration * 60),
        soc=limits.soc,
        cost=limits.cost,
    )


def _plan(plan: WeeklyPlan) -> WeekPlan:
    return WeekPlan(
        days=numbered(plan.days),
        ready_by=plan.ready_by,
        energy_wh=None if plan.energy is None else max(1, round(plan.energy * 1000)),
        soc=plan.soc,
    )


def _tariff(tariff: Tariff) -> TariffTerms:
    return TariffTerms(
        price=tariff.price,
        zones=tuple(TariffZone(numbered(each.days), each.begins, each.ends, each.price) for each in tariff.zones),
        surcharge=tariff.surcharge,
        numbers={int(number): price for number, price in tariff.numbers.items()},
        late=tariff.late,
        reserve_s=tariff.reserve,
    )
