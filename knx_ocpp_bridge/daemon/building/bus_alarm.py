"""The alarm that there is no KNX bus: raised once a loss lasts, so that a gateway's restart alarms nobody, and over
once the bus lasts, so that a gateway that comes and goes is told as well.
"""

from collections.abc import Callable
from typing import Final, Protocol

from knx_ocpp_bridge.core.step import AlarmKind

PATIENCE_S: Final = 30.0
"""A bus that is back before, and stays, raises no alarm; neither does one that is found so soon after a start. Counts
from the first loss: whatever comes in between is no bus until it has lasted as well.
"""
LASTS_S: Final = 30.0
"""A bus that has been there for so long is there."""


class Raise(Protocol):
    """Begins an alarm of the bridge itself, or ends it."""

    def __call__(self, kind: AlarmKind, text: str = "", *, over: bool = False) -> None: ...


class Timer(Protocol):
    """What a loop's `call_later` gives."""

    def cancel(self) -> None: ...


class BusAlarm:
    """Hears of the bus, and raises or ends the alarm. Its text is the newest reason, as of when it begins."""

    def __init__(self, alarm: Raise, call_later: Callable[[float, Callable[[], None]], Timer]) -> None:
        self._alarm = alarm
        self._call_later = call_later
        self._trouble = ""
        self._patience: Timer | None = None
        self._lasting: Timer | None = None
        self._is_late = self._stands = False

    def link(self, trouble: str) -> None:
        """The bus is there (empty), or why it is not."""
        self._trouble = trouble
        if not trouble:
            if self._lasting is None:
                self._lasting = self._call_later(LASTS_S, self._lasted)
            return
        if self._lasting is not None:
            self._lasting.cancel()
            self._lasting = None
        if self._is_late:
            self._raise()
        elif self._patience is None:
            self._patience = self._call_later(PATIENCE_S, self._out_of_patience)

    def _out_of_patience(self) -> None:
        self._is_late = True
        if self._trouble:
            self._raise()  # else with the next loss, or never

    def _raise(self) -> None:
        if not self._stands:
            self._stands = True
            self._alarm(AlarmKind.BUS, self._trouble)

    def _lasted(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self._patience = self._lasting = None
        self._is_late = self._stands = False
        self._alarm(AlarmKind.BUS, over=True)  # it may have stood since before a restart
