"""The curve of a transaction, a point a minute, and what is signed in it."""

from datetime import UTC, datetime, timedelta

from knx_ocpp_bridge.core.events import MeterReading, SignedValue
from knx_ocpp_bridge.core.facts import SignedKept
from knx_ocpp_bridge.core.signed import MOST
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.values import Clock
from tests.kit.drawn import AMSTERDAM, charging, days, reading
from tests.kit.life import NOON, Life, garage


def test_a_charge_is_a_curve_of_a_point_a_minute_with_its_beginning_and_its_end():
    life, number = charging()
    for second in range(0, 300, 10):
        life.meters(1000 + second, 10.0, number, power_w=6900.0)
        life.passes(10)
    life.stops(number, 1300)
    told = [(point.at - NOON, point.energy_wh, point.power_w) for point in life.samples]
    assert told == [
        (timedelta(), 0, None),
        *[(timedelta(seconds=60 * minute), 60 * minute, 6900.0) for minute in range(1, 5)],
        (timedelta(seconds=300), 300, None),
    ]
    assert {point.transaction for point in life.samples} == {number}


def test_a_point_has_the_time_of_the_charger_where_it_can_be_believed():
    life, number = charging()
    life.passes(600)
    life.tells((reading(life.utc - timedelta(minutes=3), 1500),), number)
    assert life.samples[-1].at == life.utc - timedelta(minutes=3)
    life.tells((reading(datetime(1970, 1, 1, tzinfo=UTC), 1600),), number)
    assert life.samples[-1].at == life.utc
    life.passes(60)
    life.tells((reading(None, 1700),), number)
    assert (life.samples[-1].at, life.samples[-1].energy_wh) == (life.utc, 700)


def test_a_charger_whose_clock_goes_back_is_drawn_by_the_bridges():
    life, number = charging()
    life.passes(600)
    life.tells((reading(life.utc, 1500),), number)
    life.passes(120)
    life.tells((reading(life.utc - timedelta(hours=2), 1600),), number)
    assert (life.samples[-1].at, life.samples[-1].energy_wh) == (life.utc, 600)


def test_without_a_clock_there_are_no_points_and_no_days():
    life, number = charging(clock=Clock.UNKNOWN)
    life.passes(90)
    life.meters(1500, 10.0, number)
    life.stops(number, 2000)
    assert life.samples == []
    assert days(life, number) == []


def test_a_charge_of_which_nobody_knows_when_it_began_is_drawn_as_soon_as_there_is_a_clock_but_has_no_days():
    life, number = charging(clock=Clock.UNKNOWN)
    life.clock = Clock.SANE
    life.passes(90)
    life.meters(1500, 10.0, number)
    life.passes(30 * 3600)
    life.meters(1700, 10.0, number)
    assert [point.energy_wh for point in life.samples] == [500, 700]
    assert days(life, number) == []


def test_the_energy_of_a_curve_never_falls():
    life, number = charging()
    for register in (1500, 3, 1400, 1600):
        life.passes(60)
        life.meters(register, 10.0, number)
    life.stops(number, 1200)
    assert [point.energy_wh for point in life.samples] == [0, 500, 500, 500, 600, 600]


def test_many_readings_in_one_message_are_many_points():
    life, number = charging()
    life.passes(3600)
    told = [reading(NOON + timedelta(minutes=minute), 1000 + 10 * minute, 600.0 + minute) for minute in (30, 10, 20)]
    life.tells(tuple(told), number)
    assert [(point.at, point.energy_wh, point.power_w) for point in life.samples[1:]] == [
        (NOON + timedelta(minutes=minute), 10 * minute, 600.0 + minute) for minute in (10, 20, 30)
    ]


def test_what_comes_with_a_stop_is_drawn_where_nothing_was_heard_before():
    life, number = charging()
    life.passes(600)
    life.meters(1100, 10.0, number)
    life.passes(3600)
    told = tuple(reading(NOON + timedelta(minutes=minute), 1000 + 10 * minute) for minute in (0, 5, 10, 30, 60))
    life.stops(number, 1700, readings=told)
    assert [(point.at - NOON, point.energy_wh) for point in life.samples] == [
        (timedelta(minutes=minute), 10 * minute) for minute in (0, 10, 30, 60, 70)
    ]


def test_a_message_of_a_week_of_minutes_is_thinned():
    life, number = charging()
    life.utc += timedelta(days=7)
    told = tuple(reading(NOON + timedelta(minutes=minute), 1000 + minute) for minute in range(1, 7 * 1440))
    life.tells(told, number)
    assert 700 < len(life.samples) <= 1442
    assert life.samples[-1].at > life.utc - timedelta(minutes=20)


def test_a_late_transaction_is_drawn_by_its_own_times():
    life = Life(garage(zone=AMSTERDAM))
    life.arrives()
    begun = life.utc - timedelta(hours=5)
    number = life.starts(ago=timedelta(hours=5))
    for hours in (4, 3, 2):
        life.meters(6000 - 1000 * hours, 10.0, number, ago=timedelta(hours=hours))
    life.stops(number, 5000, ago=timedelta(hours=1))
    assert [(point.at - begun, point.energy_wh) for point in life.samples] == [
        (timedelta(hours=hours), 1000 * hours) for hours in range(5)
    ]


def test_after_a_restart_the_curve_goes_on():
    life, number = charging()
    life.passes(600)
    life.meters(1600, 10.0, number)
    life.restarts()
    life.connects()
    life.boots()
    life.reports(ConnectorStatus.CHARGING)
    life.passes(120)
    life.meters(current_a=10.0, transaction=number)
    life.passes(60)
    life.meters(1700, 10.0, number)
    assert [point.energy_wh for point in life.samples] == [0, 600, 600, 700]


# days


def signed(context: str, text: str = "OCMF|x") -> MeterReading:
    return MeterReading(NOON, (), (SignedValue(NOON, context, text),))


def test_signed_values_of_beginning_and_end_are_kept_and_the_periodic_ones_are_not():
    life, number = charging()
    for context in ("Transaction.Begin", "Sample.Periodic", "Sample.Clock", "Trigger", "Other"):
        life.tells((signed(context, context),), number)
    life.stops(number, 2000, readings=(signed("Sample.Periodic", "with the stop"),))
    life.tells((signed("Transaction.End", "after the stop"),), number)
    kept = [value.text for value in life.memory.signed[number]]
    assert kept == ["Transaction.Begin", "Trigger", "Other", "with the stop", "after the stop"]


def test_what_is_signed_counts_for_nothing():
    life, number = charging()
    life.meters(1500, 10.0, number, power_w=6900.0)
    life.heard()
    life.tells((signed("Other"),), number)
    assert life.heard() == []
    assert life.state("session_energy") == 500


def test_signed_values_without_a_transaction_are_nobodys():
    life = Life()
    life.arrives()
    step = life.tells((signed("Other"),))
    assert not [fact for fact in step.facts if isinstance(fact, SignedKept)]


def test_a_charger_that_signs_without_end_is_kept_to_a_bound():
    life, number = charging()
    for _ in range(2 * MOST):
        life.tells((signed("Trigger"),), number)
    life.stops(number, 2000)
    for _ in range(2 * MOST):
        life.tells((signed("Transaction.End"),), number)
    assert len(life.memory.signed[number]) == MOST
