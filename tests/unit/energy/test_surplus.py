"""Cars that charge by the sun, in simulated time: when they begin, follow, pause and share."""

from dataclasses import replace
from itertools import pairwise

import pytest

from knx_ocpp_bridge.core.energy.surplus import SurplusMemory, charge_by_sun
from knx_ocpp_bridge.core.energy.terms import SurplusTerms
from knx_ocpp_bridge.core.inputs import InputState
from knx_ocpp_bridge.core.status import ChargeMode, ConnectorStatus, LimitReason
from tests.kit.scenes import BEGIN_S, Played, PlayedSite, key, outlet, reading, readings, scene, terms, view

A, B = key("A"), key("B")
CHARGES, PAUSED = ConnectorStatus.CHARGING, ConnectorStatus.SUSPENDED_EVSE


def one(besides_w, *, surplus=None, of=None, inputs=None, measures=True, **car):
    """A car at a house of which `besides_w` is what it takes less what its roof gives, by the second."""
    its = of or outlet("A")
    site = terms(its, surplus=surplus or SurplusTerms())
    return PlayedSite(site, (Played(its, **car),), besides_w, inputs or (lambda _: {}), measures=measures)


def given(site, number=0):
    """The limits of a car, in order: seconds since the beginning, A."""
    return [(at_s - BEGIN_S, current_a) for at_s, current_a, _ in site.cars[number].changes]


def steps(*plan):
    """`(from when, W)` one after the other."""
    return lambda seconds: [power_w for begins, power_w in plan if seconds >= begins][-1]


def test_it_begins_when_the_sun_has_been_enough_for_a_minute_and_takes_what_there_is():
    site = one(lambda _: -6900.0).runs(400)
    begins = [at for at, current_a in given(site) if current_a > 0]
    assert 60 <= begins[0] <= 120
    assert site.cars[0].current_a == pytest.approx(10.0, abs=0.1)
    assert abs(site.grid_w[-1]) < 100


def test_feed_in_below_what_the_least_current_takes_begins_nothing():
    site = one(lambda _: -4000.0).runs(1000)
    assert given(site) == [(1.0, 0.0)]


def test_a_start_power_of_the_installer_counts_instead():
    site = one(lambda _: -3000.0, surplus=SurplusTerms(start_power_w=3000.0, stop_power_w=1500.0)).runs(600)
    assert site.cars[0].current_a == 6.0


def test_a_tolerance_from_the_grid_is_used():
    site = one(lambda _: -4000.0, surplus=SurplusTerms(grid_tolerance_w=500.0)).runs(600)
    assert site.cars[0].current_a == 6.5


def test_a_short_cloud_lowers_and_does_not_stop():
    site = one(steps((0, -8000.0), (400, -2000.0), (500, -8000.0))).runs(900)
    assert 0.0 not in [current_a for at, current_a in given(site) if at > 200]
    assert site.cars[0].current_a == pytest.approx(11.5, abs=0.3)


def test_after_three_minutes_of_too_little_it_pauses_and_the_session_stays_open():
    site = one(steps((0, -8000.0), (400, -2000.0))).runs(900)
    stops = [at for at, current_a in given(site) if current_a == 0.0 and at > 400]
    assert len(stops) == 1
    assert 580 <= stops[0] <= 640


def test_with_a_stop_power_it_takes_that_much_from_the_grid_before_it_pauses():
    terms_ = SurplusTerms(stop_power_w=2500.0)
    site = one(steps((0, -8000.0), (400, -2000.0)), surplus=terms_).runs(900)
    assert site.cars[0].current_a == 6.0


def test_no_limit_follows_another_before_the_meters_have_seen_what_it_did():
    site = one(lambda seconds: -5000.0 - 5 * seconds, meter_s=60.0).runs(1200)
    changes = [at for at, _ in given(site) if at > 1]
    assert all(later - earlier >= 20 for earlier, later in pairwise(changes))


