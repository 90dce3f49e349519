"""A house and cars on one meter, second by second: what really flows, and what is told of it, and when."""

from collections.abc import Mapping

from knx_ocpp_bridge.core.energy.terms import OutletKey
from tests.kit.parking import Parking, key

RAMP_UP_A = 2.0
RAMP_DOWN_A = 4.0
"""A car follows its limit by so much in a second."""


class World:
    """The meter tells each `meter_s`, chargers each `sample_s`; they follow what they are told after `delay_s`.

    Those that are `prompt` tell what flows whenever it changes.
    """

    def __init__(
        self,
        site: Parking,
        sample_s: int = 60,
        wishes: Mapping[str, float] | None = None,
        delay_s: int = 1,
        fuse_a: float = 32.0,
        meter_s: int = 1,
        prompt: bool = False,
    ) -> None:
        self.site = site
        self.sample_s = sample_s
        self.wishes = dict(wishes or {})
        """What the cars would take; of one that is missing, all."""
        self.house = [0.0, 0.0, 0.0]
        self.drawn: dict[OutletKey, float] = {}
        self.over_s = 0
        """Seconds in which more flowed than the fuse carries."""
        self.longest_over_s = 0
        self.changes = 0
        """How often something else was said."""
        self.second = 0
        self._delay_s = delay_s
        self._meter_s = meter_s
        self._prompt = prompt
        self._fuse_a = fuse_a
        self._row_s = 0
        self._on_the_way: list[tuple[int, OutletKey, float]] = []

    def run(self, seconds: int) -> dict[str, float]:
        """What each outlet is told in the end."""
        for _ in range(seconds):
            self.second += 1
            self._drive()
            flow = self.flow()
            is_over = any(each > self._fuse_a + 0.05 for each in flow)
            self.over_s += is_over
            self._row_s = self._row_s + 1 if is_over else 0
            self.longest_over_s = max(self.longest_over_s, self._row_s)
            self.site.now_s += 1
            if self.second % self._meter_s == 0:
                self.site.hear(*flow)
            before = self.site.amperes()
            self.site.look()
            self.changes += before != self.site.amperes()
            self._follow()
        return self.site.amperes()

    def flow(self) -> list[float]:
        """On each phase of the meter."""
        found = list(self.house)
        for each, current_a in self.drawn.items():
            for phase in self.lines(each):
                found[phase] += current_a
        return found

    def lines(self, outlet: OutletKey) -> list[int]:
        """The phases that the outlet is wired to."""
        terms = self.site.terms.outlets[outlet]
        return ["RST".index(letter) for letter in terms.rotation[: terms.phases]]

    def _drive(self) -> None:
        for number, (each, view) in enumerate(self.site.views.items()):
            limit_a = view.in_force_a if view.charging and view.in_force_a is not None and view.in_force_a >= 6 else 0.0
            goal_a = min(self.wishes.get(str(each[0]), 99.0), limit_a)
            has_a = self.drawn.get(each, 0.0)
            self.drawn[each] = max(goal_a, has_a - RAMP_DOWN_A) if goal_a < has_a else min(goal_a, has_a + RAMP_UP_A)
            if not view.charging:
                self.drawn[each] = 0.0
            elif (self.second + number * 7) % self.sample_s == 0 or (self._prompt and self.drawn[each] != has_a):
                self.site.measure(str(each[0]), self.drawn[each])

    def _follow(self) -> None:
        """Until a charger has confirmed, it may draw what it was told before as well as what it is told."""
        for each, cap in self.site.said.items():
            view = self.site.views[each]
            if view.charging and cap.current_a != self._last_told(each):
                self._on_the_way.append((self.second + self._delay_s, each, cap.current_a))
                self.site.set(str(each[0]), promised_a=max(view.promised_a, cap.current_a))
        due = [each for each in self._on_the_way if each[0] <= self.second]
        self._on_the_way = [each for each in self._on_the_way if each[0] > self.second]
        for _, outlet, current_a in due:
            later = [told_a for _, other, told_a in self._on_the_way if other == outlet]
            if self.site.views[outlet].charging:
                self.site.set(str(outlet[0]), in_force_a=current_a, promised_a=max(current_a, *later, 0.0))

    def _last_told(self, outlet: OutletKey) -> float | None:
        on_the_way = [told_a for _, other, told_a in self._on_the_way if other == outlet]
        return on_the_way[-1] if on_the_way else self.site.views[outlet].in_force_a

    def leave(self, name: str) -> None:
        """The car is unplugged."""
        self.site.unplug(name)
        self.drawn[key(name)] = 0.0
        self._on_the_way = [each for each in self._on_the_way if each[1] != key(name)]
