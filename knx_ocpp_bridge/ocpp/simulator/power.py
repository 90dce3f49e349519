"""When the charger restarts, is dark, or dials anew. Pure: time is an argument."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_FAREWELL_S: Final = 10.0
"""How long a soft reset waits for the Central System to hear the end of the transactions."""
_REDIAL_AFTER_S: Final = 0.3
"""Answers under way still leave before the link is made anew."""
_GAP_S: Final = 0.2


@dataclass(slots=True)
class Power:
    """Dark: no link is wanted."""

    _restart_by: datetime | None = None
    _redial_at: datetime | None = None
    _dark_until: datetime | None = None

    def restart(self, now: datetime, *, farewell: bool) -> None:
        """Restart at once, or after a farewell."""
        self._restart_by = now + timedelta(seconds=_FAREWELL_S if farewell else 0)

    def redial(self, now: datetime, *, at_once: bool) -> None:
        """Close the link soon and dial again."""
        self._redial_at = self._redial_at or now + timedelta(seconds=0 if at_once else _REDIAL_AFTER_S)

    def restarts(self, now: datetime, reboot_s: float, *, all_said: bool) -> bool:
        """Whether it restarts at this moment; it is dark from then on."""
        if self._redial_at is not None and now >= self._redial_at:
            self._redial_at, self._dark_until = None, now + timedelta(seconds=_GAP_S)
        restarts = self._restart_by is not None and (now >= self._restart_by or all_said)
        if restarts:
            self._restart_by, self._redial_at = None, None
            self._dark_until = now + timedelta(seconds=reboot_s)
        if self._dark_until is not None and now >= self._dark_until:
            self._dark_until = None
        return restarts

    @property
    def dark(self) -> bool:
        return self._dark_until is not None
