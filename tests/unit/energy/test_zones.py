from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.core.energy.terms import TariffZone
from knx_ocpp_bridge.core.energy.zones import changes, day_of, last_time, next_time, zone_at

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ALL_DAYS = frozenset(range(7))
NIGHT = TariffZone(frozenset({4}), time(22), time(6), 0.2)
"""From Friday to Saturday."""


def local(*at: int) -> datetime:
    return datetime(*at, tzinfo=AMSTERDAM).astimezone(UTC)


def test_a_zone_over_midnight_belongs_to_the_day_on_which_it_begins():
    friday, saturday = (2026, 11, 20), (2026, 11, 21)
    assert zone_at((NIGHT,), local(*friday, 22, 0), AMSTERDAM) is NIGHT
    assert zone_at((NIGHT,), local(*saturday, 5, 59), AMSTERDAM) is NIGHT
    assert zone_at((NIGHT,), local(*saturday, 6, 0), AMSTERDAM) is None
    assert zone_at((NIGHT,), local(*saturday, 22, 0), AMSTERDAM) is None
    assert zone_at((NIGHT,), local(*friday, 5, 0), AMSTERDAM) is None


def test_a_zone_that_ends_when_it_begins_is_a_whole_day():
    whole = TariffZone(frozenset({5}), time(0), time(0), 0.1)
    assert zone_at((whole,), local(2026, 11, 21, 0, 0), AMSTERDAM) is whole
    assert zone_at((whole,), local(2026, 11, 21, 23, 59), AMSTERDAM) is whole
    assert zone_at((whole,), local(2026, 11, 22, 0, 0), AMSTERDAM) is None


def test_the_first_of_two_zones_counts():
    other = TariffZone(ALL_DAYS, time(20), time(8), 0.3)
    assert zone_at((NIGHT, other), local(2026, 11, 20, 23, 0), AMSTERDAM) is NIGHT
    assert zone_at((NIGHT, other), local(2026, 11, 19, 23, 0), AMSTERDAM) is other


def test_both_hours_that_a_clock_shows_twice_are_in_a_zone():
    small = TariffZone(ALL_DAYS, time(2), time(3), 0.1)
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    assert [zone_at((small,), each, AMSTERDAM) for each in twice] == [small, small]
    assert zone_at((small,), twice[0] - timedelta(hours=1), AMSTERDAM) is None


def test_an_hour_that_clocks_leave_out_is_not_there():
    small = TariffZone(ALL_DAYS, time(2), time(3), 0.1)
    leap = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert zone_at((small,), leap - timedelta(seconds=1), AMSTERDAM) is None
    assert zone_at((small,), leap, AMSTERDAM) is None


def test_who_is_to_be_ready_in_the_hour_that_comes_twice_is_ready_the_first_time():
    evening = local(2026, 10, 24, 20, 0)
    assert next_time(time(2, 30), evening, AMSTERDAM) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_who_is_to_be_ready_in_the_hour_that_is_left_out_is_not_late():
    evening = local(2026, 3, 28, 20, 0)
    assert next_time(time(2, 30), evening, AMSTERDAM) <= datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_time_that_is_now_comes_next_week_and_was_now():
    now = local(2026, 11, 20, 7, 0)
    friday = frozenset({4})
    assert next_time(time(7), now, AMSTERDAM, friday) == now + timedelta(days=7)
    assert last_time(time(7), now, AMSTERDAM, friday) == now
    assert last_time(time(7), now, AMSTERDAM, frozenset()) is None


def test_days_have_23_to_25_hours():
    lengths = {}
    for month, day in ((3, 29), (10, 25), (7, 1)):
        begins, ends = day_of(local(2026, month, day, 12, 0), AMSTERDAM)
        lengths[month] = (ends - begins) / timedelta(hours=1)
    assert lengths == {3: 23, 10: 25, 7: 24}


def test_the_changes_of_a_year_are_found_to_the_minute():
    found = list(changes(local(2026, 1, 1), local(2027, 1, 1), AMSTERDAM))
    assert found == [datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, 0, tzinfo=UTC)]
