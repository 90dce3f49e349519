"""Plans against chance: prices with gaps, nights with a change of the clocks, cars that take less, circuits that hold
back.
"""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.core.energy.planner import MARGIN, cheapest, in_time
from knx_ocpp_bridge.core.energy.prices import Stretch, cheap_hours, curve, market
from knx_ocpp_bridge.core.energy.scene import Goal, PriceSlot
from knx_ocpp_bridge.core.energy.terms import SiteTerms, TariffTerms, TariffZone
from knx_ocpp_bridge.core.energy.zones import day_of, instants, last_time, next_time, zone_at
from tests.kit.planned_car import PlannedCar, scene, site

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HOUR = timedelta(hours=1)
NIGHTS = (
    datetime(2026, 3, 28, 17, tzinfo=UTC),
    datetime(2026, 10, 24, 16, tzinfo=UTC),
    datetime(2026, 7, 1, 16, tzinfo=UTC),
)
"""Evenings: the clocks go forward, they go back, nothing happens."""
CENTS = st.integers(-5, 60).map(lambda cents: cents / 100)
SEVEN = 7 * 60


@st.composite
def told(draw, begins: datetime, hours: int = 30) -> tuple[PriceSlot, ...]:
    """Slots of 15 minutes or an hour, some of them missing."""
    slots, at, end = [], begins - HOUR, begins + hours * HOUR
    while at < end:
        length = timedelta(minutes=draw(st.sampled_from((15, 60, 180))))
        if draw(st.integers(0, 9)):
            slots.append(PriceSlot(at, at + length, draw(CENTS)))
        at += length
    return tuple(slots)


times = st.times(max_value=time(23, 59)).map(lambda at: at.replace(second=0, microsecond=0))
zones = st.lists(st.builds(TariffZone, st.frozensets(st.integers(0, 6)), times, times, CENTS), max_size=4).map(tuple)
tariffs = st.builds(TariffTerms, price=st.none() | CENTS, zones=zones, late=st.booleans())


def ready_after(begins: datetime) -> datetime:
    return next_time(time(7), begins, AMSTERDAM)


def tried(data, energies) -> PlannedCar:
    begins = data.draw(st.sampled_from(NIGHTS)) + data.draw(st.integers(0, 180)) * timedelta(minutes=1)
    terms = site(rest=SiteTerms(tariff=data.draw(tariffs), zone=AMSTERDAM))
    prices = data.draw(st.just(()) | told(begins))
    return PlannedCar(terms, begins, Goal(energy_wh=data.draw(energies), ready_minute=SEVEN), prices=prices)


def _every_plan_that_can_be_met_is_met(data) -> None:
    car = tried(data, st.integers(500, 40_000))
    car.phases = data.draw(st.sampled_from((1, 2, 3)))
    ready = ready_after(car.now)
    room_wh = car.power_w * (ready - car.now).total_seconds() / 3600
    can_be_met = car.goal.energy_wh + 100 < room_wh
    begun = car.now
    car.until(ready)
    if can_be_met:
        assert car.charged_wh >= car.goal.energy_wh, (begun, car.starts, car.stops)
    else:
        assert car.starts[0] == begun
    assert car.charged_wh <= car.goal.energy_wh + car.power_w / 60 + 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_every_plan_that_can_be_met_is_met(data):
    _every_plan_that_can_be_met_is_met(data)


@pytest.mark.long
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_every_plan_that_can_be_met_is_met_very_often(data):
    _every_plan_that_can_be_met_is_met(data)


def _cost_is_never_above_charging_at_once(data) -> None:
    car = tried(data, st.integers(500, 40_000))
    if any(slot.ends <= car.now for slot in car.prices):
        car.prices = tuple(slot for slot in car.prices if slot.ends > car.now)
    at_once = PlannedCar(car.terms, car.now, Goal(ready_minute=SEVEN), prices=car.prices, capacity_wh=0)
    ready = ready_after(car.now)
    cost, charged_wh = 0.0, 0.0
    while charged_wh < car.goal.energy_wh and at_once.now < ready:
        charged_wh += car.power_w / 60
        cost += car.power_w / 60_000 * at_once.price()
        at_once.now += timedelta(minutes=1)
    known = curve(market(scene(car.now, prices=car.prices), car.terms), car.terms, car.now, ready)
    car.until(ready)
    if all(each.price is not None for each in known):
        dearest = max(each.price for each in known) - min(each.price for each in known)
        assert car.cost <= cost + 3 * car.power_w / 60_000 * dearest + 1e-6, (car.starts, car.stops)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_a_plan_never_costs_more_than_charging_at_once(data):
    _cost_is_never_above_charging_at_once(data)


