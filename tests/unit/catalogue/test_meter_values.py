"""Meter values as real chargers send them (catalogue rows M4, M6 to M8, M11, M12, M15, M16)."""

from datetime import timedelta

import pytest

from knx_ocpp_bridge.core.events import Metered, MeterReading, Sample
from knx_ocpp_bridge.core.status import ConnectorStatus
from tests.kit.life import CURRENT, ENERGY, ONE, POWER, Life

S = ConnectorStatus


@pytest.fixture
def life() -> Life:
    life = Life()
    life.arrives()
    life.charges(meter_wh=1000)
    return life


def phases(measurand: str, *values: float) -> list[Sample]:
    return [Sample(measurand, value, f"L{number}") for number, value in enumerate(values, 1)]


def test_a_total_is_preferred_to_the_sum_of_the_phases(life: Life):
    """Row M4: and never added to it."""
    life.measures([*phases(POWER, 2300.0, 2300.0, 2300.0), Sample(POWER, 6900.0)])
    assert life.state("power") == 6900.0
    life.measures(phases(POWER, 1000.0, 2000.0, 3000.0))
    assert life.state("power") == 6000.0
    life.measures(phases(ENERGY, 500.0, 500.0, 500.0))
    assert life.state("session_energy") == 500


def test_a_charger_of_one_phase_may_name_that_phase_alone(life: Life):
    """Row M4."""
    life.measures([Sample(POWER, 2300.0, "L1"), Sample(CURRENT, 10.0, "L1")])
    assert life.state("power") == 2300.0
    assert life.state("current") == 10.0


def test_the_current_is_that_of_the_largest_phase(life: Life):
    """Row M6: no average, and the neutral does not count."""
    life.measures([*phases(CURRENT, 10.0, 0.0, 0.0), Sample(CURRENT, 12.0, "N")])
    assert life.state("current") == 10.0
    life.measures(phases(CURRENT, 8.0, 9.0, 7.0))
    assert life.state("current") == 9.0


def test_voltages_are_not_added(life: Life):
    """Row M7: their mean, without those that are 0, is what power is derived with."""
    life.measures([*phases(CURRENT, 10.0, 0.0, 0.0), *phases("Voltage", 240.0, 0.0, 0.0)])
    assert life.state("power") == 2400.0


def test_what_is_not_sent_is_derived(life: Life):
    """Row M8: power from current, current from power, with 230 V if nobody knows better."""
    life.measures(phases(CURRENT, 10.0, 10.0, 10.0))
    assert life.state("power") == 6900.0
    life.measures([Sample(POWER, 11040.0)])
    assert life.state("current") == 16.0


def test_nothing_flows_when_it_does_not_charge(life: Life):
    """Row M11: chargers leave the last values standing; the energy stays."""
    for status in (S.SUSPENDED_EV, S.SUSPENDED_EVSE, S.FINISHING, S.AVAILABLE):
        life.reports(S.CHARGING)
        life.meters(1500, 10.0, power_w=6900.0)
        life.reports(status)
        assert life.state("current") == 0.0
        assert life.state("power") == 0.0
        assert life.state("session_energy") == 500


def test_nothing_flows_after_the_stop(life: Life):
    """Row M11."""
    life.meters(1500, 10.0)
    (number,) = life.memory.transactions
    life.stops(number, 1500)
    assert life.state("current") == 0.0


def test_of_several_instants_the_newest_is_what_flows(life: Life):
    """Row M12: in whatever order they come."""
    newest = life.utc
    readings = tuple(
        MeterReading(newest - timedelta(seconds=age_s), (Sample(CURRENT, amperes), Sample(ENERGY, register)))
        for age_s, amperes, register in ((60, 8.0, 1200.0), (0, 10.0, 1400.0), (120, 6.0, 1100.0))
    )
    assert life.link is not None
    life.happens(Metered(life.link, "queue", ONE, None, readings))
    assert life.state("current") == 10.0
    assert life.state("session_energy") == 400


def test_the_meter_never_goes_backwards(life: Life):
    """Row M15: one or two low values are nonsense, three in a row are another meter."""
    life.meters(5000)
    assert life.state("meter") == 5000
    for _ in range(2):
        life.meters(100)
        assert life.state("meter") == 5000
    life.meters(5100)
    assert life.state("meter") == 5100
    for register in (10, 20, 30):
        life.meters(register)
    life.meters(130)
    assert life.state("meter") == 5200


def test_energy_is_told_in_whole_watt_hours(life: Life):
    """Row M16."""
    life.meters(1234.5678)
    assert life.state("meter") == 1235
    assert isinstance(life.state("meter"), int)