def test_a_car_whose_meter_lags_is_not_chased():
    site = one(lambda _: -8000.0, meter_s=60.0, lag_s=8.0).runs(1800)
    assert len(given(site)) <= 5
    assert site.cars[0].current_a == pytest.approx(11.5, abs=0.3)


def test_a_car_that_takes_less_than_it_may_leaves_the_rest_to_the_next_one():
    first, second = outlet("A", priority=5), outlet("B")
    cars = (Played(first, takes_a=8.0), Played(second))
    site = PlayedSite(terms(first, second), cars, lambda _: -12_000.0).runs(1800)
    assert [car.current_a for car in cars] == [8.0, pytest.approx(8.7, abs=0.7)]
    assert abs(site.grid_w[-1]) < 500


def test_two_cars_do_not_begin_with_the_same_sun():
    known = outlet("A"), outlet("B")
    cars = tuple(Played(one, lag_s=40.0) for one in known)
    site = PlayedSite(terms(*known), cars, lambda _: -7000.0)
    for _ in range(900):
        site.runs(1)
        assert [current_a for _, current_a in given(site, 1)] == [0.0]
    assert cars[0].current_a == pytest.approx(10.1, abs=0.3)


def test_a_car_that_sleeps_leaves_the_sun_to_the_next_one():
    known = outlet("A"), outlet("B")
    cars = (Played(known[0], takes_a=0.0), Played(known[1]))
    PlayedSite(terms(*known), cars, lambda _: -7000.0).runs(900)
    assert cars[1].current_a == pytest.approx(10.1, abs=0.3)


def test_where_cars_come_and_go_all_the_time_the_others_are_steered_all_the_same():
    known = [outlet(name, priority=10 if name == "A" else 1) for name in "ABC"]
    cars = (Played(known[0]), Played(known[1], here=False), Played(known[2], here=False))
    site = PlayedSite(terms(*known), cars, steps((0, -8000.0), (300, 300.0))).runs(300)
    assert cars[0].current_a > 6.0
    for turn in range(100):
        cars[1].here, cars[2].here = turn % 2 == 0, turn % 3 == 0
        site.runs(8)
    assert cars[0].current_a == 0.0


def test_the_more_important_car_has_the_sun_first():
    first, second = outlet("A"), outlet("B", priority=5)
    cars = (Played(first), Played(second))
    PlayedSite(terms(first, second), cars, lambda _: -9000.0).runs(1500)
    assert [car.current_a for car in cars] == [0.0, pytest.approx(13.0, abs=0.3)]


def test_a_more_important_car_that_comes_takes_the_sun_over():
    first, second = outlet("A"), outlet("B", priority=5)
    cars = (Played(first), Played(second, here=False))
    site = PlayedSite(terms(first, second), cars, lambda _: -6000.0).runs(600)
    assert cars[0].current_a > 0
    cars[1].here = True
    site.runs(900)
    assert [car.current_a for car in cars] == [0.0, pytest.approx(8.6, abs=0.3)]


def test_minimum_and_surplus_never_goes_below_the_least_current():
    site = one(steps((0, 500.0), (300, -9000.0), (900, 500.0)), mode=ChargeMode.MINIMUM_AND_SURPLUS).runs(1500)
    limits = [current_a for _, current_a in given(site)]
    assert limits[0] == limits[-1] == min(limits) == 6.0
    assert max(limits) == pytest.approx(13.0, abs=0.3)


def test_a_car_on_one_phase_has_all_of_the_sun_on_that():
    site = one(lambda _: -5000.0, phases=1, takes_a=32.0, of=outlet("A", max_current_a=32.0)).runs(900)
    assert site.cars[0].current_a == pytest.approx(21.7, abs=0.5)


SWITCHES = outlet("A", can_switch_phases=True)


def test_where_the_charger_can_it_begins_on_one_phase():
    site = one(lambda _: -2300.0, of=SWITCHES).runs(400)
    assert site.cars[0].used == 1
    assert site.cars[0].current_a == pytest.approx(10.0, abs=0.3)


