"""Whatever a house does in an evening, and however late chargers follow: no fuse is overloaded for long."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kit.house_and_cars import World
from tests.kit.parking import Parking, circuit, key, outlet

ROTATIONS = ["RST", "STR", "TRS", "RTS", "SRT", "TSR"]
NAMES = "ABCDEFGH"
names = st.sampled_from(NAMES)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def evenings(draw):
    """Cars behind a meter, a house that cooks, chargers that tell seldom and follow slowly."""
    site = Parking(
        [circuit("main", 32, metered=True)],
        [
            outlet(
                name,
                "main",
                phases=draw(st.sampled_from([1, 3])),
                rotation=draw(st.sampled_from(ROTATIONS)),
                max_a=draw(st.sampled_from([16, 32])),
            )
            for name in NAMES[: draw(st.integers(1, 4))]
        ],
    )
    world = World(site, sample_s=draw(st.sampled_from([10, 60, 90, 10**6])), delay_s=draw(st.integers(1, 5)))
    what = st.one_of(
        st.tuples(st.just("house"), st.integers(0, 2), st.sampled_from([0.0, 4.0, 10.0, 20.0, 31.0])),
        st.tuples(st.just("plug"), names, st.none()),
        st.tuples(st.just("leave"), names, st.none()),
        st.tuples(st.just("wish"), names, st.sampled_from([0.0, 8.0, 32.0])),
    )
    story = draw(st.lists(st.tuples(what, st.sampled_from([5, 40, 100])), max_size=12))
    return world, story


def lives_through(world, story):
    """However it goes, an overload is over as soon as chargers and cars can follow."""
    site = world.site
    world.run(2)
    for (what, who, figure), seconds in story:
        if what == "house":
            world.house[who] = figure
        elif key(who) not in site.views:
            continue
        elif what == "wish":
            world.wishes[who] = figure
        elif what == "leave":
            world.leave(who)
        elif not site.views[key(who)].charging:
            site.plug(who, takes_a=0.0)
        world.run(seconds)
        assert world.longest_over_s <= 40
    world.run(200)
    assert all(each <= 32.05 for each in world.flow())
    world.changes = 0
    world.run(700)
    assert world.changes <= 2 * len(site.views) ** 2


@given(evenings())
@settings(FEW, max_examples=10)
def test_no_fuse_is_overloaded_for_longer_than_cars_need_to_follow(evening):
    lives_through(*evening)


@pytest.mark.long
@given(evenings())
@settings(MANY, max_examples=300)
def test_no_fuse_is_ever_overloaded_for_longer_than_cars_need_to_follow(evening):
    lives_through(*evening)
