"""A site in simulated time: the plant, the bridge, and what comes between them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from knx_ocpp_bridge.core.energy.terms import OutletKey, Phases
from knx_ocpp_bridge.core.values import ChargerId, Moment
from tests.kit.site.bridge import Bridge
from tests.kit.site.building import Building
from tests.kit.site.cars import VOLTAGE_V
from tests.kit.site.charge_points import ChargePoint
from tests.kit.site.house import DAY_S, House, on_phases
from tests.kit.site.trace import Second, Spot, Trace

MIDNIGHT: Final = datetime(2026, 11, 23, tzinfo=UTC)
"""A Monday."""
Deed = Callable[["World"], None]


@dataclass(slots=True)
class Outside:
    """What fails around the bridge. Times in s since the beginning; it lasts until then."""

    meter_silent_until_s: float = -1.0
    bus_lost_until_s: float = -1.0
    bridge_dead_until_s: float = -1.0
    power_cut_until_s: float = -1.0


@dataclass(slots=True, repr=False)
class World:
    """Everything. `deeds` are done when their time has come, in s since the beginning."""

    building: Building
    bridge: Bridge
    house: House = field(default_factory=House)
    begins: datetime = MIDNIGHT + timedelta(hours=18)
    meter_every_s: float = 5.0
    deeds: list[tuple[float, Deed]] = field(default_factory=list)
    tick_s: float = 1.0
    outside: Outside = field(default_factory=Outside)
    tells: dict[str, float | bool] = field(default_factory=dict)
    """What the building tells besides its meters, each time that it tells those (`release`, `grid_limit`)."""
    now_s: float = 0.0
    trace: Trace = field(init=False)
    charge_points: Mapping[ChargerId, ChargePoint] = field(init=False)
    _told_at_s: float = -1e9
    _closes: list[tuple[float, ChargerId, ChargePoint]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.charge_points = self.building.charge_points()
        self.trace = Trace(self.building)
        self.deeds.sort(key=lambda deed: deed[0])
        self.bridge.start(self.now)

    def __repr__(self) -> str:
        cars = {name: (point.car.max_a, point.car.phases) for name, point in self.charge_points.items() if point.car}
        house = (self.house.base_w, [(step.begins_s, step.ends_s, step.power_w) for step in self.house.steps])
        return f"World({self.building.circuits}, {self.building.bays}, {cars}, {house})"

    @property
    def now(self) -> Moment:
        """The monotonic clock begins at 1000 s."""
        return Moment(1000.0 + self.now_s, self.begins + timedelta(seconds=self.now_s))

    @property
    def second_of_day(self) -> float:
        """UTC."""
        return (self.begins - self.begins.replace(hour=0, minute=0, second=0)).total_seconds() + self.now_s

    def runs(self, seconds: float) -> Trace:
        """So much time passes."""
        until_s = self.now_s + seconds
        while self.now_s < until_s - 1e-6:
            self.now_s += self.tick_s
            while self.deeds and self.deeds[0][0] <= self.now_s:
                self.deeds.pop(0)[1](self)
            self._tick()
        return self.trace

    # what can happen to it

    def kills_the_bridge(self, for_s: float) -> None:
        """And starts it anew after so long."""
        self.bridge.kill()
        self.outside.bridge_dead_until_s = self.now_s + for_s
        for point in self.charge_points.values():
            point.cut(self.now.monotonic_s)

    def cuts(self, name: str, for_s: float) -> None:
        """The line of one charger; the bridge learns it as late as this kind of cut is learnt."""
        point = self.charge_points[ChargerId(name)]
        self._lose(point)
        point.cut(self.now.monotonic_s + for_s)

    def reboots(self, name: str) -> None:
        """One charger."""
        point = self.charge_points[ChargerId(name)]
        self._lose(point)
        point.reboot(self.now)

    def loses_power(self, for_s: float) -> None:
        """The whole house, the bridge as well; then everything comes back at once."""
        self.kills_the_bridge(for_s + 20.0)
        self.outside.power_cut_until_s = self.now_s + for_s
        for point in self.charge_points.values():
            point.reboot(self.now)
            point.down_until_s += for_s

    # inside

    def _tick(self) -> None:
        now, second = self.now, self.second_of_day
        dark = self.now_s < self.outside.power_cut_until_s
        for point in self.charge_points.values():
            point.tick(now, self.tick_s)
        load_w: Phases = (0.0, 0.0, 0.0) if dark else self.house.load_w(self.now_s)
        sun_w = 0.0 if dark else self.house.sun(second % DAY_S)
        battery = self.house.battery
        cars_w = self._cars_w()
        battery_w = 0.0 if battery is None else battery.now_w
        besides_w = on_phases(load_w, -sun_w - battery_w)
        grid_w = besides_w[0] + cars_w[0], besides_w[1] + cars_w[1], besides_w[2] + cars_w[2]
        if battery is not None and not dark:
            battery.feels(sum(grid_w), self.tick_s)
        if not dark:
            self._bridge_lives(now, grid_w, sun_w)
        self._note(now, grid_w, sun_w)

    def _cars_w(self) -> Phases:
        watts = [0.0, 0.0, 0.0]
        for point in self.charge_points.values():
            for phase in point.building_phases():
                watts[phase] += point.current_a * VOLTAGE_V
        return watts[0], watts[1], watts[2]

    def _bridge_lives(self, now: Moment, grid_w: Phases, sun_w: float) -> None:
        bridge = self.bridge
        if not bridge.alive and self.now_s >= self.outside.bridge_dead_until_s:
            bridge.start(now)
            self._told_at_s = -1e9
        if not bridge.alive:
            return
        self._telegrams(now, grid_w, sun_w)
        for due_s, name, _ in [each for each in self._closes if each[0] <= self.now_s]:
            self._closes = [each for each in self._closes if each[:2] != (due_s, name)]
            link = bridge.chargers[name].link
            if link is not None and self.charge_points[name].link is None:
                bridge.closed(name, link, now)
        for name, point in self.charge_points.items():
            self._talks(name, point, now)
        bridge.tick(now)
        for name, point in self.charge_points.items():
            self._carries(name, point, now)

    def _talks(self, name: ChargerId, point: ChargePoint, now: Moment) -> None:
        if point.link is None:
            if now.monotonic_s < point.down_until_s:
                return
            point.connect(self.bridge.opened(name, now))
        for event in point.says(now):
            payload = self.bridge.happens(name, event, now)
            if payload is not None:
                point.heard(event, payload)
            self._carries(name, point, now)

    def _carries(self, name: ChargerId, point: ChargePoint, now: Moment) -> None:
        queue = self.bridge.to_send[name]
        while queue:
            point.hear(queue.popleft(), now)

    def _lose(self, point: ChargePoint) -> None:
        if point.link is not None and self.bridge.alive:
            self._closes.append((self.now_s + point.habits.hears_ends_after_s, point.id, point))

    def _telegrams(self, now: Moment, grid_w: Phases, sun_w: float) -> None:
        if self.now_s - self._told_at_s < self.meter_every_s or self.now_s < self.outside.bus_lost_until_s:
            return
        self._told_at_s = self.now_s
        told: dict[str, float | bool] = dict(self.tells)
        if self.now_s >= self.outside.meter_silent_until_s:
            for phase, watts in enumerate(grid_w, 1):
                told[f"grid_current_l{phase}"] = round(abs(watts) / VOLTAGE_V, 2)
                told[f"grid_power_l{phase}"] = round(watts)
            told["grid_power"] = round(sum(grid_w))
        told["pv_power"] = round(sun_w)
        if self.house.battery is not None:
            told["battery_power"] = round(self.house.battery.now_w)
            told["battery_soc"] = round(self.house.battery.soc)
        for key, value in told.items():
            self.bridge.heard(key, value, now)

    def _note(self, now: Moment, grid_w: Phases, sun_w: float) -> None:
        spots: dict[OutletKey, Spot] = {}
        granted = self._granted()
        for bay in self.building.bays:
            point = self.charge_points[bay.key[0]]
            wire_a, wire_phases = point.in_force(now)
            spots[bay.key] = Spot(
                wire_a,
                wire_phases,
                granted.get(bay.key),
                point.offered_a,
                point.current_a,
                point.building_phases(),
                point.status,
                point.car is not None and point.transaction is not None,
                point.car is not None and not point.car.full and not point.car.asleep,
            )
        amperes = (grid_w[0] / VOLTAGE_V, grid_w[1] / VOLTAGE_V, grid_w[2] / VOLTAGE_V)
        self.trace.note(Second(self.now_s, self.tick_s, amperes, sun_w, spots, self.bridge.alive))

    def _granted(self) -> Mapping[OutletKey, float]:
        if not self.bridge.alive:
            return {}
        return {key: report.granted_a for key, report in self.bridge.decision.report.outlets.items()}
