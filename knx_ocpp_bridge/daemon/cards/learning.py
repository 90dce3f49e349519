"""Learn mode: the next unknown card that is held to a reader gets a name, or is at least shown to whoever waits."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from knx_ocpp_bridge.core.settings import Tag
from knx_ocpp_bridge.core.step import CardShown
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.daemon.cards.people import People

MOST_MINUTES: Final = 60


@dataclass(frozen=True, slots=True)
class Held:
    """The card that ended the waiting."""

    charger: ChargerId
    shown: CardShown
    known: Tag | None
    at: datetime
    """UTC."""


class Learning:
    """One waits at a time; whoever comes later takes over, and the one before is told (`wait` gives None)."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._waiting: asyncio.Future[Held | None] | None = None
        self._at: ChargerId | None = None
        people.shown.append(self._held)

    async def wait(self, at: ChargerId | None, seconds: float) -> Held | None:
        """The next card at this charger (None: at any); None: somebody else waits now.

        Raises:
            TimeoutError: no card came.
        """
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
        mine: asyncio.Future[Held | None] = asyncio.get_running_loop().create_future()
        self._waiting = mine
        self._at = at
        try:
            async with asyncio.timeout(seconds):
                return await mine
        finally:
            if self._waiting is mine:
                self._waiting = None

    def _held(self, charger_id: ChargerId, shown: CardShown) -> None:
        if self._waiting is None or self._waiting.done() or self._at not in {None, charger_id}:
            return
        self._waiting.set_result(Held(charger_id, shown, self._people.card(shown.id_tag), self._people.moment().utc))


def where(held: Held) -> str:
    """The place of a reader, in words."""
    return f"{held.charger}/{held.shown.connector}" if held.shown.connector else str(held.charger)
