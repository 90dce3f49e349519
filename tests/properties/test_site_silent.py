"""Chargers that do not answer, or take more than they were told, beside polite ones on a fuse that nobody measures."""

import pytest

from knx_ocpp_bridge.core.values import ChargerId
from tests.kit.site.building import Bay, Building, circuit
from tests.kit.site.cars import Car
from tests.kit.site.habits import Habits, Rounding
from tests.kit.site.laws import keeps_its_fuses, never_below_six
from tests.kit.site.steered import world
from tests.kit.site.world import World

DEAF = Habits(deaf=True)


def street(fuse_a: float, *bays: Bay) -> World:
    """A car at each place; the chargers come at the same time."""
    site = world(Building((circuit("main", fuse_a),), bays))
    site.runs(10)
    for point in site.charge_points.values():
        point.plug(Car())
    return site


def drawn_a(site: World) -> dict[str, float]:
    """What flows now at each place."""
    return {str(key[0]): round(spot.current_a, 1) for key, spot in site.trace.seconds[-1].spots.items()}


@pytest.mark.parametrize(("fuse_a", "others_a"), [(25.0, 8.3), (32.0, 16.0), (18.0, 0.0)])
def test_beside_a_charger_that_answers_no_limit_there_is_only_what_it_cannot_take(
    fuse_a: float, others_a: float
) -> None:
    site = street(fuse_a, Bay("DEAF", habits=DEAF), Bay("ONE"), Bay("TWO"))
    site.runs(1200)
    keeps_its_fuses(site.trace)
    never_below_six(site)
    drawn = drawn_a(site)
    assert drawn["DEAF"] == 16.0
    assert drawn["ONE"] + drawn["TWO"] >= others_a - 0.5


def test_a_silent_charger_whose_line_is_cut_counts_with_all_that_it_can_take() -> None:
    site = street(32.0, Bay("DEAF", habits=DEAF), Bay("ONE"), Bay("TWO"))
    site.runs(300)
    site.cuts("DEAF", for_s=900)
    site.runs(900)
    keeps_its_fuses(site.trace)
    assert drawn_a(site)["DEAF"] == 16.0


def test_a_charger_that_falls_silent_keeps_what_it_has_and_then_its_fail_safe() -> None:
    site = street(32.0, Bay("LATER"), Bay("ONE"), Bay("TWO"))
    site.runs(300)
    site.charge_points[ChargerId("LATER")].habits = DEAF
    site.runs(900)
    keeps_its_fuses(site.trace)
    assert drawn_a(site)["LATER"] >= 10.0


@pytest.mark.parametrize("meter_every_s", [20.0, 60.0])
def test_many_that_round_up_do_not_add_up(meter_every_s: float) -> None:
    habits = Habits(rounding=Rounding.NEAREST, meter_every_s=meter_every_s)
    site = street(52.0, *(Bay(f"BAY{number}", habits=habits) for number in range(8)))
    site.runs(900)
    keeps_its_fuses(site.trace)
    assert sum(drawn_a(site).values()) == 48.0
