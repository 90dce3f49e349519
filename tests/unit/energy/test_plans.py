from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.core.energy.pace import Pace
from knx_ocpp_bridge.core.energy.plan_memory import PlansMemory
from knx_ocpp_bridge.core.energy.plans import plan
from knx_ocpp_bridge.core.energy.scene import Goal
from knx_ocpp_bridge.core.energy.terms import CircuitTerms, SiteTerms, TariffTerms, TariffZone, WeekPlan
from knx_ocpp_bridge.core.status import ChargeMode, LimitReason
from knx_ocpp_bridge.core.values import ChargerId, Clock, ConnectorId
from tests.kit.planned_car import KEY, OUTLET, PlannedCar, quarters, scene, site, view

ALL_DAYS = frozenset(range(7))
EVENING = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
BY_SEVEN = Goal(energy_wh=20_000, ready_minute=7 * 60)
NIGHT = TariffTerms(price=0.31, zones=(TariffZone(ALL_DAYS, time(22), time(6), 0.22),))
HOUR = timedelta(hours=1)
KNOWN = PlansMemory(paces={KEY: Pace(former=(1.0,))})
"""A car was seen here that charges on three phases."""


def priced(tariff: TariffTerms, **more) -> SiteTerms:
    return site(rest=SiteTerms(tariff=tariff, **more))


def test_nothing_flows_before_the_night_tariff_and_the_car_is_done_in_the_morning():
    car = PlannedCar(priced(NIGHT), EVENING, BY_SEVEN).until(EVENING + 13 * HOUR)
    assert car.starts == [datetime(2026, 11, 23, 22, 0, tzinfo=UTC)]
    assert len(car.stops) == 1
    assert 20_000 <= car.charged_wh <= 20_200
    assert car.said == []


def test_a_cap_says_when_the_plan_begins():
    ruling = plan(PlansMemory(), scene(EVENING, view(goal=BY_SEVEN)), priced(NIGHT)).ruling
    cap = ruling.caps[KEY]
    assert (cap.kind, cap.current_a) == (LimitReason.SCHEDULE, 0.0)
    assert cap.until == datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    assert cap.words == "the plan begins at 22:00"
    assert ruling.wake_at_s is not None


def test_the_report_shows_when_how_much_and_what_it_costs():
    shown = plan(KNOWN, scene(EVENING, view(goal=BY_SEVEN)), priced(NIGHT)).reports[KEY]
    assert shown.slots[0][0] == "2026-11-23T22:00:00+00:00"
    assert shown.ready_by == "2026-11-24T07:00:00+00:00"
    assert shown.energy_wh == 20_000
    assert shown.reachable
    assert shown.cost == pytest.approx(20 * 0.22, rel=0.01)


def hours(slots):
    return sum((datetime.fromisoformat(ends) - datetime.fromisoformat(begins)) / HOUR for begins, ends, _ in slots)


@pytest.mark.parametrize(("memory", "kw"), [(KNOWN, 11.04), (PlansMemory(), 3.68)])
def test_slots_come_to_the_energy_at_the_power_that_is_reckoned_with_which_is_said(memory, kw):
    shown = plan(memory, scene(EVENING, view(goal=BY_SEVEN)), priced(NIGHT)).reports[KEY]
    assert hours(shown.slots) * kw == pytest.approx(20, rel=0.001)
    assert f"reckoned with {kw:.1f} kW" in shown.words
    assert ("nobody knows the car" in shown.words) == (memory is not KNOWN)


def test_the_cost_stays_that_of_the_plan_when_the_car_shows_what_it_takes():
    terms = priced(TariffTerms(price=0.25))
    car = PlannedCar(terms, EVENING, Goal(energy_wh=60_000, ready_minute=7 * 60))
    for _ in range(13 * 60):
        car.step()
        assert car.ruling is not None
        shown = car.ruling.reports[KEY]
        if shown.cost is not None and shown.energy_wh:
            assert shown.cost == pytest.approx(shown.energy_wh / 1000 * 0.25, abs=0.25 * 12 / 60)
    assert car.charged_wh >= 60_000


def test_nobody_is_told_a_cost_before_the_car_is_known_or_while_its_charger_is_away():
    seen = view(goal=BY_SEVEN)
    assert plan(PlansMemory(), scene(EVENING, seen), priced(NIGHT)).reports[KEY].cost is None
    there = plan(KNOWN, scene(EVENING, seen), priced(NIGHT))
    assert there.reports[KEY].cost is not None
    away = plan(there.ruling.memory, scene(EVENING + timedelta(seconds=1), replace(seen, online=False)), priced(NIGHT))
    assert away.reports[KEY].cost is None


