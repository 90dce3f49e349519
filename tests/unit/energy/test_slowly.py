"""A figure that rises at once and falls late."""

import pytest

from knx_ocpp_bridge.core.energy.slowly import Slow, follow


def seen(*figures, before=None):
    """Pairs of a time and what was seen then; it falls after 30 s."""
    for at_s, figure in figures:
        before = follow(before, figure, figure, at_s, 30.0)
    return before


def test_more_counts_at_once():
    assert seen((0, 5.0), (1, 9.0)) == Slow(9.0)


@pytest.mark.parametrize(("at_s", "value"), [(2, 9.0), (30, 9.0), (32, 4.0)])
def test_less_counts_when_it_has_been_less_for_so_long(at_s, value):
    assert seen((0, 9.0), (2, 4.0), (at_s, 4.0)).value == value


def test_the_greatest_of_that_time_counts_then():
    assert seen((0, 9.0), (2, 4.0), (20, 7.0), (25, 3.0), (32, 3.0)).value == 7.0


def test_what_rises_meanwhile_begins_to_wait_anew():
    assert seen((0, 9.0), (2, 4.0), (20, 9.0), (25, 4.0), (40, 4.0)).value == 9.0


def test_what_may_be_as_much_as_before_does_not_fall():
    assert follow(Slow(9.0), 2.0, 12.0, 100.0, 30.0) == Slow(9.0)


def test_it_says_when_it_may_fall():
    assert seen((0, 9.0), (2, 4.0)).wake_at_s(30.0) == 32.0
    assert seen((0, 9.0)).wake_at_s(30.0) is None
