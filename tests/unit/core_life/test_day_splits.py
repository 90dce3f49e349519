"""How the energy of a transaction falls on the days of the building's calendar, and which of them stay."""

from datetime import UTC, date, datetime, timedelta

import pytest

from knx_ocpp_bridge.core.facts import Transaction, TransactionRecorded
from knx_ocpp_bridge.core.status import ConnectorStatus
from tests.kit.drawn import AMSTERDAM, EVENING, charging, days, reading, record
from tests.kit.life import Life, garage


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
