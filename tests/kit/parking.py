"""Parking places on one tree of circuits, in simulated time: what the sharing is told, and what chargers make of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy.scene import OutletView, Scene
from knx_ocpp_bridge.core.energy.sharing import share
from knx_ocpp_bridge.core.energy.sharing_state import SharingMemory, SharingRuling
from knx_ocpp_bridge.core.energy.terms import CircuitTerms, LoadTerms, OutletKey, OutletTerms, SiteTerms, Strategy
from knx_ocpp_bridge.core.inputs import InputKey, InputState, InputTerms, Reading, Told
from knx_ocpp_bridge.core.status import ChargeMode, ConnectorStatus
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, Clock, ConnectorId, Moment, TransactionId

BEGIN = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
LONG_AGO_S = -100_000.0


def key(name: str) -> OutletKey:
    """The outlet of the charger of this name."""
    return ChargerId(name), ConnectorId(1)


def circuit(
    name: str,
    current_a: float,
    parent: str = "",
    *,
    metered: bool = False,
    fallback_a: float = 0.0,
    power_w: float | None = None,
    peak_w: float | None = None,
    unbalanced_a: float | None = None,
    strategy: Strategy = Strategy.EQUAL,
) -> CircuitTerms:
    """The same current on each phase."""
    return CircuitTerms(
        name,
        (current_a, current_a, current_a),
        parent,
        power_w,
        metered,
        fallback_a,
        unbalanced_a,
        peak_w,
        strategy,
    )


def outlet(
    name: str,
    circuit: str,
    *,
    phases: int = 3,
    rotation: str = "RST",
    max_a: float = 16.0,
    priority: int = 1,
    fail_safe_a: float = 0.0,
    min_a: float = 6.0,
) -> OutletTerms:
    """One outlet of a charger of its own."""
    return OutletTerms(key(name), circuit, phases, rotation, min_a, max_a, priority, fail_safe_a)


IDLE = OutletView(
    key(""),
    online=True,
    status=ConnectorStatus.AVAILABLE,
    plugged=False,
    charging=False,
    mode=ChargeMode.FAST,
    base_a=0.0,
    in_force_a=0.0,
    promised_a=0.0,
    resting_a=0.0,
    leases=True,
    can_limit=True,
    disobeys=False,
)


@dataclass
class Parking:
    """`views` is what is seen of each outlet; changed by the tests, and by `obey`."""

    circuits: Iterable[CircuitTerms]
    outlets: Iterable[OutletTerms]
    load: LoadTerms = field(default_factory=LoadTerms)
    now_s: float = 0.0
    started_at_s: float = LONG_AGO_S
    clock: Clock = Clock.SANE
    ceilings: dict[OutletKey, float] = field(default_factory=dict)
    phases: dict[OutletKey, int] = field(default_factory=dict)
    readings: dict[InputKey, Reading] = field(default_factory=dict)
    memory: SharingMemory = field(default_factory=SharingMemory)
    views: dict[OutletKey, OutletView] = field(default_factory=dict)
    said: Mapping[OutletKey, Cap] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.terms = SiteTerms(
            {each.name: each for each in self.circuits}, {each.key: each for each in self.outlets}, self.load
        )
        for each in self.outlets:
            base_a = each.max_current_a
            rest_a = each.fail_safe_current_a or 0.0
            self.views.setdefault(
                each.key, replace(IDLE, key=each.key, base_a=base_a, in_force_a=rest_a, resting_a=rest_a)
            )

    @property
    def now(self) -> Moment:
        return Moment(self.now_s, BEGIN + timedelta(seconds=self.now_s), self.clock)

    def set(self, name: str, **changes: object) -> None:
        """Something else is seen of this outlet."""
        self.views[key(name)] = replace(self.views[key(name)], **changes)  # type: ignore[arg-type]  # fields of a view

    def plug(self, *names: str, takes_a: float | None = None) -> None:
        """Cars come and begin to charge."""
        for number, name in enumerate(names):
            rest_a = self.views[key(name)].resting_a or 0.0
            session = TransactionId(int(self.now_s * 10) + number + 1)
            self.set(
                name,
                plugged=True,
                charging=True,
                status=ConnectorStatus.CHARGING,
                session=session,
                in_force_a=rest_a,
                promised_a=rest_a,
                current_a=takes_a,
                measured_at_s=None if takes_a is None else self.now_s,
            )

    def unplug(self, name: str) -> None:
        """The car leaves."""
        self.set(
            name,
            plugged=False,
            charging=False,
            status=ConnectorStatus.AVAILABLE,
            session=None,
            promised_a=0.0,
            current_a=None,
            currents_a=None,
            measured_at_s=None,
        )

    def measure(self, name: str, *currents_a: float) -> None:
        """The charger tells what flows, on each of its phases or as one figure."""
        first, second, third = (*currents_a, None, None, None)[:3]
        by_phase = None if len(currents_a) == 1 else (first, second, third)
        self.set(name, current_a=max(currents_a), currents_a=by_phase, measured_at_s=self.now_s)

    def hear(self, *grid_a: float, key_of: str = "grid_current_l{}") -> None:
        """The building's meter tells its currents."""
        for phase, current_a in enumerate(grid_a, 1):
            self.say(key_of.format(phase), current_a)

    def say(self, name: str, value: float | None, *, fallback: float | None = None) -> None:
        """One input: None is silence, from now on or since the start."""
        whole = (None, CHARGE_POINT, name)
        terms = InputTerms(whole, (1,), "14.019", fallback=fallback)
        before = self.readings.get(whole)
        told = Told(value, self.now, "1.1.1") if value is not None else before.told if before is not None else None
        state = InputState.FRESH if value is not None else InputState.UNKNOWN if told is None else InputState.STALE
        self.readings[whole] = Reading(terms, state, told, self.now_s, fallback if value is None else value)

    def scene(self) -> Scene:
        return Scene(self.now, dict(self.views), dict(self.readings), (), self.started_at_s)

    def look(self, after_s: float = 0.0) -> SharingRuling:
        """What is said now; nobody follows yet."""
        self.now_s += after_s
        ruling = share(self.memory, self.scene(), self.terms, self.ceilings, self.phases)
        self.memory = ruling.ruling.memory
        self.said = ruling.ruling.caps
        return ruling

    def obey(self, *names: str) -> None:
        """These chargers, or all that are there, confirm what was said last."""
        for each in [key(name) for name in names] or list(self.views):
            view = self.views[each]
            if view.charging and view.online:
                limit_a = min(self.said[each].current_a, view.base_a)
                self.views[each] = replace(view, in_force_a=limit_a, promised_a=limit_a)

    def pass_time(self, seconds: float, step_s: float = 5.0) -> None:
        """Looks regularly; all that are there obey at once."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.look(min(step_s, end_s - self.now_s))
            self.obey()

    def amperes(self) -> dict[str, float]:
        """What each was told last."""
        return {str(each[0]): cap.current_a for each, cap in self.said.items()}

    def promised(self, phase: int, circuit: str = "") -> float:
        """All that may flow on a phase of the building by what was said last."""
        found = 0.0
        for each, view in self.views.items():
            terms = self.terms.outlets[each]
            lines = ["RST".index(letter) for letter in terms.rotation[: terms.phases]]
            if phase in lines and (not circuit or self._is_in(terms.circuit, circuit)):
                told_a = self.said[each].current_a if view.charging else 0.0
                found += max(told_a, view.promised_a)
        return found

    def _is_in(self, name: str, circuit: str) -> bool:
        while name and name != circuit:
            name = self.terms.circuits[name].parent
        return name == circuit
