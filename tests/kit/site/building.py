"""What an installer wrote down about a simulated site, and what the core makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from math import floor
from typing import Any, Final

from knx_ocpp_bridge.core.energy.terms import (
    NO_LIMITS,
    CircuitTerms,
    GridLimitTerms,
    LoadTerms,
    OutletKey,
    OutletTerms,
    SessionLimits,
    SiteTerms,
    SurplusTerms,
    TariffTerms,
    WeekPlan,
)
from knx_ocpp_bridge.core.settings import AuthorizationMode, ChargerSettings, ConnectorSettings, TagBook
from knx_ocpp_bridge.core.status import ChargeMode
from knx_ocpp_bridge.core.values import ChargerId
from tests.kit.site.charge_points import OUTLET, ChargePoint
from tests.kit.site.habits import Habits

_LEAST_A: Final = 6.0
_EVERYBODY: Final = TagBook(mode=AuthorizationMode.ALL)


@dataclass(frozen=True, slots=True)
class Bay:
    """One place to charge. `fail_safe_a` None: as the configuration does, the equal share of its circuit."""

    name: str
    circuit: str = "main"
    phases: int = 3
    rotation: str = "RST"
    max_a: float = 16.0
    mode: ChargeMode = ChargeMode.FAST
    priority: int = 1
    fail_safe_a: float | None = None
    switches: bool = False
    battery_wh: int | None = None
    limits: SessionLimits = NO_LIMITS
    plans: tuple[WeekPlan, ...] = ()
    habits: Habits = field(default_factory=Habits)

    @property
    def key(self) -> OutletKey:
        """As the core names it."""
        return ChargerId(self.name), OUTLET


def circuit(name: str, max_a: float, **more: Any) -> CircuitTerms:
    """The same fuse on each phase."""
    return CircuitTerms(name, (max_a, max_a, max_a), **more)


@dataclass(frozen=True, slots=True)
class Building:
    """Circuits, parents first, and what hangs in them."""

    circuits: tuple[CircuitTerms, ...]
    bays: tuple[Bay, ...]
    load: LoadTerms = field(default_factory=LoadTerms)
    surplus: SurplusTerms = field(default_factory=SurplusTerms)
    grid_limit: GridLimitTerms = field(default_factory=GridLimitTerms)
    tariff: TariffTerms = field(default_factory=TariffTerms)
    zone: tzinfo = UTC

    def terms(self) -> SiteTerms:
        """For the rules."""
        return SiteTerms(
            {one.name: one for one in self.circuits},
            {bay.key: self._outlet(bay) for bay in self.bays},
            self.load,
            self.surplus,
            self.grid_limit,
            self.tariff,
            self.zone,
        )

    def settings(self) -> Mapping[ChargerId, ChargerSettings]:
        """For the chargers."""
        return {bay.key[0]: self._charger(bay) for bay in self.bays}

    def charge_points(self) -> Mapping[ChargerId, ChargePoint]:
        """What hangs on the walls."""
        return {
            bay.key[0]: ChargePoint(
                bay.key[0],
                replace(bay.habits, hardware_a=max(bay.habits.hardware_a, bay.max_a), switches=bay.switches),
                bay.rotation,
                bay.phases,
            )
            for bay in self.bays
        }

    def above(self, name: str) -> tuple[CircuitTerms, ...]:
        """This circuit and all that it hangs in; none for an empty name."""
        found: list[CircuitTerms] = []
        by_name = {one.name: one for one in self.circuits}
        while name:
            found.append(by_name[name])
            name = by_name[name].parent
        return tuple(found)

    def behind(self, name: str) -> tuple[Bay, ...]:
        """The bays that this circuit feeds."""
        return tuple(bay for bay in self.bays if name in {one.name for one in self.above(bay.circuit)})

    def fail_safe_a(self, bay: Bay) -> float | None:
        """As the configuration does: the equal share of the smallest circuit above it, 0 where that is too little.

        Of a measured circuit there is only what was agreed for the time without a meter. None outside of circuits.
        """
        if bay.fail_safe_a is not None or not bay.circuit:
            return bay.fail_safe_a
        shares = [
            _without_bridge_a(one, phase) / sum(phase in _building_phases(other) for other in self.behind(one.name))
            for one in self.above(bay.circuit)
            for phase in _building_phases(bay)
        ]
        share_a = min(bay.max_a, floor(min(shares) * 10) / 10)
        return share_a if share_a >= _LEAST_A else 0.0

    def _outlet(self, bay: Bay) -> OutletTerms:
        return OutletTerms(
            bay.key,
            bay.circuit,
            bay.phases,
            bay.rotation,
            max_current_a=bay.max_a,
            priority=bay.priority,
            fail_safe_current_a=self.fail_safe_a(bay),
            can_switch_phases=bay.switches,
            battery_wh=bay.battery_wh,
            session_limits=bay.limits,
            plans=bay.plans,
        )

    def _charger(self, bay: Bay) -> ChargerSettings:
        outlet = ConnectorSettings(
            OUTLET,
            normal_current_a=bay.max_a,
            fast_current_a=bay.max_a,
            max_current_a=bay.max_a,
            phases=bay.phases,
            phase_rotation=bay.rotation,
            mode=bay.mode,
            circuit=bay.circuit,
            fail_safe_a=self.fail_safe_a(bay),
            lease_s=self.load.lease_s,
            disobeyed_s=self.load.disobeyed_s,
            escalates=bool(bay.circuit),
            can_switch_phases=bay.switches,
        )
        return ChargerSettings(bay.key[0], bay.name, connectors={OUTLET: outlet}, tag_book=_EVERYBODY, zone=self.zone)


def _without_bridge_a(circuit: CircuitTerms, phase: int) -> float:
    most_a = circuit.max_current_a[phase]
    return min(most_a, circuit.fallback_current_a) if circuit.metered else most_a


def _building_phases(bay: Bay) -> tuple[int, ...]:
    return tuple("RST".index(letter) for letter in bay.rotation[: bay.phases])
