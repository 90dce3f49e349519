"""What the simulated charger's meter says: energy, per phase what flows, and a signed text where it can sign."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ocpp.v16.enums import Location, Measurand, ReadingContext, UnitOfMeasure, ValueFormat

from knx_ocpp_bridge.ocpp.simulator.profiles import NOMINAL_V
from knx_ocpp_bridge.ocpp.simulator.wire import Json

_PHASES: Final = ("L1", "L2", "L3")
_OCMF_EVENTS: Final = {ReadingContext.transaction_begin: "B", ReadingContext.transaction_end: "E"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the meter of a connector. `at` is the dateTime that the charger writes."""

    at: str
    meter_wh: float
    current_a: float
    phases: int
    context: ReadingContext = ReadingContext.sample_periodic
    soc: float | None = None
    """Of the car, in percent; None: there is none."""
    wired: int = 0
    """Phases that the meter looks at; on those past `phases` nothing flows. 0: as many as `phases`."""


def flow_wh(current_a: float, phases: int, seconds: float) -> float:
    """The energy that flows in this time."""
    return current_a * phases * NOMINAL_V * seconds / 3600


def meter_value(reading: Reading, measurands: frozenset[str], *more: Json) -> Json:
    """One element of the `meterValue` of MeterValues.req (OCPP 1.6 ed. 2 section 7); `more`: samples besides."""
    samples = [sample for sample in _samples(reading) if sample["measurand"] in measurands]
    return {"timestamp": reading.at, "sampledValue": [*samples, *more]}


def signed_sample(reading: Reading, meter_serial: str, id_tag: str) -> Json:
    """The energy register as a sample of format SignedData.

    The text has the shape of OCMF 1.0. Its signature is a stand-in that proves nothing: the simulator has no meter.
    """
    row = {
        "TM": f"{reading.at.rstrip('Z').replace('.', ',')}+0000 I",
        "TX": _OCMF_EVENTS[reading.context],
        "RV": round(reading.meter_wh / 1000, 3),
        "RI": "01-00:01.08.00*FF",
        "RU": "kWh",
        "ST": "G",
    }
    said = {"FV": "1.0", "GI": "Simulated charger", "MS": meter_serial, "IS": True, "IT": "ISO14443", "ID": id_tag}
    payload = json.dumps(said | {"RD": [row]}, separators=(",", ":"))
    signature = json.dumps({"SD": hashlib.sha512(payload.encode()).hexdigest()}, separators=(",", ":"))
    return {
        "value": f"OCMF|{payload}|{signature}",
        "context": reading.context.value,
        "format": ValueFormat.signed_data.value,
        "measurand": Measurand.energy_active_import_register.value,
    }


def _samples(reading: Reading) -> Iterator[Json]:
    current_a, phases = reading.current_a, reading.phases
    yield _sample(reading, Measurand.energy_active_import_register, round(reading.meter_wh), UnitOfMeasure.wh)
    wired = _PHASES[: max(reading.wired, phases)]
    for phase in wired:
        flows_a = current_a if phase in _PHASES[:phases] else 0.0
        yield _sample(reading, Measurand.current_import, round(flows_a, 1), UnitOfMeasure.a, phase)
    yield _sample(reading, Measurand.power_active_import, round(current_a * phases * NOMINAL_V), UnitOfMeasure.w)
    for phase in wired:
        yield _sample(reading, Measurand.voltage, round(NOMINAL_V), UnitOfMeasure.v, f"{phase}-N")
    if reading.soc is not None:
        in_the_car = {"location": Location.ev.value}
        yield _sample(reading, Measurand.soc, round(reading.soc), UnitOfMeasure.percent) | in_the_car


def _sample(
    reading: Reading, measurand: Measurand, value: float, unit: UnitOfMeasure, phase: str | None = None
) -> Json:
    sample: Json = {
        "value": str(value),
        "context": reading.context.value,
        "measurand": measurand.value,
        "unit": unit.value,
    }
    return sample | {"phase": phase} if phase else sample
