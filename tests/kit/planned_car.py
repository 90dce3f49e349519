"""One car on one outlet that is charged as its plan allows, in simulated time: steps of a minute, nothing rounded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from knx_ocpp_bridge.core.energy.plan_memory import PlansMemory, PlansRuling
from knx_ocpp_bridge.core.energy.plans import plan
from knx_ocpp_bridge.core.energy.prices import curve, market
from knx_ocpp_bridge.core.energy.scene import NO_GOAL, Goal, OutletView, PriceSlot, Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey, OutletTerms, SiteTerms
from knx_ocpp_bridge.core.inputs import InputKey, Reading
from knx_ocpp_bridge.core.status import ChargeMode, ConnectorStatus
from knx_ocpp_bridge.core.values import ChargerId, Clock, ConnectorId, Moment, TransactionId

KEY: Final[OutletKey] = (ChargerId("CP1"), ConnectorId(1))
OUTLET: Final = OutletTerms(KEY, max_current_a=16.0)
VOLT: Final = 230.0
STEP_S: Final = 60.0


def view(key: OutletKey = KEY, mode: ChargeMode = ChargeMode.SCHEDULED, *, goal: Goal = NO_GOAL) -> OutletView:
    """A car that is plugged in, allowed 16 A, and has not begun."""
    return OutletView(
        key=key,
        online=True,
        status=ConnectorStatus.PREPARING,
        plugged=True,
        charging=False,
        mode=mode,
        base_a=16.0,
        in_force_a=0.0,
        promised_a=0.0,
        resting_a=0.0,
        leases=True,
        can_limit=True,
        disobeys=False,
        goal=goal,
    )


def site(*outlets: OutletTerms, rest: SiteTerms | None = None) -> SiteTerms:
    """These outlets or the one of this module, with all else as in `rest`."""
    return replace(rest or SiteTerms(), outlets={each.key: each for each in outlets or (OUTLET,)})


def scene(
    utc: datetime,
    *views: OutletView,
    prices: tuple[PriceSlot, ...] = (),
    readings: Mapping[InputKey, Reading] | None = None,
    clock: Clock = Clock.SANE,
) -> Scene:
    """The site at this moment; the monotonic clock goes with the other one."""
    now = Moment(utc.timestamp(), utc, clock)
    return Scene(now, {each.key: each for each in views}, readings or {}, prices)


@dataclass(slots=True)
class PlannedCar:
    """A car that takes `car_a` on `phases` of its outlet until it has `capacity_wh`, whenever the plan lets it."""

    terms: SiteTerms
    now: datetime
    goal: Goal = NO_GOAL
    mode: ChargeMode = ChargeMode.SCHEDULED
    prices: tuple[PriceSlot, ...] = ()
    car_a: float = 16.0
    phases: int = 3
    capacity_wh: float = 1e9
    held_back: Callable[[datetime], bool] = lambda _when: False
    """Something else keeps it from charging then: a circuit, an owner."""
    sun_a: Callable[[datetime], float] = lambda _when: 0.0
    """What the sun allows where the plan says nothing, in the modes of the surplus."""
    charged_wh: float = 0.0
    cost: float = 0.0
    flows: bool = False
    starts: list[datetime] = field(default_factory=list)
    stops: list[datetime] = field(default_factory=list)
    memory: PlansMemory = field(default_factory=PlansMemory)
    said: list[str] = field(default_factory=list)
    ruling: PlansRuling | None = None

    @property
    def power_w(self) -> float:
        return self.phases * VOLT * self.car_a

    def until(self, end: datetime) -> "PlannedCar":
        """Minute by minute."""
        while self.now < end:
            self.step()
        return self

    def step(self) -> None:
        """One minute."""
        current_a = self._allowed_a(self._decide())
        flows = current_a > 0 and self.charged_wh < self.capacity_wh
        if flows != self.flows:
            (self.starts if flows else self.stops).append(self.now)
        self.flows = flows
        if flows:
            energy_wh = min(self.phases * VOLT * min(current_a, self.car_a) * STEP_S / 3600, self.capacity_wh)
            self.charged_wh += energy_wh
            self.cost += energy_wh / 1000 * self.price()
        self.now += timedelta(seconds=STEP_S)

    def price(self) -> float:
        """Of a kWh now; 0 where nobody knows."""
        seen = scene(self.now, prices=self.prices)
        course = curve(market(seen, self.terms), self.terms, self.now, self.now + timedelta(minutes=1))
        return course[0].price or 0.0

    def _decide(self) -> PlansRuling:
        shown = replace(
            view(mode=self.mode, goal=self.goal),
            status=ConnectorStatus.CHARGING if self.flows else ConnectorStatus.SUSPENDED_EVSE,
            charging=self.session is not None,
            in_force_a=16.0 if self.flows else 0.0,
            power_w=self.power_w if self.flows else 0.0,
            session=self.session,
            session_wh=int(self.charged_wh),
        )
        said = plan(self.memory, scene(self.now, shown, prices=self.prices), self.terms)
        self.memory, self.ruling = said.ruling.memory, said
        self.said.extend(note.text for note in said.ruling.notes)
        return said

    @property
    def session(self) -> TransactionId | None:
        return TransactionId(1) if self.starts else None

    def _allowed_a(self, said: PlansRuling) -> float:
        if self.held_back(self.now):
            return 0.0
        if self.mode is ChargeMode.SCHEDULED:
            cap = said.ruling.caps.get(KEY)
            return 16.0 if cap is None else cap.current_a
        return max(said.must.get(KEY, 0.0), self.sun_a(self.now))


def quarters(begins: datetime, *prices: float, minutes: int = 15) -> tuple[PriceSlot, ...]:
    """One price after the other."""
    length = timedelta(minutes=minutes)
    return tuple(
        PriceSlot(begins + place * length, begins + (place + 1) * length, price) for place, price in enumerate(prices)
    )
