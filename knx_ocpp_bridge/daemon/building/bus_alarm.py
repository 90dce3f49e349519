"""The alarm that there is no KNX bus: raised once a loss lasts, so that a gateway's restart alarms nobody."""

from collections.abc import Callable
from typing import Final, Protocol

from knx_ocpp_bridge.core.step import AlarmKind

PATIENCE_S: Final = 30.0
"""A bus that is back before raises no alarm; neither does one that is found so soon after a start."""


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
        self._timer: Timer | None = None

    def link(self, trouble: str) -> None:
        """The bus is there (empty), or why it is not."""
        self._trouble = trouble
        if trouble and self._timer is None:
            self._timer = self._call_later(PATIENCE_S, self._raise)
        elif not trouble:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._alarm(AlarmKind.BUS, over=True)  # it may have stood since before a restart

    def _raise(self) -> None:
        self._alarm(AlarmKind.BUS, self._trouble)
