"""The rule of the input `release`: while it is 0, nothing is charged.

A release that nobody has told holds nothing back: the contact of a building that has just been wired must not stop
every car, and whoever wants that says so by its fallback.
"""

from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy.readings import above, words
from knx_ocpp_bridge.core.energy.ruling import Ruling, SiteNote
from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey, SiteTerms
from knx_ocpp_bridge.core.status import LimitReason
from knx_ocpp_bridge.core.step import Level

RELEASE: Final = "release"


@dataclass(frozen=True, slots=True)
class ReleaseMemory:
    """The outlets that were held, and by which input."""

    held: frozenset[tuple[OutletKey, str]] = frozenset()


def release(memory: ReleaseMemory, scene: Scene, terms: SiteTerms) -> Ruling[ReleaseMemory]:
    """0 A wherever one of the releases above an outlet is 0; stale or unknown, its fallback counts, or nothing."""
    held = {key: by for key in scene.outlets if key in terms.outlets and (by := _held_by(key, scene))}
    now = frozenset(held.items())
    notes = [SiteNote(Level.INFO, key, f"nothing is charged: {by} is 0") for key, by in sorted(now - memory.held)]
    notes += [
        SiteNote(Level.INFO, key, "charging is released again") for key, _ in sorted(memory.held) if key not in held
    ]
    caps = {key: Cap(LimitReason.NOT_RELEASED, 0.0, words=f"{by} is 0") for key, by in held.items()}
    return Ruling(ReleaseMemory(now), caps, notes=tuple(notes))


def _held_by(outlet: OutletKey, scene: Scene) -> str:
    for key in above(outlet, RELEASE):
        reading = scene.readings.get(key)
        if reading is not None and reading.counts is not None and not reading.counts:
            return words(reading)
    return ""