def test_it_goes_to_one_phase_instead_of_pausing_and_back_no_sooner_than_allowed():
    site = one(steps((0, -6000.0), (400, -3000.0), (700, -8000.0)), of=SWITCHES).runs(1800)
    phases = [(at_s - BEGIN_S, number) for at_s, _, number in site.cars[0].changes]
    switched = [later for earlier, later in pairwise(phases) if earlier[1] != later[1]]
    assert [number for _, number in switched] == [1, None]
    assert switched[1][0] - switched[0][0] >= 600
    assert site.cars[0].current_a == pytest.approx(11.5, abs=0.3)


def test_a_charger_that_does_not_switch_although_it_should_pauses_in_the_end():
    site = one(steps((0, -6000.0), (400, -3000.0)), of=SWITCHES)
    site.runs(500)
    site.cars[0].obeys = False
    site.runs(700)
    assert given(site)[-1][1] == 0.0


def test_a_charger_that_only_says_that_it_switches_is_found_out_once():
    site = one(lambda _: -2300.0, of=SWITCHES, switches=False).runs(3600)
    assert [current_a for _, current_a in given(site)][-1] == 0.0
    assert len([current_a for _, current_a in given(site) if current_a == 0.0]) == 2
    assert len([note for note in site.notes if "phase_switching" in note.text]) == 1


def silent(seconds):
    state = InputState.STALE if seconds >= 400 else InputState.FRESH
    return readings(reading("grid_power", -6900.0 if seconds < 150 else 0.0, state=state, told_at_s=BEGIN_S + seconds))


@pytest.mark.parametrize(("mode", "current_a"), [(ChargeMode.SURPLUS, 0.0), (ChargeMode.MINIMUM_AND_SURPLUS, 6.0)])
def test_without_the_meter_nobody_guesses(mode, current_a):
    site = one(lambda _: 0.0, mode=mode, inputs=silent, measures=False).runs(420)
    assert site.cars[0].current_a == current_a
    assert {cap.kind for cap in site.site.given[A].caps} == {LimitReason.FAIL_SAFE}
    assert len([note for note in site.notes if "not known" in note.text]) == 1


def test_a_site_that_measures_nothing_says_what_is_missing():
    ruling = charge_by_sun(SurplusMemory(), scene(0, view(A, mode=ChargeMode.SURPLUS)), terms(outlet("A")))
    assert ruling.caps[A].current_a == 0.0
    assert "neither grid_power nor pv_power is bound" in ruling.caps[A].words


def course(told, surplus=None, seconds=200):
    """What cars could have of the sun after so long of these readings, told each second."""
    site, memory = terms(outlet("A"), surplus=surplus or SurplusTerms()), SurplusMemory()
    idle = view(A, mode=ChargeMode.SURPLUS, charging=False, in_force_a=0.0)
    for second in range(seconds):
        now = {one.terms.key: replace(one, told=one.told and replace(one.told, at=_at(second))) for one in told}
        memory = charge_by_sun(memory, scene(second, idle, told=now), site).memory
    return memory.power_w


def _at(second):
    return scene(second).now


GRID = [reading(f"grid_power_l{phase}", watts) for phase, watts in ((1, -3000.0), (2, 500.0), (3, -2500.0))]


@pytest.mark.parametrize(
    ("told", "power_w"),
    [
        ([reading("grid_power", -5000.0)], 5000.0),
        (GRID, 5000.0),
        (GRID[:2], None),
        ([reading("grid_power", -5000.0), reading("pv_power", 9000.0)], 5000.0),
        ([reading("pv_power", 9000.0)], 9000.0),
        ([reading("pv_power", 9000.0), reading("battery_power", -2000.0)], 7000.0),
        ([reading("grid_power", 0.0), reading("battery_power", -3000.0)], 0.0),
        ([reading("grid_power", 0.0), reading("battery_power", 3000.0)], -3000.0),
        ([reading("grid_power", -5000.0), reading("battery_power", None, state=InputState.UNKNOWN)], None),
        ([reading("grid_power", 300.0, state=InputState.STALE)], None),
        ([reading("grid_power", None, state=InputState.STALE, fallback=2000.0)], -2000.0),
    ],
)
def test_what_the_sun_gives_is_made_of_what_is_measured(told, power_w):
    assert course(told) == power_w


