"""The days of a site: where clocks are changed, and what of a transaction falls on each day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.core.days import (
    day_of,
    energy_by_day,
    midnight,
    next_midnight,
    running_by_day,
    seconds_between,
    seconds_by_day,
)
from knx_ocpp_bridge.core.facts import DayEnergy, Transaction

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
HOUR = 3600


def charge(begin: datetime, end: datetime | None, energy_wh: int | None = None, **more) -> Transaction:
    return Transaction(1, 1, "CARD", 0, begin.astimezone(UTC), stopped_at=end and end.astimezone(UTC),
                       energy_wh=energy_wh, **more)  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (AMSTERDAM, date(2026, 3, 29), 23),
        (AMSTERDAM, date(2026, 10, 25), 25),
        (AMSTERDAM, date(2026, 6, 1), 24),
        (LORD_HOWE, date(2026, 4, 5), 24.5),
        (LORD_HOWE, date(2026, 10, 4), 23.5),
    ],
)
def test_a_day_on_which_clocks_are_changed_has_its_own_length(zone, day, hours):
    begin, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    assert end - begin == timedelta(hours=hours)
    assert day_of(begin, zone) == day_of(end - timedelta(seconds=1), zone) == day
    assert next_midnight(begin, zone) == next_midnight(end - timedelta(seconds=1), zone) == end
    assert seconds_by_day(begin - timedelta(hours=1), end + timedelta(hours=1), zone) == {
        day - timedelta(days=1): HOUR,
        day: int(hours * HOUR),
        day + timedelta(days=1): HOUR,
    }


def test_a_day_begins_later_where_its_first_hour_is_left_out():
    santiago = ZoneInfo("America/Santiago")
    begin = midnight(date(2026, 9, 6), santiago)
    assert begin.astimezone(santiago).hour == 1
    assert day_of(begin - timedelta(seconds=1), santiago) == date(2026, 9, 5)
    assert next_midnight(begin - timedelta(hours=1), santiago) == begin


def test_the_hour_that_comes_twice_is_charged_twice():
    """From 1:30 summer time to 3:30 winter time: three hours, whatever the clock on the wall says."""
    begin = datetime(2026, 10, 25, 1, 30, tzinfo=AMSTERDAM)
    end = datetime(2026, 10, 25, 3, 30, tzinfo=AMSTERDAM)
    assert seconds_by_day(begin, end, AMSTERDAM) == {date(2026, 10, 25): 3 * HOUR}


def test_parts_of_seconds_do_not_get_lost_at_midnight():
    begin = datetime(2026, 12, 31, 23, 59, 58, 700_000, tzinfo=AMSTERDAM)
    end = datetime(2027, 1, 1, 0, 0, 2, 200_000, tzinfo=AMSTERDAM)
    shares = seconds_by_day(begin, end, AMSTERDAM)
    assert shares == {date(2026, 12, 31): 2, date(2027, 1, 1): 2}
    assert sum(shares.values()) == seconds_between(begin, end)


def test_an_end_before_its_beginning_takes_no_time():
    begin = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert seconds_by_day(begin, begin - timedelta(hours=2), AMSTERDAM) == {}
    assert seconds_between(begin, begin - timedelta(hours=2)) == 0


def test_the_record_says_how_a_charge_is_split():
    days = (DayEnergy(date(2026, 12, 31), 7000), DayEnergy(date(2027, 1, 1), 500))
    night = charge(
        datetime(2026, 12, 31, 22, 0, tzinfo=AMSTERDAM), datetime(2027, 1, 1, 6, 0, tzinfo=AMSTERDAM), 7500, days=days
    )
    assert energy_by_day(night, AMSTERDAM) == {date(2026, 12, 31): 7000, date(2027, 1, 1): 500}


def test_a_charge_of_an_older_version_is_split_by_time():
    night = charge(
        datetime(2026, 10, 24, 22, 0, tzinfo=AMSTERDAM), datetime(2026, 10, 26, 1, 0, tzinfo=AMSTERDAM), 2801
    )
    # 2 hours, the 25 hours of the longest day, and 1 hour.
    assert energy_by_day(night, AMSTERDAM) == {
        date(2026, 10, 24): 200,
        date(2026, 10, 25): 2500,
        date(2026, 10, 26): 101,
    }


def test_a_charge_without_length_falls_on_its_day():
    at = datetime(2026, 12, 31, 23, 30, tzinfo=AMSTERDAM)
    assert energy_by_day(charge(at, at, 400), AMSTERDAM) == {date(2026, 12, 31): 400}
    assert energy_by_day(charge(at, at, 0), AMSTERDAM) == {}


def test_nobody_can_tell_the_day_of_a_clock_that_was_not_set():
    at = datetime(2026, 5, 1, tzinfo=UTC)
    assert energy_by_day(charge(at, at + timedelta(hours=1), 400, clock_sane=False), AMSTERDAM) == {}
    assert running_by_day(charge(at, None, clock_sane=False), 400, at, AMSTERDAM) == {}


def test_what_an_open_charge_takes_falls_on_the_day_on_which_it_was_told():
    evening = datetime(2026, 12, 31, 22, 0, tzinfo=AMSTERDAM)
    open_one = charge(evening, None)
    old, new = date(2026, 12, 31), date(2027, 1, 1)
    assert running_by_day(open_one, 3000, evening + timedelta(hours=1), AMSTERDAM) == {old: 3000}
    closed = charge(evening, None, days=(DayEnergy(old, 3300),))
    assert running_by_day(closed, 4000, evening + timedelta(hours=3), AMSTERDAM) == {old: 3300, new: 700}
    assert running_by_day(closed, 3300, evening + timedelta(hours=3), AMSTERDAM) == {old: 3300}
