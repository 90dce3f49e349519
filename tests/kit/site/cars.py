"""A car as a charging station feels it: what it takes of the current that is offered."""

from dataclasses import dataclass
from typing import Final

VOLTAGE_V: Final = 230.0
_FALLS_A_S: Final = 10.0
_TAPERS_FROM: Final = 95.0
_LEAST_A: Final = 2.0
_FULL: Final = 100.0
_LEAST_OFFER_A: Final = 6.0
"""What a control pilot can say at least (IEC 61851-1, Annex A)."""


@dataclass(slots=True)
class Car:
    """One car; `soc` in percent. It takes the current of its slowest part: cable, charger, itself."""

    max_a: float = 16.0
    phases: int = 3
    battery_wh: float = 60_000.0
    soc: float = 30.0
    ramp_a_s: float = 1.0
    starts_from_a: float = 6.0
    """It begins only when so much is offered; once it charges, 6 A will do."""
    sleeps_after_s: float | None = None
    """After so long a pause it takes nothing until it is woken; None: it never sleeps."""
    tells_soc: bool = False
    # how it stands
    current_a: float = 0.0
    paused_s: float = 0.0
    asleep: bool = False
    stirs: bool = False
    """Asleep, it was offered current, and then a pause: the next offer wakes it."""
    offered: bool = False
    taken_wh: float = 0.0

    @property
    def full(self) -> bool:
        """The battery takes no more."""
        return self.soc >= _FULL

    @property
    def room_wh(self) -> float:
        """What the battery can still take."""
        return max(0.0, (_FULL - self.soc) / _FULL * self.battery_wh)

    def wake(self) -> None:
        """The pilot was taken away and given back, or the cable was."""
        self.asleep = self.stirs = False
        self.paused_s = 0.0

    def feels(self, offered_a: float, phases: int, seconds: float) -> float:
        """So much is offered on so many phases for these seconds; returns what it took, in Wh."""
        used = min(phases, self.phases)
        wanted_a = self._wants(offered_a, seconds)
        if wanted_a >= self.current_a:
            self.current_a = min(wanted_a, self.current_a + self.ramp_a_s * seconds)
        else:
            self.current_a = max(wanted_a, self.current_a - _FALLS_A_S * seconds)
        took_wh = min(self.current_a * used * VOLTAGE_V * seconds / 3600.0, self.room_wh)
        self.taken_wh += took_wh
        self.soc = min(_FULL, self.soc + took_wh / self.battery_wh * _FULL)
        return took_wh

    def _wants(self, offered_a: float, seconds: float) -> float:
        if offered_a < _LEAST_OFFER_A:
            self.paused_s += seconds
            self.stirs, self.offered = self.stirs or (self.asleep and self.offered), False
            if self.sleeps_after_s is not None and self.paused_s > self.sleeps_after_s:
                self.asleep = True
            return 0.0
        self.offered = True
        if self.stirs:
            self.wake()
        if self.asleep or self.full or (self.current_a == 0.0 and offered_a < self.starts_from_a):
            return 0.0
        self.paused_s = 0.0
        wanted_a = min(offered_a, self.max_a)
        if self.soc > _TAPERS_FROM:
            share = (_FULL - self.soc) / (_FULL - _TAPERS_FROM)
            wanted_a = min(wanted_a, max(_LEAST_A, self.max_a * share))
        return wanted_a
