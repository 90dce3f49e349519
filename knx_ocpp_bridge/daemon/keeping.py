"""What of a charger's life is kept: facts and curves by the journal, cards and sums by whoever counts them."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol

from knx_ocpp_bridge.core.facts import Fact, SecurityKept
from knx_ocpp_bridge.core.step import CardShown, Note, Sampled
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.daemon import core_log
from knx_ocpp_bridge.daemon.accounts.accounting import Accounting
from knx_ocpp_bridge.daemon.alarms import Alarms
from knx_ocpp_bridge.daemon.cards.people import People
from knx_ocpp_bridge.daemon.energy.energy import Energy
from knx_ocpp_bridge.daemon.roster import Roster
from knx_ocpp_bridge.store.journal import Journal

_log = logging.getLogger(__name__)


class Parts(Protocol):
    """What of the bridge hears of it. Not all of it is there before the first event."""

    alarms: Alarms
    roster: Roster
    accounting: Accounting
    people: People
    energy: Energy

    def ask_for_certificates(self) -> None: ...


class Keeping:
    """A stranger that may not charge leaves nothing on disk: it could fill it with invented ids."""

    def __init__(self, parts: Parts, journal: Journal) -> None:
        self._parts = parts
        self._journal = journal

    def note(self, charger_id: ChargerId, note: Note) -> None:
        """A sentence for the log, and maybe an alarm; of one that is forgotten nothing is kept."""
        core_log.say(charger_id, note)
        self._parts.alarms.hear(charger_id, note)
        if charger_id in self._parts.roster.actors and self._parts.roster.keeps(charger_id):
            self._journal.log(charger_id, note)

    def record(self, charger_id: ChargerId, facts: tuple[Fact, ...], done: Callable[[], None]) -> None:
        """The facts will be on disk; then `done` is called, and whoever counts is told."""
        if any(isinstance(fact, SecurityKept) for fact in facts):
            asyncio.get_running_loop().call_soon(self._parts.ask_for_certificates)
        if self._parts.roster.keeps(charger_id):
            self._journal.append(charger_id, facts, partial(self._recorded, charger_id, facts, done))
        else:
            asyncio.get_running_loop().call_soon(done)

    def sample(self, charger_id: ChargerId, sampled: Sampled) -> None:
        """A point of a curve."""
        if self._parts.roster.keeps(charger_id):
            self._journal.sample(charger_id, sampled)

    def card(self, charger_id: ChargerId, shown: CardShown) -> None:
        """A card was held to a reader."""
        _log.debug("a card was held to %s: %s", charger_id, shown.status.value)
        self._parts.accounting.card(charger_id, shown)
        if self._parts.roster.keeps(charger_id):
            self._parts.people.held(charger_id, shown)

    def _recorded(self, charger_id: ChargerId, facts: tuple[Fact, ...], done: Callable[[], None]) -> None:
        done()
        self._parts.accounting.recorded(charger_id, facts)
        self._parts.people.recorded(charger_id, facts)
        self._parts.energy.recorded(charger_id, facts)
