"""The curve of a transaction, a point a minute, and how its energy falls on the days of the building's calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.core.events import MeterReading, Sample, SignedValue
from knx_ocpp_bridge.core.facts import SignedKept, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.signed import MOST
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.values import Clock, TransactionId
from tests.kit.life import CURRENT, ENERGY, NOON, POWER, Life, garage

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EVENING = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
"""23:00 in Amsterdam: an hour before midnight."""


def charging(utc: datetime = NOON, meter_wh: int = 1000, clock: Clock = Clock.SANE) -> tuple[Life, TransactionId]:
    life = Life(garage(zone=AMSTERDAM), utc=utc, clock=clock)
    life.arrives()
    life.utc = utc
    return life, life.charges(meter_wh=meter_wh)


def record(life: Life, number: int) -> Transaction:
    return life.memory.transactions[TransactionId(number)]


def days(life: Life, number: int) -> list[tuple[str, int]]:
    return [(f"{one.day:%m-%d}", one.energy_wh) for one in record(life, number).days]


def reading(at: datetime | None, register: float, power_w: float = 7000.0) -> MeterReading:
    return MeterReading(at, (Sample(ENERGY, register), Sample(POWER, power_w), Sample(CURRENT, 10.0)))


# points


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


def test_a_charge_over_midnight_is_split_where_the_meter_was():
    life, number = charging(EVENING)
    life.passes(1800)
    life.meters(2000, 10.0, number)
    life.passes(3600)
    life.meters(4000, 10.0, number)
    assert days(life, number) == [("11-21", 2000)]
    assert record(life, number).stopped_at is None
    life.passes(1800)
    life.stops(number, 4500)
    assert days(life, number) == [("11-21", 2000), ("11-22", 1500)]


def test_a_day_is_recorded_once_by_the_first_reading_after_it():
    life, number = charging(EVENING)
    recorded: list[Transaction] = []
    life.observers.append(
        lambda _before, _event, _now, _after, step: recorded.extend(
            fact.transaction for fact in step.facts if isinstance(fact, TransactionRecorded)
        )
    )
    for minute in range(0, 120, 5):
        life.meters(1000 + 10 * minute, 10.0, number)
        life.passes(300)
    assert [[one.energy_wh for one in record.days] for record in recorded] == [[600]]


def test_nothing_but_beginning_and_end_is_split_by_time():
    life = Life(garage(zone=AMSTERDAM), utc=EVENING)
    life.arrives()
    number = life.starts(ago=timedelta(hours=48))
    life.stops(number, 1000 + 4800)
    assert [day for day, _ in days(life, number)] == ["11-19", "11-20", "11-21"]
    assert [energy for _, energy in days(life, number)] == [99, 2400, 2301]


def test_several_midnights_between_two_readings_are_several_days():
    life, number = charging(EVENING)
    life.passes(49 * 3600)
    life.meters(1000 + 4900, 10.0, number)
    assert days(life, number) == [("11-21", 100), ("11-22", 2400), ("11-23", 2400)]


def test_the_night_in_which_clocks_go_back_has_an_hour_more():
    life, number = charging(datetime(2026, 10, 24, 21, 0, tzinfo=UTC))
    life.passes(27 * 3600)
    life.stops(number, 1000 + 2700)
    assert days(life, number) == [("10-24", 100), ("10-25", 2500), ("10-26", 100)]


def test_the_night_in_which_clocks_go_forward_has_an_hour_less():
    life, number = charging(datetime(2026, 3, 28, 22, 0, tzinfo=UTC))
    life.passes(25 * 3600)
    life.stops(number, 1000 + 2500)
    assert days(life, number) == [("03-28", 100), ("03-29", 2300), ("03-30", 100)]


def test_closed_days_survive_a_restart():
    life, number = charging(EVENING)
    life.passes(7200)
    life.meters(1000 + 1000, 10.0, number)
    assert days(life, number) == [("11-21", 500)]
    life.restarts()
    life.connects()
    life.boots()
    life.reports(ConnectorStatus.CHARGING)
    life.passes(24 * 3600)
    life.meters(1000 + 9000, 10.0, number)
    assert days(life, number)[0] == ("11-21", 500)
    life.stops(number, 1000 + 9000)
    assert sum(energy for _, energy in days(life, number)) == 9000


def test_a_stop_that_does_not_fit_leaves_days_that_add_up():
    life, number = charging(EVENING)
    life.passes(7200)
    life.meters(1000 + 1000, 10.0, number)
    life.stops(number, 1100)
    assert record(life, number).energy_wh == 100
    assert days(life, number) == [("11-21", 100), ("11-22", 0)]


def test_a_stop_that_comes_later_than_assumed_keeps_the_days_that_were_told():
    life, number = charging(EVENING)
    life.passes(3000)
    life.meters(1000 + 500, 10.0, number)
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(61)
    assert days(life, number) == [("11-21", 500)]
    life.passes(4 * 3600)
    life.stops(number, 1000 + 900)
    corrected = days(life, number)
    assert [day for day, _ in corrected] == ["11-21", "11-22"]
    assert sum(energy for _, energy in corrected) == 900
    assert corrected[0][1] >= 500


def test_a_charge_whose_end_was_assumed_wrongly_goes_on_with_its_days():
    life, number = charging(EVENING)
    life.passes(7200)
    life.meters(1000 + 1000, 10.0, number)
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(61)
    life.reports(ConnectorStatus.CHARGING)
    life.meters(1000 + 1100, 10.0, number)
    assert days(life, number) == [("11-21", 500)]
    life.passes(600)
    life.stops(number, 1000 + 1200)
    assert days(life, number) == [("11-21", 500), ("11-22", 700)]


@pytest.mark.parametrize(("by_midnight", "then"), [(0, 0), (500, 0), (500, 100), (0, 100)])
def test_a_day_that_a_reading_has_closed_stays_whatever_a_stop_after_an_assumed_end_says(by_midnight: int, then: int):
    life, number = charging(EVENING)
    life.passes(3600)
    life.meters(1000 + by_midnight, 10.0, number)
    assert days(life, number) == [("11-21", by_midnight)]
    life.passes(600)
    life.meters(1000 + by_midnight + then, 10.0, number)
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(61)
    assert record(life, number).assumed
    life.passes(48 * 3600)
    life.stops(number, 1000 + 9000, ago=timedelta(hours=24))
    assert [day for day, _ in days(life, number)] == ["11-21", "11-22", "11-23"]
    assert days(life, number)[0] == ("11-21", by_midnight)
    assert record(life, number).energy_wh == sum(energy for _, energy in days(life, number)) == 9000


def test_a_closed_day_stays_where_the_stop_after_an_assumed_end_brings_readings_of_it():
    life, number = charging(EVENING)
    life.passes(7200)
    life.meters(1000 + 1000, 10.0, number)
    assert days(life, number) == [("11-21", 500)]
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(61)
    assert record(life, number).assumed
    told = tuple(reading(EVENING + timedelta(minutes=minute), 2000) for minute in (10, 30, 60, 90, 120))
    life.stops(number, 1000 + 1000, readings=told)
    assert days(life, number) == [("11-21", 500), ("11-22", 500)]


def test_several_days_without_energy_that_were_closed_stay_over_a_restart_and_an_assumed_end():
    life, number = charging(EVENING)
    life.passes(50 * 3600)
    life.meters(1000, 0.0, number)
    closed = [("11-21", 0), ("11-22", 0), ("11-23", 0)]
    assert days(life, number) == closed
    life.disconnects()
    life.restarts()
    life.connects()
    life.boots()
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(61)
    assert record(life, number).assumed
    life.stops(number, 1000 + 4000)
    assert days(life, number) == [*closed, ("11-24", 4000)]


def test_days_before_the_register_was_told_for_the_first_time_stay_closed_over_an_assumed_end():
    life = Life(garage(zone=AMSTERDAM), utc=EVENING)
    life.arrives(ConnectorStatus.CHARGING)
    number = life.starts(meter_wh=0, ago=timedelta(hours=49))
    life.meters(600_000, 10.0, number)
    closed = [("11-19", 0), ("11-20", 0)]
    assert days(life, number) == closed
    life.disconnects()
    life.restarts()
    life.passes(1800)
    life.connects()
    life.boots()
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(61)
    assert record(life, number).assumed
    life.stops(number, 615_000, ago=timedelta(minutes=10))
    assert days(life, number) == [*closed, ("11-21", 15_000)]


def test_the_days_that_only_an_assumed_end_adds_are_decided_by_the_stop():
    life, number = charging(EVENING)
    life.passes(1800)
    life.meters(1000 + 50, 10.0, number)
    life.disconnects()
    life.passes(47.5 * 3600)
    life.connects()
    life.boots()
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(61)
    assert days(life, number) == [("11-21", 50), ("11-22", 0), ("11-23", 0)]
    life.stops(number, 1000 + 4800, ago=timedelta(seconds=61))
    assert [energy for _, energy in days(life, number)] == [100, 2400, 2300]


def test_a_charge_that_goes_on_after_an_assumed_end_keeps_a_closed_day_without_energy():
    life, number = charging(EVENING)
    life.passes(7200)
    life.meters(1000, 0.0, number)
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(61)
    life.reports(ConnectorStatus.CHARGING)
    life.meters(1000 + 100, 10.0, number)
    assert days(life, number) == [("11-21", 0)]
    life.stops(number, 1000 + 200)
    assert days(life, number) == [("11-21", 0), ("11-22", 200)]


@pytest.mark.parametrize("jump", [timedelta(days=-40), timedelta(hours=-3), timedelta(days=1000)])
def test_a_clock_that_jumps_leaves_days_that_add_up_and_are_not_without_end(jump: timedelta):
    life, number = charging(EVENING)
    life.passes(7200)
    life.meters(2000, 10.0, number)
    life.utc += jump
    life.meters(2500, 10.0, number)
    life.utc -= jump
    life.passes(600)
    life.stops(number, 3000)
    told = record(life, number)
    assert sum(one.energy_wh for one in told.days) == told.energy_wh == 2000
    assert all(one.energy_wh >= 0 for one in told.days)
    assert [one.day for one in told.days] == [date(2026, 11, 21), date(2026, 11, 22)]


# signed values


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
