"""Which objects answer a command: where a wall switch has its LED, and what follows from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.knx.bindings import ObjectKey, Wishes

MOST_TARGETS: Final = 2
"""A command for more targets is a central one: nobody looks at a single LED, and the answers are spread."""
RESULT: Final = "command_result"
"""What became of a command: of the moment, not a state."""
_MODES: Final = ("surplus_mode", "minimum_and_surplus_mode", "scheduled_mode")
_CURRENT: Final = ("max_current", "charge_mode", *_MODES, "limit_reason")
_FOLLOWS: Final[dict[str, tuple[str, ...]]] = {
    "charging": ("status", "pause", *_CURRENT),
    "reservation": ("status",),
    "availability": ("status", "fault"),
    "unlock": ("charging", "status", "cable_connected"),
    "reset": ("status", "online"),
    "hard_reset": ("status", "online"),
    "max_current": ("fast_charging", "pause", "charging", "charge_mode", *_MODES, "limit_reason"),
    "fast_charging": ("pause", "charging", *_CURRENT),
    "pause": ("charging", "fast_charging", *_CURRENT),
    "charge_mode": ("charging", "fast_charging", "pause", "max_current", *_MODES, "limit_reason"),
    **dict.fromkeys(_MODES, ("charging", "fast_charging", "pause", *_CURRENT)),
    "reset_counters": ("energy_total", "sessions_total", "minutes_total"),
}


@dataclass(frozen=True, slots=True)
class Expected:
    """An object that is going to answer, if it is bound and if it changes."""

    key: ObjectKey
    first: bool
    """It is the LED of a single switch: it goes before everything else."""


def expected(wishes: Wishes) -> Iterator[Expected]:
    """What is to be expected of these wishes, which are those of one command."""
    single = len(wishes) <= MOST_TARGETS
    for charger, wished in wishes:
        for key in (wished.key, RESULT):
            yield Expected((charger, wished.connector, key), first=single)
        for key in _FOLLOWS.get(wished.key, ()):
            yield Expected((charger, wished.connector, key), first=False)


def answers(key: str, *, receives: bool) -> bool:
    """Whether this object is said again only to answer a command."""
    return receives or key == RESULT
