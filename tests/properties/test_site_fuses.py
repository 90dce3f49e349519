"""Days of a simulated site on which a fuse could blow: the real core steers, and the laws look at every second."""

import pytest

from knx_ocpp_bridge.core.energy.terms import LoadTerms, Strategy
from knx_ocpp_bridge.core.values import ChargerId
from tests.kit.site.building import Bay, Building, circuit
from tests.kit.site.cars import Car
from tests.kit.site.habits import Habits, Rounding
from tests.kit.site.house import House, Step, cooking, sauna
from tests.kit.site.laws import (
    falls_to_fail_safe,
    keeps_its_fuses,
    never_below_six,
    nobody_starves,
    overloads,
    rests_between,
    switches,
    used_share,
)
from tests.kit.site.steered import world
from tests.kit.site.world import World

LEASE_S = 180.0
HOLD_S = 300.0
ROTATE_S = 900.0
SETTLES_S = 420.0
"""From the first telegram until everybody has what there is: known again, raised slowly."""
ACTS_S = 15.0
"""From a limit that ends, or a call, until a polite car has followed."""


def garage(count: int = 3, *, fuse_a: float = 32.0, house: House | None = None, habits: Habits | None = None) -> World:
    """So many places behind the main fuse, which is measured; a car in each."""
    bays = tuple(Bay(f"BAY{number}", habits=habits or Habits()) for number in range(count))
    return plugged(world(Building((circuit("main", fuse_a, metered=True),), bays), house))


def plugged(site: World) -> World:
    """A car at each, when the chargers have come and have been told what they must know."""
    site.runs(30)
    for point in site.charge_points.values():
        point.plug(Car())
    return site


def lawful(site: World, more_s: float = 0.0) -> None:
    """What holds of every day."""
    keeps_its_fuses(site.trace, more_s)
    never_below_six(site)


def test_three_cars_take_nearly_all_that_a_quiet_house_leaves() -> None:
    site = garage()
    site.runs(2100)
    lawful(site)
    assert used_share(site.trace, SETTLES_S, 2100) >= 0.85
    for bay in site.building.bays:
        assert len(switches(site.trace, bay.key)) <= 1


def test_cooking_makes_room_within_the_time_of_the_fuse_and_gives_it_back() -> None:
    site = garage(house=House(steps=cooking(700.0)))
    site.runs(4800)
    lawful(site)
    nobody_starves(site.trace, ROTATE_S + HOLD_S + 2 * LEASE_S)
    assert used_share(site.trace, 3900, 4800) >= 0.85


def test_a_sauna_that_takes_all_the_room_pauses_the_cars_for_as_long() -> None:
    house = House(base_w=(2000.0, 2000.0, 2000.0), steps=sauna(700.0))
    site = garage(fuse_a=25.0, house=house)
    site.runs(1500)
    lawful(site)
    last = site.trace.seconds[-1]
    # 25 A less 21.7 A for the house is less than the least that a car can be told.
    assert all(spot.current_a == 0.0 for spot in last.spots.values())


def test_after_a_kill_the_cars_fall_to_their_fail_safe_within_the_lease() -> None:
    site = garage(fuse_a=40.0, house=House(steps=(Step(900.0, 1500.0, (5000.0, 5000.0, 5000.0)),)))
    site.runs(895)
    site.kills_the_bridge(for_s=400)
    site.runs(800)
    lawful(site, more_s=LEASE_S)
    falls_to_fail_safe(site, 895 + LEASE_S + ACTS_S, 895 + 400)


def test_nothing_is_released_after_a_start_before_all_is_known_again() -> None:
    site = garage(fuse_a=20.0)
    site.runs(600)
    site.charge_points[ChargerId("BAY0")].down_until_s = site.now.monotonic_s + 900
    site.kills_the_bridge(for_s=30)
    site.charge_points[ChargerId("BAY0")].down_until_s = site.now.monotonic_s + 100
    site.runs(120)
    lawful(site)
    site.runs(600)
    lawful(site)
    assert used_share(site.trace, site.now_s - 120, site.now_s) >= 0.85


@pytest.mark.parametrize("habits", [
    Habits(acts_after_s=8.0, answers_after_s=5.0),
    Habits(rounding=Rounding.DOWN),
    Habits(takes_tx=False),
    Habits(knows_the_end=False),
    Habits(meter_every_s=60.0),
], ids=["late", "whole amperes", "no TxProfile", "no duration", "slow meter"])  # fmt: skip
def test_a_fuse_holds_whatever_the_makes_of_the_chargers(habits: Habits) -> None:
    site = garage(house=House(steps=cooking(500.0)), habits=habits)
    site.runs(1800)
    lawful(site)


def test_a_charger_that_obeys_nothing_costs_the_others_their_share() -> None:
    bays = (Bay("WILD", habits=Habits(ignores=True)), Bay("TAME"), Bay("MILD"))
    site = plugged(world(Building((circuit("main", 32.0, metered=True),), bays), House()))
    site.runs(1800)
    lawful(site, more_s=LEASE_S)


