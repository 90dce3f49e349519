"""The bridge's wall clock, and how far it can be believed: a Raspberry Pi forgets the time with each power cut."""

import asyncio
import ctypes
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.core.values import Clock, Moment

BUILD_DATE: Final = datetime(2026, 11, 21, tzinfo=UTC)
"""No sane clock shows less; moved on with each release."""

WAIT_S: Final = 60.0
"""For so long after the start chargers are asked to wait for the time."""

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SYNCHRONISED: Final = Path("/run/systemd/timesync/synchronized")
_LOOK_AGAIN_S: Final = 10.0
_TIMEX_BYTES: Final = 256
_REFUSED: Final = -1
_TIME_ERROR: Final = 5

LEAP_S: Final = 60.0
"""What the wall clock may gain or lose between two looks; a time server that corrects it slowly stays far below."""
_LOOK_EVERY_S: Final = 10.0
_HOUR_MINUTES: Final = 60
_DAY_MINUTES: Final = 24 * 60
_DOUBTS: Final = (
    "the clock shows {at}, which is in the past: chargers are told to wait for a minute, times are held back until it "
    "is set (is a time server reachable?)"
)


class ClockSource(Enum):
    """Where the time comes from."""

    SYSTEM = "system"
    """The machine's own clock, and nobody says whether it is right."""
    NETWORK = "network"
    """The machine's clock, which follows a time server."""
    BUS = "bus"
    """The building has told it."""


class WallClock:
    """Reads both clocks of the machine for everybody who decides.

    `started_monotonic` is the monotonic clock at the start in s, `newest_entry` the newest time in the journal (UTC):
    the past cannot be later than the present.

    What the building tells counts while the machine follows no time server, and moves this clock alone: the machine's
    is never set. From then on time passes as the monotonic clock says.
    """

    def __init__(
        self,
        newest_entry: datetime | None,
        started_monotonic: float,
        *,
        build_date: datetime = BUILD_DATE,
        utc: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        ask_system: Callable[[], bool] | None = None,
    ) -> None:
        self._build_date = build_date
        self._floor = max(build_date, newest_entry or build_date)
        self._give_up_at = started_monotonic + WAIT_S
        self._utc = utc
        self._monotonic = monotonic
        self._ask_system = ask_system or system_says_synchronised
        self._synchronised = False
        self._looked_at: float | None = None
        self._ahead: timedelta | None = None
        """Of the monotonic clock's zero: what the building has told. None: nothing that counts."""

    @property
    def floor(self) -> datetime:
        """A clock of the machine that shows less is not believed."""
        return self._floor

    @property
    def build_date(self) -> datetime:
        """No time before this is believed, whoever tells it."""
        return self._build_date

    def own(self) -> datetime:
        """What the machine's own clock shows, whoever tells the time (UTC)."""
        return self._utc()

    def not_before(self, newest_entry: datetime | None) -> None:
        """So new is what the journal holds (UTC)."""
        self._floor = max(self._floor, newest_entry or self._floor)

    def moment(self) -> Moment:
        """Now, by both clocks; called for every message.

        The wall clock is sane when it is not before the newest entry of the journal and the build date. An entry that
        a clock running ahead has left behind is overruled when the system says that it is synchronised.
        """
        now = self._monotonic()
        utc = self._now(now)
        return Moment(now, utc, Clock.SANE if utc >= self._floor else self._doubt(utc, now))

    def synchronised(self) -> bool:
        """The system's clock follows a time server; asked of the system at most every 10 s."""
        now = self._monotonic()
        if self._looked_at is None or now - self._looked_at >= _LOOK_AGAIN_S:
            self._synchronised = self._ask_system()
            self._looked_at = now
        return self._synchronised

    def source(self) -> ClockSource:
        """Where the time comes from now."""
        if self._follows_network():
            return ClockSource.NETWORK
        return ClockSource.SYSTEM if self._ahead is None else ClockSource.BUS

    def take(self, utc: datetime) -> bool:
        """The building tells that it is this time now; False: a time server knows better, nothing has changed.

        What was written down under a later time can have been wrong then, and is no floor any more.
        """
        if self._follows_network():
            return False
        self._floor = max(self._build_date, min(self._floor, utc))
        self._ahead = utc - _BEGINNING - timedelta(seconds=self._monotonic())
        return True

    def _now(self, monotonic_s: float) -> datetime:
        if self._ahead is not None and self._follows_network():
            self._ahead = None
        ahead = self._ahead
        return self._utc() if ahead is None else _BEGINNING + ahead + timedelta(seconds=monotonic_s)

    def _follows_network(self) -> bool:
        return self.synchronised() and self._utc() >= self._build_date

    def _doubt(self, utc: datetime, now: float) -> Clock:
        if utc >= self._build_date and self.synchronised():
            return Clock.SANE
        return Clock.WAITING if now < self._give_up_at else Clock.UNKNOWN


