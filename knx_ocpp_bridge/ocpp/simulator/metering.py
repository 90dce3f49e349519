"""MeterValues of the simulated charger: energy, and per phase what flows."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from ocpp.v16.enums import Measurand, ReadingContext, UnitOfMeasure

from knx_ocpp_bridge.ocpp.simulator.profiles import NOMINAL_V
from knx_ocpp_bridge.ocpp.simulator.wire import Json, stamp

_PHASES: Final = ("L1", "L2", "L3")


def flow_wh(current_a: float, phases: int, seconds: float) -> float:
    """The energy that flows in this time."""
    return current_a * phases * NOMINAL_V * seconds / 3600


def meter_value(
    meter_wh: float, current_a: float, phases: int, measurands: frozenset[str], now: datetime
) -> dict[str, object]:
    """One element of the `meterValue` of MeterValues.req (OCPP 1.6 ed. 2 section 7)."""
    samples = [sample for sample in _samples(meter_wh, current_a, phases) if sample["measurand"] in measurands]
    return {"timestamp": stamp(now), "sampledValue": samples}


def _samples(meter_wh: float, current_a: float, phases: int) -> Iterator[Json]:
    yield _sample(Measurand.energy_active_import_register, round(meter_wh), UnitOfMeasure.wh)
    for phase in _PHASES[:phases]:
        yield _sample(Measurand.current_import, round(current_a, 1), UnitOfMeasure.a, phase)
    yield _sample(Measurand.power_active_import, round(current_a * phases * NOMINAL_V), UnitOfMeasure.w)
    for phase in _PHASES[:phases]:
        yield _sample(Measurand.voltage, round(NOMINAL_V), UnitOfMeasure.v, f"{phase}-N")


def _sample(measurand: Measurand, value: float, unit: UnitOfMeasure, phase: str | None = None) -> Json:
    sample: Json = {
        "value": str(value),
        "context": ReadingContext.sample_periodic.value,
        "measurand": measurand.value,
        "unit": unit.value,
    }
    return sample | {"phase": phase} if phase else sample
