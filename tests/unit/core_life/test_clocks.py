"""Clocks are wrong, or are set while a car charges: the right day, nothing below zero, and a mark where in doubt."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.core.values import Clock
from knx_ocpp_bridge.ocpp.v16.times import parse
from tests.kit.clocks import House

AMSTERDAM, LORD_HOWE = ZoneInfo("Europe/Amsterdam"), ZoneInfo("Australia/Lord_Howe")
ZONES = pytest.mark.parametrize("zone", [AMSTERDAM, LORD_HOWE], ids=["amsterdam", "lord_howe"])
TWO_HOURS = timedelta(hours=2)


def local(zone: ZoneInfo, *when: int) -> datetime:
    """This time of the wall, in UTC; of a time that there is twice the first."""
    return datetime(*when, tzinfo=zone).astimezone(UTC)  # type: ignore[misc]  # year to minute


def since_1970(true: datetime) -> timedelta:
    """The error of a clock that begins in 1970 now."""
    return datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC) - true


# the nights on which clocks are changed


@pytest.mark.parametrize(
    ("zone", "evening", "until_midnight_h", "day_h"),
    [
        (AMSTERDAM, (2027, 3, 27, 22, 0), 2.0, 23.0),
        (AMSTERDAM, (2027, 10, 30, 22, 0), 2.0, 25.0),
        (LORD_HOWE, (2027, 4, 3, 22, 0), 2.0, 24.5),
        (LORD_HOWE, (2027, 10, 2, 22, 0), 2.0, 23.5),
    ],
    ids=["amsterdam spring", "amsterdam autumn", "lord howe autumn", "lord howe spring"],
)
def test_a_charge_round_the_whole_day_of_a_change_has_that_days_energy(zone, evening, until_midnight_h, day_h):
    house = House(zone, local(zone, *evening) - timedelta(seconds=3))
    charge = house.charges(hours=until_midnight_h + day_h + 1, per_hour_wh=4000)
    assert [energy for _, energy in sorted(house.by_day(charge).items())] == [
        round(until_midnight_h * 4000),
        round(day_h * 4000),
        4000,
    ]
    tally = house.tally()
    assert tally.yesterday is not None
    assert tally.today is not None
    assert (tally.yesterday.seconds, tally.yesterday.energy_wh) == (day_h * 3600, day_h * 4000)
    assert (tally.today.seconds, tally.today.sessions) == (3600, 1)


@ZONES
@pytest.mark.parametrize("day", [(2027, 3, 28), (2027, 10, 31), (2027, 4, 4), (2027, 10, 3)])
def test_a_charge_in_the_hour_that_is_left_out_or_there_twice_takes_as_long_as_it_took(zone, day):
    house = House(zone, local(zone, *day, 1, 15))
    charge = house.charges(hours=2)
    assert charge.stopped_at is not None
    assert charge.stopped_at - charge.started_at == TWO_HOURS
    assert house.by_day(charge) == {"{}-{:02}-{:02}".format(*day): 12_000}


# the bridge's clock


@ZONES
def test_a_charge_of_which_only_1970_is_known_is_marked_and_counts_on_no_day(zone):
    true = local(zone, 2027, 6, 1, 18, 0)
    house = House(zone, true, bridge_error=since_1970(true))
    charge = house.charges(hours=3)
    assert (charge.clock_sane, charge.energy_wh, charge.days) == (False, 18_000, ())
    tally = house.tally()
    assert (tally.today, tally.yesterday) == (None, None)
    assert (tally.total.sessions, tally.total.energy_wh, tally.total.seconds) == (1, 18_000, 0)
    assert house.times_said == []


@ZONES
def test_the_clock_is_set_while_a_car_charges_that_began_in_1970(zone):
    true = local(zone, 2027, 6, 1, 18, 0)
    house = House(zone, true, bridge_error=since_1970(true))
    house.starts()
    house.passes(hours=1)
    house.takes(6000)
    house.is_set()
    assert house.times_said == []
    house.passes(hours=1)
    house.takes(6000)
    charge = house.stops()
    assert (charge.clock_sane, charge.energy_wh) == (False, 12_000)
    tally = house.tally()
    assert tally.today is not None
    assert (tally.total.energy_wh, tally.total.seconds, tally.today.energy_wh) == (12_000, 0, 0)
    assert all(clock is Clock.SANE for _, _, clock in house.times_said)
    assert not [value for _, value, _ in house.times_said if value < true]


@ZONES
def test_the_next_charge_after_the_clock_was_set_is_as_any_other(zone):
    true = local(zone, 2027, 6, 1, 12, 0)
    house = House(zone, true, bridge_error=since_1970(true))
    first = house.charges(hours=1)
    house.is_set()
    second = house.charges(hours=2)
    assert (first.clock_sane, second.clock_sane) == (False, True)
    assert house.by_day(second) == {"2027-06-01": 12_000}
    assert [key for key, _, _ in house.times_said] == ["start_time", "end_time"]
    assert second.id > first.id


@ZONES
def test_a_restart_into_1970_while_a_car_charges_loses_nothing_and_says_no_wrong_end(zone):
    house = House(zone, local(zone, 2027, 6, 1, 12, 0))
    number = house.starts()
    house.passes(hours=1)
    house.takes(6000)
    said = len(house.times_said)
    house.restarts(error=since_1970(house.true))
    house.passes(hours=1)
    house.takes(6000)
    charge = house.stops()
    assert (charge.id, charge.energy_wh) == (number, 12_000)
    assert charge.stopped_at is not None
    assert charge.stopped_at >= charge.started_at
    assert house.times_said[said:] == []


@ZONES
@pytest.mark.parametrize("by", [timedelta(hours=2), timedelta(days=3), timedelta(days=400)])
def test_the_bridges_clock_leaps_forward_while_a_car_charges(zone, by):
    true = local(zone, 2027, 6, 1, 12, 0)
    house = House(zone, true)
    house.starts()
    house.passes(hours=1)
    house.takes(6000)
    house.is_set(by)
    house.passes(hours=1)
    house.takes(6000)
    charge = house.stops()
    assert charge.energy_wh == sum(house.by_day(charge).values()) == 12_000
    assert all(energy >= 0 for energy in house.by_day(charge).values())
    # The charger's own clock was right all the time, and is not in the future: it is the one that is believed.
    assert house.by_day(charge) == {"2027-06-01": 12_000}


@ZONES
@pytest.mark.parametrize("by", [timedelta(hours=-2), timedelta(days=-3), timedelta(days=-100)])
def test_the_bridges_clock_leaps_back_while_a_car_charges(zone, by):
    house = House(zone, local(zone, 2027, 6, 1, 12, 0))
    house.starts()
    house.passes(hours=1)
    house.takes(6000)
    house.is_set(by)
    house.passes(hours=1)
    house.takes(6000)
    charge = house.stops()
    assert charge.stopped_at is not None
    assert charge.stopped_at >= charge.started_at
    assert charge.energy_wh == sum(house.by_day(charge).values()) == 12_000
    assert all(energy >= 0 for energy in house.by_day(charge).values())
    assert house.tally().total.seconds >= 0


# the charger's clock


@ZONES
def test_a_charger_two_hours_ahead_is_not_believed_before_or_after_midnight(zone):
    house = House(zone, local(zone, 2027, 6, 1, 22, 30) - timedelta(seconds=3), charger_error=TWO_HOURS)
    evening = house.charges(hours=1)
    assert house.by_day(evening) == {"2027-06-01": 6000}
    assert (evening.clock_sane, evening.late) == (True, False)
    house.passes(minutes=15)
    across = house.charges(hours=1)
    assert house.by_day(across) == {"2027-06-01": 1500, "2027-06-02": 4500}


@ZONES
@pytest.mark.parametrize("connected_h", [3, 48])
def test_a_charger_two_hours_behind_that_was_connected_all_the_while_is_not_believed(zone, connected_h):
    evening = local(zone, 2027, 6, 1, 23, 30)
    house = House(zone, evening - timedelta(hours=connected_h, seconds=3), charger_error=-TWO_HOURS)
    house.passes(hours=connected_h)
    across = house.charges(hours=1)
    assert house.by_day(across) == {"2027-06-01": 3000, "2027-06-02": 3000}
    assert across.stopped_at is not None
    assert (across.started_at, across.stopped_at) == (evening, evening + timedelta(hours=1))
    assert (across.clock_sane, across.late) == (True, False)
    house.passes(minutes=30)
    assert house.by_day(house.charges(hours=5)) == {"2027-06-02": 30_000}


@ZONES
def test_a_charger_behind_that_learns_the_time_while_a_car_charges_ends_it_at_the_right_time(zone):
    house = House(zone, local(zone, 2027, 6, 1, 12, 0), charger_error=-TWO_HOURS)
    house.passes(hours=3)
    began = house.true
    house.starts()
    house.passes(hours=1)
    house.takes(5000)
    house.charger_error = timedelta()
    charge = house.stops()
    assert (charge.started_at, charge.stopped_at) == (began, began + timedelta(hours=1))


@ZONES
def test_a_charger_two_hours_behind_that_has_just_come_cannot_be_told_from_one_that_was_offline(zone):
    house = House(zone, local(zone, 2027, 6, 1, 15, 0), charger_error=-TWO_HOURS)
    charge = house.charges(hours=3)
    assert house.by_day(charge) == {"2027-06-01": 18_000}
    assert charge.stopped_at is not None
    assert charge.stopped_at - charge.started_at == timedelta(hours=3)
    assert charge.clock_sane


@ZONES
@pytest.mark.parametrize("error", [TWO_HOURS, -TWO_HOURS])
def test_a_charger_that_learns_the_time_while_a_car_charges_counts_nothing_twice(zone, error):
    house = House(zone, local(zone, 2027, 6, 1, 23, 0), charger_error=error)
    house.starts()
    house.passes(minutes=30)
    house.takes(3000)
    house.charger_error = timedelta()
    for _ in range(4):
        house.passes(minutes=15)
        house.takes(1500)
    charge = house.stops()
    assert charge.energy_wh == sum(house.by_day(charge).values()) == 9000
    assert all(energy >= 0 for energy in house.by_day(charge).values())
    assert charge.stopped_at is not None
    assert charge.stopped_at >= charge.started_at


@ZONES
def test_a_charger_whose_clock_was_never_set_is_given_the_bridges_time(zone):
    true = local(zone, 2027, 6, 1, 12, 0)
    house = House(zone, true, charger_error=since_1970(true))
    charge = house.charges(hours=2)
    assert (charge.clock_sane, house.by_day(charge)) == (True, {"2027-06-01": 12_000})


@ZONES
@pytest.mark.parametrize(
    "when", [(2027, 3, 28, 2, 30), (2027, 10, 31, 2, 30), (2027, 4, 4, 1, 45), (2027, 10, 3, 2, 15)]
)
def test_a_time_without_a_zone_is_utc_in_every_night(zone, when):
    said = parse("{}-{:02}-{:02}T{:02}:{:02}:00".format(*when))
    assert said is not None
    assert said == datetime(*when, tzinfo=UTC)
    house = House(zone, said)
    house.starts()
    assert house.running is not None
    assert house.running.started_at == house.true
