"""What the daemon does when it is asked: status, wishes of the command line, and reading the configuration again."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final, Protocol, assert_never

from knx_ocpp_bridge.config.load import Loaded, load
from knx_ocpp_bridge.config.models import HostPort
from knx_ocpp_bridge.config.problems import ConfigError
from knx_ocpp_bridge.config.reload import differences
from knx_ocpp_bridge.control.protocol import (
    Call,
    Ended,
    Failed,
    Manage,
    Query,
    Reload,
    Reloaded,
    Request,
    Response,
    Snapshot,
    Status,
    Wish,
)
from knx_ocpp_bridge.core.events import Origin, Wished
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import Verdict
from knx_ocpp_bridge.daemon import logs, snapshot
from knx_ocpp_bridge.daemon.clock import WallClock
from knx_ocpp_bridge.daemon.notify import Notifier
from knx_ocpp_bridge.daemon.roster import Roster
from knx_ocpp_bridge.knx.bindings import BindingTable
from knx_ocpp_bridge.knx.bus import Bus
from knx_ocpp_bridge.ocpp.server import CentralSystem

_log = logging.getLogger(__name__)

_VERDICT_WITHIN_S: Final = 180.0
"""Every wish has ended by then: the response timeout of a few calls, and the waits between them."""


class Parts(Protocol):
    """What of the bridge is looked at and acted on here."""

    clock: WallClock
    bus: Bus
    ocpp: CentralSystem
    roster: Roster

    def say_bridge_objects(self) -> None: ...


class Service:
    """Answers the control socket and SIGHUP."""

    def __init__(self, loaded: Loaded, parts: Parts, environ: Mapping[str, str]) -> None:
        self.loaded = loaded
        self.notifier: Notifier | None = None
        self._started_with = loaded
        self._parts = parts
        self._environ = environ
        self._waiting: dict[int, asyncio.Future[Verdict]] = {}
        self._last_number = 0

    async def handle(self, request: Request) -> Response:
        """The answer to one request of the control socket."""
        match request:
            case Status():
                return self._snapshot()
            case Wish():
                return await self._wish(request)
            case Reload():
                return self.reload()
            case Call() | Query() | Manage():
                return Failed("not in this version")
            case _:
                assert_never(request)

    def verdict(self, verdict: Verdict) -> None:
        """A wish has ended; whoever waits for it gets its answer."""
        waiting = self._waiting.get(verdict.number)
        if waiting is not None and not waiting.done():
            waiting.set_result(verdict)

    def summary(self) -> str:
        """One line for `systemctl status`."""
        name = self.loaded.bridge.site.name
        chargers = f"{self._parts.roster.online()} of {len(self.loaded.chargers)} chargers online"
        return f"{name}: {chargers}" if name else chargers

    def reload(self) -> Reloaded:
        """The configuration as it is on disk is in force, or nothing has changed and it is said why."""
        if self.notifier is not None:
            self.notifier.reloading()
        try:
            new = load(self.loaded.path, self._environ)
        except ConfigError as error:
            _log.error("%s", error)
            self._say_ready(f"configuration refused, the old one stays in force: {error.problems[0]}")
            return Reloaded(reloaded=False, messages=tuple(str(problem) for problem in error.problems))
        plan = differences(self.loaded, new)
        self.loaded = new
        logs.set_up(new.bridge.log.level, new.bridge.log.levels, self._environ)
        for charger_id in plan.removed:
            self._parts.bus.forget(charger_id)
        self._parts.roster.configure(new)
        self._parts.bus.rebind(BindingTable(new.objects))
        self._parts.say_bridge_objects()
        messages = (*new.warnings, *plan.live, *differences(self._started_with, new).restart)
        for message in messages:
            _log.info("%s", message)
        self._say_ready(self.summary())
        return Reloaded(reloaded=True, messages=messages)

    def _say_ready(self, status: str) -> None:
        if self.notifier is not None:
            self.notifier.ready(status)

    async def _wish(self, wish: Wish) -> Response:
        charger_id = self._parts.roster.find(wish.charger)
        if charger_id is None:
            known = ", ".join(sorted(self._parts.roster.actors)) or "none"
            return Failed(f"there is no charger {wish.charger!r}; known: {known}")
        self._last_number += 1
        number = self._last_number
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        event = Wished(wish.connector, wish.key, wish.value, Origin.CLI, number, id_tag=wish.id_tag)
        self._parts.roster.post(charger_id, event)
        try:
            async with asyncio.timeout(_VERDICT_WITHIN_S):
                verdict = await waiting
        except TimeoutError:
            return Ended(CommandResult.TIMED_OUT, "the charger has not said how it ended")
        finally:
            del self._waiting[number]
        return Ended(verdict.result, verdict.reason)

    def _snapshot(self) -> Snapshot:
        parts = self._parts
        ocpp = {
            "listen": str(HostPort(self.loaded.bridge.ocpp.listen.host, parts.ocpp.port)),
            "connected": sum(actor.charger.link is not None for actor in parts.roster.actors.values()),
            "configured": len(self.loaded.chargers),
        }
        return Snapshot(
            snapshot.bridge(self.loaded.bridge.site.name, parts.clock.moment(), asdict(parts.bus.state), ocpp),
            tuple(snapshot.charger(actor.charger) for actor in parts.roster.actors.values()),
        )
