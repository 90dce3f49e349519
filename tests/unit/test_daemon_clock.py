"""A Pi without a battery-backed clock starts in the past; chargers must not learn that time."""

from datetime import UTC, datetime, timedelta

import pytest

from knx_ocpp_bridge.core.values import Clock
from knx_ocpp_bridge.daemon.clock import BUILD_DATE, WallClock, system_says_synchronised

NEWEST = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


class Machine:
    """The clocks of a machine, turned by hand."""

    def __init__(self, utc: datetime, *, synchronised: bool = False) -> None:
        self.utc = utc
        self.monotonic_s = 1000.0
        self.synchronised = synchronised
        self.asked = 0

    def ask(self) -> bool:
        self.asked += 1
        return self.synchronised


def clock(machine: Machine, newest_entry: datetime | None = NEWEST) -> WallClock:
    return WallClock(
        newest_entry,
        started_monotonic=machine.monotonic_s,
        utc=lambda: machine.utc,
        monotonic=lambda: machine.monotonic_s,
        ask_system=machine.ask,
    )


def test_a_clock_at_or_after_the_newest_entry_is_sane() -> None:
    machine = Machine(NEWEST)
    moment = clock(machine).moment()
    assert (moment.clock, moment.utc, moment.monotonic_s) == (Clock.SANE, NEWEST, 1000.0)
    assert machine.asked == 0


def test_a_clock_before_the_newest_entry_is_waited_for_one_minute_and_then_unknown() -> None:
    machine = Machine(NEWEST - timedelta(seconds=1))
    wall = clock(machine)
    assert wall.moment().clock is Clock.WAITING
    machine.monotonic_s += 59.9
    assert wall.moment().clock is Clock.WAITING
    machine.monotonic_s += 0.1
    assert wall.moment().clock is Clock.UNKNOWN


def test_a_clock_that_is_set_late_becomes_sane() -> None:
    machine = Machine(datetime(1970, 1, 1, tzinfo=UTC))
    wall = clock(machine)
    machine.monotonic_s += 600
    assert wall.moment().clock is Clock.UNKNOWN
    machine.utc = NEWEST + timedelta(days=1)
    assert wall.moment().clock is Clock.SANE


@pytest.mark.parametrize(("before_s", "expected"), [(1, Clock.WAITING), (0, Clock.SANE)])
def test_without_a_journal_the_build_date_decides(before_s: int, expected: Clock) -> None:
    machine = Machine(BUILD_DATE - timedelta(seconds=before_s))
    assert clock(machine, newest_entry=None).moment().clock is expected


def test_a_journal_older_than_the_program_does_not_lower_the_bar() -> None:
    machine = Machine(BUILD_DATE - timedelta(seconds=1))
    assert clock(machine, newest_entry=BUILD_DATE - timedelta(days=900)).moment().clock is Clock.WAITING


def test_an_entry_from_the_future_is_overruled_by_a_synchronised_system() -> None:
    machine = Machine(NEWEST - timedelta(days=30), synchronised=True)
    assert clock(machine).moment().clock is Clock.SANE


def test_synchronised_or_not_no_clock_before_the_build_date_is_sane() -> None:
    machine = Machine(BUILD_DATE - timedelta(days=1), synchronised=True)
    assert clock(machine).moment().clock is Clock.WAITING


def test_the_system_is_asked_at_most_every_ten_seconds() -> None:
    machine = Machine(NEWEST)
    wall = clock(machine)
    assert [wall.synchronised(), wall.synchronised()] == [False, False]
    machine.synchronised = True
    machine.monotonic_s += 9.9
    assert not wall.synchronised()
    machine.monotonic_s += 0.1
    assert wall.synchronised()
    assert machine.asked == 2


def test_the_system_can_be_asked_on_this_machine() -> None:
    assert system_says_synchronised() in {True, False}
