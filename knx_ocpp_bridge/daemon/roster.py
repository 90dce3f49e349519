"""Who is there: one actor for each charger, configured or merely met."""

import logging
import secrets
import shlex
import string
from collections.abc import Callable, Iterable
from typing import Final

from knx_ocpp_bridge.actor import Actor, Ports
from knx_ocpp_bridge.config.fields import ANONYMOUS
from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.core.charger import begin
from knx_ocpp_bridge.core.events import (
    BootNotified,
    Event,
    LinkClosed,
    LinkOpened,
    Reconfigured,
    TagBookChanged,
    TransactionStarted,
    TransactionStopped,
)
from knx_ocpp_bridge.core.facts import IdentityLearned, TagIssued
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.settings import ChargerSettings, Registration
from knx_ocpp_bridge.core.state import Charger, Presence
from knx_ocpp_bridge.core.values import ChargerId, IdTag, TransactionId
from knx_ocpp_bridge.daemon.adoption.strangers import Dialled, StrangerBook
from knx_ocpp_bridge.store.journal import Journal

MOST_UNKNOWN: Final = 64
"""Chargers that nobody configured and that are remembered at one time."""
_TAG_LENGTH: Final = 14
_TAG_LETTERS: Final = string.digits + string.ascii_uppercase

_log = logging.getLogger(__name__)


