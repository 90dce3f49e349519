"""Which telegrams of the building's meter are missing, in words."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Final

from knx_ocpp_bridge.core.energy.readings import of_the_building
from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.inputs import Reading
from knx_ocpp_bridge.core.values import Clock

NOT_HEARD: Final = "the meter was not heard yet"
SILENT: Final = "the meter is silent"


def missing(scene: Scene) -> tuple[Reading, ...]:
    """The inputs without which the current of some phase is not known, each once."""
    found: dict[str, Reading] = {}
    for phase in (1, 2, 3):
        for reading in _of_phase(scene, phase):
            found[reading.terms.key[2]] = reading
    return tuple(found.values())


def silence(scene: Scene, zone: tzinfo) -> str:
    """What is missing, and since when it is silent: local time of the last telegram. Empty: nothing that is bound."""
    gone = missing(scene)
    if not gone:
        return ""
    names = ", ".join(reading.terms.key[2] for reading in gone)
    told = [reading.told.at for reading in gone if reading.told is not None]
    if not told:
        return f"{NOT_HEARD} ({names})"
    last = min(told, key=lambda at: at.monotonic_s)
    since = f" since {last.utc.astimezone(zone):%H:%M:%S}" if last.clock is Clock.SANE else ""
    return f"{SILENT}{since} ({names})"


def _of_phase(scene: Scene, phase: int) -> Iterator[Reading]:
    own = [
        scene.readings[key]
        for key in (of_the_building(f"grid_current_l{phase}"), of_the_building(f"grid_power_l{phase}"))
        if key in scene.readings
    ]
    if not own:
        whole = scene.readings.get(of_the_building("grid_power"))
        own = [] if whole is None else [whole]
    if all(reading.counts is None for reading in own):
        yield from own