def system_says_synchronised() -> bool:
    """systemd-timesyncd has left its mark, or the kernel says so where it may be asked (adjtimex, section 2).

    The service's own sandbox forbids adjtimex, reading included; there the mark of timesyncd alone counts.
    """
    return _SYNCHRONISED.exists() or _kernel_says_synchronised()


def _kernel_says_synchronised() -> bool:
    """With all bytes 0 (no modes) adjtimex only reads; the buffer is larger than any `struct timex`."""
    state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return state not in {_REFUSED, _TIME_ERROR}


class ClockNews(Enum):
    """What a look at the clock has shown."""

    DOUBTFUL = "doubtful"
    """It cannot be believed from now on."""
    SANE = "sane"
    """It can: from the start, or again."""
    JUMPED = "jumped"
    """It has been set, by more than a minute, and can be believed before and after."""


class ClockWatch:
    """Compares both clocks every 10 s. `tell` hears what has changed, in words (none where there is nothing to
    say); `wake` is called after each leap, for whoever waits for a time of day.
    """

    def __init__(self, wall: WallClock, tell: Callable[[ClockNews, str], None], wake: Callable[[], None]) -> None:
        self._wall = wall
        self._tell = tell
        self._wake = wake
        self._before: Moment | None = None

    async def run(self) -> None:
        """Looks until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(_LOOK_EVERY_S)

    def look(self) -> None:
        """What has changed since the last look is told."""
        before, now = self._before, self._wall.moment()
        self._before = now
        leap_s = 0.0
        if before is not None:
            leap_s = (now.utc - before.utc).total_seconds() - (now.monotonic_s - before.monotonic_s)
        words = _in_words(now, leap_s)
        leapt = abs(leap_s) > LEAP_S
        sane, was_sane = now.clock is Clock.SANE, before is not None and before.clock is Clock.SANE
        if not sane and (before is None or was_sane):
            self._tell(ClockNews.DOUBTFUL, _DOUBTS.format(at=f"{now.utc:%Y-%m-%d %H:%M}"))
        elif sane and not was_sane:
            self._tell(ClockNews.SANE, "" if before is None else f"the clock can be believed from now on: {words}")
        elif sane and leapt:
            self._tell(ClockNews.JUMPED, f"the clock was set {words} (if nobody did that: is a time server reachable?)")
        if leapt or (before is not None and sane is not was_sane):
            self._wake()


def _in_words(now: Moment, leap_s: float) -> str:
    """From which time to which, and by how much; times are UTC."""
    way = "forward" if leap_s >= 0 else "back"
    before = now.utc - timedelta(seconds=leap_s)
    return f"{way} by {_span(abs(leap_s))}, from {before:%Y-%m-%d %H:%M:%S} to {now.utc:%Y-%m-%d %H:%M:%S} UTC"


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < _HOUR_MINUTES:
        return f"{minutes} min"
    if minutes < _DAY_MINUTES:
        return f"{minutes // _HOUR_MINUTES} h {minutes % _HOUR_MINUTES} min"
    return f"{minutes // _DAY_MINUTES} days"
