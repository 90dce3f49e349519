"""Sampled values become one canonical reading: phases, missing measurands and units resolved."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.events import MeterReading
from knx_ocpp_bridge.core.limits import NOMINAL_VOLTAGE_V

ENERGY: Final = "Energy.Active.Import.Register"
CURRENT: Final = "Current.Import"
POWER: Final = "Power.Active.Import"
VOLTAGE: Final = "Voltage"
_PHASES: Final = ("L1", "L2", "L3")


@dataclass(frozen=True, slots=True)
class Reading:
    """What flows now. None: the charger has not said."""

    current_a: float | None = None
    """The largest of the phases, never an average."""
    power_w: float | None = None
    energy_wh: int | None = None
    """The newest register."""


SAYS_NOTHING: Final = Reading()
NOTHING_FLOWS: Final = Reading(current_a=0.0, power_w=0.0)

_ByPhase = dict[str | None, float]


def digest(readings: Iterable[MeterReading], phases: int) -> Reading:
    """The newest values of a message, derived ones included; None where nothing can be said."""
    found: dict[str, _ByPhase] = {ENERGY: {}, CURRENT: {}, POWER: {}, VOLTAGE: {}}
    for reading in _in_time_order(readings):
        for sample in reading.samples:
            by_phase = found.get(sample.measurand)
            if by_phase is not None and sample.location == "Outlet" and math.isfinite(sample.value):
                by_phase[sample.phase] = sample.value
    power_w = _total(found[POWER])
    current_a = _largest(found[CURRENT])
    if power_w is None:
        power_w = _power_from_current(found[CURRENT], _voltage(found[VOLTAGE]), phases)
    elif current_a is None:
        current_a = power_w / (_voltage(found[VOLTAGE]) * phases)
    energy_wh = _finite(_total(found[ENERGY]))
    return Reading(_finite(current_a), _finite(power_w), None if energy_wh is None else round(energy_wh))


def merged(old: Reading, new: Reading) -> Reading:
    """`new` where it says something, else `old`."""
    return Reading(
        old.current_a if new.current_a is None else new.current_a,
        old.power_w if new.power_w is None else new.power_w,
        old.energy_wh if new.energy_wh is None else new.energy_wh,
    )


def _in_time_order(readings: Iterable[MeterReading]) -> Iterable[MeterReading]:
    listed = tuple(readings)
    if len(listed) < 2 or any(reading.at is None for reading in listed):
        return listed
    return sorted(listed, key=lambda reading: reading.at.timestamp() if reading.at else 0.0)


def _finite(value: float | None) -> float | None:
    """Numbers that are too large to be added up say nothing."""
    return None if value is None or not math.isfinite(value) else value


def _total(values: _ByPhase) -> float | None:
    whole = values.get(None)
    if whole is not None:
        return whole
    phases = [values[phase] for phase in _PHASES if phase in values]
    return sum(phases) if phases else None


def _largest(values: _ByPhase) -> float | None:
    phases = [values[phase] for phase in _PHASES if phase in values]
    return max(phases) if phases else values.get(None)


def _voltage(values: _ByPhase) -> float:
    volts = [
        volt / math.sqrt(3) if phase is not None and phase not in _PHASES else volt
        for phase, volt in values.items()
        if volt > 0 and phase != "N"
    ]
    return sum(volts) / len(volts) if volts else NOMINAL_VOLTAGE_V


def _power_from_current(values: _ByPhase, voltage_v: float, phases: int) -> float | None:
    each = [values[phase] for phase in _PHASES if phase in values]
    if each:
        return sum(each) * voltage_v
    whole = values.get(None)
    return None if whole is None else whole * voltage_v * phases
