"""What is kept of a connector while its obedience, its car's sleep and its phases are looked after. Values only."""

from dataclasses import dataclass
from enum import IntEnum
from math import inf

from knx_ocpp_bridge.core.values import LinkNumber, TransactionId


@dataclass(frozen=True, slots=True)
class Watch:
    """What was in force and what flowed. Currents in A per phase, times of the monotonic clock in s."""

    limit_a: float | None = None
    """In force since `since_s`; None: nothing to obey is known."""
    since_s: float = -inf
    past: tuple[tuple[float, float], ...] = ()
    """Higher limits that were in force until not long ago, and until when: a car takes seconds to follow."""
    above_since_s: float | None = None
    """Since then all that was measured was above the limit; None: the newest was not."""
    drawn_a: float | None = None
    """The newest: what flowed or was offered, whichever is more."""
    measured_at_s: float | None = None
    """When the newest current was measured, as well as anybody can tell."""
    asked_at_s: float = -inf
    """When the charger was asked for its meter values, to judge it."""
    offers_follow: bool = False
    """What it says to offer was seen to follow a limit: some always tell the most that they could."""
    unheeded_since_s: float | None = None
    """Since then more may flow than it is to have, and it has not confirmed that."""
    unheeded: bool = False
    """It does not obey because of that: no limit in force can show that it does again."""
    stopped: TransactionId | None = None
    """The transaction that was stopped because the charger takes no 0 A."""


class Means(IntEnum):
    """How hard a charger that does not obey is pressed, the strongest last."""

    NONE = 0
    TX_PROFILE = 1
    ANEW = 2
    """Its profiles were cleared and set again."""
    OTHER_PURPOSE = 3
    ZERO = 4
    """0 A until the car is unplugged or somebody commands it."""
    STOP = 5
    SHUT = 6
    """Inoperative, so that nothing restarts."""


@dataclass(frozen=True, slots=True)
class Pressure:
    """How far a charger had to be pressed in this session."""

    means: Means = Means.NONE
    taken_at_s: float = -inf
    pending: bool = False
    """It waits until the charger may be told again (a minute after a refusal); its time begins then."""
    opening: bool = False
    """It was shut and is to be Operative again; the charger has not agreed yet."""
    asked_on: LinkNumber | None = None
    """The connection on which it was asked to be Inoperative, or Operative again."""
    awaited: bool = False
    """Its answer to that is on its way."""
    tries: int = 0
    """How often in a row it refused that, or gave no answer."""
    tried: tuple[str, ...] = ()
    """Kinds of profile (`ways.Way.name`) that the limit was sent as, the usual one first."""
    rests_until_s: float = 0.0
    """It refused that, or did not answer: not asked again before."""


@dataclass(frozen=True, slots=True)
class Waking:
    """Whether a car may have fallen asleep in a pause of ours, and what was tried."""

    paused_at_s: float | None = None
    """Since then 0 A is in force for a car that did not sleep before."""
    may_sleep: bool = False
    """It was paused for long enough to fall asleep, and has not charged since."""
    napping: bool = False
    """0 A for a moment, to wake it."""
    wakes: int = 0
    """How often it was woken in this session."""
    ended: TransactionId | None = None
    """The transaction that the charger has ended in a pause of ours, while the car stayed."""


@dataclass(frozen=True, slots=True)
class PhaseChange:
    """The way from one number of phases to another."""

    phases: int | None = None
    """`numberPhases` that is said now; None: as wired."""
    begun_at_s: float | None = None
    """0 A is held since then, until nothing flows; None: nothing is being changed."""
    declined: int | None = None
    """The number that it could not be changed to; not tried again before another one is wanted."""


UNWATCHED = Watch()
UNPRESSED = Pressure()
AWAKE = Waking()
AS_WIRED = PhaseChange()