class Roster:
    """Owns the actors. Events for a charger that is not there are an error of the caller.

    `rejected` are the strangers that somebody has sent away.
    """

    def __init__(self, loaded: Loaded, journal: Journal, ports: Ports, rejected: Iterable[str] = ()) -> None:
        self.actors: dict[ChargerId, Actor] = {}
        self.strangers = StrangerBook()
        self.booted: Callable[[ChargerId], None] = lambda _charger: None
        """Told of every stranger that boots, once it has been worked on."""
        self._rejected = {one.casefold(): one for one in rejected}
        self._journal = journal
        self._ports = ports
        self._last_number = journal.last_transaction_id()
        self.configure(loaded)

    def configure(self, loaded: Loaded) -> None:
        """Every configured charger has an actor with its settings; one that was removed is a stranger now."""
        self._loaded = loaded
        self._spelling = {
            name.casefold(): charger_id
            for charger_id, settings in loaded.chargers.items()
            for name in (*settings.aliases, charger_id)
        }
        for charger_id, settings in loaded.chargers.items():
            known = self._met_as(charger_id)
            if known is not None and known != charger_id:
                self._respell(known, charger_id)
            if charger_id in self.actors:
                self._adopt(self.actors[charger_id].charger)
                self.actors[charger_id].post(Reconfigured(settings))
            else:
                self._add(settings)
        for charger_id in self.actors.keys() - loaded.chargers.keys():
            if charger_id.casefold() in self._spelling:
                self.forget(charger_id)  # met under what is an alias now: it dials in anew, as the configured one
            else:
                self._settle(charger_id)

    def have_cards(self, loaded: Loaded) -> None:
        """The same configuration with other cards: the chargers whose tag book differs are told."""
        before, self._loaded = self._loaded, loaded
        for charger_id, actor in tuple(self.actors.items()):
            old, new = ((one.chargers.get(charger_id) or one.unknown(charger_id)).tag_book for one in (before, loaded))
            if old != new:
                actor.post(TagBookChanged(new))

    def keeps(self, charger_id: ChargerId) -> bool:
        """What happens to this charger is worth a place on disk: it is configured, or it may charge all the same."""
        settings = self.actors[charger_id].charger.settings
        return settings.configured or settings.registration is Registration.ACCEPTED

    def find(self, charger_id: str) -> ChargerId | None:
        """The charger of that id or alias, compared without regard to case."""
        name = charger_id or ANONYMOUS
        configured = self._spelling.get(name.casefold())
        return configured if configured is not None else self._met_as(name)

    def charger(self, charger_id: ChargerId) -> Charger:
        """The charger as it is now; it must be one that `find` has given."""
        return self.actors[charger_id].charger

    def unknown(self, charger_id: ChargerId) -> ChargerSettings:
        """The settings of a charger that nobody configured."""
        settings = self._loaded.unknown(charger_id)
        return replace(settings, registration=Registration.REJECTED) if self.is_rejected(charger_id) else settings

    def is_rejected(self, charger_id: str) -> bool:
        """Somebody has sent this stranger away."""
        return charger_id.casefold() in self._rejected

    def rejected(self) -> list[str]:
        """The strangers that somebody has sent away, heard of since the start or not."""
        return list(self._rejected.values())

    def reject(self, charger_id: str, *, rejected: bool) -> None:
        """A stranger is answered Rejected from now on, or no longer."""
        if rejected:
            self._rejected[charger_id.casefold()] = charger_id
        else:
            self._rejected.pop(charger_id.casefold(), None)
        met = self._met_as(charger_id)
        if met is not None and not self.actors[met].charger.settings.configured:
            self._settle(met)

    def forget(self, charger_id: str) -> None:
        """A stranger that was never met; one that is connected has to dial in anew."""
        self.strangers.forget(charger_id)
        self._rejected.pop(charger_id.casefold(), None)
        met = self._met_as(charger_id)
        if met is not None and not self.actors[met].charger.settings.configured:
            self.actors.pop(met).retire()
            self._ports.hang_up(met)

    def admit(self, dialled: Dialled) -> ChargerId | None:
        """The charger that dials in; None: there are too many strangers already."""
        known = self.find(dialled.identity)
        if known is not None and self.actors[known].charger.settings.configured:
            self.strangers.forget(known)
            return known
        if known is None and not self._has_room():
            return None
        name = known or ChargerId(dialled.identity or ANONYMOUS)
        self.strangers.dialled(name, dialled, self._ports.moment().utc)
        return known or self._meet(name)

    def turned_away(self, dialled: Dialled, reason: str) -> None:
        """It was not let in: a stranger is listed all the same, and of a configured charger it is shown."""
        name = self.find(dialled.identity) or dialled.identity or ANONYMOUS
        self.strangers.dialled(name, dialled, self._ports.moment().utc, reason)

    def _has_room(self) -> bool:
        strangers = [one for one, actor in self.actors.items() if not actor.charger.settings.configured]
        if len(strangers) >= MOST_UNKNOWN:
            absent = next((one for one in strangers if self.actors[one].charger.link is None), None)
            if absent is None:
                return False
            self.actors.pop(absent).retire()
        return True

    def _meet(self, stranger: ChargerId) -> ChargerId:
        settings = self.unknown(stranger)
        _log.warning(
            "charger %s is not in the configuration: %s; to adopt it: knx-ocpp-bridge chargers adopt %s",
            stranger,
            settings.registration.value,
            _argument(stranger),
        )
        self._add(settings)
        return stranger

    def post(self, charger_id: ChargerId, event: Event) -> None:
        """The event reaches the charger's actor; those of a stranger that was forgotten meanwhile reach nobody."""
        actor = self.actors.get(charger_id)
        if actor is not None:
            turns = actor.turns
            actor.post(event)
            if isinstance(event, TransactionStarted | TransactionStopped) and actor.turns > turns:
                self._take_back(event.fresh, actor.charger)
            if not actor.charger.settings.configured:
                self._note_stranger(charger_id, event)
        elif isinstance(event, LinkOpened):
            self._ports.hang_up(charger_id)

    def _note_stranger(self, charger_id: ChargerId, event: Event) -> None:
        match event:
            case BootNotified():
                self.booted(charger_id)
            case LinkClosed(reason=reason):
                self.strangers.ended(charger_id, reason)
            case _:
                pass

    def fresh(self) -> TransactionId:
        """A transaction number that was never given out, over restarts too."""
        self._last_number = max(self._last_number, self._journal.last_transaction_id()) + 1
        return TransactionId(self._last_number)

    def _take_back(self, number: TransactionId, charger: Charger) -> None:
        """The event with this number has been decided. If it left it alone, and none was given since, it is the next.

        Of an event that still waits for its turn the number stays given: two must never have the same one.
        """
        taken = {connector.transaction.id for connector in charger.connectors.values() if connector.transaction}
        taken.update(one.id for one in charger.ended)
        if number == self._last_number and number not in taken and self._journal.last_transaction_id() < number:
            self._last_number -= 1

    def online(self) -> int:
        """How many configured chargers the building is told are connected."""
        return sum(
            actor.charger.presence is Presence.ONLINE and actor.charger.settings.configured
            for actor in self.actors.values()
        )

    def _adopt(self, charger: Charger) -> None:
        """What is known of a stranger goes on disk once it is configured."""
        if charger.settings.configured:
            return
        learned = () if charger.identity is None else (IdentityLearned(charger.identity),)
        self._journal.append(charger.settings.id, (TagIssued(charger.own_tag), *learned))

    def _settle(self, stranger: ChargerId) -> None:
        """A stranger has the settings of one."""
        settings = self.unknown(stranger)
        if self.actors[stranger].charger.settings != settings:
            self.actors[stranger].post(Reconfigured(settings))

    def _respell(self, known: ChargerId, charger_id: ChargerId) -> None:
        """It was met under another spelling; under the configured one it dials in anew, and nothing is forgotten."""
        actor = self.actors[charger_id] = self.actors.pop(known)
        if actor.charger.link is not None:
            actor.post(LinkClosed(actor.charger.link, "its id is spelled differently from now on"))
            self._ports.hang_up(known)

    def _add(self, settings: ChargerSettings) -> None:
        remembered = self._journal.remembered(settings.id)
        own_tag = remembered.own_tag
        if own_tag is None:
            own_tag = IdTag("".join(secrets.choice(_TAG_LETTERS) for _ in range(_TAG_LENGTH)))
            if settings.configured:
                self._journal.append(settings.id, (TagIssued(own_tag),))
        charger = begin(settings, remembered, own_tag, self._ports.moment())
        self.actors[settings.id] = Actor(charger, self._ports)

    def _met_as(self, charger_id: str) -> ChargerId | None:
        folded = charger_id.casefold()
        return next((one for one in self.actors if one.casefold() == folded), None)


def _argument(charger_id: str) -> str:
    """The id as a shell takes it: whoever dials in chooses it, and somebody will copy that line."""
    quoted = shlex.quote(charger_id)
    return f"-- {quoted}" if charger_id.startswith("-") else quoted
