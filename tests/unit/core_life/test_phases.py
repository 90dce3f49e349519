"""Current and voltage of each phase, and the battery of the car."""

import math

import pytest

from knx_ocpp_bridge.core.events import Sample
from knx_ocpp_bridge.core.metering import digest
from knx_ocpp_bridge.core.status import ConnectorStatus
from tests.kit.life import CURRENT, ENERGY, POWER, Life, MeterReading, garage, outlet

S = ConnectorStatus
CURRENTS, VOLTAGES = (tuple(f"{what}_l{phase}" for phase in (1, 2, 3)) for what in ("current", "voltage"))
VOLTAGE, SOC = "Voltage", "SoC"


@pytest.fixture
def life() -> Life:
    life = Life()
    life.arrives()
    life.charges()
    life.heard()
    return life


def seen(life: Life, keys: tuple[str, ...]) -> list[object]:
    return [life.state(key) for key in keys]


def phases(measurand: str, *values: float) -> list[Sample]:
    return [Sample(measurand, value, f"L{number}") for number, value in enumerate(values, 1)]


def test_each_phase_is_shown_by_itself(life: Life):
    life.measures([*phases(CURRENT, 9.8, 10.1, 9.9), *phases(VOLTAGE, 229.0, 231.0, 233.0)])
    assert seen(life, CURRENTS) == [9.8, 10.1, 9.9]
    assert seen(life, VOLTAGES) == [229.0, 231.0, 233.0]


def test_a_phase_that_stands_still_is_no_news(life: Life):
    life.measures([*phases(CURRENT, 9.8, 10.1, 9.9), *phases(VOLTAGE, 229.0, 231.0, 233.0)])
    life.heard()
    life.measures([*phases(CURRENT, 9.8, 10.1, 9.7), *phases(VOLTAGE, 229.0, 231.0, 233.0), Sample(ENERGY, 1001.0)])
    assert [key for key, _ in life.heard(*CURRENTS, *VOLTAGES)] == ["current_l3"]


def test_before_a_car_charges_no_phase_carries_anything():
    life = Life()
    life.arrives()
    assert seen(life, CURRENTS) == [0.0, 0.0, 0.0]
    assert seen(life, VOLTAGES) == [None, None, None]


def test_a_charger_that_tells_no_phases_is_not_said_to_have_zeroes(life: Life):
    assert seen(life, CURRENTS) == [0.0, 0.0, 0.0]
    life.measures([Sample(CURRENT, 10.0)])
    assert life.state("current") == 10.0
    assert seen(life, CURRENTS) == [None, None, None]


def test_of_one_phase_the_value_without_a_name_is_that_of_l1():
    life = Life(garage(outlet(phases=1)))
    life.arrives()
    life.charges()
    life.measures([Sample(CURRENT, 10.0), Sample(VOLTAGE, 231.0)])
    assert (life.state("current_l1"), life.state("voltage_l1")) == (10.0, 231.0)
    assert life.state("voltage_l2") is None


def test_a_voltage_between_two_conductors_becomes_that_to_neutral(life: Life):
    """Row M5."""
    life.measures([Sample(VOLTAGE, 400.0, "L1-L2"), Sample(VOLTAGE, 398.0, "L2-L3"), Sample(VOLTAGE, 402.0, "L3-L1")])
    assert seen(life, VOLTAGES) == [pytest.approx(volt / math.sqrt(3)) for volt in (400.0, 398.0, 402.0)]


def test_a_voltage_to_neutral_counts_before_one_between_conductors(life: Life):
    life.measures([*phases(VOLTAGE, 229.0, 231.0, 233.0), Sample(VOLTAGE, 400.0, "L1-L2")])
    assert seen(life, VOLTAGES) == [229.0, 231.0, 233.0]


def test_the_neutral_conductor_is_no_phase(life: Life):
    """Row M5."""
    life.measures([*phases(CURRENT, 10.0), Sample(CURRENT, 3.0, "N")])
    assert seen(life, CURRENTS) == [10.0, None, None]


def test_when_charging_ends_no_phase_carries_anything_and_the_mains_stay(life: Life):
    life.measures([*phases(CURRENT, 10.0, 10.0, 10.0), *phases(VOLTAGE, 229.0, 231.0, 233.0)])
    life.stops(2000)
    assert seen(life, CURRENTS) == [0.0, 0.0, 0.0]
    assert seen(life, VOLTAGES) == [229.0, 231.0, 233.0]


def test_a_car_that_pauses_takes_nothing_on_any_phase(life: Life):
    """Row M11."""
    life.measures(phases(CURRENT, 10.0, 10.0, 10.0))
    life.reports(S.SUSPENDED_EV)
    assert seen(life, CURRENTS) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("location", ["EV", "Outlet", "Body"])
def test_the_battery_is_that_of_the_car_wherever_it_is_said_to_be_measured(life: Life, location: str):
    life.measures([Sample(SOC, 57.0, location=location)])
    assert life.state("soc") == 57.0


def test_the_battery_is_known_until_the_car_leaves(life: Life):
    life.measures([Sample(SOC, 57.0, location="EV"), *phases(CURRENT, 10.0)])
    life.measures([Sample(POWER, 2300.0), *phases(CURRENT, 9.0)])
    life.stops(2000)
    life.reports(S.FINISHING)
    assert life.state("soc") == 57.0
    life.reports(S.AVAILABLE)
    assert life.state("soc") is None


@pytest.mark.parametrize("percent", [-1.0, 100.5, 255.0])
def test_a_battery_that_is_no_percentage_is_not_told(life: Life, percent: float):
    life.measures([Sample(SOC, percent)])
    assert life.state("soc") is None


def test_what_comes_in_messages_of_its_own_stays_beside_the_rest(life: Life):
    life.measures(phases(VOLTAGE, 229.0, 231.0, 233.0))
    life.measures([*phases(CURRENT, 10.0, 10.0, 10.0), Sample(POWER, 6900.0)])
    life.measures([Sample(SOC, 40.0)])
    assert seen(life, VOLTAGES) == [229.0, 231.0, 233.0]
    assert seen(life, CURRENTS) == [10.0, 10.0, 10.0]
    assert life.state("soc") == 40.0


def test_an_absent_charger_measures_nothing(life: Life):
    life.measures([*phases(CURRENT, 10.0, 10.0, 10.0), *phases(VOLTAGE, 229.0, 231.0, 233.0), Sample(SOC, 40.0)])
    life.disconnects()
    life.passes(61)
    assert seen(life, (*CURRENTS, *VOLTAGES, "soc")) == [None] * 7


def test_values_of_a_car_that_is_gone_are_not_shown(life: Life):
    """Row M12."""
    life.stops(2000)
    life.reports(S.AVAILABLE)
    life.measures([*phases(CURRENT, 10.0, 10.0, 10.0), Sample(SOC, 40.0)])
    assert seen(life, CURRENTS) == [0.0, 0.0, 0.0]
    assert life.state("soc") is None


def test_the_values_of_another_place_in_the_charger_are_not_those_of_the_outlet():
    inlet = tuple(Sample(CURRENT, 30.0, phase, location="Inlet") for phase in ("L1", "L2", "L3"))
    assert digest((MeterReading(None, inlet),), 3).currents_a is None
