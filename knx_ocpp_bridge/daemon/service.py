"""What the daemon does when it is asked: everything of the control socket, and reading the configuration again."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol, assert_never

from knx_ocpp_bridge.config.load import Loaded, load
from knx_ocpp_bridge.config.models import HostPort
from knx_ocpp_bridge.config.problems import ConfigError
from knx_ocpp_bridge.config.reload import differences
from knx_ocpp_bridge.control.caller import COMMAND_LINE, Caller
from knx_ocpp_bridge.control.options import AskError, MissingError, MisuseError
from knx_ocpp_bridge.control.protocol import (
    Call,
    Called,
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
from knx_ocpp_bridge.core.step import Verdict
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, ConnectorId, Value
from knx_ocpp_bridge.daemon import logs, snapshot
from knx_ocpp_bridge.daemon.accounts.accounting import Accounting
from knx_ocpp_bridge.daemon.adoption.adopting import Adopting, Editor, File
from knx_ocpp_bridge.daemon.adoption.window import Window
from knx_ocpp_bridge.daemon.asking import Asking
from knx_ocpp_bridge.daemon.books import Books
from knx_ocpp_bridge.daemon.building.building import Building
from knx_ocpp_bridge.daemon.cards.finding import found_card
from knx_ocpp_bridge.daemon.cards.people import People
from knx_ocpp_bridge.daemon.clock import WallClock
from knx_ocpp_bridge.daemon.desk import Desk
from knx_ocpp_bridge.daemon.energy import rows as energy_rows
from knx_ocpp_bridge.daemon.energy.energy import Energy
from knx_ocpp_bridge.daemon.manage import manage
from knx_ocpp_bridge.daemon.notify import Notifier
from knx_ocpp_bridge.daemon.queries import looked
from knx_ocpp_bridge.daemon.roster import Roster
from knx_ocpp_bridge.daemon.sources import Sources, found
from knx_ocpp_bridge.daemon.system.machine import Again, Machine
from knx_ocpp_bridge.daemon.upkeep.workshop import Around, Workshop
from knx_ocpp_bridge.knx.bindings import ObjectKey
from knx_ocpp_bridge.knx.bus import Bus
from knx_ocpp_bridge.ocpp.server import CentralSystem

_log = logging.getLogger(__name__)

_CHARGERS_AT_ONCE: Final = 8
_VERDICT_WITHIN_S: Final = 180.0
"""Every wish and call has ended by then: the response timeout of a few calls, and the waits between them."""


class Parts(Protocol):
    """What of the bridge is looked at and acted on here."""

    clock: WallClock
    bus: Bus
    building: Building
    ocpp: CentralSystem
    roster: Roster
    accounting: Accounting
    people: People
    energy: Energy

    def say_bridge_objects(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands round the parts: the books, the environment, and who changes the configuration file."""

    books: Books
    environ: Mapping[str, str]
    editor: Editor
    state: Path
    """Directory of the database and the certificates."""
    again: Again | None = None
    """As `Machine.again`."""