def test_without_prices_it_charges_as_late_as_is_safe():
    car = PlannedCar(priced(TariffTerms()), EVENING, BY_SEVEN).until(EVENING + 13 * HOUR)
    ready = EVENING + 13 * HOUR
    assert len(car.starts) == len(car.stops) == 1
    assert car.charged_wh >= 20_000
    assert car.stops[0] <= ready - timedelta(minutes=30)
    slowest = timedelta(hours=20_000 / (230 * 16) * 1.1)
    assert abs(car.starts[0] - (ready - timedelta(minutes=30) - slowest)) <= timedelta(minutes=2)


def test_a_car_that_has_shown_what_it_takes_is_charged_later_the_next_time():
    first = PlannedCar(priced(TariffTerms()), EVENING, BY_SEVEN).until(EVENING + 13 * HOUR)
    away = replace(view(), plugged=False)
    memory = plan(first.memory, scene(first.now, away), priced(TariffTerms())).ruling.memory
    second = PlannedCar(priced(TariffTerms()), EVENING + 24 * HOUR, BY_SEVEN, memory=memory)
    second.until(EVENING + 37 * HOUR)
    assert second.charged_wh >= 20_000
    assert second.stops[0] - second.starts[0] < timedelta(hours=2)
    assert second.starts[0] > EVENING + 34 * HOUR


def test_without_prices_and_without_late_it_charges_at_once():
    car = PlannedCar(priced(TariffTerms(late=False)), EVENING, BY_SEVEN).until(EVENING + 13 * HOUR)
    assert car.starts == [EVENING]
    assert len(car.stops) == 1


def test_a_single_price_says_nothing_of_when():
    car = PlannedCar(priced(TariffTerms(price=0.31)), EVENING, BY_SEVEN).until(EVENING + 13 * HOUR)
    assert car.starts[0] > EVENING + 5 * HOUR
    assert car.charged_wh >= 20_000


def test_a_small_car_is_done_in_time_although_nobody_knew_that_it_is_small():
    car = PlannedCar(priced(TariffTerms()), EVENING, BY_SEVEN, phases=1).until(EVENING + 13 * HOUR)
    assert car.charged_wh >= 20_000


def test_a_car_that_nobody_knows_may_begin_early_for_as_long_as_it_takes_to_know_it():
    car = PlannedCar(priced(NIGHT), EVENING, Goal(energy_wh=38_000, ready_minute=7 * 60)).until(EVENING + 13 * HOUR)
    assert car.starts[0] < EVENING + 2 * HOUR
    assert car.stops[0] - car.starts[0] == timedelta(minutes=5)
    assert car.starts[1:] == [EVENING + 4 * HOUR]
    assert car.charged_wh >= 38_000
    assert car.cost < 38 * 0.22 + 1.0 * 0.31


def test_the_cheapest_quarters_are_taken_and_the_dear_ones_left():
    prices = quarters(EVENING, *([0.40] * 8 + [0.10] * 8 + [0.40] * 16 + [0.20] * 8 + [0.40] * 12))
    goal = Goal(energy_wh=25_000, ready_minute=7 * 60)
    car = PlannedCar(priced(TariffTerms()), EVENING, goal, prices=prices).until(EVENING + 13 * HOUR)
    assert car.starts[0] == EVENING + 2 * HOUR
    assert car.cost == pytest.approx(2 * 11.04 * 0.10 + (25 - 22.08) * 0.20, rel=0.03)


def test_what_cannot_be_reached_begins_at_once_and_is_told_once():
    goal = Goal(energy_wh=200_000, ready_minute=7 * 60)
    car = PlannedCar(priced(NIGHT), EVENING, goal).until(EVENING + 12 * HOUR)
    assert car.starts == [EVENING]
    assert car.stops == []
    assert len(car.said) == 1
    assert "cannot be in the car by 07:00" in car.said[0]
    assert car.ruling is not None
    assert not car.ruling.reports[KEY].reachable


def test_a_car_that_is_late_is_charged_on_until_it_has_what_was_asked_for():
    goal = Goal(energy_wh=150_000, ready_minute=7 * 60)
    car = PlannedCar(priced(NIGHT), EVENING, goal).until(EVENING + 15 * HOUR)
    assert car.charged_wh >= 150_000
    assert car.stops[0] > EVENING + 13 * HOUR
    assert any("are missing" in text for text in car.said)


