from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.core.energy.plan_memory import PlansMemory
from knx_ocpp_bridge.core.energy.plans import plan
from knx_ocpp_bridge.core.energy.prices import PRICE, TARIFF, cheap_hours, curve, market, price_now
from knx_ocpp_bridge.core.energy.scene import Goal
from knx_ocpp_bridge.core.energy.terms import SiteTerms, TariffTerms, TariffZone
from knx_ocpp_bridge.core.inputs import InputKey, InputState, InputTerms, Reading
from tests.kit.planned_car import KEY, quarters, scene, site, view

ALL_DAYS = frozenset(range(7))
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NIGHT = (TariffZone(ALL_DAYS, time(22), time(6), 0.22),)
HOUR = timedelta(hours=1)


def reading(key: InputKey, counts: float | bool | None) -> dict[InputKey, Reading]:
    state = InputState.UNKNOWN if counts is None else InputState.FRESH
    return {key: Reading(InputTerms(key, (1,), "14.001"), state, None, 0.0, counts)}


def priced(**tariff) -> SiteTerms:
    return site(rest=SiteTerms(tariff=TariffTerms(**tariff)))


def now_costs(terms: SiteTerms, **more) -> float | None:
    return price_now(market(scene(NOON, **more), terms), terms)


def test_what_was_told_counts_before_everything_else():
    terms = priced(price=0.31, zones=NIGHT, numbers={1: 0.5}, surcharge=0.1)
    told = quarters(NOON - HOUR, 0.05, minutes=120)
    assert now_costs(terms, prices=told, readings=reading(PRICE, 0.9)) == pytest.approx(0.15)
    assert now_costs(terms, readings=reading(PRICE, 0.2)) == pytest.approx(0.3)
    assert now_costs(terms, readings=reading(TARIFF, 1)) == 0.5
    assert now_costs(terms) == 0.31
    assert now_costs(priced()) is None


def test_in_a_gap_of_what_was_told_the_zones_count():
    told = (*quarters(NOON - HOUR, 0.05, minutes=60), *quarters(NOON + HOUR, 0.06, minutes=60))
    terms = priced(price=0.31)
    course = curve(market(scene(NOON, prices=told), terms), terms, NOON - HOUR, NOON + 2 * HOUR)
    assert [each.price for each in course] == [0.05, 0.31, 0.06]


def test_a_price_that_is_no_number_says_nothing():
    for wrong in (float("nan"), float("inf")):
        assert now_costs(priced(price=0.31), readings=reading(PRICE, wrong)) == 0.31
        assert now_costs(priced(price=0.31, numbers={1: 0.2}), readings=reading(TARIFF, wrong)) == 0.31


def test_a_number_of_the_tariff_that_has_no_price_says_nothing():
    terms = priced(price=0.31, numbers={1: 0.2})
    assert now_costs(terms, readings=reading(TARIFF, 7)) == 0.31
    assert now_costs(terms, readings=reading(TARIFF, None)) == 0.31
    assert now_costs(priced(numbers={0: 0.3, 1: 0.2}), readings=reading(TARIFF, True)) == 0.2


def test_what_the_bus_tells_of_now_says_nothing_of_later():
    terms = priced(price=0.31)
    course = curve(market(scene(NOON, readings=reading(PRICE, 0.1)), terms), terms, NOON, NOON + 2 * HOUR)
    assert [(each.price, each.length_s) for each in course] == [(0.1, 900.0), (0.31, 6300.0)]


def charges_now(terms: SiteTerms, **more) -> bool:
    seen = scene(NOON, view(goal=Goal(energy_wh=10_000, ready_minute=7 * 60)), **more)
    return KEY not in plan(PlansMemory(), seen, terms).ruling.caps


def test_it_charges_while_the_bus_tells_a_price_below_the_usual_one():
    terms = priced(price=0.31)
    assert charges_now(terms, readings=reading(PRICE, 0.10))
    assert not charges_now(terms, readings=reading(PRICE, 0.50))


def test_a_price_on_the_bus_with_nothing_to_compare_it_with_is_no_reason_to_hurry():
    assert not charges_now(priced(), readings=reading(PRICE, 0.10))
    assert charges_now(priced(late=False), readings=reading(PRICE, 0.10))


def test_it_charges_while_the_tariff_has_its_cheap_number():
    terms = priced(numbers={1: 0.34, 2: 0.24})
    assert charges_now(terms, readings=reading(TARIFF, 2))
    assert not charges_now(terms, readings=reading(TARIFF, 1))


def test_a_course_without_prices_is_one_stretch():
    course = curve(market(scene(NOON), priced()), priced(), NOON, NOON + 30 * HOUR)
    assert [(each.price, each.steady) for each in course] == [(None, True)]
    assert curve(market(scene(NOON), priced()), priced(), NOON, NOON) == ()


def test_unknown_hours_count_as_the_mean_of_the_known_ones():
    told = quarters(NOON, 0.1, 0.5, minutes=60)
    course = curve(market(scene(NOON, prices=told), priced()), priced(), NOON, NOON + 4 * HOUR)
    assert [each.price for each in course] == [0.1, 0.5, None]
    assert course[-1].rank == pytest.approx(0.3)


def test_cheap_is_what_costs_no_more_than_the_mean_of_its_own_day():
    zone = ZoneInfo("Europe/Amsterdam")
    terms = site(rest=SiteTerms(tariff=TariffTerms(price=0.31, zones=NIGHT), zone=zone))
    begins = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    found = cheap_hours(market(scene(begins), terms), terms, begins, begins + 24 * HOUR)
    assert [(each.begins.astimezone(zone).hour, each.ends.astimezone(zone).hour) for each in found] == [(0, 6), (22, 0)]


def test_a_price_below_nothing_is_the_best_of_all():
    told = quarters(NOON, 0.1, -0.05, 0.1, minutes=60)
    terms = priced()
    course = curve(market(scene(NOON, prices=told), terms), terms, NOON, NOON + 3 * HOUR)
    assert min(course, key=lambda each: each.rank).price == -0.05
