"""The mean power of a quarter of an hour."""

from datetime import timedelta

import pytest

from knx_ocpp_bridge.core.energy import peak
from knx_ocpp_bridge.core.status import LimitReason
from knx_ocpp_bridge.core.values import Clock, Moment
from tests.kit.parking import BEGIN, Parking, circuit, key, outlet

PEAK_W = 10_000.0


def moment(seconds, clock=Clock.SANE, begin=BEGIN):
    return Moment(seconds, begin + timedelta(seconds=seconds), clock)


def quarter(power_w, until_s, before=None, since_s=0, clock=Clock.SANE, begin=BEGIN):
    memory = before
    for second in range(since_s, until_s + 1, 5):
        memory = peak.watch(memory, power_w, PEAK_W, moment(second, clock, begin))
    return memory


def test_a_site_at_the_limit_may_stay_there():
    assert quarter(PEAK_W, 600).kept_w == pytest.approx(PEAK_W)


def test_what_was_too_much_is_made_good_before_the_quarter_ends():
    memory = quarter(12_000, 300)
    assert memory.kept_w == pytest.approx((PEAK_W * 900 - 12_000 * 300) / 600)


def test_what_was_left_is_no_reason_to_take_more_than_the_limit():
    assert quarter(0, 800).kept_w == pytest.approx(PEAK_W)


def test_a_new_quarter_begins_with_all_of_it():
    memory = quarter(12_000, 895)
    assert memory.kept_w < PEAK_W
    assert quarter(PEAK_W, 910, memory, 900).kept_w == pytest.approx(PEAK_W, rel=0.01)


def test_what_was_before_the_first_look_counts_as_the_limit():
    begin = BEGIN + timedelta(seconds=450)
    memory = peak.watch(None, 12_000, PEAK_W, moment(0, begin=begin))
    assert memory.energy_ws == PEAK_W * 450
    assert memory.kept_w == pytest.approx(PEAK_W)


def test_import_that_nobody_measures_counts_as_the_limit():
    assert quarter(None, 600).kept_w == pytest.approx(PEAK_W)


def test_feeding_in_makes_nothing_good():
    assert quarter(-5_000, 600).energy_ws == 0


def test_without_a_clock_the_last_fifteen_minutes_count():
    memory = quarter(12_000, 600, clock=Clock.WAITING)
    assert memory.quarter is None
    assert memory.kept_w < PEAK_W
    later = quarter(0, 2400, memory, 605, clock=Clock.WAITING)
    assert later.kept_w == pytest.approx(PEAK_W)
    assert len(later.minutes_ws) <= 14


@pytest.mark.parametrize(("first", "then"), [(Clock.WAITING, Clock.SANE), (Clock.SANE, Clock.WAITING)])
def test_a_clock_that_comes_or_goes_begins_anew(first, then):
    memory = quarter(12_000, 300, clock=first)
    assert peak.watch(memory, PEAK_W, PEAK_W, moment(305, then)).kept_w <= PEAK_W


def test_a_clock_that_is_set_back_does_no_harm():
    memory = quarter(12_000, 300)
    assert 0 <= peak.watch(memory, PEAK_W, PEAK_W, moment(305, begin=BEGIN - timedelta(hours=3))).kept_w <= PEAK_W


def test_any_load_that_follows_it_stays_below_the_peak():
    """In every quarter but the first, the mean of what a site takes that obeys at once."""
    memory = None
    means = []
    for number in range(4):
        energy_ws = 0.0
        for second in range(900 * number, 900 * (number + 1), 5):
            kept_w = PEAK_W if memory is None else memory.kept_w
            house_w = 14_000 if second % 300 < 60 else 2_000
            power_w = max(house_w, kept_w)
            energy_ws += power_w * 5
            memory = peak.watch(memory, power_w, PEAK_W, moment(second))
        means.append(energy_ws / 900)
    assert max(means[1:]) <= PEAK_W * 1.01


def test_the_peak_limits_cars_and_is_named():
    site = Parking([circuit("main", 63, metered=True, peak_w=PEAK_W)], [outlet("A", "main", max_a=32)])
    for phase in (1, 2, 3):
        site.say(f"grid_current_l{phase}", 5.0)
    site.look()
    site.plug("A", takes_a=0.0)
    site.look(1)
    assert site.amperes()["A"] == pytest.approx((PEAK_W / 230 - 15) / 3, abs=0.1)
    assert site.said[key("A")].kind is LimitReason.PEAK


def test_where_the_power_is_unknown_the_peak_is_kept_by_the_fallback():
    site = Parking([circuit("main", 63, metered=True, peak_w=PEAK_W, fallback_a=10)], [outlet("A", "main", max_a=32)])
    site.look()
    site.plug("A", takes_a=0.0)
    site.look(1)
    assert site.amperes()["A"] == 10
    assert site.said[key("A")].kind is LimitReason.FAIL_SAFE
