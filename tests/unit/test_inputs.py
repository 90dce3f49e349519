"""Inputs of the building: the newest value counts until it is too old, and then the fallback or nothing."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from knx_ocpp_bridge.core.inputs import (
    Implausible,
    InputBook,
    InputEvent,
    InputNews,
    InputState,
    InputTerms,
)
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, ConnectorId, Moment

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)
GRID = (None, CHARGE_POINT, "grid_power")
TARIFF = (None, CHARGE_POINT, "tariff")
RELEASE = (ChargerId("GARAGE"), ConnectorId(1), "release")


def at(seconds: float, wall: timedelta = timedelta()) -> Moment:
    return Moment(1000.0 + seconds, NOON + timedelta(seconds=seconds) + wall)


def grid(timeout_s: float = 60.0, fallback: float | None = None, addresses: tuple[int, ...] = (1,)) -> InputTerms:
    return InputTerms(GRID, addresses, "14.056", timeout_s=timeout_s, fallback=fallback)


def book(*terms: InputTerms) -> InputBook:
    made = InputBook()
    assert made.configure(terms, at(0)) == ()
    return made


def counts(inputs: InputBook, now: Moment, key=GRID):
    reading = inputs.reading(key, now)
    return None if reading is None else (reading.state, reading.counts)


STALE, AGAIN = InputEvent(GRID, InputNews.STALE), InputEvent(GRID, InputNews.SPEAKS_AGAIN)


def test_an_input_that_nobody_has_told_is_unknown_and_its_fallback_counts():
    assert counts(book(grid()), at(1)) == (InputState.UNKNOWN, None)
    assert counts(book(grid(fallback=4000.0)), at(1)) == (InputState.UNKNOWN, 4000.0)


def test_the_newest_value_counts_until_its_timeout():
    inputs = book(grid(fallback=4000.0))
    inputs.heard(GRID, 100.0, "1.1.5", at(10))
    inputs.heard(GRID, 200.0, "1.1.6", at(20))
    assert counts(inputs, at(79.9)) == (InputState.FRESH, 200.0)
    assert inputs.deadline_s == at(80).monotonic_s
    assert inputs.passed(at(79.9)) == ()
    assert inputs.passed(at(80)) == (STALE,)
    assert counts(inputs, at(80)) == (InputState.STALE, 4000.0)
    reading = inputs.reading(GRID, at(80))
    assert reading is not None
    assert reading.told is not None
    assert (reading.told.value, reading.told.source, reading.falls_back) == (200.0, "1.1.6", True)


def test_that_it_is_stale_and_that_it_speaks_again_is_told_once():
    inputs = book(grid())
    assert inputs.passed(at(60)) == (STALE,)
    assert inputs.passed(at(61)) == ()
    assert inputs.deadline_s is None
    assert [inputs.heard(GRID, 1.0, "1.1.5", at(70 + 50 * number)) for number in range(4)] == [(), (), (AGAIN,), ()]
    assert inputs.passed(at(280)) == (STALE,)


def test_one_that_was_late_counts_at_once_but_can_be_relied_on_when_it_was_in_time_for_longer_than_its_timeout():
    inputs = book(grid())
    inputs.passed(at(60))
    told = [inputs.heard(GRID, 5.0, "1.1.5", at(100 + second)) for second in range(62)]
    assert counts(inputs, at(161)) == (InputState.FRESH, 5.0)
    assert told == [()] * 61 + [(AGAIN,)]


def test_a_sender_whose_cycle_is_longer_than_the_timeout_is_late_once_and_comes_and_goes_from_then_on():
    inputs, told = book(grid()), []
    for number in range(20):
        told += inputs.heard(GRID, 1.0, "1.1.5", at(61 * number))
        told += inputs.passed(at(61 * number + 60))
    assert told == [STALE, InputEvent(GRID, InputNews.COMES_AND_GOES)]
    reading = inputs.reading(GRID, at(61 * 19 + 60))
    assert reading is not None
    assert (reading.late_since_s, reading.comes_and_goes) == (at(0).monotonic_s, True)


def test_one_that_repeats_each_telegram_is_no_more_reliable_for_that():
    inputs, told = book(grid()), []
    for number in range(60):
        told += inputs.heard(GRID, 1.0, "1.1.5", at(61 * (number // 3) + number % 3))
        told += inputs.passed(at(61 * (number // 3) + number % 3))
    told += inputs.passed(at(5000))
    assert InputNews.SPEAKS_AGAIN not in [event.news for event in told]


def test_one_that_nobody_tells_is_stale_a_timeout_after_the_start_and_never_without_one():
    inputs = book(grid(), InputTerms(TARIFF, (2,), "5.006"))
    assert inputs.passed(at(1e9)) == (STALE,)
    assert counts(inputs, at(1e9), TARIFF) == (InputState.UNKNOWN, None)


def test_a_wall_clock_that_is_set_makes_nothing_old():
    inputs = book(grid())
    inputs.heard(GRID, 5.0, "1.1.5", at(0))
    assert inputs.passed(at(59, timedelta(days=20000))) == ()
    assert counts(inputs, at(59, timedelta(days=-20000))) == (InputState.FRESH, 5.0)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (GRID, math.nan),
        (GRID, math.inf),
        (GRID, 1.1e7),
        (GRID, -1.1e7),
        ((None, CHARGE_POINT, "grid_current_l1"), -0.1),
        ((None, CHARGE_POINT, "grid_current_l1"), 10_001.0),
        (TARIFF, 255.0),
    ],
)
def test_what_no_building_has_is_kept_out_and_is_no_sign_of_life(key, value):
    inputs = book(InputTerms(key, (1,), "14.056", timeout_s=60.0))
    told = inputs.heard(key, value, "1.1.5", at(30))
    assert isinstance(told, Implausible)
    assert told.reason
    assert counts(inputs, at(30), key) == (InputState.UNKNOWN, None)
    assert inputs.passed(at(60)) == (InputEvent(key, InputNews.STALE),)


@pytest.mark.parametrize("value", [-1e7, -5000.0, 0.0, 1e7])
def test_feeding_into_the_grid_is_a_value_as_any_other(value):
    inputs = book(grid())
    assert inputs.heard(GRID, value, "1.1.5", at(1)) == ()
    assert counts(inputs, at(1)) == (InputState.FRESH, value)


@pytest.mark.parametrize(("fallback", "counted"), [(0.0, False), (1.0, True), (None, None)])
def test_the_fallback_of_a_contact_is_a_contact(fallback, counted):
    inputs = book(InputTerms(RELEASE, (1,), "1.001", fallback=fallback))
    assert counts(inputs, at(0), RELEASE) == (InputState.UNKNOWN, counted)


def test_what_listens_as_before_keeps_its_value_and_its_age():
    inputs = book(grid(), InputTerms(TARIFF, (2,), "5.006"))
    inputs.heard(GRID, 7.0, "1.1.5", at(10))
    inputs.heard(TARIFF, 2.0, "1.1.5", at(10))
    assert inputs.configure((grid(30.0, 9.0),), at(20)) == ()
    assert counts(inputs, at(39)) == (InputState.FRESH, 7.0)
    assert counts(inputs, at(40)) == (InputState.STALE, 9.0)
    assert counts(inputs, at(20), TARIFF) is None


@pytest.mark.parametrize(
    "moved",
    [
        grid(addresses=(1, 2)),
        InputTerms(GRID, (1,), "9.024", timeout_s=60.0),
        InputTerms(GRID, (1,), "14.056", invert=True, timeout_s=60.0),
    ],
)
def test_what_listens_elsewhere_is_unknown_and_waited_for_anew(moved):
    inputs = book(grid())
    inputs.heard(GRID, 7.0, "1.1.5", at(10))
    assert inputs.configure((moved,), at(50)) == ()
    assert counts(inputs, at(50)) == (InputState.UNKNOWN, None)
    assert inputs.passed(at(109)) == ()
    assert inputs.passed(at(110)) == (STALE,)


def test_a_longer_timeout_ends_what_a_shorter_one_began():
    inputs = book(grid(60.0))
    inputs.passed(at(60))
    assert inputs.configure((grid(100.0),), at(61)) == (AGAIN,)
    assert inputs.passed(at(100)) == (STALE,)


def test_what_is_not_bound_tells_nothing():
    inputs = book(grid())
    assert inputs.heard(TARIFF, 1.0, "1.1.5", at(0)) == ()
    assert [reading.terms.key for reading in inputs.readings(at(0))] == [GRID]


def hears(key: str, value: float) -> object:
    of = (None, CHARGE_POINT, key)
    return book(InputTerms(of, (1,), "14.056")).heard(of, value, "1.1.9", at(1))


@pytest.mark.parametrize("value", [0.0, 4200.0, 22_000.0])
def test_the_grid_operator_may_allow_any_power_from_nothing(value: float):
    assert hears("grid_limit_power", value) == ()


@pytest.mark.parametrize("value", [-1.0, -4200.0, 2e7, math.nan, math.inf])
def test_a_power_that_no_grid_operator_can_mean_is_kept_out(value: float):
    assert isinstance(hears("grid_limit_power", value), Implausible)


@pytest.mark.parametrize(
    ("key", "value"), [("battery_power", -5000.0), ("battery_soc", 0.0), ("battery_soc", 100.0), ("price", -0.12)]
)
def test_a_battery_that_charges_and_a_price_below_nothing_are_believed(key: str, value: float):
    assert hears(key, value) == ()


def test_a_battery_fuller_than_full_is_kept_out_with_the_reason():
    assert hears("battery_soc", 101.0) == Implausible("101 % is not between 0 and 100 %")


@pytest.mark.parametrize("value", [math.nan, math.inf, 31_250.0])
def test_a_price_that_nothing_costs_is_kept_out(value: float):
    assert isinstance(hears("price", value), Implausible)
