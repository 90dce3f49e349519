"""Scenes of a site by hand, and a site whose chargers do what they are told: for rules without any charger's core."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any, Final

from knx_ocpp_bridge.core.energy.manager import Site, advance, new
from knx_ocpp_bridge.core.energy.ruling import Decision, EvidenceRow, SiteNote
from knx_ocpp_bridge.core.energy.scene import OutletView, Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey, OutletTerms, SiteTerms
from knx_ocpp_bridge.core.inputs import InputKey, InputState, InputTerms, InputValue, Reading, Told
from knx_ocpp_bridge.core.status import ChargeMode, ConnectorStatus
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, Moment, TransactionId

NOON: Final = datetime(2026, 6, 22, 12, 0, tzinfo=UTC)
BEGIN_S: Final = 1000.0
"""The monotonic clock at `NOON`."""
VOLTAGE_V: Final = 230.0


def key(charger: str, connector: int = 1) -> OutletKey:
    """One outlet."""
    return ChargerId(charger), ConnectorId(connector)


def at(seconds: float) -> Moment:
    """So long after noon."""
    return Moment(BEGIN_S + seconds, NOON + timedelta(seconds=seconds))


def terms(*outlets: OutletTerms, **more: Any) -> SiteTerms:
    """A site of these outlets."""
    return SiteTerms(outlets={one.key: one for one in outlets}, **more)


def view(outlet: OutletKey, **seen: Any) -> OutletView:
    """A car that charges with 16 A, which is what everybody allows it."""
    common: dict[str, Any] = {
        "online": True,
        "status": ConnectorStatus.CHARGING,
        "plugged": True,
        "charging": True,
        "mode": ChargeMode.FAST,
        "base_a": 16.0,
        "in_force_a": 16.0,
        "promised_a": 16.0,
        "resting_a": 16.0,
        "leases": False,
        "can_limit": True,
        "disobeys": False,
        "session": TransactionId(7),
        "since": NOON,
    }
    return OutletView(outlet, **(common | seen))


def reading(
    name: str,
    value: InputValue | None,
    *,
    charger: str | None = None,
    connector: int = 0,
    state: InputState = InputState.FRESH,
    fallback: float | None = None,
    told_at_s: float = BEGIN_S,
) -> Reading:
    """An input as it stands. `value` None: it was never told."""
    place: InputKey = (None if charger is None else ChargerId(charger), ConnectorId(connector), name)
    told = None if value is None else Told(value, Moment(told_at_s, NOON), "1.1.9")
    counts = value if state is InputState.FRESH else fallback
    return Reading(InputTerms(place, (1,), "", fallback=fallback), state, told, told_at_s, counts)


def readings(*all_of_them: Reading) -> dict[InputKey, Reading]:
    """By their keys."""
    return {one.terms.key: one for one in all_of_them}


def scene(seconds: float, *views: OutletView, told: Mapping[InputKey, Reading] | None = None) -> Scene:
    """The site so long after noon."""
    return Scene(at(seconds), {one.key: one for one in views}, told or {}, started_at_s=BEGIN_S)


@dataclass(slots=True)
class Played:
    """One car at a charger that obeys after `lag_s`. `takes_a`: what the car takes at most on its phases."""

    outlet: OutletTerms
    mode: ChargeMode = ChargeMode.SURPLUS
    takes_a: float = 16.0
    phases: int = 3
    lag_s: float = 3.0
    meter_s: float = 20.0
    here: bool = True
    obeys: bool = True
    switches: bool = True
    """It charges on as many phases as it has accepted."""
    # how it stands
    in_force_a: float = 0.0
    in_force_phases: int | None = None
    wanted: list[tuple[float, float, int | None]] = field(default_factory=list)
    current_a: float = 0.0
    measured: tuple[float, float] = (0.0, -inf)
    changes: list[tuple[float, float, int | None]] = field(default_factory=list)
    """When it was given what, and on how many phases."""

    @property
    def used(self) -> int:
        """Phases that current flows on."""
        most = (self.in_force_phases if self.switches else None) or self.outlet.phases
        return min(self.phases, self.outlet.phases, most)

    @property
    def power_w(self) -> float:
        """What it takes now."""
        return self.current_a * self.used * VOLTAGE_V

    def told(self, now_s: float, current_a: float, phases: int | None) -> None:
        """Other limits from now on."""
        self.wanted.append((now_s + self.lag_s, current_a, phases))
        self.changes.append((now_s, current_a, phases))

    def tick(self, now_s: float) -> None:
        """A second passes."""
        while self.wanted and self.wanted[0][0] <= now_s:
            _, current_a, phases = self.wanted.pop(0)
            if self.obeys:
                self.in_force_a, self.in_force_phases = current_a, phases
        offered_a = self.in_force_a if self.here and self.in_force_a >= 6.0 else 0.0
        aim_a = min(offered_a, self.takes_a)
        self.current_a = min(aim_a, self.current_a + 2.0)
        if now_s - self.measured[1] >= self.meter_s:
            self.measured = (self.current_a, now_s)

    def view(self) -> OutletView:
        """As the rules see it."""
        promised = max([self.in_force_a, *(current_a for _, current_a, _ in self.wanted)])
        measured_a, at_s = self.measured
        status = ConnectorStatus.CHARGING if self.current_a > 0 else ConnectorStatus.SUSPENDED_EVSE
        flows = tuple(measured_a if phase < self.used else 0.0 for phase in range(3))
        return view(
            self.outlet.key,
            status=status if self.here else ConnectorStatus.AVAILABLE,
            plugged=self.here,
            charging=self.here,
            mode=self.mode,
            base_a=self.outlet.max_current_a,
            in_force_a=self.in_force_a,
            promised_a=promised,
            phases_in_force=self.in_force_phases,
            current_a=measured_a,
            currents_a=(flows[0], flows[1], flows[2]),
            measured_at_s=at_s,
            session=TransactionId(7) if self.here else None,
        )


@dataclass(slots=True)
class PlayedSite:
    """All of it, second by second. `besides_w`: what the house takes besides the cars, less the roof; by the second."""

    terms: SiteTerms
    cars: tuple[Played, ...]
    besides_w: Callable[[float], float] = lambda _: 0.0
    inputs: Callable[[float], Mapping[InputKey, Reading]] = lambda _: {}
    grid_s: float = 5.0
    measures: bool = True
    seconds: float = 0.0
    site: Site = field(init=False)
    decision: Decision = field(default_factory=Decision)
    notes: list[SiteNote] = field(default_factory=list)
    evidence: list[EvidenceRow] = field(default_factory=list)
    grid_w: list[float] = field(default_factory=list)
    _told_w: tuple[float, float] = (0.0, -inf)

    def __post_init__(self) -> None:
        self.site = new(self.terms)

    def runs(self, seconds: int) -> "PlayedSite":
        """So much time passes."""
        for _ in range(seconds):
            self._tick()
        return self

    def _tick(self) -> None:
        self.seconds += 1.0
        now_s = BEGIN_S + self.seconds
        for car in self.cars:
            car.tick(now_s)
        grid_w = self.besides_w(self.seconds) + sum(car.power_w for car in self.cars)
        self.grid_w.append(grid_w)
        if now_s - self._told_w[1] >= self.grid_s:
            self._told_w = (grid_w, now_s)
        told = dict(self.inputs(self.seconds))
        if self.measures:
            told |= readings(reading("grid_power", self._told_w[0], told_at_s=self._told_w[1]))
        seen = scene(self.seconds, *(car.view() for car in self.cars), told=told)
        self.site, self.decision = advance(self.site, seen)
        self.notes += self.decision.notes
        self.evidence += self.decision.evidence
        by_key = {car.outlet.key: car for car in self.cars}
        for grant in self.decision.grants:
            car = by_key[grant.outlet]
            lowest_a = min((cap.current_a for cap in grant.caps), default=inf)
            assert lowest_a == 0.0 or lowest_a >= 6.0, grant
            car.told(now_s, min(lowest_a, car.outlet.max_current_a), grant.phases)


def outlet(name: str, **more: Any) -> OutletTerms:
    """One that stands alone."""
    return replace(OutletTerms(key(name)), **more)