@pytest.mark.parametrize(("soc", "power_w"), [(79.0, 1000.0), (80.0, 4000.0)])
def test_what_the_battery_takes_is_the_cars_once_it_is_charged_so_far(soc, power_w):
    told = [reading("grid_power", -1000.0), reading("battery_power", -3000.0), reading("battery_soc", soc)]
    assert course(told, SurplusTerms(battery_first_soc=80.0)) == power_w


def test_a_plan_that_must_charge_now_lifts_the_limit_of_the_sun():
    seen = scene(0, view(A, mode=ChargeMode.SURPLUS), told=readings(reading("grid_power", 5000.0)))
    assert A not in charge_by_sun(SurplusMemory(), seen, terms(outlet("A")), must={A: 16.0}).caps


@pytest.mark.parametrize(("status", "current_a"), [(CHARGES, 6.0), (PAUSED, 0.0)])
def test_after_a_start_a_car_that_charges_goes_on_with_the_least_until_the_meter_is_heard(status, current_a):
    site, memory, limits = terms(outlet("A")), SurplusMemory(), []
    never = readings(reading("grid_power", None, state=InputState.UNKNOWN))
    for second in range(100):
        seen = view(A, mode=ChargeMode.SURPLUS, status=status if second > 20 else None, online=second > 20)
        ruling = charge_by_sun(memory, scene(second, seen, told=never), site)
        memory = ruling.memory
        limits.append(ruling.caps[A].current_a)
    assert limits[30] == current_a
    assert limits[-1] == 0.0


def test_a_car_that_charges_when_the_mode_is_chosen_stops_only_after_its_time():
    site = one(lambda _: 300.0, mode=ChargeMode.FAST, in_force_a=16.0).runs(30)
    site.cars[0].mode = ChargeMode.SURPLUS
    site.runs(400)
    assert [current_a for _, current_a in given(site)] == [16.0, 6.0, 0.0]
    assert given(site)[-1][0] - given(site)[-2][0] >= 180


def test_other_modes_are_left_alone():
    seen = scene(0, view(A), view(B, mode=ChargeMode.SCHEDULED), told=readings(reading("grid_power", 5000.0)))
    assert not charge_by_sun(SurplusMemory(), seen, terms(outlet("A"), outlet("B"))).caps


def test_nobody_is_told_to_begin_where_somebody_else_holds_it_at_0():
    site, memory = terms(outlet("A")), SurplusMemory()
    for second in range(300):
        told = readings(reading("grid_power", -9000.0, told_at_s=BEGIN_S + second))
        paused = view(A, mode=ChargeMode.SURPLUS, in_force_a=0.0, current_a=0.0)
        ruling = charge_by_sun(memory, scene(second, paused, told=told), site, {A: 0.0})
        memory = ruling.memory
    assert ruling.caps[A].current_a == 0.0


def test_a_car_that_goes_away_and_comes_back_begins_anew():
    site = one(lambda _: -9000.0).runs(300)
    site.cars[0].here = False
    site.runs(30)
    assert given(site)[-1][1] == 0.0
    site.cars[0].here = True
    site.runs(45)
    assert given(site)[-1][1] == 0.0
    site.runs(100)
    assert given(site)[-1][1] > 0.0


def test_what_is_fed_in_is_shown_from_the_first_telegram_on():
    its = scene(0, view(A, mode=ChargeMode.SURPLUS), told=readings(reading("grid_power", -5000.0)))
    assert charge_by_sun(SurplusMemory(), its, terms(outlet("A"))).memory.power_w == 5000.0
