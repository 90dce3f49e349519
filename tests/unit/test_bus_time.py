"""What of the time that a building tells is believed: by whom, in which hour, and how often it must be said."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.core.bus_time import (
    EARLIER,
    FAITHFUL_S,
    LASTING_S,
    LONG_OFF,
    PAIR_S,
    TWICE_AFTER_S,
    Believed,
    BusTime,
    Doubt,
    Doubted,
    Machine,
)
from knx_ocpp_bridge.core.events import InputHeard
from knx_ocpp_bridge.core.values import CHARGE_POINT, Clock, Moment

ZONE = ZoneInfo("Europe/Amsterdam")
MADE = datetime(2026, 11, 21, tzinfo=UTC)
"""When this version was made: nothing can be before."""
NOON = datetime(2027, 6, 1, 10, 0, 0, tzinfo=UTC)
"""12 o'clock on the walls of the building."""
BEFORE_SUMMER = datetime(2027, 3, 28, 0, 59, 0, tzinfo=UTC)
"""A minute before clocks are set from 2 to 3."""
BEFORE_WINTER = datetime(2027, 10, 31, 0, 59, 0, tzinfo=UTC)
"""A minute before clocks are set from 3 to 2."""


class House:
    """A bus, and the bridge that listens to it."""

    def __init__(
        self, utc: datetime = NOON, clock: Clock = Clock.SANE, *, newest: datetime = MADE, certain: bool = False
    ) -> None:
        self.bus = BusTime(ZONE)
        self.utc = self.own = utc
        self.clock, self.now_s, self.newest, self.certain = clock, 1000.0, newest, certain

    def passes(self, seconds: float) -> None:
        self.now_s += seconds
        self.utc += timedelta(seconds=seconds)
        self.own += timedelta(seconds=seconds)

    def hears(self, value: datetime | date | time, source: str = "1.1.9") -> Believed | Doubted | None:
        moment = Moment(self.now_s, self.utc, self.clock)
        machine = Machine(self.own, self.newest, MADE, certain=self.certain)
        told = self.bus.heard(InputHeard(CHARGE_POINT, "bus_time", value, source), moment, machine)
        if isinstance(told, Believed) and not self.certain:
            self.utc, self.clock, self.newest = told.utc, Clock.SANE, min(self.newest, told.utc)
        return told

    def is_told(self, utc: datetime, source: str = "1.1.9") -> Believed | Doubted | None:
        """19.001, right for that instant."""
        local = utc.astimezone(ZONE)
        return self.hears(local.replace(tzinfo=None, fold=not local.dst()), source)


def lost(newest: datetime = MADE) -> House:
    """After a power cut, without a battery and without a network."""
    return House(datetime(1970, 1, 1, tzinfo=UTC), Clock.WAITING, newest=newest)


def doubt(told: object) -> Doubt | None:
    return told.doubt if isinstance(told, Doubted) else None


def test_a_clock_that_nobody_set_takes_the_first_time_there_is():
    assert lost().is_told(NOON) == Believed(NOON, "1.1.9")


@pytest.mark.parametrize("off", [timedelta(hours=-5), -EARLIER, timedelta(minutes=2), timedelta(days=21), LONG_OFF])
def test_a_machine_that_may_be_right_is_set_when_it_is_told_twice(off):
    """After weeks without power it goes on from its last shutdown; with the time of the wall it is hours ahead."""
    house = House()
    off -= timedelta(seconds=1) if off == LONG_OFF else timedelta()
    assert doubt(house.is_told(NOON + off)) is Doubt.LEAP
    house.passes(10)
    assert house.is_told(house.own + off) == Believed(house.own + off, "1.1.9")


def test_one_telegram_moves_no_clock_that_may_be_right():
    house = House()
    assert doubt(house.is_told(NOON + timedelta(days=300), "1.1.66")) is Doubt.LEAP
    house.passes(10)
    assert house.is_told(house.own) == Believed(house.own, "1.1.9")
    assert doubt(house.is_told(house.own + timedelta(days=300), "1.1.66")) is Doubt.CONTRADICTS


def test_a_machine_that_may_be_right_is_never_set_back_by_more_than_a_day():
    house = House()
    for _ in range(100):
        assert doubt(house.is_told(house.own - EARLIER - timedelta(seconds=1))) is Doubt.EARLIER
        house.passes(600)


