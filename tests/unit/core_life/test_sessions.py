"""What the building hears of a transaction: its lamp, its energy, its times, each once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from knx_ocpp_bridge.core.commands import RemoteStop, SetProfile
from knx_ocpp_bridge.core.events import MeterReading, Sample, TransactionStopped
from knx_ocpp_bridge.core.status import ConnectorStatus, StopReason
from knx_ocpp_bridge.core.values import Clock, TransactionId
from tests.kit.life import CARD, ENERGY, NOON, ONE, TWO, Life, garage, outlet

TOLD = ("charging", "start_time", "end_time", "transaction_energy")


def arrived(clock: Clock = Clock.SANE) -> Life:
    life = Life(clock=clock)
    life.arrives()
    return life


def test_a_transaction_is_told_as_it_goes():
    life = arrived()
    life.reports(ConnectorStatus.PREPARING)
    number = life.starts()
    assert life.heard(*TOLD) == [("charging", True), ("start_time", life.utc)]
    life.reports(ConnectorStatus.CHARGING)
    life.passes(3600)
    life.stops(number, 8400)
    assert life.heard(*TOLD) == [("charging", False), ("end_time", life.utc), ("transaction_energy", 7400)]


def test_the_same_energy_twice_is_said_twice():
    life = arrived()
    for _ in range(2):
        life.stops(life.charges(), 1500)
        life.reports(ConnectorStatus.AVAILABLE)
    assert [value for _, value in life.heard("transaction_energy")] == [500, 500]


def test_a_transaction_of_an_hour_ago_that_has_ended_switches_no_lamp_and_is_told_once_with_its_own_times():
    life = arrived()
    number = life.starts(ago=timedelta(hours=2))
    assert life.heard(*TOLD) == []
    life.stops(number, 5000, ago=timedelta(hours=1))
    assert life.heard(*TOLD) == [
        ("start_time", life.utc - timedelta(hours=2)),
        ("end_time", life.utc - timedelta(hours=1)),
        ("transaction_energy", 4000),
    ]
    life.passes(7200)
    assert life.heard(*TOLD) == []


def test_a_late_transaction_gets_no_commands_of_its_own():
    life = arrived()
    life.passes(100)
    life.commands.clear()
    life.starts(ago=timedelta(hours=2))
    life.passes(10)
    assert life.commands == []


def test_a_late_transaction_that_proves_to_be_running_is_shown():
    life = arrived()
    life.starts(ago=timedelta(hours=2))
    life.reports(ConnectorStatus.CHARGING)
    assert ("charging", True) in life.heard(*TOLD)


def test_a_late_transaction_whose_stop_does_not_follow_is_shown_after_a_minute():
    life = arrived()
    life.starts(ago=timedelta(hours=2))
    life.passes(61)
    assert ("charging", True) in life.heard(*TOLD)


def test_a_late_transaction_does_not_disturb_the_press_that_waits_for_the_cable():
    life = arrived()
    life.presses(True)
    life.heard()
    number = life.starts(ago=timedelta(hours=2))
    life.stops(number, 5000, ago=timedelta(hours=1))
    life.passes(2)
    assert life.charger.connectors[ONE].start is not None
    assert life.heard("charging") == []


# the end that nobody told


def test_a_car_that_is_gone_ends_its_transaction_after_a_minute_and_a_late_stop_corrects_the_journal_alone():
    life = arrived()
    number = life.charges()
    life.meters(1700, 10.0)
    life.heard()
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(59)
    assert life.heard(*TOLD) == []
    life.passes(2)
    assert [key for key, _ in life.heard(*TOLD)] == ["charging", "end_time", "transaction_energy"]
    assert life.memory.transactions[number].assumed
    life.stops(number, 1900)
    assert life.heard(*TOLD) == []
    corrected = life.memory.transactions[number]
    assert (corrected.energy_wh, corrected.assumed) == (900, False)


def test_a_car_that_is_gone_but_whose_stop_comes_in_time_is_told_once():
    life = arrived()
    number = life.charges()
    life.heard()
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(2)
    life.stops(number, 1900)
    life.passes(100)
    assert [key for key, _ in life.heard(*TOLD)] == ["charging", "end_time", "transaction_energy"]


def test_a_late_stop_is_measured_from_where_the_transaction_really_began():
    life = arrived()
    number = life.charges(meter_wh=0)
    life.meters(900_000)
    life.meters(900_500)
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(61)
    life.stops(number, 900_700)
    assert life.memory.transactions[number].energy_wh == 700


def test_a_late_stop_is_not_measured_with_the_next_cars_register():
    life = arrived()
    number = life.charges(meter_wh=1000)
    life.meters(1500)
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(61)
    life.charges(meter_wh=1500)
    life.meters(9000)
    life.stops(number, None)
    assert life.memory.transactions[number].energy_wh == 500


def test_a_transaction_whose_end_was_assumed_wrongly_goes_on():
    life = arrived()
    number = life.charges()
    life.meters(1200, 10.0, number)
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(61)
    assert life.state("charging") is False
    life.reports(ConnectorStatus.CHARGING)
    life.meters(1400, 10.0, number)
    assert life.state("charging") is True
    life.presses(False)
    assert life.told(RemoteStop) == [RemoteStop(number)]
    life.stops(number, 1500)
    assert life.state("transaction_energy") == 500


def test_preparing_after_a_restart_ends_no_transaction_that_had_not_begun_to_charge():
    life = arrived()
    life.reports(ConnectorStatus.PREPARING)
    life.starts(CARD, 1000)
    life.restarts()
    life.connects()
    life.reports(ConnectorStatus.PREPARING)
    life.passes(100)
    assert life.state("charging") is True


# energy


def test_a_stop_without_a_register_is_measured_by_the_last_sample():
    life = arrived()
    number = life.charges(meter_wh=1000)
    life.meters(1800)
    life.stops(number, None)
    assert life.state("transaction_energy") == 800


def test_a_stop_below_its_start_is_never_negative_energy():
    life = arrived()
    number = life.charges(meter_wh=1000)
    life.stops(number, 10)
    assert life.state("transaction_energy") == 0
    assert life.memory.transactions[number].implausible


def test_the_session_lasts_from_plug_in_to_unplug_over_several_transactions():
    life = arrived()
    number = life.charges(meter_wh=1000)
    life.stops(number, 1500)
    life.reports(ConnectorStatus.FINISHING)
    number = life.charges(meter_wh=1500)
    life.meters(1600)
    assert life.state("session_energy") == 600
    life.stops(number, 1700)
    life.reports(ConnectorStatus.AVAILABLE)
    assert life.state("session_energy") == 700
    life.reports(ConnectorStatus.PREPARING)
    assert life.state("session_energy") == 0


def test_a_car_whose_plug_was_never_reported_begins_a_session_with_its_transaction():
    life = arrived()
    life.stops(life.charges(meter_wh=1000), 1500)
    life.reports(ConnectorStatus.AVAILABLE)
    life.starts(meter_wh=1500)
    life.reports(ConnectorStatus.CHARGING)
    life.meters(1600)
    assert life.state("session_energy") == 100


def test_one_wrong_register_does_not_make_the_session_fall():
    life = arrived()
    life.charges(meter_wh=1000)
    life.meters(1500)
    life.meters(3)
    assert life.state("session_energy") == 500
    life.meters(1600)
    assert life.state("session_energy") == 600


def test_a_register_that_begins_anew_in_a_transaction_keeps_what_was_taken():
    life = arrived()
    number = life.charges(meter_wh=1000)
    life.meters(1500)
    for register in (0, 50, 100):
        life.meters(register)
    assert life.state("session_energy") == 500
    life.meters(300)
    assert life.state("session_energy") == 700
    life.stops(number, 400)
    assert life.state("transaction_energy") == 800
    assert life.state("meter") == 1800


def test_a_session_register_without_samples_counts_for_the_lifetime():
    life = arrived()
    life.stops(life.charges(meter_wh=0), 7000)
    life.reports(ConnectorStatus.AVAILABLE)
    life.stops(life.charges(meter_wh=0), 5000)
    assert life.state("meter") == 12_000


def test_the_register_of_the_last_car_is_not_the_energy_of_this_one():
    life = arrived()
    life.stops(life.charges(meter_wh=0), 40_000)
    life.reports(ConnectorStatus.AVAILABLE)
    number = life.charges(meter_wh=0)
    assert life.state("session_energy") == 0
    life.stops(number, None)
    assert life.state("transaction_energy") == 0


def test_the_samples_of_a_stop_count():
    life = arrived()
    number = life.charges(meter_wh=1000)
    readings = (MeterReading(life.utc, (Sample(ENERGY, 1650.4, context="Transaction.End"),)),)
    event = TransactionStopped(
        life.link, "stop", number, None, None, life.utc, StopReason.LOCAL, readings, TransactionId(99)
    )
    life.happens(event)
    assert life.state("transaction_energy") == 650


# what flows


def test_current_and_power_are_said_as_they_are_and_nothing_flows_when_charging_ends():
    life = arrived()
    number = life.charges()
    life.heard()
    life.meters(current_a=9.97, power_w=6880.5)
    life.meters(current_a=9.98, power_w=6880.5)
    assert life.heard("current", "power") == [("current", 9.97), ("power", 6880.5), ("current", 9.98)]
    life.stops(number)
    assert life.heard("current", "power") == [("current", 0.0), ("power", 0.0)]


def test_values_that_arrive_after_the_car_has_gone_do_not_flow():
    life = arrived()
    life.charges()
    life.reports(ConnectorStatus.AVAILABLE)
    life.heard()
    life.meters(1500, current_a=16.0)
    assert life.heard("current") == []


def test_numbers_that_are_none_change_nothing():
    life = arrived()
    life.charges()
    life.meters(1200, 10.0)
    life.heard()
    life.meters(float("nan"), float("inf"), power_w=float("-inf"))
    assert life.heard() == []


# times and clocks


@pytest.mark.parametrize("year", [1970, 2090])
def test_a_charger_that_shows_another_year_is_told_by_the_bridges_time(year: int):
    life = arrived()
    life.reports(ConnectorStatus.PREPARING)
    event = life.start_request(CARD, 1000, ONE, datetime(year, 1, 1, tzinfo=UTC))
    life.happens(event)
    assert life.state("start_time") == life.utc
    assert life.state("charging") is True


def test_times_that_nobody_could_believe_are_not_told_later_either():
    life = arrived(Clock.UNKNOWN)
    number = life.charges()
    life.stops(number, 1500)
    assert [key for key, _ in life.heard(*TOLD)] == ["charging", "charging", "transaction_energy"]
    life.clock = Clock.SANE
    life.utc += timedelta(days=300)
    life.beats()
    assert life.heard(*TOLD) == []
    number = life.charges()
    life.stops(number, 2500)
    assert [key for key, _ in life.heard("start_time", "end_time")] == ["start_time", "end_time"]


# sent again, unknown, nonsense


def test_a_stop_of_number_0_ends_the_only_transaction_however_often_such_stops_came_before():
    life = arrived()
    life.stops(0, 900)
    life.stops(0, 900)
    assert len(life.memory.transactions) == 1
    number = life.charges(meter_wh=1000)
    life.passes(10)
    life.stops(0, 1400)
    assert life.memory.transactions[number].energy_wh == 400


def test_a_stop_from_before_the_open_transaction_is_not_its_stop():
    life = arrived()
    number = life.charges(meter_wh=1000)
    life.stops(4711, 5000, ago=timedelta(hours=3))
    assert life.memory.transactions[number].stopped_at is None


def test_values_for_a_number_that_is_open_elsewhere_open_nothing():
    life = Life(garage(outlet(1), outlet(2)))
    life.arrives()
    number = life.charges()
    life.reports(ConnectorStatus.CHARGING, TWO)
    life.meters(500, 10.0, number, TWO)
    assert life.charger.connectors[TWO].transaction is None


def test_a_start_without_a_connector_belongs_to_the_only_one():
    life = arrived()
    life.reports(ConnectorStatus.PREPARING)
    life.starts(connector=type(ONE)(0))
    assert life.state("charging") is True


def test_two_connectors_charge_and_stop_apart():
    life = Life(garage(outlet(1), outlet(2)))
    life.arrives()
    first, second = life.charges(), life.charges(connector=TWO, meter_wh=50)
    life.heard()
    life.presses(False, connector=TWO)
    assert life.told(RemoteStop) == [RemoteStop(second)]
    life.stops(second, 150)
    assert (life.state("charging"), life.state("charging", TWO)) == (True, False)
    assert life.state("transaction_energy", TWO) == 100
    assert life.memory.transactions[first].stopped_at is None


def test_the_meter_is_noted_on_disk_seldom_and_at_the_end():
    life = arrived()
    number = life.charges(meter_wh=1000)
    for minute in range(40):
        life.meters(1000 + minute)
        life.passes(60)
    noted = life.memory.meters[ONE].register_wh
    assert 1000 < noted < 1039
    life.stops(number, 1039)
    assert life.memory.meters[ONE].register_wh == 1039


def test_a_transaction_that_begins_is_limited_though_the_last_one_just_was():
    life = arrived()
    life.stops(life.charges())
    number = life.charges()
    life.passes(3)
    last = life.commands[-1]
    assert isinstance(last, SetProfile)
    assert (last.transaction, replace(last, start=None).limit) == (number, 10.0)
    assert life.utc > NOON
