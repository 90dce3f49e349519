"""MeterValue <-> MeterReading: units and phases resolved, what is no number left out, signed values untouched."""

from math import isfinite
from typing import Final

import msgspec

from knx_ocpp_bridge.core.events import MeterReading, Sample, SignedValue
from knx_ocpp_bridge.ocpp.v16 import times
from knx_ocpp_bridge.ocpp.v16.messages import MeterValue, Phase, SampledValue, Unit

_FACTORS: Final[dict[Unit | None, float]] = {
    None: 1.0,
    "Wh": 1.0,
    "kWh": 1000.0,
    "MWh": 1e6,
    "mWh": 1e-3,
    "varh": 1.0,
    "kvarh": 1000.0,
    "W": 1.0,
    "kW": 1000.0,
    "MW": 1e6,
    "mW": 1e-3,
    "VA": 1.0,
    "kVA": 1000.0,
    "var": 1.0,
    "kvar": 1000.0,
    "A": 1.0,
    "mA": 1e-3,
    "V": 1.0,
    "mV": 1e-3,
    "Percent": 1.0,
    "Hertz": 1.0,
    "Celsius": 1.0,
    "Celcius": 1.0,
    "K": 1.0,
    "Fahrenheit": 5 / 9,
}
_OFFSETS: Final[dict[Unit | None, float]] = {"K": -273.15, "Fahrenheit": -160 / 9}
_AS_SENT: Final = frozenset(unit for unit, factor in _FACTORS.items() if factor == 1.0 and unit not in _OFFSETS)
_TO_NEUTRAL: Final[dict[Phase | None, Phase]] = {"L1-N": "L1", "L2-N": "L2", "L3-N": "L3"}


def readings(values: tuple[MeterValue, ...]) -> tuple[MeterReading, ...]:
    """Give one reading per instant, in the order received (rows M1, M2, M5, M14).

    Units become A, V, W, Wh, percent, and for what has none of these: Hz, degrees Celsius, VA, var, varh; also in
    `values` themselves, which nobody else needs.
    """
    return tuple([_reading(value.timestamp, value.sampled_value) for value in values])


def _reading(timestamp: str | None, sent: tuple[SampledValue, ...]) -> MeterReading:
    at = times.parse(timestamp)
    usable = True
    for sampled in sent:
        if sampled.unit not in _AS_SENT:
            sampled.value = sampled.value * _FACTORS[sampled.unit] + _OFFSETS.get(sampled.unit, 0.0)
            sampled.unit = None
        if sampled.phase in _TO_NEUTRAL:
            sampled.phase = _TO_NEUTRAL[sampled.phase]
        if not isfinite(sampled.value):
            usable = False
    if usable:
        # Field by field, at a third of the cost.
        return MeterReading(at, msgspec.convert(sent, tuple[Sample, ...], from_attributes=True))
    numbers = tuple([one for one in sent if isfinite(one.value)])
    signed = tuple([SignedValue(at, one.context, one.signed) for one in sent if one.signed])
    return MeterReading(at, msgspec.convert(numbers, tuple[Sample, ...], from_attributes=True), signed)
