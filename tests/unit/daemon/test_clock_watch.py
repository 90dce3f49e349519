"""The clock of a Raspberry Pi is set while it runs: people hear of it once, and what waits for a time of day wakes."""

from datetime import UTC, datetime, timedelta

import pytest

from knx_ocpp_bridge.daemon.clock import ClockNews, ClockWatch, WallClock

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
BOOT = datetime(1970, 1, 1, 0, 0, 10, tzinfo=UTC)


class Pi:
    """A machine whose clocks are turned by hand, and what its watch has said."""

    def __init__(self, utc: datetime = NOON, newest_entry: datetime | None = NOON - timedelta(days=1)) -> None:
        self.utc, self.monotonic_s = utc, 1000.0
        self.heard: list[tuple[ClockNews, str]] = []
        self.woken = 0
        wall = WallClock(
            newest_entry,
            self.monotonic_s,
            utc=lambda: self.utc,
            monotonic=lambda: self.monotonic_s,
            ask_system=lambda: False,
        )
        self.watch = ClockWatch(wall, lambda news, text: self.heard.append((news, text)), self._wake)
        self.watch.look()

    def _wake(self) -> None:
        self.woken += 1

    def passes(self, seconds: float, set_by: timedelta = timedelta()) -> list[ClockNews]:
        """Half a minute goes by at a time; at its end somebody sets the clock. What was heard is given back."""
        self.heard.clear()
        while seconds > 0:
            step = min(30.0, seconds)
            seconds -= step
            self.monotonic_s += step
            self.utc += timedelta(seconds=step) + (set_by if seconds == 0 else timedelta())
            self.watch.look()
        return [news for news, _ in self.heard]


def test_a_clock_that_goes_right_is_nothing_to_speak_of():
    pi = Pi()
    assert pi.heard == [(ClockNews.SANE, "")]
    assert pi.passes(86_400) == []
    assert pi.woken == 0


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (timedelta(hours=2), "forward by 2 h 0 min, from 2027-03-01 12:00:30 to 2027-03-01 14:00:30 UTC"),
        (timedelta(minutes=-10), "back by 10 min, from 2027-03-01 12:00:30 to 2027-03-01 11:50:30 UTC"),
        (timedelta(days=900), "forward by 900 days"),
    ],
)
def test_a_clock_that_is_set_is_told_once_with_from_to_and_by_how_much(by, words):
    pi = Pi()
    assert pi.passes(30, by) == [ClockNews.JUMPED]
    assert words in pi.heard[0][1]
    assert pi.woken == 1
    assert pi.passes(3600) == []
    assert pi.woken == 1


@pytest.mark.parametrize("by_s", [-59, -1, 1, 59])
def test_a_correction_below_a_minute_is_nobodys_business(by_s):
    pi = Pi()
    assert pi.passes(30, timedelta(seconds=by_s)) == []


def test_a_start_in_1970_is_told_until_the_clock_is_set():
    pi = Pi(BOOT)
    assert [news for news, _ in pi.heard] == [ClockNews.DOUBTFUL]
    assert "1970-01-01 00:00" in pi.heard[0][1]
    assert pi.passes(600) == []
    assert pi.passes(30, NOON - BOOT) == [ClockNews.SANE]
    assert "from 1970-01-01 00:10:40 to 2027-03-01 12:10:30 UTC" in pi.heard[0][1]
    assert pi.woken == 1
    assert pi.passes(600) == []


def test_a_clock_that_falls_into_the_past_is_doubted_again():
    pi = Pi()
    assert pi.passes(30, timedelta(days=-400)) == [ClockNews.DOUBTFUL]
    assert pi.passes(600) == []
    assert pi.passes(30, timedelta(days=400)) == [ClockNews.SANE]
    assert pi.woken == 2