def test_years_later_than_a_machine_that_may_be_right_has_to_last_for_an_hour():
    house, off = House(), timedelta(days=20 * 365)
    for _ in range(int(LASTING_S) // 60):
        assert doubt(house.is_told(house.own + off)) is Doubt.FAR
        house.passes(60)
    assert house.is_told(house.own + off) == Believed(house.own + off, "1.1.9")


def test_a_machine_that_is_far_beyond_its_records_is_set_back_when_it_is_told_twice():
    house = House(datetime(2040, 1, 1, tzinfo=UTC))
    assert doubt(house.is_told(NOON)) is Doubt.LEAP
    house.passes(10)
    assert isinstance(house.is_told(NOON + timedelta(seconds=10)), Believed)


# What was believed wrongly


@pytest.mark.parametrize("off", [timedelta(), timedelta(hours=2)])
def test_records_of_a_wrong_time_give_way_where_the_machine_bears_the_sender_out(off):
    """The next start after a device has told 300 days too much."""
    house = House(clock=Clock.UNKNOWN, newest=NOON + timedelta(days=300))
    house.is_told(NOON + off)
    house.passes(10)
    assert house.is_told(house.own + off) == Believed(house.own + off, "1.1.9")


def test_records_of_a_wrong_time_give_way_to_what_is_told_for_an_hour():
    house = lost(newest=NOON + timedelta(days=300))
    for _ in range(2):
        assert doubt(house.is_told(NOON + timedelta(seconds=house.now_s - 1000))) is Doubt.RECORD
        house.passes(LASTING_S / 2)
    assert house.is_told(NOON + timedelta(hours=1)) == Believed(NOON + timedelta(hours=1), "1.1.9")


def test_a_device_that_begins_anew_with_each_power_cut_does_not_undo_the_records():
    house = lost(newest=NOON)
    for _ in range(20):
        assert doubt(house.is_told(MADE + timedelta(days=1))) is Doubt.RECORD
        house.passes(600)


def test_whom_the_machine_bears_out_is_believed_against_the_one_who_was_first():
    house = House()
    wrong = NOON + timedelta(days=300)
    for _ in range(2):
        house.is_told(wrong + timedelta(seconds=house.now_s - 1000), "1.1.66")
        house.passes(10)
    assert house.utc - house.own == timedelta(days=300)
    assert doubt(house.is_told(house.own)) is Doubt.LEAP
    house.is_told(house.utc, "1.1.66")  # goes on all the time
    house.passes(10)
    assert house.is_told(house.own) == Believed(house.own, "1.1.9")
    assert doubt(house.is_told(house.own + timedelta(days=300), "1.1.66")) is Doubt.CONTRADICTS


def test_two_who_are_not_believed_do_not_interrupt_each_other():
    house = House()
    for source, hours in (("1.1.9", 1), ("1.1.66", 5), ("1.1.9", 1)):
        told = house.is_told(house.own + timedelta(hours=hours), source)
        house.passes(10)
    assert isinstance(told, Believed)


@pytest.mark.parametrize(
    "utc", [MADE - timedelta(seconds=1), datetime(1999, 12, 31, 23, 59, tzinfo=UTC), MADE + timedelta(days=26 * 365)]
)
def test_the_past_and_what_is_beyond_every_life_cannot_be_now(utc):
    assert doubt(lost().is_told(utc)) is Doubt.IMPOSSIBLE


def test_the_oldest_time_that_is_believed_at_once_is_the_newest_on_record():
    assert lost(newest=NOON).is_told(NOON) == Believed(NOON, "1.1.9")
    assert doubt(lost(newest=NOON).is_told(NOON - timedelta(seconds=1))) is Doubt.RECORD


def test_the_first_time_is_to_be_told_twice_where_nothing_was_on_record_for_a_year():
    house = lost()
    later = MADE + LONG_OFF
    assert doubt(house.is_told(later)) is Doubt.LEAP
    house.passes(10)
    assert house.is_told(later + timedelta(seconds=10)) == Believed(later + timedelta(seconds=10), "1.1.9")


def test_a_clock_that_the_bus_has_set_leaps_when_it_is_told_twice():
    house = lost()
    house.is_told(NOON)
    house.passes(60)
    later = house.utc + timedelta(hours=1)
    assert doubt(house.is_told(later)) is Doubt.LEAP
    house.passes(60)
    assert house.is_told(later + timedelta(seconds=60)) == Believed(later + timedelta(seconds=60), "1.1.9")


def test_a_telegram_that_the_line_repeats_is_no_second_one():
    house = lost()
    house.is_told(NOON)
    wrong = NOON + timedelta(hours=1)
    assert doubt(house.is_told(wrong)) is Doubt.LEAP
    house.passes(TWICE_AFTER_S - 0.1)
    assert doubt(house.is_told(wrong + timedelta(seconds=5))) is Doubt.LEAP
    house.passes(0.1)
    assert isinstance(house.is_told(wrong + timedelta(seconds=5)), Believed)


def test_a_slip_between_two_right_times_is_forgotten():
    house = lost()
    house.is_told(NOON)
    for off_s in (3600, 0, 3600):
        house.passes(600)
        told = house.is_told(house.utc + timedelta(seconds=off_s))
        assert doubt(told) is (Doubt.LEAP if off_s else None)


def test_small_corrections_need_no_second_word():
    house = lost()
    house.is_told(NOON)
    house.passes(3600)
    assert isinstance(house.is_told(house.utc - timedelta(seconds=59)), Believed)


def test_of_two_that_contradict_each_other_the_first_is_believed_and_the_second_named():
    house = lost()
    house.is_told(NOON, "1.1.9")
    house.passes(600)
    told = house.is_told(house.utc + timedelta(hours=1), "1.1.66")
    assert told is not None
    assert (doubt(told), told.source) == (Doubt.CONTRADICTS, "1.1.66")
    house.passes(600)
    assert doubt(house.is_told(house.utc + timedelta(hours=1), "1.1.66")) is Doubt.CONTRADICTS
    assert house.is_told(house.utc, "1.1.9") == Believed(house.utc, "1.1.9")


def test_two_that_agree_are_both_believed():
    house = lost()
    house.is_told(NOON, "1.1.9")
    house.passes(600)
    assert isinstance(house.is_told(house.utc + timedelta(seconds=30), "1.1.66"), Believed)


def test_one_that_has_been_silent_for_a_day_is_followed_no_more():
    house = lost()
    house.is_told(NOON, "1.1.9")
    house.passes(FAITHFUL_S + 1)
    other = house.utc + timedelta(hours=1)
    assert doubt(house.is_told(other, "1.1.66")) is Doubt.LEAP
    house.passes(60)
    assert isinstance(house.is_told(other + timedelta(seconds=60), "1.1.66"), Believed)


def test_a_time_server_is_not_contradicted():
    house = House(certain=True)
    assert doubt(house.is_told(NOON + timedelta(seconds=61))) is Doubt.SERVER
    assert house.is_told(NOON + timedelta(seconds=59)) == Believed(NOON + timedelta(seconds=59), "1.1.9")


# The nights in which clocks are changed


@pytest.mark.parametrize("minutes", [0, 1, 2, 30, 61, 62, 90, 121])
def test_a_sender_that_tells_summer_time_is_right_all_through_the_night_of_october(minutes):
    utc = BEFORE_WINTER + timedelta(minutes=minutes)
    assert lost().is_told(utc) == Believed(utc, "1.1.9")


def test_a_sender_that_never_tells_summer_time_is_followed_through_the_hour_that_comes_twice():
    house = lost()
    house.utc, house.clock = BEFORE_WINTER, Clock.SANE
    for _ in range(150):
        local = house.utc.astimezone(ZONE).replace(tzinfo=None, fold=1)
        assert house.hears(local) == Believed(house.utc, "1.1.9")
        house.passes(60)


def test_a_time_of_day_alone_does_not_say_in_which_of_the_two_hours_it_is():
    house = lost()
    house.hears(date(2027, 10, 31))
    assert doubt(house.hears(time(2, 30))) is Doubt.HOUR


def test_clocks_that_are_set_forward_make_no_leap():
    house = lost()
    house.is_told(BEFORE_SUMMER)
    for _ in range(10):
        house.passes(60)
        assert house.is_told(house.utc) == Believed(house.utc, "1.1.9")


def test_a_clock_that_changes_late_tells_an_hour_that_is_not_there_and_is_understood():
    house = lost()
    house.is_told(BEFORE_SUMMER)
    house.passes(600)
    assert house.hears(datetime(2027, 3, 28, 2, 9, fold=1, tzinfo=UTC).replace(tzinfo=None)) == Believed(
        house.utc, "1.1.9"
    )


def test_an_hour_that_is_not_there_sets_no_clock():
    assert doubt(lost().hears(datetime(2027, 3, 28, 2, 30, fold=1, tzinfo=UTC).replace(tzinfo=None))) is Doubt.HOUR


# 10.001 and 11.001


@pytest.mark.parametrize("date_first", [True, False])
def test_a_date_and_a_time_of_day_make_one(date_first):
    house = lost()
    halves = [date(2027, 6, 1), time(12, 0)]
    first, second = halves if date_first else halves[::-1]
    assert house.hears(first) is None
    house.passes(1)
    waited = timedelta(seconds=0 if date_first else 1)
    assert house.hears(second) == Believed(NOON + waited, "1.1.9")


@pytest.mark.parametrize("alone", [date(2027, 6, 1), time(12, 0)])
def test_one_of_them_alone_says_nothing(alone):
    house = lost()
    for _ in range(3):
        assert house.hears(alone) is None
        house.passes(1)


def test_a_date_of_long_ago_is_no_half_of_a_time():
    house = lost()
    house.hears(date(2027, 6, 1))
    house.passes(PAIR_S + 0.1)
    assert house.hears(time(12, 0)) is None
    house.passes(1)
    assert isinstance(house.hears(date(2027, 6, 1)), Believed)


def test_halves_of_two_senders_make_no_time():
    house = lost()
    house.hears(date(2027, 6, 1), "1.1.9")
    assert house.hears(time(12, 0), "1.1.66") is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (time(23, 59, 59), date(2027, 6, 2)),
        (time(23, 59, 59), date(2027, 6, 1)),
        (date(2027, 6, 1), time(0, 0, 1)),
        (date(2027, 6, 2), time(0, 0, 1)),
    ],
)
def test_a_pair_that_midnight_may_have_parted_says_nothing(first, second):
    house = lost()
    house.hears(first)
    house.passes(2)
    assert house.hears(second) is None


def test_a_pair_says_its_time_as_it_is_when_the_second_half_comes():
    house = lost()
    house.hears(time(12, 0))
    house.passes(5)
    assert house.hears(date(2027, 6, 1)) == Believed(NOON + timedelta(seconds=5), "1.1.9")
