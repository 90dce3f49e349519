"""What belongs to the upkeep of chargers and outlives one request: keys as they were read, self-tests, securing."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, assert_never

from knx_ocpp_bridge import __version__
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.core.commands import Call
from knx_ocpp_bridge.core.events import CallAsked, Origin, Wished
from knx_ocpp_bridge.core.hand_profile import refused
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.selftest import Answered, Ask, AskCall, AskWish
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import ChargerId, Moment
from knx_ocpp_bridge.daemon.asking import Asking
from knx_ocpp_bridge.daemon.books import Trace
from knx_ocpp_bridge.daemon.roster import Roster
from knx_ocpp_bridge.daemon.upkeep.key_book import KeyBook
from knx_ocpp_bridge.daemon.upkeep.notes import NotesOnDisk
from knx_ocpp_bridge.daemon.upkeep.profile_book import ACTIONS, ProfileBook
from knx_ocpp_bridge.daemon.upkeep.selftests import Key, Place, SelfTests, Tools

_WITHIN_S: Final = 180.0
"""Every wish and call has ended by then."""
_AT_ONCE_S: Final = 1.0

Work = Callable[[], Coroutine[Any, Any, Managed]]


@dataclass(frozen=True, slots=True)
class Around:
    """Where the workshop stands: time, the name of the building, and a directory that outlives a restart."""

    moment: Callable[[], Moment]
    site: Callable[[], str]
    state: Path


@dataclass(frozen=True, slots=True)
class Secured:
    """The last time that somebody had a charger secured; `ended` None: it is under way."""

    profile: int
    began: datetime
    ended: datetime | None = None
    done: bool = False
    message: str = ""


class Workshop:
    """Owns what is known of upkeep. `run` it until cancelled."""

    def __init__(self, roster: Roster, trace: Trace, asking: Asking, around: Around) -> None:
        self.keys = KeyBook()
        self.profiles = ProfileBook()
        self.secured: dict[ChargerId, Secured] = {}
        self._asking = asking
        self._roster = roster
        self._moment = around.moment
        self._securing = set[asyncio.Task[Managed]]()
        tools = Tools(roster, trace, around.moment, self._ask)
        self.selftests = SelfTests(tools, NotesOnDisk(around.state), lambda: Place(around.site(), __version__))

    async def run(self) -> None:
        """Self-tests that a restart has cut short are put back; tests go on until this is cancelled."""
        try:
            await self.selftests.run()
        finally:
            for task in self._securing:
                task.cancel()

    def utc(self) -> datetime:
        """By the bridge's clock."""
        return self._moment().utc

    async def call(self, charger: ChargerId, action: str, payload: Mapping[str, Any], origin: Origin) -> Answered:
        """What the charger answers to this operation; keys that it tells are kept, whoever has asked for them."""
        if why := refused(self._roster.charger(charger), action, payload):
            return Answered(CommandResult.NOT_ALLOWED_NOW, why)
        command = Call(action, json.dumps(payload))
        verdict = await self._asking.ask(charger, lambda number: CallAsked(command, origin, number), _WITHIN_S)
        answered = Answered(verdict.result, verdict.reason, json.loads(verdict.answer) if verdict.answer else None)
        if action == "GetConfiguration" and isinstance(answered.answer, dict):
            self.keys.heard(charger, answered.answer, self.utc(), whole=not payload.get("key"))
        if action in ACTIONS:
            self.profiles.heard(charger, action, payload, answered, self.utc())
        return answered

    async def secure(self, charger: ChargerId, profile: int, work: Work, *, wait: bool) -> Managed:
        """What becomes of it; without `wait`, that it has begun, unless it is refused at once. It goes on anyhow."""
        known = self.secured.get(charger)
        if known is not None and known.ended is None:
            return Managed(False, ("it is being secured already",), CommandResult.NOT_ALLOWED_NOW)
        self.secured[charger] = Secured(profile, self.utc())
        task = asyncio.ensure_future(self._secured(charger, work))
        self._securing.add(task)
        task.add_done_callback(self._securing.discard)
        if not wait:
            await asyncio.wait([task], timeout=_AT_ONCE_S)
            if not task.done():
                return Managed(True, (f"{charger} is being brought to security profile {profile}",))
        return await asyncio.shield(task)

    async def _secured(self, charger: ChargerId, work: Work) -> Managed:
        begun = self.secured[charger]
        managed = Managed(False, ("it was broken off",))
        try:
            managed = await work()
        finally:
            self.secured[charger] = replace(
                begun, ended=self.utc(), done=managed.done, message=" ".join(managed.messages)
            )
        return managed

    async def _ask(self, key: Key, ask: Ask, origin: Origin) -> Answered:
        charger, connector = key
        match ask:
            case AskCall(action, payload):
                return await self.call(charger, action, payload, origin)
            case AskWish(name, value):
                verdict = await self._asking.ask(
                    charger,
                    lambda number: Wished(connector, name, value, origin, number, source="self-test"),
                    _WITHIN_S,
                )
                return Answered(verdict.result, verdict.reason)
            case _:
                assert_never(ask)
