"""How the commands of the pages ended, for as long as somebody may want to know: also those that took their time."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from knx_ocpp_bridge.core.status import CommandResult

SHOWN_FOR: Final = timedelta(seconds=60)
_MOST: Final = 1024

Place = tuple[str, int]
"""Charger and connector."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One command that was not carried out."""

    at: datetime
    key: str
    """Of the object that was commanded."""
    result: CommandResult
    reason: str


class Outcomes:
    """The last failure at each connector."""

    def __init__(self) -> None:
        self._last: OrderedDict[Place, Outcome] = OrderedDict()

    def begun(self, place: Place) -> None:
        """Another command is on its way there: what was before does not matter any more."""
        self._last.pop(place, None)

    def failed(self, place: Place, outcome: Outcome) -> None:
        """Keeps it."""
        self._last[place] = outcome
        self._last.move_to_end(place)
        while len(self._last) > _MOST:
            self._last.popitem(last=False)

    def of(self, place: Place, now: datetime) -> Outcome | None:
        """What failed there lately."""
        found = self._last.get(place)
        return found if found is not None and now - found.at < SHOWN_FOR else None
