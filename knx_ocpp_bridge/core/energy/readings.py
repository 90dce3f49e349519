"""The inputs of a scene, as the rules ask for them."""

from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey
from knx_ocpp_bridge.core.inputs import InputKey, InputState, Reading
from knx_ocpp_bridge.core.values import CHARGE_POINT


def of_the_building(key: str) -> InputKey:
    """The input of this name that counts for all chargers."""
    return None, CHARGE_POINT, key


def above(outlet: OutletKey, key: str) -> tuple[InputKey, ...]:
    """The inputs of this name that count for the outlet: of the building, of its charge point, and its own."""
    charger, connector = outlet
    return of_the_building(key), (charger, CHARGE_POINT, key), (charger, connector, key)


def number(scene: Scene, key: InputKey) -> float | None:
    """What counts of an input that measures; None: nothing, or it is not bound."""
    reading = scene.readings.get(key)
    return None if reading is None or reading.counts is None else float(reading.counts)


def words(reading: Reading) -> str:
    """Its name, and why its value may be another than the newest that was told: `release of CP1 2, silent`."""
    charger, connector, key = reading.terms.key
    place = "" if charger is None else f" of {charger} {connector}" if connector else f" of {charger}"
    why = {InputState.FRESH: "", InputState.STALE: ", silent", InputState.UNKNOWN: ", never told"}[reading.state]
    return f"{key}{place}{why}"
