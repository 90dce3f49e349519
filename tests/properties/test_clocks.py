"""Whatever the clocks of bridge and charger do, and in whichever night: no energy is lost, doubled or negative."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.core.book import Count
from knx_ocpp_bridge.core.sampling import EARLIEST
from knx_ocpp_bridge.core.values import Clock
from tests.kit.clocks import House

_ZONES = st.sampled_from(["Europe/Amsterdam", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "UTC"])
_NIGHTS = st.sampled_from(
    [(2027, 3, 27, 20), (2027, 10, 30, 20), (2027, 4, 3, 11), (2027, 10, 2, 11), (2027, 12, 31, 21), (2028, 2, 28, 22)]
)
_SINCE_1970 = timedelta(days=-21_000)
_ERRORS = st.sampled_from(
    [
        timedelta(),
        timedelta(hours=2),
        timedelta(hours=-2),
        timedelta(minutes=4),
        timedelta(minutes=-6),
        timedelta(days=1),
        timedelta(days=-40),
        timedelta(days=4000),
        _SINCE_1970,
    ]
)

Deed = Callable[[House], None]


def _passes(minutes: int) -> Deed:
    return lambda house: house.passes(minutes=minutes)


def _takes(energy_wh: int) -> Deed:
    return lambda house: house.takes(energy_wh) if house.running is not None else None


def _plugs(house: House) -> None:
    if house.running is None:
        house.starts()
    else:
        house.stops()


def _sets_the_bridge(error: timedelta) -> Deed:
    return lambda house: house.is_set(error)


def _sets_the_charger(error: timedelta) -> Deed:
    def do(house: House) -> None:
        house.charger_error = error

    return do


def _cuts_the_power(error: timedelta) -> Deed:
    return lambda house: house.restarts(error)


_DEEDS = st.lists(
    st.one_of(
        st.integers(1, 600).map(_passes),
        st.integers(0, 9000).map(_takes),
        st.just(_plugs),
        st.just(_plugs),
        _ERRORS.map(_sets_the_bridge),
        _ERRORS.map(_sets_the_charger),
        _ERRORS.map(_cuts_the_power),
    ),
    max_size=24,
)


def _lived(
    zone: str, night: tuple[int, int, int, int], errors: tuple[timedelta, timedelta], deeds: list[Deed]
) -> House:
    """The house after all that; the last car has been unplugged, and what it took was told."""
    house = House(ZoneInfo(zone), datetime(*night, tzinfo=UTC), *errors)
    for deed in deeds:
        deed(house)
    if house.running is not None:
        house.stops()
    return house


@settings(max_examples=150, deadline=None)
@given(_ZONES, _NIGHTS, st.tuples(_ERRORS, _ERRORS), _DEEDS)
def test_the_meters_travel_is_the_sum_of_the_charges_and_nothing_is_negative(zone, night, errors, deeds):
    house = _lived(zone, night, errors, deeds)
    charges = list(house.life.memory.transactions.values())
    assert sum(charge.energy_wh or 0 for charge in charges) == house.register_wh - 100_000
    for charge in charges:
        assert charge.stopped_at is not None
        assert charge.stopped_at >= charge.started_at
        assert (charge.energy_wh or 0) >= 0
        assert all(day.energy_wh >= 0 for day in charge.days)
        if charge.clock_sane:
            assert sum(day.energy_wh for day in charge.days) == charge.energy_wh
        else:
            assert charge.days == ()


@settings(max_examples=150, deadline=None)
@given(_ZONES, _NIGHTS, st.tuples(_ERRORS, _ERRORS), _DEEDS)
def test_numbers_go_up_and_each_day_is_there_once_in_order(zone, night, errors, deeds):
    house = _lived(zone, night, errors, deeds)
    assert house.numbers == sorted(set(house.numbers))
    assert set(house.life.memory.transactions) == set(house.numbers)
    for charge in house.life.memory.transactions.values():
        days = [day.day for day in charge.days]
        assert days == sorted(set(days))
        if charge.days:
            assert charge.stopped_at is not None
            assert days[0] == charge.started_at.astimezone(house.zone).date()
            assert days[-1] == charge.stopped_at.astimezone(house.zone).date()


@settings(max_examples=150, deadline=None)
@given(_ZONES, _NIGHTS, st.tuples(_ERRORS, _ERRORS), _DEEDS)
def test_a_time_that_nobody_can_believe_is_marked_and_never_told_to_the_building(zone, night, errors, deeds):
    house = _lived(zone, night, errors, deeds)
    for charge in house.life.memory.transactions.values():
        assert charge.stopped_at is not None
        if charge.clock_sane:
            assert min(charge.started_at, charge.stopped_at) >= EARLIEST
        else:
            assert house.doubted
    for _, said, clock in house.times_said:
        assert clock is Clock.SANE
        assert isinstance(said, datetime)
        assert said >= EARLIEST


@settings(max_examples=150, deadline=None)
@given(_ZONES, _NIGHTS, st.tuples(_ERRORS, _ERRORS), _DEEDS)
def test_the_counters_are_never_negative_and_their_total_is_the_meters_travel(zone, night, errors, deeds):
    house = House(ZoneInfo(zone), datetime(*night, tzinfo=UTC), *errors)
    for deed in [*deeds, lambda house: house.stops() if house.running is not None else None]:
        deed(house)
        tally = house.tally()
        for count in (tally.today or Count(), tally.yesterday or Count(), tally.total):
            assert min(count.sessions, count.energy_wh, count.seconds) >= 0
    assert house.tally().total.energy_wh == house.register_wh - 100_000
    assert house.tally().total.sessions == len(house.numbers)
