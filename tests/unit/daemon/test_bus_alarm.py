"""People are told of a bus that stays away, and of nothing that mends itself."""

import pytest

from knx_ocpp_bridge.core.step import AlarmKind
from knx_ocpp_bridge.daemon.building.bus_alarm import LASTS_S, PATIENCE_S, BusAlarm

GONE = "cannot reach 192.168.1.5:3671: no answer"


class Clock:
    """Time that goes on when the test says so."""

    def __init__(self):
        self.timers = []
        self.now_s = 0.0

    def call_later(self, after_s, what):
        timer = Timer(self.now_s + after_s, what)
        self.timers.append(timer)
        return timer

    def passes(self, seconds):
        self.now_s += seconds
        for timer in [timer for timer in self.timers if timer.at_s <= self.now_s]:
            self.timers.remove(timer)
            timer.ring()


class Timer:
    def __init__(self, at_s, what):
        self.at_s, self.ring = at_s, what

    def cancel(self):
        self.ring = lambda: None


class Building:
    """A bus, and the alarms that stand."""

    def __init__(self):
        self.clock = Clock()
        self.standing = None
        self.bus = BusAlarm(self.alarm, self.clock.call_later)

    def alarm(self, kind, text="", *, over=False):
        assert kind is AlarmKind.BUS
        self.standing = None if over else text


@pytest.fixture
def building():
    return Building()


def test_a_bus_that_stays_away_is_an_alarm_that_says_why(building):
    building.bus.link(GONE)
    building.clock.passes(PATIENCE_S - 1)
    assert building.standing is None
    building.clock.passes(1)
    assert building.standing == GONE


def test_a_short_loss_alarms_nobody(building):
    building.bus.link(GONE)
    building.clock.passes(PATIENCE_S - 1)
    building.bus.link("")
    building.clock.passes(2 * PATIENCE_S)
    assert building.standing is None


def test_the_alarm_is_over_when_the_bus_is_back_and_stays(building):
    building.bus.link(GONE)
    building.clock.passes(PATIENCE_S)
    building.bus.link("")
    building.clock.passes(LASTS_S - 1)
    assert building.standing == GONE
    building.clock.passes(1)
    assert building.standing is None


def test_a_gateway_that_is_there_for_a_moment_now_and_then_is_an_alarm_that_stands_all_the_time(building):
    told = []
    for _ in range(30):
        building.bus.link("")
        building.clock.passes(0.3)
        building.bus.link(GONE)
        building.clock.passes(9.7)
        told.append(building.standing)
    assert told == [None, None, None, *[GONE] * 27]


def test_one_that_is_there_by_chance_when_the_patience_ends_is_an_alarm_with_the_next_loss(building):
    building.bus.link(GONE)
    building.clock.passes(PATIENCE_S - 1)
    building.bus.link("")
    building.clock.passes(2)
    assert building.standing is None
    building.bus.link(GONE)
    assert building.standing == GONE


def test_another_reason_does_not_put_the_alarm_off_and_is_the_one_that_is_told(building):
    building.bus.link("not connected yet")
    building.clock.passes(PATIENCE_S / 2)
    building.bus.link(GONE)
    building.clock.passes(PATIENCE_S / 2)
    assert building.standing == GONE


def test_an_alarm_of_before_a_restart_is_over_once_the_bus_is_there(building):
    building.standing = GONE
    building.bus.link("")
    building.clock.passes(LASTS_S)
    assert building.standing is None


def test_every_loss_has_the_same_patience(building):
    for _ in range(3):
        building.bus.link(GONE)
        building.clock.passes(PATIENCE_S - 1)
        building.bus.link("")
        building.clock.passes(LASTS_S)
    assert building.standing is None
