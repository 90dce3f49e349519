"""The laws of every run, tried for much longer: `make test-long`."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties import test_journal, test_scheduler
from tests.properties.test_chaos import Chaos, live
from tests.properties.test_charger_life import ChargerLife
from tests.properties.test_sessions import Sessions

pytestmark = pytest.mark.long

RATES = st.sampled_from([1.0, 2.5, 10.0, 40.0])
FACTS = test_journal._MANY_FACTS
DAYS = st.lists(st.one_of(test_scheduler.OFFER, test_scheduler.OFFER, *test_scheduler.TROUBLE), max_size=200)


class ManyLives(ChargerLife):
    """A machine of its own: settings belong to the class, and the short run keeps its own."""


TestManyChargerLives = ManyLives.TestCase
TestManyChargerLives.settings = settings(
    max_examples=2000, stateful_step_count=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


class ManySessions(Sessions):
    """What was charged, over many more histories."""


TestManySessions = ManySessions.TestCase
TestManySessions.settings = settings(
    max_examples=1500, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


class ManyChaoticLives(Chaos):
    """The chaos charger, for minutes."""


TestManyChaoticLives = ManyChaoticLives.TestCase
TestManyChaoticLives.settings = settings(
    max_examples=400, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def often(examples: int, law: Callable[..., None], *what: st.SearchStrategy[object]) -> Callable[..., None]:
    """The same law, tried with so many examples of `what`."""
    given_more: Callable[..., None] = given(*what)(law.hypothesis.inner_test)
    return settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])(given_more)


test_many_orderly_stops = often(1500, test_journal.test_after_an_orderly_stop_everything_is_remembered, FACTS)
test_many_power_cuts = often(
    1500, test_journal.test_after_a_power_cut_all_that_was_confirmed_is_remembered, FACTS, st.integers(0, 40)
)
test_many_torn_logs = often(
    1500, test_journal.test_a_write_ahead_log_torn_anywhere_leaves_a_beginning_of_the_history, FACTS, st.floats(0, 1)
)
test_only_news_is_said_on_many_long_days = often(
    5000, test_scheduler.test_only_news_is_said_and_only_the_newest_value_and_only_with_a_bus, DAYS, RATES
)
test_the_last_value_arrives_after_many_long_days = often(
    3000, test_scheduler.test_the_last_value_always_arrives, DAYS, RATES
)
test_the_pace_is_kept_on_many_long_days = often(
    3000, test_scheduler.test_the_pace_is_never_exceeded_in_any_window, DAYS, RATES
)


@pytest.mark.parametrize("seeds", [range(start, start + 100) for start in range(1000, 2000, 100)], ids=str)
def test_left_in_peace_after_many_lives_all_is_as_it_should_be(seeds: range):
    for seed in seeds:
        live(seed, steps=30)