def test_charging_that_was_held_back_is_made_up_in_time():
    held = {EVENING + timedelta(hours=4, minutes=minute) for minute in range(300)}
    car = PlannedCar(priced(NIGHT), EVENING, Goal(energy_wh=30_000, ready_minute=7 * 60))
    car.held_back = held.__contains__
    car.until(EVENING + 13 * HOUR)
    assert car.charged_wh >= 30_000


def test_a_car_that_has_all_it_was_promised_gets_no_more():
    shown = replace(view(goal=BY_SEVEN), session_wh=20_000)
    ruling = plan(PlansMemory(), scene(EVENING, shown), priced(NIGHT)).ruling
    assert ruling.caps[KEY].words == "what was asked for is in the car"
    assert ruling.caps[KEY].until is None


def test_as_much_as_it_takes_by_seven_is_planned_as_an_empty_battery():
    large = PlannedCar(priced(NIGHT), EVENING, Goal(ready_minute=7 * 60)).until(EVENING + 13 * HOUR)
    assert large.starts[0] == EVENING  # nobody knows yet that it charges on three phases
    assert large.charged_wh > 100_000
    small = site(replace(OUTLET, battery_wh=20_000), rest=SiteTerms(tariff=NIGHT))
    car = PlannedCar(small, EVENING, Goal(ready_minute=7 * 60)).until(EVENING + 13 * HOUR)
    assert car.starts == [EVENING + 4 * HOUR]
    assert car.charged_wh > 22_000
    assert (car.said, large.said) == ([], [])
    assert car.ruling is not None
    assert car.ruling.reports[KEY].reachable


def test_percent_become_energy_where_the_battery_is_known():
    terms = site(replace(OUTLET, battery_wh=60_000), rest=SiteTerms(tariff=NIGHT))
    shown = replace(view(goal=Goal(soc=80, ready_minute=7 * 60)), soc=50.0)
    told = plan(PlansMemory(), scene(EVENING, shown), terms).reports[KEY]
    assert told.energy_wh == 20_000
    assert not plan(PlansMemory(), scene(EVENING, replace(shown, soc=80.0)), terms).reports[KEY].energy_wh


def test_percent_that_nobody_measures_are_at_most_what_an_empty_battery_holds():
    terms = site(replace(OUTLET, battery_wh=60_000), rest=SiteTerms(tariff=NIGHT))
    shown = replace(view(goal=Goal(soc=90, ready_minute=7 * 60)), session_wh=10_000)
    assert plan(PlansMemory(), scene(EVENING, shown), terms).reports[KEY].energy_wh == 50_000
    told = plan(PlansMemory(), scene(EVENING, shown), priced(NIGHT))
    assert KEY not in told.ruling.caps
    assert told.reports[KEY].energy_wh == 0


def test_the_weekly_plan_of_the_next_day_that_has_one_counts():
    weekly = (WeekPlan(frozenset({2}), time(6), energy_wh=9_000), WeekPlan(frozenset({4}), time(8), energy_wh=5_000))
    terms = site(replace(OUTLET, plans=weekly), rest=SiteTerms(tariff=NIGHT))
    told = plan(PlansMemory(), scene(EVENING, view()), terms).reports[KEY]  # it is Monday
    assert told.ready_by == "2026-11-25T06:00:00+00:00"
    assert told.energy_wh == 9_000


def test_what_the_first_plan_of_the_week_asks_for_once_done_leaves_the_next():
    weekly = (WeekPlan(frozenset({2}), time(6), energy_wh=9_000), WeekPlan(frozenset({4}), time(8), energy_wh=15_000))
    terms = site(replace(OUTLET, plans=weekly), rest=SiteTerms(tariff=NIGHT))
    told = plan(PlansMemory(), scene(EVENING, replace(view(), session_wh=9_000)), terms).reports[KEY]
    assert told.ready_by == "2026-11-27T08:00:00+00:00"
    assert told.energy_wh == 6_000


def test_energy_that_is_asked_for_without_a_time_is_charged_within_a_day():
    car = PlannedCar(priced(NIGHT), EVENING, Goal(energy_wh=30_000)).until(EVENING + 24 * HOUR)
    assert car.starts == [EVENING + 4 * HOUR]
    assert car.charged_wh >= 30_000


