"""The time of day between bridge and building: told when clocks of the building would differ, taken when nobody else
knows it.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.config.addresses import parse_group_address as ga
from knx_ocpp_bridge.core.bus_time import FAITHFUL_S, LASTING_S
from knx_ocpp_bridge.core.events import InputHeard
from knx_ocpp_bridge.core.step import AlarmKind
from knx_ocpp_bridge.core.values import CHARGE_POINT, Clock
from knx_ocpp_bridge.daemon.building.timekeeper import Timekeeper, TimeMeans
from knx_ocpp_bridge.daemon.clock import ClockSource, WallClock
from tests.kit.knx_objects import bound
from tests.kit.later import Later

ZONE = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2027, 6, 1, 10, tzinfo=UTC)
BOOT = datetime(1970, 1, 1, tzinfo=UTC)


def own(key, state=None, *addresses, **more):
    return bound(key, state, *addresses, charger=None, connector=0, **more)


SENT, TAKEN = own("bus_time", "3/0/1"), own("bus_time", None, "3/0/1")
HALF, DATE = own("bus_time", None, "3/0/1", dpt="10.001"), own("bus_date", None, "3/0/2")


class Pi:
    """A machine with two clocks, and a bus that takes notes."""

    def __init__(self, *objects, utc=NOON, synchronised=False, newest=None):
        self.later = Later()
        self.wall = utc - timedelta(seconds=self.later.now_s)
        self.synchronised = synchronised
        self.clock = WallClock(
            newest,
            self.later.now_s,
            utc=lambda: self.wall + timedelta(seconds=self.later.now_s),
            monotonic=lambda: self.later.now_s,
            ask_system=lambda: self.synchronised,
        )
        self.offered, self.asked, self.notes, self.set = [], [], [], 0
        self.alarm = ""
        self.keeper = Timekeeper(
            objects,
            ZONE,
            TimeMeans(
                self.clock,
                self.offered.append,
                self.asked.append,
                lambda _, note: self.notes.append(note.text),
                self._clock_set,
                self.later.call_later,
                self._alarm,
            ),
        )
        self.keeper.start()

    def _alarm(self, kind, text="", *, over=False):
        assert kind is AlarmKind.CLOCK
        self.alarm = "" if over else text

    def _clock_set(self):
        self.set += 1

    def told(self):
        """What was offered since the last look: key and value."""
        news = [(update.key, update.value) for update in self.offered]
        self.offered.clear()
        return news

    def hears(self, utc, source="1.1.9"):
        local = utc.astimezone(ZONE)
        self.keeper.heard(
            InputHeard(CHARGE_POINT, "bus_time", local.replace(tzinfo=None, fold=not local.dst()), source)
        )

    @property
    def utc(self):
        return self.clock.moment().utc


# Telling


def test_the_time_is_told_at_the_start_and_left_to_the_cycle_of_its_object_from_then_on():
    pi = Pi(SENT, own("bus_date", "3/0/2"))
    assert pi.told() == [("bus_time", NOON), ("bus_date", NOON)]
    pi.later.passes(86_400)
    assert pi.told() == []


def test_it_is_told_anew_when_clocks_are_changed():
    before = datetime(2027, 10, 31, 0, 50, tzinfo=UTC)
    pi = Pi(SENT, utc=before)
    pi.told()
    pi.later.passes(599)
    assert pi.told() == []
    pi.later.passes(1)
    assert pi.told() == [("bus_time", before + timedelta(minutes=10))]


def test_it_is_told_anew_after_a_leap():
    pi = Pi(SENT)
    pi.told()
    pi.wall += timedelta(hours=1)
    pi.keeper.leapt()
    assert pi.told() == [("bus_time", NOON + timedelta(hours=1))]


def test_a_clock_that_nobody_believes_is_told_to_nobody_until_it_can_be():
    pi = Pi(SENT, utc=BOOT)
    assert pi.told() == []
    pi.wall = NOON - timedelta(seconds=pi.later.now_s)
    pi.keeper.leapt()
    assert pi.told() == [("bus_time", NOON)]
    pi.wall -= timedelta(days=400)
    pi.keeper.leapt()
    assert pi.told() == [("bus_time", None)]
    pi.keeper.leapt()
    assert pi.told() == []


def test_an_object_that_a_reload_brings_is_told_at_once_and_those_that_stay_are_not():
    pi = Pi(SENT)
    pi.told()
    pi.keeper.configure((SENT, own("bus_date", "3/0/2")), ZONE)
    assert pi.told() == [("bus_date", NOON)]
    pi.keeper.configure((SENT,), ZoneInfo("Europe/London"))
    assert pi.told() == [("bus_time", NOON)]


def test_after_the_end_nothing_waits():
    pi = Pi(SENT, TAKEN)
    pi.keeper.link("")
    pi.keeper.stop()
    assert pi.later.waiting == []
    pi.keeper.leapt()
    assert len(pi.told()) == 1  # of the start


# Taking


def test_a_bridge_that_starts_in_1970_has_the_time_of_the_bus_from_then_on():
    pi = Pi(TAKEN, utc=BOOT)
    pi.hears(NOON)
    assert (pi.utc, pi.clock.source(), pi.set) == (NOON, ClockSource.BUS, 1)
    pi.later.passes(3600)
    assert pi.utc == NOON + timedelta(hours=1)
    assert pi.notes == ["the time is that of the bus from now on: 1.1.9 tells 2027-06-01 10:00:00 UTC"]


@pytest.mark.parametrize(("off_s", "taken"), [(-2, True), (-1.9, False), (1.9, False), (2, True)])
def test_what_a_telegram_rounds_moves_no_clock(off_s, taken):
    pi = Pi(TAKEN, utc=BOOT)
    pi.hears(NOON)
    pi.later.passes(600)
    pi.hears(pi.utc + timedelta(seconds=off_s))
    assert (pi.set == 2) is taken
    assert pi.utc == NOON + timedelta(seconds=600 + (off_s if taken else 0))


def test_that_the_machine_is_set_by_hand_is_of_no_matter_while_the_bus_tells_the_time():
    pi = Pi(TAKEN, utc=BOOT)
    pi.hears(NOON)
    pi.wall += timedelta(days=9000)
    assert pi.utc == NOON


def test_a_time_server_that_comes_later_wins():
    pi = Pi(TAKEN, utc=BOOT)
    pi.hears(NOON)
    pi.synchronised = True
    pi.wall = NOON + timedelta(minutes=5) - timedelta(seconds=pi.later.now_s)
    pi.later.passes(10)
    assert (pi.utc, pi.clock.source()) == (NOON + timedelta(minutes=5, seconds=10), ClockSource.NETWORK)
    pi.hears(NOON)
    assert pi.utc == NOON + timedelta(minutes=5, seconds=10)
    assert pi.notes[-1].startswith("1.1.9 tells 2027-06-01 12:00:00 on the bus, which is not believed: it is off")


def test_one_that_is_synchronised_in_the_past_is_no_time_server():
    pi = Pi(TAKEN, utc=BOOT, synchronised=True)
    pi.hears(NOON)
    assert (pi.utc, pi.clock.source()) == (NOON, ClockSource.BUS)


def test_what_cannot_be_is_told_once_an_hour_however_many_senders_tell_it():
    pi = Pi(TAKEN, utc=BOOT)
    past = datetime(2020, 1, 1, tzinfo=UTC)
    for number in range(300):
        pi.hears(past, f"1.2.{number % 256}")
    assert (pi.set, pi.utc) == (0, BOOT)
    assert [note.partition(": ")[2] for note in pi.notes] == [
        "it cannot be now (check its clock, and who sends the time in ETS)"
    ]
    pi.later.passes(3600)
    pi.hears(past)
    assert len(pi.notes) == 2
    assert pi.notes[-1].endswith("(and 299 more like this since the last such line)")


# Which of the clocks is wrong


def test_a_machine_without_a_battery_and_a_network_has_the_right_time_seconds_after_the_bus_is_there():
    """It goes on from the moment at which its time was saved last, which nobody can tell from a right one."""
    pi, lag = Pi(TAKEN, utc=NOON, newest=NOON - timedelta(hours=1)), timedelta(days=17)
    pi.keeper.link("")
    for _ in range(2):
        assert pi.clock.source() is ClockSource.SYSTEM
        pi.later.passes(10)
        pi.hears(NOON + lag + timedelta(seconds=pi.later.now_s))
    assert pi.clock.source() is ClockSource.BUS
    assert pi.alarm == ""


def test_a_bus_that_is_far_behind_the_machine_is_an_alarm_until_they_agree():
    pi = Pi(TAKEN)
    for _ in range(3):
        pi.hears(pi.utc - timedelta(days=40))
        pi.later.passes(3600)
    assert pi.set == 0
    assert pi.alarm.startswith("1.1.9 tells 2027-04-22 12:00:00 on the bus, which is not believed")
    assert "this machine shows 2027-06-01 12:00:00: set the one that is wrong" in pi.alarm
    pi.hears(pi.utc)
    assert pi.alarm == ""


@pytest.mark.parametrize("synchronised", [True, False])
def test_a_contradiction_is_over_when_a_time_server_knows_or_nobody_contradicts_any_more(synchronised):
    pi = Pi(TAKEN)
    pi.hears(NOON - timedelta(days=40))
    pi.synchronised = synchronised
    pi.later.passes(1000 if synchronised else FAITHFUL_S - 1000)
    assert (pi.alarm == "") is synchronised
    pi.later.passes(2000)
    assert pi.alarm == ""


def test_what_was_recorded_under_a_wrong_time_is_undone_by_the_right_one():
    """No battery, no network, and the records say that it is 300 days later."""
    pi = Pi(TAKEN, utc=BOOT, newest=NOON + timedelta(days=300))
    pi.hears(NOON)
    assert "the bridge's own records are newer" in pi.alarm
    pi.later.passes(LASTING_S)
    pi.hears(NOON + timedelta(hours=1))
    assert (pi.utc, pi.clock.moment().clock, pi.alarm) == (NOON + timedelta(hours=1), Clock.SANE, "")


def test_the_time_is_asked_for_when_the_bus_is_there_until_it_is_known():
    pi = Pi(HALF, DATE, utc=BOOT)
    pi.keeper.link("")
    pi.later.passes(10)
    assert pi.asked == [ga("3/0/1"), ga("3/0/2")] * 2
    pi.keeper.heard(InputHeard(CHARGE_POINT, "bus_date", NOON.date(), "1.1.9"))
    pi.keeper.heard(InputHeard(CHARGE_POINT, "bus_time", NOON.astimezone(ZONE).time(), "1.1.9"))
    assert pi.utc == NOON
    pi.later.passes(10_000)
    assert len(pi.asked) == 4


def test_one_that_follows_a_time_server_asks_nobody():
    pi = Pi(TAKEN, synchronised=True)
    pi.keeper.link("")
    pi.later.passes(10_000)
    assert pi.asked == []


def test_a_reload_that_brings_it_asks_for_the_time():
    pi = Pi(utc=BOOT)
    pi.keeper.link("")
    pi.keeper.configure((TAKEN,), ZONE)
    pi.later.passes(0)
    assert pi.asked == [ga("3/0/1")]
    pi.keeper.link("gone")
    pi.later.passes(10_000)
    assert len(pi.asked) == 1


def test_a_first_time_that_is_to_be_told_twice_is_asked_for_again():
    pi = Pi(TAKEN, utc=BOOT)
    late = NOON + timedelta(days=3000)
    pi.keeper.link("")
    pi.later.passes(0)
    pi.hears(late)
    assert pi.set == 0
    pi.later.passes(10)
    assert pi.asked == [ga("3/0/1")] * 2
    pi.hears(late + timedelta(seconds=10))
    assert pi.utc == late + timedelta(seconds=10)


def test_that_nobody_answers_is_told_once():
    pi = Pi(HALF, DATE, utc=BOOT)
    pi.keeper.link("")
    pi.later.passes(10_000)
    (note,) = pi.notes
    assert "nobody answers when the time is read" in note
