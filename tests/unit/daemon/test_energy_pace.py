"""How soon news of the site is looked at, and how often at most."""

from knx_ocpp_bridge.daemon.energy.pace import Pace
from tests.kit.later import Later


class Watch:
    def __init__(self):
        self.later = Later()
        self.looked = []
        self.pace = Pace(
            lambda: self.later.now_s, self.later.call_later, lambda: self.looked.append(self.later.now_s - 1000)
        )

    def after(self, seconds, *, urgent):
        self.later.passes(seconds - (self.later.now_s - 1000))
        self.pace.news(urgent=urgent)


def rounded(times):
    return [round(each, 3) for each in times]


def test_three_telegrams_of_three_phases_are_looked_at_together_and_at_once():
    watch = Watch()
    for seconds in (0.0, 0.03, 0.06):
        watch.after(seconds, urgent=True)
    watch.later.passes(5)
    assert rounded(watch.looked) == [0.1]


def test_a_house_that_never_stops_cooking_is_looked_at_five_times_a_second_at_most():
    watch = Watch()
    for tick in range(100):
        watch.after(tick / 50, urgent=True)
    watch.later.passes(1)
    gaps = [later - earlier for earlier, later in zip(watch.looked, watch.looked[1:], strict=False)]
    assert len(watch.looked) <= 12
    assert min(gaps) > 0.199


def test_what_can_wait_is_looked_at_once_a_second():
    watch = Watch()
    for tick in range(40):
        watch.after(tick / 10, urgent=False)
    watch.later.passes(2)
    assert rounded(watch.looked) == [0.2, 1.2, 2.2, 3.2, 4.2]


def test_what_is_urgent_does_not_wait_for_what_is_not():
    watch = Watch()
    watch.after(0.0, urgent=False)
    watch.after(0.5, urgent=False)
    watch.after(0.6, urgent=True)
    watch.later.passes(3)
    assert rounded(watch.looked) == [0.2, 0.7]


def test_a_time_to_come_back_rings_unless_something_comes_before():
    watch = Watch()
    watch.pace.at(1010.0)
    watch.pace.at(1020.0)
    watch.after(2.0, urgent=False)
    watch.later.passes(30)
    assert rounded(watch.looked) == [2.2]
    watch.pace.at(watch.later.now_s - 5)
    watch.later.passes(0)
    assert len(watch.looked) == 2


def test_nothing_rings_after_the_end():
    watch = Watch()
    watch.after(0.0, urgent=True)
    watch.pace.stop()
    watch.later.passes(5)
    assert watch.looked == []
