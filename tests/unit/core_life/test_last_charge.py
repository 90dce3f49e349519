"""The energy and the times of the last charge are all of the one that was told last."""

from datetime import timedelta

from knx_ocpp_bridge.core.events import MeterReading, Sample
from knx_ocpp_bridge.core.values import Clock
from tests.kit.life import ENERGY, STRANGER, Life

HOUR = timedelta(hours=1)
OBJECTS = ("transaction_energy", "start_time", "end_time")


def told(life: Life) -> tuple[object, ...]:
    return tuple(life.state(key) for key in OBJECTS)


def arrived() -> Life:
    life = Life()
    life.arrives()
    return life


def orphan(life: Life) -> None:
    """A stop whose start was lost: 3 kWh from five hours ago to one hour ago."""
    registers = ((5, 1000), (1, 4000))
    readings = tuple(MeterReading(life.utc - hours * HOUR, (Sample(ENERGY, wh),)) for hours, wh in registers)
    life.stops(99, 4000, ago=HOUR, readings=readings)


def test_a_late_charge_is_the_last_one_and_still_is_after_a_restart():
    life = arrived()
    life.stops(life.charges(), 1500)
    life.stops(life.starts(ago=20 * HOUR), 13_000, ago=18 * HOUR)
    yesterday = (12_000, life.utc - 20 * HOUR, life.utc - 18 * HOUR)
    assert told(life) == yesterday
    life.restarts()
    life.arrives()
    assert told(life) == yesterday


def test_a_stop_without_a_start_is_the_last_charge_as_any_other():
    life = arrived()
    life.stops(life.charges(), 1500)
    life.heard()
    orphan(life)
    assert told(life) == (3000, life.utc - 5 * HOUR, life.utc - HOUR)
    assert len(life.heard(*OBJECTS)) == 3


def test_a_stop_without_a_start_does_not_move_the_beginning_of_the_charge_that_runs():
    life = arrived()
    life.charges()
    begin = life.utc
    life.passes(60)
    orphan(life)
    assert told(life) == (3000, begin, life.utc - HOUR)


def test_the_times_of_an_older_charge_do_not_stand_beside_the_energy_of_one_whose_times_nobody_knows():
    life = arrived()
    life.stops(life.charges(), 1500)
    life.clock = Clock.UNKNOWN
    number = life.starts(ago=365 * 40 * 24 * HOUR)
    life.stops(number, 3000, ago=365 * 40 * 24 * HOUR)
    life.clock = Clock.SANE
    life.beats()
    assert life.charger.connectors[1].last_energy_wh == 2000
    assert (life.charger.connectors[1].last_start, life.charger.connectors[1].last_end) == (None, None)


def test_a_refused_charge_that_took_energy_is_the_last_one_after_a_restart_as_well():
    life = arrived()
    life.stops(life.charges(), 1500)
    life.passes(60)
    life.stops(life.starts(STRANGER), 1600)
    assert life.state("transaction_energy") == 600
    life.restarts()
    life.arrives()
    assert life.state("transaction_energy") == 600
