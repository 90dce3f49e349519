"""A house beside the chargers: what it takes on each phase, what its roof gives, what its battery does."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from knx_ocpp_bridge.core.energy.terms import Phases

DAY_S: Final = 86_400
_CLOUD_S: Final = 240.0

Sun = Callable[[float], float]
"""Power of the roof in W, by the second of the day."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is switched on and off: W on each phase, from and until in s since the beginning."""

    begins_s: float
    ends_s: float
    power_w: Phases


def cooking(begins_s: float) -> tuple[Step, ...]:
    """A hob on two phases, its plates going on and off, and an oven on the third, for 40 minutes."""
    plates = tuple(
        Step(begins_s + 45 * turn, begins_s + 45 * turn + 30, (2200.0, 1400.0, 0.0)) for turn in range(40 * 60 // 45)
    )
    return (*plates, Step(begins_s, begins_s + 2400, (0.0, 0.0, 2600.0)))


def sauna(begins_s: float) -> tuple[Step, ...]:
    """9 kW on all phases for an hour and a half, without any gentleness."""
    return (Step(begins_s, begins_s + 5400, (3000.0, 3000.0, 3000.0)),)


def no_sun(_: float) -> float:
    """There is no roof."""
    return 0.0


def clear(peak_w: float, rises_h: float = 6.0, sets_h: float = 20.0) -> Sun:
    """A day without a cloud."""

    def power_w(second: float) -> float:
        share = (second / 3600.0 - rises_h) / (sets_h - rises_h)
        return peak_w * math.sin(math.pi * share) ** 1.3 if 0.0 < share < 1.0 else 0.0

    return power_w


def cloudy(peak_w: float, seed: int, rises_h: float = 6.0, sets_h: float = 20.0) -> Sun:
    """Clouds of four minutes, thin and thick."""
    random = Random(seed)
    clouds = [random.choice((0.15, 0.3, 0.6, 1.0)) for _ in range(int(DAY_S / _CLOUD_S) + 1)]
    sky = clear(peak_w, rises_h, sets_h)
    return lambda second: sky(second) * clouds[int(second % DAY_S / _CLOUD_S)]


@dataclass(slots=True)
class Battery:
    """It takes what is fed in, and gives what is taken from the grid, a little late."""

    capacity_wh: float = 10_000.0
    power_w: float = 5_000.0
    soc: float = 50.0
    now_w: float = 0.0
    """Positive: it gives."""
    lag_s: float = 3.0

    def feels(self, grid_w: float, seconds: float) -> None:
        """The grid gives so much (or takes, below 0): follow it to zero."""
        wanted_w = max(-self.power_w, min(self.power_w, self.now_w + grid_w))
        self.now_w += (wanted_w - self.now_w) * min(1.0, seconds / self.lag_s)
        if (self.now_w > 0 and self.soc <= 0.0) or (self.now_w < 0 and self.soc >= 100.0):
            self.now_w = 0.0
        self.soc = min(100.0, max(0.0, self.soc - self.now_w * seconds / 3600.0 / self.capacity_wh * 100.0))


@dataclass(slots=True)
class House:
    """What flows besides the chargers. The same seed is the same house."""

    base_w: Phases = (150.0, 250.0, 100.0)
    noise_w: float = 40.0
    steps: tuple[Step, ...] = ()
    sun: Sun = no_sun
    battery: Battery | None = None
    seed: int = 0
    _random: Random = field(init=False)
    _noise: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._noise = [0.0, 0.0, 0.0]

    def load_w(self, since_s: float) -> Phases:
        """Of each phase, so long after the beginning; to be asked in order of time."""
        total = [0.0, 0.0, 0.0]
        for phase in range(3):
            self._noise[phase] = 0.9 * self._noise[phase] + self._random.gauss(0.0, self.noise_w * 0.4)
            total[phase] = max(20.0, self.base_w[phase] + self._noise[phase])
        for step in self.steps:
            if step.begins_s <= since_s < step.ends_s:
                total = [one + more for one, more in zip(total, step.power_w, strict=True)]
        return total[0], total[1], total[2]


def on_phases(each: Phases, all_w: float) -> Phases:
    """What is the same on all phases, added."""
    return each[0] + all_w / 3, each[1] + all_w / 3, each[2] + all_w / 3