def test_a_charger_that_forgets_its_profiles_is_told_before_its_car_has_drawn_much() -> None:
    site = garage(fuse_a=32.0, habits=Habits(forgets=True))
    site.runs(600)
    site.reboots("BAY1")
    site.runs(600)
    lawful(site)


def test_a_charger_whose_line_is_cut_keeps_no_more_than_its_lease() -> None:
    site = garage(fuse_a=32.0, house=House(steps=(Step(700.0, 1500.0, (3500.0, 3500.0, 3500.0)),)))
    site.runs(650)
    site.cuts("BAY0", for_s=500)
    site.runs(900)
    lawful(site)


def test_a_silent_meter_leaves_the_chargers_what_was_agreed_for_it() -> None:
    main = circuit("main", 32.0, metered=True, fallback_current_a=8.0)
    bays = tuple(Bay(f"BAY{number}") for number in range(3))
    house = House(base_w=(3000.0, 3000.0, 3000.0), steps=(Step(800.0, 1500.0, (2000.0, 2000.0, 2000.0)),))
    site = plugged(world(Building((main,), bays), house))
    site.runs(600)
    site.outside.meter_silent_until_s = 1500.0
    site.runs(900)
    lawful(site)
    silent = site.trace.between(600 + 60 + LEASE_S + ACTS_S, 1500)
    assert max(sum(spot.current_a for spot in second.spots.values()) for second in silent) <= 8.1
    site.runs(600)
    assert used_share(site.trace, site.now_s - 60, site.now_s) >= 0.85


def test_a_lost_bus_is_as_a_silent_meter() -> None:
    site = garage(house=House(steps=(Step(700.0, 1500.0, (4000.0, 4000.0, 4000.0)),)))
    site.runs(600)
    site.outside.bus_lost_until_s = 1500.0
    site.runs(900)
    lawful(site)


def test_after_a_power_cut_nobody_begins_with_more_than_the_fuse_carries() -> None:
    site = garage(habits=Habits(forgets=True))
    site.runs(600)
    site.loses_power(for_s=120)
    site.runs(1500)
    lawful(site)
    assert used_share(site.trace, site.now_s - 120, site.now_s) >= 0.85


def test_twelve_cars_on_a_small_fuse_take_turns() -> None:
    site = garage(12, fuse_a=32.0)
    site.tick_s = 2.0
    site.runs(2 * 3600)
    lawful(site)
    # Four at once at least; whoever waits has its turn when the others have had theirs twice.
    nobody_starves(site.trace, 3 * (ROTATE_S + 120))
    assert used_share(site.trace, SETTLES_S, site.now_s) >= 0.80
    for bay in site.building.bays:
        begun = [at_s for at_s, on in switches(site.trace, bay.key) if on]
        rests_between(begun, HOLD_S)


@pytest.mark.parametrize("strategy", list(Strategy))
def test_cars_on_one_phase_are_shared_out_on_the_phases_that_they_use(strategy: Strategy) -> None:
    bays = (
        *(Bay(f"ONE{n}", "garage", phases=1, rotation="RST"[n % 3], priority=1 + n) for n in range(5)),
        Bay("THREE", "garage", rotation="STR", priority=9),
        Bay("YARD", rotation="TRS"),
    )
    circuits = (
        circuit("main", 35.0, metered=True, strategy=strategy),
        circuit("garage", 25.0, parent="main", strategy=strategy),
    )
    site = plugged(world(Building(circuits, bays), House(steps=cooking(900.0))))
    site.runs(2400)
    lawful(site)


def test_a_car_that_begins_at_eight_amperes_only_and_a_full_one_leave_the_rest_to_others() -> None:
    site = garage(3, fuse_a=32.0)
    cars = (Car(starts_from_a=8.0), Car(soc=99.9, battery_wh=20_000.0), Car())
    for point, car in zip(site.charge_points.values(), cars, strict=True):
        point.car = car
    site.runs(2400)
    lawful(site)
    last = site.trace.seconds[-1]
    hungry = [spot.current_a for key, spot in last.spots.items() if key[0] != "BAY1"]
    # A car that takes nothing may begin again, with the least that it can be told.
    assert sum(hungry) >= 0.9 * (31.0 - 6.0)


def test_overloads_that_nobody_could_foresee_are_short() -> None:
    """Beyond the letter of the law: with a meter each 5 s a step of the house is answered in 15 s."""
    site = garage(house=House(steps=tuple(Step(600.0 + 400 * n, 700.0 + 400 * n, (3000.0,) * 3) for n in range(5))))
    site.runs(2700)
    lawful(site)
    assert max((one.lasts_s for one in overloads(site.trace)), default=0.0) <= 15.0


def test_a_short_lease_and_quick_terms_change_nothing_of_the_laws() -> None:
    load = LoadTerms(raise_after_s=5.0, hold_s=60.0, rotate_s=300.0, lease_s=120.0, disobeyed_s=20.0)
    bays = tuple(Bay(f"BAY{number}") for number in range(6))
    site = plugged(world(Building((circuit("main", 25.0, metered=True),), bays, load), House(steps=cooking(500.0))))
    site.runs(1800)
    lawful(site)
    nobody_starves(site.trace, 4 * 360.0)