def test_without_a_goal_it_charges_while_energy_is_cheaper_than_on_average_of_the_day():
    car = PlannedCar(priced(NIGHT), EVENING).until(EVENING + 24 * HOUR)
    assert car.starts == [EVENING + 4 * HOUR]
    assert car.stops == [EVENING + 12 * HOUR]


def test_without_a_goal_and_without_prices_there_is_nothing_to_wait_for():
    assert PlannedCar(priced(TariffTerms()), EVENING).until(EVENING + HOUR).starts == [EVENING]
    assert PlannedCar(priced(TariffTerms(price=0.3)), EVENING).until(EVENING + HOUR).starts == [EVENING]


def test_when_nobody_knows_the_time_it_charges_rather_than_never():
    said = plan(PlansMemory(), scene(EVENING, view(goal=BY_SEVEN), clock=Clock.UNKNOWN), priced(NIGHT))
    assert said.ruling.caps == {}
    assert "clock" in said.ruling.notes[0].text
    again = plan(said.ruling.memory, scene(EVENING, view(goal=BY_SEVEN), clock=Clock.UNKNOWN), priced(NIGHT))
    assert again.ruling.notes == ()


def test_while_the_time_is_waited_for_only_who_charges_goes_on():
    waits = plan(PlansMemory(), scene(EVENING, view(), clock=Clock.WAITING), priced(NIGHT))
    assert waits.ruling.caps[KEY].current_a == 0
    charges = replace(view(), charging=True, in_force_a=16.0)
    assert plan(PlansMemory(), scene(EVENING, charges, clock=Clock.WAITING), priced(NIGHT)).ruling.caps == {}


def test_prices_that_come_late_change_the_plan_at_once():
    terms = priced(TariffTerms(price=0.30))
    first = plan(PlansMemory(), scene(EVENING, view(goal=BY_SEVEN)), terms)
    assert KEY in first.ruling.caps
    cheap_now = quarters(EVENING, *([0.05] * 40))
    later = EVENING + timedelta(seconds=5)
    second = plan(first.ruling.memory, scene(later, view(goal=BY_SEVEN), prices=cheap_now), terms)
    assert KEY not in second.ruling.caps


def test_a_restart_in_the_middle_of_the_night_goes_on_as_planned():
    car = PlannedCar(priced(NIGHT), EVENING, BY_SEVEN).until(EVENING + timedelta(hours=4, minutes=40))
    assert car.flows
    car.memory = PlansMemory()
    car.until(EVENING + 13 * HOUR)
    assert len(car.starts) == 1
    assert car.charged_wh >= 20_000


def test_the_sun_is_waited_for_and_the_grid_helps_in_time():
    car = PlannedCar(priced(NIGHT), EVENING, BY_SEVEN, mode=ChargeMode.SURPLUS).until(EVENING + 13 * HOUR)
    assert car.charged_wh >= 20_000
    assert car.stops[0] - car.starts[0] == timedelta(minutes=5)  # nobody knew what the car takes
    assert len(car.starts) == 2
    assert car.starts[1] > EVENING + 10 * HOUR


def test_for_a_car_that_is_known_the_grid_helps_no_earlier_than_it_must():
    car = PlannedCar(priced(NIGHT), EVENING, BY_SEVEN, mode=ChargeMode.SURPLUS, memory=KNOWN).until(EVENING + 13 * HOUR)
    assert car.charged_wh >= 20_000
    assert len(car.starts) == len(car.stops) == 1
    needs = HOUR * (20 / 11.04)
    assert timedelta(0) <= EVENING + 12.5 * HOUR - needs - car.starts[0] < timedelta(minutes=15)


def test_a_small_car_in_the_mode_of_the_sun_is_done_in_time_without_flapping():
    car = PlannedCar(priced(NIGHT), EVENING, BY_SEVEN, mode=ChargeMode.SURPLUS, phases=1).until(EVENING + 13 * HOUR)
    assert car.charged_wh >= 20_000
    assert len(car.starts) <= 2


def test_why_a_car_is_charged_from_the_grid_although_there_is_no_sun_is_said():
    seen = view(mode=ChargeMode.SURPLUS, goal=BY_SEVEN)
    before = plan(KNOWN, scene(EVENING, seen), priced(NIGHT))
    assert before.reports[KEY].words.startswith("by the sun alone; from the grid as well from 04:30 on")
    assert before.ruling.caps == {}
    late = plan(KNOWN, scene(EVENING + 11 * HOUR, seen), priced(NIGHT))
    assert late.must == {KEY: 16.0}
    cap = late.ruling.caps[KEY]
    assert (cap.kind, cap.current_a, cap.words) == (
        LimitReason.SCHEDULE,
        16.0,
        "20 kWh by 07:00, from the grid as well",
    )
    assert late.reports[KEY].words == "20 kWh by 07:00, from the grid as well; reckoned with 11.0 kW"


