"""How much power of the sun there is for cars, by what the building measures. Powers in W."""

from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.energy.readings import number, of_the_building
from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.energy.terms import SurplusTerms
from knx_ocpp_bridge.core.inputs import InputKey, InputState

_WHOLE: Final = of_the_building("grid_power")
_EACH: Final = tuple(of_the_building(f"grid_power_l{phase}") for phase in (1, 2, 3))
_PV: Final = of_the_building("pv_power")
_BATTERY: Final = of_the_building("battery_power")
_SOC: Final = of_the_building("battery_soc")
_TOLD_BY_S: Final = 60.0
"""After a start of the bridge inputs that are read or sent in turn have been told by then."""


@dataclass(frozen=True, slots=True)
class Supply:
    """What is measured at one moment."""

    power_w: float | None
    """None: nobody knows."""
    besides_cars: bool
    """It is what is left beside the cars that charge by it; else the cars' own power is in it."""
    told_at_s: float
    """When the oldest of its values was told, monotonic."""
    words: str
    """Of what it is made, or what is missing."""
    is_awaited: bool = False
    """The bridge has just been started, and what is missing may still be told."""


def supply(scene: Scene, terms: SurplusTerms) -> Supply:
    """By the meter of the grid; where there is none, by the power of the roof, as if the house itself took nothing.

    What the battery gives is never surplus. What it takes is, once it is charged to `battery_first_soc`.
    """
    battery_w = 0.0
    if _BATTERY in scene.readings:
        told_w = number(scene, _BATTERY)
        if told_w is None:
            return _nothing(scene, "battery_power is silent", _BATTERY)
        battery_w = told_w
    soc = number(scene, _SOC)
    battery_yields = terms.battery_first_soc is not None and soc is not None and soc >= terms.battery_first_soc
    meters = (_WHOLE,) if _WHOLE in scene.readings else tuple(key for key in _EACH if key in scene.readings)
    if meters:
        told = [number(scene, key) for key in meters]
        if None in told or (meters[0] != _WHOLE and len(meters) < len(_EACH)):
            return _nothing(scene, "the power from the grid is not known", *meters)
        power_w = -sum(each for each in told if each is not None) - max(0.0, battery_w)
        power_w += max(0.0, -battery_w) if battery_yields else 0.0
        return Supply(power_w, besides_cars=True, told_at_s=_oldest_s(scene, meters), words="what is fed in")
    pv_w = number(scene, _PV)
    if pv_w is None:
        missing = "pv_power is silent" if _PV in scene.readings else "neither grid_power nor pv_power is bound"
        return _nothing(scene, missing, _PV)
    power_w = pv_w if battery_yields else pv_w + min(0.0, battery_w)
    words = "the power of the roof, as if the house took nothing"
    return Supply(power_w, besides_cars=False, told_at_s=_oldest_s(scene, (_PV,)), words=words)


def _nothing(scene: Scene, words: str, *keys: InputKey) -> Supply:
    readings = [scene.readings[key] for key in keys if key in scene.readings]
    is_awaited = (
        scene.now.monotonic_s < scene.started_at_s + _TOLD_BY_S
        and bool(readings)
        and all(reading.counts is not None or reading.state is InputState.UNKNOWN for reading in readings)
    )
    return Supply(None, besides_cars=True, told_at_s=0.0, words=words, is_awaited=is_awaited)


def _oldest_s(scene: Scene, keys: tuple[InputKey, ...]) -> float:
    told = [reading.told for key, reading in scene.readings.items() if key in keys]
    return min((each.at.monotonic_s for each in told if each is not None), default=0.0)
