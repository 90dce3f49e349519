"""Self-tests going on: the core says what to ask, this asks, looks, and keeps notes of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.core.events import Identity, Origin
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.selftest import Answered, Ask, Run, Stage, View, refusal
from knx_ocpp_bridge.core.selftest_run import Aborted, Heard, begun, proceed, resumed
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, Moment
from knx_ocpp_bridge.daemon.books import Trace
from knx_ocpp_bridge.daemon.roster import Roster
from knx_ocpp_bridge.daemon.upkeep.listening import Listening
from knx_ocpp_bridge.daemon.upkeep.notes import Notes, SelfTest

_log = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 0.5
_LOOK_SELDOM_S: Final = 3.0
_RESTARTED: Final = "the bridge was started anew in the middle of it"

Key = tuple[ChargerId, ConnectorId]


@dataclass(frozen=True, slots=True)
class Tools:
    """What a self-test works with."""

    roster: Roster
    trace: Trace
    moment: Callable[[], Moment]
    ask: Callable[[Key, Ask, Origin], Awaitable[Answered]]
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(slots=True)
class _Going:
    """One that goes on. `end` gets the reason when somebody ends it."""

    connector: ConnectorId
    end: asyncio.Future[str]
    task: asyncio.Task[None] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The building and the bridge, for the result."""

    site: str
    version: str


class SelfTests:
    """Owns the tests: at most one going on for each charger, and the last one of each connector."""

    def __init__(self, tools: Tools, notes: Notes, place: Callable[[], Place]) -> None:
        self._tools = tools
        self._notes = notes
        self._place = place
        self._tests: dict[Key, SelfTest] = {}
        self._going: dict[ChargerId, _Going] = {}

    def known(self, charger: ChargerId) -> list[SelfTest]:
        """The last test of each of its connectors, by connector."""
        return [test for (one, _), test in sorted(self._tests.items()) if one == charger]

    def is_going_on(self, charger: ChargerId) -> bool:
        """A test is under way here, or puts things back."""
        return charger in self._going

    async def begin(self, charger: ChargerId, connector: ConnectorId, by: str, origin: Origin) -> Managed:
        """A test has begun; or why not."""
        one = self._tools.roster.charger(charger)
        if charger in self._going:
            return _refused("a self-test is going on at this charger already")
        why = refusal(one, connector)
        if why:
            return _refused(why)
        identity, place, now = one.identity or Identity(), self._place(), self._tools.moment()
        test = SelfTest(
            charger, one.settings.name, place.site, identity.vendor, identity.model, identity.serial,
            identity.firmware, place.version, by, origin, begun(one.connectors[connector], now),
        )  # fmt: skip
        going = self._going[charger] = _Going(connector, asyncio.get_running_loop().create_future())
        try:
            await self._notes.keep(test)
        except OSError as error:
            del self._going[charger]
            return _refused(f"its notes cannot be written, so nothing could be put back after a power cut: {error}")
        self._tests[charger, connector] = test
        going.task = asyncio.create_task(self._go((charger, connector), going), name=f"self-test {charger}")
        return Managed(done=True, messages=(f"the self-test of {charger}/{connector} has begun",))

    def end(self, charger: ChargerId, by: str) -> Managed:
        """The test that goes on is ended, and everything put back."""
        going = self._going.get(charger)
        if going is None:
            return _refused("no self-test is going on at this charger")
        if not going.end.done():
            going.end.set_result(f"ended by {by}")
        return Managed(done=True, messages=("the self-test is ended; what it has changed is put back",))

    async def run(self) -> None:
        """Puts back what a restart has left changed, then goes on until cancelled; tests end with it."""
        for test in await self._notes.kept():
            self._take_up(test)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            tasks = [going.task for going in self._going.values() if going.task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def settled(self) -> None:
        """No test goes on any more."""
        while tasks := [going.task for going in self._going.values() if going.task is not None]:
            await asyncio.wait(tasks)

    def _take_up(self, test: SelfTest) -> None:
        charger, connector = ChargerId(test.charger), test.run.connector
        if charger not in self._tools.roster.actors or (charger, connector) in self._tests:
            return
        run = resumed(test.run, _RESTARTED, self._tools.moment())
        self._tests[charger, connector] = replace(test, run=run)
        if run.stage is not Stage.OVER and charger not in self._going:
            going = self._going[charger] = _Going(connector, asyncio.get_running_loop().create_future())
            going.task = asyncio.create_task(self._go((charger, connector), going), name=f"self-test {charger}")

    async def _go(self, key: Key, going: _Going) -> None:
        charger, connector = key
        listening = Listening(self._tools.trace, charger, connector)
        heard: Heard = None
        try:
            while (actor := self._tools.roster.actors.get(charger)) is not None:
                test = self._tests[key]
                view = View(actor.charger, listening.told())
                run, ask = proceed(test.run, view, heard, self._tools.moment())
                await self._keep(key, run)
                if run.stage is Stage.OVER:
                    return
                heard = await self._next(key, ask, going, test.origin)
        finally:
            del self._going[charger]

    async def _next(self, key: Key, ask: Ask | None, going: _Going, origin: Origin) -> Heard:
        """The answer, or nothing after a while, or that somebody ends the test."""
        run = self._tests[key].run
        pause_s = _LOOK_SELDOM_S if run.stage is Stage.PUTTING_BACK else _LOOK_EVERY_S
        waiting = asyncio.ensure_future(self._waited(key, ask, origin, pause_s))
        ends = going.end if run.stage is not Stage.PUTTING_BACK else None
        try:
            await asyncio.wait([waiting, *(() if ends is None else (ends,))], return_when=asyncio.FIRST_COMPLETED)
            return Aborted(ends.result()) if ends is not None and ends.done() else waiting.result()
        finally:
            waiting.cancel()

    async def _waited(self, key: Key, ask: Ask | None, origin: Origin, pause_s: float) -> Answered | None:
        if ask is not None:
            return await self._tools.ask(key, ask, origin)
        await self._tools.wait(pause_s)
        return None

    async def _keep(self, key: Key, run: Run) -> None:
        """What has changed is on disk before it is asked for."""
        before = self._tests[key]
        over = run.stage is Stage.OVER and before.ended is None
        test = replace(before, run=run, ended=self._tools.moment().utc if over else before.ended)
        self._tests[key] = test
        if over or _noted(run) != _noted(before.run):
            try:
                await self._notes.keep(test)
            except OSError as error:
                _log.warning("the notes of the self-test of %s/%s cannot be written: %s", *key, error)


def _noted(run: Run) -> tuple[object, ...]:
    return run.results, run.mine, run.start_asked, run.transaction, run.left, run.stage is Stage.PUTTING_BACK


def _refused(reason: str) -> Managed:
    return Managed(done=False, messages=(reason,), because=CommandResult.NOT_ALLOWED_NOW)
