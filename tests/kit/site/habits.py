"""What a make of charging station does its own way."""

from dataclasses import dataclass
from enum import Enum


class Rounding(Enum):
    """What becomes of tenths of an ampere."""

    TENTHS = "as it is said"
    DOWN = "down to whole amperes"
    NEAREST = "to the nearest whole ampere, up as well"


@dataclass(frozen=True, slots=True)
class Habits:
    """Polite unless something is said. Times in s, currents in A."""

    answers_after_s: float = 0.3
    acts_after_s: float = 1.0
    """From its answer until the pilot says it."""
    rounding: Rounding = Rounding.TENTHS
    hardware_a: float = 16.0
    """What it offers when it holds no profile."""
    meter_every_s: float = 20.0
    ignores: bool = False
    """It accepts profiles and offers what it always does."""
    refuses_zero: bool = False
    takes_tx: bool = True
    knows_the_end: bool = True
    """A profile with a duration ends."""
    forgets: bool = False
    """A reboot loses the profiles."""
    reboots_for_s: float = 25.0
    dials_every_s: float = 10.0
    switches: bool = False
    """It charges on as many phases as `numberPhases` says."""
    deaf: bool = False
    """It says what it has to say, and answers no call."""
    hears_ends_after_s: float = 0.0
    """So long it takes the bridge to learn that the line is cut."""
