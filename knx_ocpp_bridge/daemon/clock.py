"""The bridge's wall clock, and how far it can be believed: a Raspberry Pi forgets the time with each power cut."""

import ctypes
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.core.values import Clock, Moment

BUILD_DATE: Final = datetime(2026, 11, 21, tzinfo=UTC)
"""No sane clock shows less; moved on with each release."""

WAIT_S: Final = 60.0
"""For so long after the start chargers are asked to wait for the time."""

_SYNCHRONISED: Final = Path("/run/systemd/timesync/synchronized")
_LOOK_AGAIN_S: Final = 10.0
_TIMEX_BYTES: Final = 256
_REFUSED: Final = -1
_TIME_ERROR: Final = 5


class WallClock:
    """Reads both clocks of the machine for everybody who decides.

    `started_monotonic` is the monotonic clock at the start in s, `newest_entry` the newest time in the journal (UTC):
    the past cannot be later than the present.
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

    def moment(self) -> Moment:
        """Now, by both clocks; called for every message.

        The wall clock is sane when it is not before the newest entry of the journal and the build date. An entry that
        a clock running ahead has left behind is overruled when the system says that it is synchronised.
        """
        utc, now = self._utc(), self._monotonic()
        return Moment(now, utc, Clock.SANE if utc >= self._floor else self._doubt(utc, now))

    def synchronised(self) -> bool:
        """The system's clock follows a time server; asked of the system at most every 10 s."""
        now = self._monotonic()
        if self._looked_at is None or now - self._looked_at >= _LOOK_AGAIN_S:
            self._synchronised = self._ask_system()
            self._looked_at = now
        return self._synchronised

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
