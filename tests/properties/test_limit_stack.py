"""Whatever is configured and wished: one limit decides, and it is the one that the charger is told."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from knx_ocpp_bridge.core.facts import Wishes
from knx_ocpp_bridge.core.limit_stack import stack, winner
from knx_ocpp_bridge.core.profiles import wanted
from knx_ocpp_bridge.core.settings import BelowMinimum
from tests.kit.any_flags import FLAGS
from tests.kit.life import ONE, Life, garage, outlet

WISHES = st.builds(
    Wishes,
    limit_a=st.none() | st.floats(0, 100).map(lambda one: round(one, 1)),
    fast=st.booleans(),
    paused=st.booleans(),
)


@given(flags=FLAGS, wishes=WISHES, below=st.sampled_from(BelowMinimum), minimum=st.sampled_from([6.0, 6.5, 10.0]))
def test_exactly_one_limit_wins_and_it_is_the_current_that_is_wanted(flags, wishes, below, minimum):
    life = Life(replace(garage(outlet(below_minimum=below, min_current_a=minimum)), flags=flags))
    connector = replace(life.charger.connectors[ONE], wishes=wishes)
    (winning,) = [one for one in stack(life.charger, connector) if one.wins]
    assert winning.counts
    assert winning.current_a == wanted(life.charger, connector).current_a
    assert winning == winner(life.charger, connector)