@pytest.mark.long
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_a_plan_never_costs_more_than_charging_at_once_very_often(data):
    _cost_is_never_above_charging_at_once(data)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_a_plan_that_is_made_anew_each_minute_does_not_flap(data):
    """What has begun goes on for five minutes, unless the car has what was asked for."""
    car = tried(data, st.integers(500, 40_000))
    car.until(ready_after(car.now))
    ends = car.stops if car.charged_wh < car.goal.energy_wh else car.stops[:-1]
    for start, stop in zip(car.starts, ends, strict=False):
        assert stop - start >= timedelta(minutes=5)
    assert len(car.starts) <= 1 + len({slot.begins for slot in car.prices}) + 4 * len(car.terms.tariff.zones)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_what_a_circuit_holds_back_is_made_up(data):
    car = tried(data, st.integers(500, 20_000))
    ready = ready_after(car.now)
    begins = car.now + data.draw(st.integers(0, 300)) * timedelta(minutes=1)
    ends = begins + data.draw(st.integers(1, 200)) * timedelta(minutes=1)
    car.held_back = lambda when: begins <= when < ends
    free = (ready - car.now) - (ends - begins)
    car.until(ready)
    if car.goal.energy_wh * MARGIN < car.power_w * (free - 2 * HOUR).total_seconds() / 3600:
        latest_free = (ready - timedelta(seconds=car.terms.tariff.reserve_s) - ends).total_seconds() / 3600
        if latest_free * car.power_w > car.goal.energy_wh * MARGIN:
            assert car.charged_wh >= car.goal.energy_wh


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_course_of_prices_has_no_gap_and_says_what_the_clock_on_the_wall_says(data):
    begins = data.draw(st.sampled_from(NIGHTS)) + data.draw(st.integers(0, 600)) * timedelta(minutes=1)
    ends = begins + data.draw(st.integers(1, 5000)) * timedelta(minutes=1)
    terms = site(rest=SiteTerms(tariff=data.draw(tariffs), zone=AMSTERDAM))
    prices = data.draw(st.just(()) | told(begins))
    known = market(scene(begins, prices=prices), terms)
    course = curve(known, terms, begins, ends)
    assert (course[0].begins, course[-1].ends) == (begins, ends)
    assert all(one.ends == other.begins for one, other in pairwise(course))
    at = begins + (ends - begins) * data.draw(st.floats(0, 0.999))
    here = next(each for each in course if each.begins <= at < each.ends)
    slot = next((each for each in prices if each.begins <= at < each.ends), None)
    zone = zone_at(terms.tariff.zones, at, AMSTERDAM)
    usual = terms.tariff.price if zone is None else zone.price
    assert here.price == (usual if slot is None else slot.price)
    assert cheap_hours(known, terms, *day_of(begins, AMSTERDAM))


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_the_cheapest_time_is_the_cheapest(data):
    begins = NIGHTS[2]
    course, at = [], begins
    for price in data.draw(st.lists(CENTS, min_size=1, max_size=40)):
        length = timedelta(minutes=data.draw(st.integers(1, 90)))
        course.append(Stretch(at, at + length, price, price, steady=data.draw(st.booleans())))
        at += length
    need_s = data.draw(st.integers(60, 20 * 3600))
    runs = cheapest(tuple(course), need_s, late=data.draw(st.booleans()))
    total_s = sum((run.ends - run.begins).total_seconds() for run in runs)
    assert abs(total_s - min(need_s, (at - begins).total_seconds())) <= 1
    assert all(one.ends < other.begins for one, other in pairwise(runs))
    left_s, least = need_s, 0.0
    for each in sorted(course, key=lambda each: each.rank):
        used_s = min(each.length_s, left_s)
        least, left_s = least + used_s * each.rank, left_s - used_s
    cost = sum(
        max((min(run.ends, each.ends) - max(run.begins, each.begins)).total_seconds(), 0) * each.rank
        for each in course
        for run in runs
    )
    assert cost == pytest.approx(least, abs=1.0)


@given(st.integers(1, 40 * 3600), st.integers(0, 4 * 3600), st.integers(1, 30 * 3600), st.booleans())
def test_a_plan_is_over_before_its_end_and_with_its_reserve_where_there_is_one(need_s, reserve_s, room_s, late):
    begins = NIGHTS[2]
    ends = begins + timedelta(seconds=room_s)
    made = in_time((Stretch(begins, ends, None, 0.0, steady=True),), need_s, reserve_s, late=late)
    total_s = sum((run.ends - run.begins).total_seconds() for run in made.runs)
    assert made.reachable == (need_s <= room_s)
    assert made.runs[0].begins >= begins
    assert made.runs[-1].ends <= ends
    if need_s * MARGIN <= room_s - reserve_s:
        assert made.runs[-1].ends <= ends - timedelta(seconds=reserve_s)
        assert total_s >= need_s
    else:
        assert made.runs[0].begins == begins


@given(times, st.integers(0, 365 * 24 * 60), st.frozensets(st.integers(0, 6), min_size=1))
def test_the_next_time_is_shown_by_clocks_or_left_out_by_them(at, minutes, days):
    now = datetime(2026, 1, 1, tzinfo=UTC) + minutes * timedelta(minutes=1)
    found = next_time(at, now, AMSTERDAM, days)
    assert now < found <= now + timedelta(days=8)
    local = found.astimezone(AMSTERDAM)
    day = next(day for day in (local.date(),) if instants(day, at, AMSTERDAM)[0] == found)
    assert day.weekday() in days
    shown = local.time() == at
    left_out = instants(day, at, AMSTERDAM)[0] != instants(day, at, AMSTERDAM)[1]
    assert shown or left_out
    past = last_time(at, found, AMSTERDAM, days)
    assert past == found
