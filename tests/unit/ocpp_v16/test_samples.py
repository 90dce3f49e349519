"""Meter values as real chargers send them (catalogue rows M1, M2, M5, M14, M16, F18)."""

import json
from typing import Any

import pytest

from knx_ocpp_bridge.core.events import Metered, Sample
from knx_ocpp_bridge.core.values import LinkNumber, TransactionId
from knx_ocpp_bridge.ocpp.v16.requests import TRANSLATORS


def samples(*sampled: object) -> tuple[Sample, ...]:
    payload = {"connectorId": 1, "meterValue": [{"timestamp": "2026-01-31T12:00:00Z", "sampledValue": list(sampled)}]}
    event = TRANSLATORS["MeterValues"](
        json.dumps(payload).encode(), LinkNumber(1), '"1"', lambda: TransactionId(1), lambda _: None
    )
    assert isinstance(event, Metered)
    (reading,) = event.readings
    return reading.samples


def value(**sampled: Any) -> float | None:
    found = samples(sampled)
    return found[0].value if found else None


def test_m1_a_bare_value_is_the_import_register_in_wh():
    assert samples({"value": "1234"}) == (
        Sample("Energy.Active.Import.Register", 1234.0, None, "Sample.Periodic", "Outlet"),
    )


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (" 9.6", 9.6),
        ("9,6", 9.6),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("+9.6 ", 9.6),
        (9.6, 9.6),
        (9, 9.0),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("007", 7.0),
        ("", None),
        ("  ", None),
        ("NaN", None),
        ("nan", None),
        ("inf", None),
        ("-Infinity", None),
        ("1e999", None),
        ("abc", None),
        (None, None),
        ("9" * 400, None),
        ([], None),
    ],
)
def test_m2_values_with_blanks_and_commas_are_numbers_and_what_is_none_is_skipped(sent: object, meant: float | None):
    assert value(value=sent) == meant


@pytest.mark.parametrize(
    ("unit", "meant"),
    [
        ("Wh", 2.0),
        ("kWh", 2000.0),
        ("KWh", 2000.0),
        ("kwh", 2000.0),
        ("mWh", 0.002),
        ("MWh", 2e6),
        ("W", 2.0),
        ("kW", 2000.0),
        ("KW", 2000.0),
        ("kVA", 2000.0),
        ("kvar", 2000.0),
        ("A", 2.0),
        ("mA", 0.002),
        ("Amp", 2.0),
        ("V", 2.0),
        ("Percent", 2.0),
        ("%", 2.0),
        ("Hz", 2.0),
        ("Celcius", 2.0),
        ("K", -271.15),
        ("Fahrenheit", -150 / 9),
        ("", 2.0),
        (None, 2.0),
        ("parsec", None),
    ],
)
def test_units_become_base_units_and_an_unknown_one_loses_that_sample_alone(unit: object, meant: float | None):
    found = samples({"value": "2", "unit": unit}, {"value": "1"})
    assert found[-1].value == 1.0
    assert (pytest.approx(found[0].value) if len(found) == 2 else None) == meant


def test_m2_a_unit_within_the_value_counts_where_no_other_is_given():
    assert value(value="2 kW", measurand="Power.Active.Import") == 2000.0
    assert value(value="2.5kWh") == 2500.0
    assert value(value="2 kW", unit="W") == 2.0


@pytest.mark.parametrize(
    ("phase", "meant"),
    [
        ("L1", "L1"),
        ("L1-N", "L1"),
        ("L2-N", "L2"),
        ("L3-N", "L3"),
        ("N", "N"),
        ("L1-L2", "L1-L2"),
        ("L3-L1", "L3-L1"),
        ("l1", "L1"),
        ("L1N", "L1"),
        ("", None),
        (None, None),
    ],
)
def test_m5_phase_to_neutral_is_the_phase(phase: object, meant: str | None):
    assert samples({"value": "1", "phase": phase})[0].phase == meant


def test_f18_an_unknown_phase_or_measurand_loses_that_sample_alone():
    found = samples({"value": "1", "phase": "L4"}, {"value": "2", "measurand": "Happiness"}, {"value": "3"})
    assert [sample.value for sample in found] == [3.0]


def test_f18_an_unknown_context_or_location_loses_nothing():
    (sample,) = samples({"value": "1", "context": "Whenever", "location": "Moon", "format": "Odd"})
    assert (sample.context, sample.location) == ("Other", "Outlet")


def test_m14_signed_data_is_no_number():
    assert value(value="12", format="SignedData") is None
    assert [s.value for s in samples({"value": "OCMF|{...}", "format": "SignedData"}, {"value": "5"})] == [5.0]


def test_one_sample_instead_of_a_list_is_one_sample():
    payload = b'{"connectorId":1,"meterValue":{"timestamp":"x","sampledValue":{"value":"4"}}}'
    event = TRANSLATORS["MeterValues"](payload, LinkNumber(1), "1", lambda: TransactionId(1), lambda _: None)
    assert isinstance(event, Metered)
    assert event.readings[0].samples[0].value == 4.0