def test_a_car_that_the_sun_charges_on_one_phase_is_not_taken_for_a_small_one():
    wired = site(replace(OUTLET, can_switch_phases=True), rest=SiteTerms(tariff=NIGHT))
    sunny = replace(
        view(mode=ChargeMode.SURPLUS, goal=BY_SEVEN),
        charging=True, in_force_a=8.0, power_w=8 * 230.0, phases_in_force=1,
    )  # fmt: skip
    unknown = plan(PlansMemory(), scene(EVENING, sunny), wired)
    assert "reckoned with 3.7 kW" in unknown.reports[KEY].words
    known = plan(PlansMemory(paces={KEY: Pace(latest=1.0, best=1.0)}), scene(EVENING, sunny), wired)
    assert "reckoned with 11.0 kW" in known.reports[KEY].words


def test_what_the_sun_brings_in_time_is_not_taken_from_the_grid():
    morning = datetime(2026, 6, 15, 8, 0, tzinfo=UTC)
    goal = Goal(energy_wh=20_000, ready_minute=18 * 60)
    car = PlannedCar(priced(NIGHT), morning, goal, mode=ChargeMode.SURPLUS, sun_a=lambda _when: 10.0)
    musts = 0
    while car.now < morning + 10 * HOUR:
        car.step()
        assert car.ruling is not None
        musts += bool(car.ruling.must)
    assert car.charged_wh >= 20_000
    assert musts == 0


def test_in_the_modes_of_the_sun_a_goal_without_a_time_asks_nothing_of_the_grid():
    said = plan(PlansMemory(), scene(EVENING, view(mode=ChargeMode.SURPLUS, goal=Goal(energy_wh=5_000))), priced(NIGHT))
    assert (said.must, said.ruling.caps) == ({}, {})


def test_plans_leave_the_other_modes_alone():
    weekly = site(replace(OUTLET, plans=(WeekPlan(ALL_DAYS, time(7), energy_wh=5_000),)))
    for mode in (ChargeMode.OFF, ChargeMode.NORMAL, ChargeMode.FAST):
        said = plan(PlansMemory(), scene(EVENING, view(mode=mode, goal=BY_SEVEN)), weekly)
        assert (said.ruling.caps, said.reports, said.must) == ({}, {}, {})


def test_before_a_car_comes_an_outlet_says_already_whether_it_will_charge():
    away = replace(view(), plugged=False)
    evening = plan(PlansMemory(), scene(EVENING, away), priced(NIGHT))
    assert evening.ruling.caps[KEY].current_a == 0
    assert evening.reports == {}
    night = plan(PlansMemory(), scene(EVENING + 5 * HOUR, away), priced(NIGHT))
    assert night.ruling.caps == {}


def test_cars_that_share_a_small_fuse_begin_earlier():
    keys = [(ChargerId(f"CP{number}"), ConnectorId(1)) for number in range(4)]
    outlets = tuple(replace(OUTLET, key=key, circuit="garage") for key in keys)
    garage = CircuitTerms("garage", (32.0, 32.0, 32.0))
    alone = site(*outlets)
    terms = replace(alone, circuits={"garage": garage})
    seen = scene(EVENING, *(view(key, goal=BY_SEVEN) for key in keys))
    shared = plan(PlansMemory(), seen, terms).ruling.caps[keys[0]].until
    free = plan(PlansMemory(), seen, alone).ruling.caps[keys[0]].until
    assert shared is not None
    assert free is not None
    assert shared < free - HOUR


def test_a_goal_on_the_night_of_the_change_of_clocks_is_met_by_the_clock_on_the_wall():
    amsterdam = ZoneInfo("Europe/Amsterdam")
    for day, last in ((datetime(2026, 3, 28, 20, tzinfo=UTC), 5), (datetime(2026, 10, 24, 20, tzinfo=UTC), 6)):
        car = PlannedCar(priced(NIGHT, zone=amsterdam), day, BY_SEVEN)
        ready = (day + 12 * HOUR).replace(hour=last)
        assert ready.astimezone(amsterdam).hour == 7
        car.until(ready)
        assert car.charged_wh >= 20_000
        assert car.cost == pytest.approx(car.charged_wh / 1000 * 0.22)
