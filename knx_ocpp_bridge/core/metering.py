"""Sampled values become one canonical reading: phases, missing measurands and units resolved."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Final

from knx_ocpp_bridge.core.events import MeterReading
from knx_ocpp_bridge.core.flags import NO_FLAGS, Flags
from knx_ocpp_bridge.core.limits import NOMINAL_VOLTAGE_V
from knx_ocpp_bridge.core.replacing import replace

ENERGY: Final = "Energy.Active.Import.Register"
CURRENT: Final = "Current.Import"
POWER: Final = "Power.Active.Import"
VOLTAGE: Final = "Voltage"
SOC: Final = "SoC"
_PHASES: Final = ("L1", "L2", "L3")
_LINE_TO_LINE: Final[dict[str | None, str]] = {"L1-L2": "L1", "L2-L3": "L2", "L3-L1": "L3"}
"""Voltages between outer conductors; they stand for that of the first."""
_EXPORTS: Final = {
    "Energy.Active.Export.Register": ENERGY,
    "Current.Export": CURRENT,
    "Power.Active.Export": POWER,
}
_CHARGES_FROM_A: Final = 3.0
_NO_CHARGING_POWER_W: Final = 50.0
_NO_CHARGING_POWER_PER_A_W: Final = 2 * 3 * NOMINAL_VOLTAGE_V


ByPhase = tuple[float | None, float | None, float | None]
"""Of L1, L2 and L3, as the charger names them; None: not known."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What flows now. None: the charger has not said."""

    current_a: float | None = None
    """The largest of the phases, never an average."""
    power_w: float | None = None
    energy_wh: int | None = None
    """The newest register."""
    currents_a: ByPhase | None = None
    """Of the same moment as `current_a`."""
    voltages_v: ByPhase | None = None
    """Phase to neutral."""
    soc: float | None = None
    """State of charge of the car in percent, 0 to 100."""


SAYS_NOTHING: Final = Reading()
_ZEROES: Final = (0.0, 0.0, 0.0)
_FULL: Final = 100.0

_ByPhase = dict[str | None, float]


def digest(readings: Iterable[MeterReading], phases: int, flags: Flags = NO_FLAGS) -> Reading:
    """The newest values of a message, derived ones included; None where nothing can be said.

    Every context counts, Sample.Clock like Sample.Periodic: of each value the newest, and nothing twice (row M13).
    """
    found: dict[str, _ByPhase] = {ENERGY: {}, CURRENT: {}, POWER: {}, VOLTAGE: {}}
    soc: float | None = None
    if flags.export_is_import:
        found |= {export: {} for export in _EXPORTS}
    for reading in _in_time_order(readings):
        for sample in reading.samples:
            by_phase = found.get(sample.measurand)
            if by_phase is None:
                if sample.measurand == SOC and 0.0 <= sample.value <= _FULL:
                    soc = sample.value  # measured in the car, whatever location is told
            elif sample.location == "Outlet" and isfinite(sample.value):
                by_phase[sample.phase] = sample.value
    if flags is not NO_FLAGS:
        _mend(found, flags)
    power_w = _total(found[POWER])
    currents_a = _by_phase(found[CURRENT], phases)
    current_a = found[CURRENT].get(None) if currents_a is None else _largest(currents_a)
    if power_w is None:
        power_w = _power_from_current(found[CURRENT], _voltage(found[VOLTAGE]), phases)
    elif current_a is None:
        current_a = power_w / (_voltage(found[VOLTAGE]) * phases)
    energy_wh = _finite(_total(found[ENERGY]))
    return Reading(
        _finite(current_a),
        _finite(power_w),
        None if energy_wh is None else round(energy_wh),
        currents_a,
        _to_neutral(found[VOLTAGE], phases),
        soc,
    )


def oddity(reading: Reading) -> str:
    """What is so improbable of power and current together that a unit may be wrong; empty: nothing (row M3)."""
    current_a, power_w = reading.current_a, reading.power_w
    if current_a is None or power_w is None or current_a <= _CHARGES_FROM_A or power_w <= 0:
        return ""
    if power_w <= _NO_CHARGING_POWER_W:
        return f"{current_a:.1f} A and only {power_w:.1f} W: is that kW? flags.power_factor 1000 mends it"
    if power_w > _NO_CHARGING_POWER_PER_A_W * current_a:
        return f"{current_a:.1f} A and {power_w:.0f} W: flags.power_factor mends a wrong unit"
    return ""


def merged(old: Reading, new: Reading) -> Reading:
    """`new` where it says something, else `old`; the phases go with the current."""
    says_current = new.current_a is not None
    return Reading(
        new.current_a if says_current else old.current_a,
        old.power_w if new.power_w is None else new.power_w,
        old.energy_wh if new.energy_wh is None else new.energy_wh,
        new.currents_a if says_current else old.currents_a,
        old.voltages_v if new.voltages_v is None else new.voltages_v,
        old.soc if new.soc is None else new.soc,
    )


def is_whole(old: Reading, new: Reading) -> bool:
    """True if nothing but the register is left to be taken from the older one."""
    if new.current_a is None or new.power_w is None:
        return False
    return (new.voltages_v is not None or old.voltages_v is None) and (new.soc is not None or old.soc is None)


def nothing_flows(last: Reading) -> Reading:
    """No current in any phase; the register, the voltage and the car's battery are as they were."""
    return replace(last, current_a=0.0, power_w=0.0, currents_a=_ZEROES)


def _mend(found: dict[str, _ByPhase], flags: Flags) -> None:
    """Rows M3, M9: what this charger calls by a wrong name or unit."""
    if flags.export_is_import:
        for export, known in _EXPORTS.items():
            found[known] = found[known] or found[export]
    for measurand, factor in ((POWER, flags.power_factor), (ENERGY, flags.energy_factor)):
        if factor != 1.0:
            found[measurand] = {phase: value * factor for phase, value in found[measurand].items()}


def _in_time_order(readings: Iterable[MeterReading]) -> Iterable[MeterReading]:
    listed = tuple(readings)
    if len(listed) < 2 or any(reading.at is None for reading in listed):
        return listed
    return sorted(listed, key=lambda reading: reading.at.timestamp() if reading.at else 0.0)


def _finite(value: float | None) -> float | None:
    """Numbers that are too large to be added up say nothing."""
    return None if value is None or not isfinite(value) else value


def _total(values: _ByPhase) -> float | None:
    whole = values.get(None)
    if whole is not None:
        return whole
    phases = [values[phase] for phase in _PHASES if phase in values]
    return sum(phases) if phases else None


def _largest(by_phase: ByPhase) -> float:
    return max([value for value in by_phase if value is not None])


def _by_phase(values: _ByPhase, phases: int) -> ByPhase | None:
    """A value that names no phase is that of the only one; of several phases it tells none."""
    first, second, third = values.get("L1"), values.get("L2"), values.get("L3")
    if first is not None or second is not None or third is not None:
        return first, second, third
    whole = values.get(None) if phases == 1 else None
    return None if whole is None else (whole, None, None)


def _to_neutral(volts: _ByPhase, phases: int) -> ByPhase | None:
    """Phase to neutral; from conductor to conductor it is the root of three times that (row M5)."""
    by_phase = _by_phase(volts, phases)
    if by_phase is None and volts:
        between: _ByPhase = {phase: volts[pair] / sqrt(3) for pair, phase in _LINE_TO_LINE.items() if pair in volts}
        by_phase = _by_phase(between, phases)
    return by_phase


def _voltage(values: _ByPhase) -> float:
    volts = [
        volt / sqrt(3) if phase is not None and phase not in _PHASES else volt
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