class Service:
    """Answers the control socket, the pages, the API, and SIGHUP."""

    def __init__(self, loaded: Loaded, parts: Parts, surroundings: Surroundings) -> None:
        self.loaded = loaded
        self.notifier: Notifier | None = None
        self._started_with = loaded
        self._refused: tuple[str, ...] = ()
        self._one_at_a_time = asyncio.Lock()
        self._reloads = set[asyncio.Task[Reloaded]]()
        self._parts = parts
        self._environ = surroundings.environ
        roster, books = parts.roster, surroundings.books
        self._asking = Asking(roster.post)
        file = File(lambda: self.loaded.path, surroundings.editor, surroundings.environ, self.reload)
        adopting = Adopting(roster, self._asking, file)
        self.window = Window(lambda: parts.clock.moment().monotonic_s, self._adopt)
        roster.booted = self._booted
        self.machine = Machine(
            surroundings.state,
            parts.clock,
            lambda: self.loaded,
            lambda: self._refused,
            lambda: self._started_with,
            lambda: differences(self._started_with, self.loaded).restart,
            surroundings.environ,
            parts.ocpp.tally,
            parts.ocpp.listening.is_set,
            again=surroundings.again,
        )
        around = Around(parts.clock.moment, lambda: self.loaded.bridge.site.name, surroundings.state)
        self.workshop = Workshop(roster, books.trace, self._asking, around)
        rest = (parts.building, self.machine, self.workshop)
        self._desk = Desk(roster, books, self.window, self._asking, adopting, roster.post, *rest)
        self._sources = Sources(roster, books, self.window, lambda: self.loaded.bridge.site, *rest)

    async def handle(self, request: Request, caller: Caller = COMMAND_LINE) -> Response:
        """The answer to one request of the control socket, a page or the API. What it changes stands in the audit."""
        try:
            response = await self._answered(request, caller)
        except asyncio.CancelledError:
            self._desk.books.access.left(request, caller)
            raise
        self._desk.books.access.told(request, caller, response)
        return response

    async def _answered(self, request: Request, caller: Caller) -> Response:
        try:
            return await self._handle(request, caller)
        except AskError as error:
            return Failed(str(error), isinstance(error, MisuseError), isinstance(error, MissingError))

    async def _handle(self, request: Request, caller: Caller) -> Response:
        match request:
            case Status():
                return await self._snapshot()
            case Wish():
                return await self._wish(request, caller)
            case Reload():
                return await self.reload()
            case Call(charger, action, payload):
                return await self.call(charger, action, payload, caller.origin)
            case Query(topic, charger, options):
                return await looked(self._sources, topic, charger, options)
            case Manage(act, charger, options):
                return await manage(self._desk, act, charger, options, caller.origin, caller.name)
            case _:
                assert_never(request)

    async def call(self, charger: str, action: str, payload: Mapping[str, Any], origin: Origin) -> Called:
        """What a charger answers to any operation.

        Raises:
            AskError: there is no such charger.
        """
        answered = await self.workshop.call(found(self._parts.roster, charger), action, payload, origin)
        return Called(answered.result, answered.reason, answered.answer)

    def verdict(self, verdict: Verdict) -> None:
        """A wish or call has ended; whoever waits for it gets its answer."""
        self._asking.verdict(verdict)

    def summary(self) -> str:
        """One line for `systemctl status`."""
        name = self.loaded.bridge.site.name
        chargers = f"{self._parts.roster.online()} of {len(self.loaded.chargers)} chargers online"
        return f"{name}: {chargers}" if name else chargers

    def reload_soon(self) -> None:
        """As `reload`, for whoever waits for nothing (SIGHUP)."""
        reload = asyncio.create_task(self.reload(), name="reload")
        self._reloads.add(reload)
        reload.add_done_callback(self._reloads.discard)

    def not_in_force(self, *why: str) -> None:
        """The configuration on disk could not be served: the one before it is in force."""
        self._refused = why

    async def reload(self) -> Reloaded:
        """The configuration as it is on disk is in force, or nothing has changed and it is said why.

        It is read beside the loop, as long files take a second: chargers are answered meanwhile.
        """
        async with self._one_at_a_time:
            return await self._reload()

    async def _reload(self) -> Reloaded:
        if self.notifier is not None:
            self.notifier.reloading()
        try:
            new = await asyncio.to_thread(load, self.loaded.path, self._environ)
        except ConfigError as error:
            _log.error("%s", error)
            self._refused = tuple(map(str, error.problems))
            self._say_ready(f"configuration refused, the old one stays in force: {error.problems[0]}")
            warnings = (f"warning: {each}" for each in error.warnings)
            return Reloaded(reloaded=False, messages=(*self._refused, *warnings))
        self._refused = ()
        plan = differences(self.loaded, new)
        self.loaded = new
        logs.set_up(new.bridge.log.level, new.bridge.log.levels, self._environ)
        self._parts.roster.configure(self._parts.people.merged(new))
        self._parts.building.configure(new)
        self._parts.accounting.configure(new)
        self._parts.energy.configure(new)
        self._parts.say_bridge_objects()
        messages = (*new.warnings, *plan.live, *differences(self._started_with, new).restart)
        for message in messages:
            _log.info("%s", message)
        self._say_ready(self.summary())
        return Reloaded(reloaded=True, messages=messages)

    def known(self, key: ObjectKey) -> Value | None:
        """What the building was or would have been told of this object last."""
        charger_id, connector, name = key
        if charger_id is not None:
            outlet = self._parts.roster.charger(charger_id).connectors.get(connector)
            if outlet is not None and name in outlet.said:
                return outlet.said[name]
        return self._counted(charger_id, connector).get(name)

    def _counted(self, charger_id: ChargerId | None, connector: ConnectorId = CHARGE_POINT) -> dict[str, Value]:
        """What is known beside what the charger itself has told."""
        parts = self._parts
        return {**parts.accounting.values(charger_id, connector), **parts.energy.values(charger_id, connector)}

    def _say_ready(self, status: str) -> None:
        if self.notifier is not None:
            self.notifier.ready(status)

    def _booted(self, stranger: ChargerId) -> None:
        if not self._parts.roster.is_rejected(stranger):
            self.window.booted(stranger)

    async def _adopt(self, stranger: ChargerId) -> bool:
        managed = await self._desk.adopting.adopt(stranger)
        if not managed.done:
            _log.warning("%s cannot be adopted: %s", stranger, "; ".join(managed.messages))
        return managed.done

    async def _wish(self, wish: Wish, caller: Caller) -> Ended:
        id_tag = None if wish.id_tag is None else found_card(self._parts.people, wish.id_tag)[0][0]
        charger_id = found(self._parts.roster, wish.charger)
        wished = Wished(wish.connector, wish.key, wish.value, caller.origin, source=caller.name, id_tag=id_tag)
        self._parts.bus.expect(((charger_id, wished),))
        verdict = await self._asking.ask(charger_id, lambda number: replace(wished, number=number), _VERDICT_WITHIN_S)
        return Ended(verdict.result, verdict.reason)

    async def _snapshot(self) -> Snapshot:
        parts, now = self._parts, self._parts.clock.moment()
        ocpp = {
            "listen": str(HostPort(self.loaded.bridge.ocpp.listen.host, parts.ocpp.port)),
            "connected": sum(actor.charger.link is not None for actor in parts.roster.actors.values()),
            "configured": len(self.loaded.chargers),
        }
        return Snapshot(
            {
                **snapshot.bridge(self.loaded.bridge.site.name, now, asdict(parts.bus.state), ocpp),
                "clock_source": parts.clock.source().value,
                "inputs": parts.building.inputs.summary(),
                "window": self.window.state(),
                "values": {key: snapshot.plain(value) for key, value in self._counted(None).items()},
                "alarms": self._sources.books.alarms.standing(),
                "energy": energy_rows.site(parts.energy),
            },
            await self._chargers(),
        )

    async def _chargers(self) -> tuple[dict[str, Any], ...]:
        """In slices: whoever looks at hundreds of chargers must not make one of them wait."""
        rows = []
        for number, actor in enumerate(tuple(self._parts.roster.actors.values()), 1):
            rows.append(snapshot.charger(actor.charger, self._parts.clock.moment(), self._counted))
            if number % _CHARGERS_AT_ONCE == 0:
                await asyncio.sleep(0)
        return tuple(rows)
