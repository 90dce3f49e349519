"""The composition root: everything is built here, wired here, and falls here if it must."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.actor import Ports
from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.config.models import Retention
from knx_ocpp_bridge.control.server import ControlServer
from knx_ocpp_bridge.core.events import CardForgotten, Event, Wished, Woken
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.step import AlarmKind, Level, Note, Update, Verdict
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, IdTag, TransactionId, Value
from knx_ocpp_bridge.daemon import authority, garbage, watchdog
from knx_ocpp_bridge.daemon.access.office import AccessOffice
from knx_ocpp_bridge.daemon.accounts import accounting
from knx_ocpp_bridge.daemon.adoption.editing import Editor
from knx_ocpp_bridge.daemon.alarms import Alarms, Sources
from knx_ocpp_bridge.daemon.books import Books
from knx_ocpp_bridge.daemon.building.building import Building, Neighbours
from knx_ocpp_bridge.daemon.cards.card_office import CardOffice
from knx_ocpp_bridge.daemon.cards.learning import Learning
from knx_ocpp_bridge.daemon.cards.people import Means, People
from knx_ocpp_bridge.daemon.clock import BUILD_DATE, ClockNews, ClockWatch, WallClock
from knx_ocpp_bridge.daemon.door import Door
from knx_ocpp_bridge.daemon.energy.wiring import wired
from knx_ocpp_bridge.daemon.keeping import Keeping
from knx_ocpp_bridge.daemon.notify import Notifier, watchdog_interval_s
from knx_ocpp_bridge.daemon.roster import Roster
from knx_ocpp_bridge.daemon.service import Service, Surroundings
from knx_ocpp_bridge.daemon.signing import Signing
from knx_ocpp_bridge.daemon.system.machine import Again
from knx_ocpp_bridge.knx.bindings import ObjectKey
from knx_ocpp_bridge.ocpp.failures import FailureBook
from knx_ocpp_bridge.ocpp.handshake import Attempt, Refusal
from knx_ocpp_bridge.ocpp.server import CentralSystem
from knx_ocpp_bridge.ocpp.trace import TraceBook
from knx_ocpp_bridge.pki.errors import PkiError
from knx_ocpp_bridge.pki.keeper import Keeper
from knx_ocpp_bridge.store.alarms import AlarmBook
from knx_ocpp_bridge.store.history import History
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.people import PeopleBook
from knx_ocpp_bridge.store.upkeep import Terms, Upkeep

_log = logging.getLogger(__name__)

DATABASE: Final = "bridge.db"


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the bridge remembers, where it can be talked to, and how it starts again in the same process."""

    state: Path
    socket: Path
    again: Again | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """Who watches every message go by (the demo); by default nobody."""

    ocpp: Callable[[ChargerId, str, str], None] | None = None
    knx: Callable[[str], None] | None = None


class Bridge:
    """One bridge: the journal, the chargers, the bus and the control socket, wired together."""

    service: Service
    _comes_back = False

    def __init__(
        self, loaded: Loaded, paths: Paths, environ: Mapping[str, str], witness: Witness | None = None
    ) -> None:
        witness = witness or Witness()
        self._environ = environ
        self.clock = WallClock(None, time.monotonic())
        self._journal = self._opened(paths.state / DATABASE)
        self._keeping, self.energy = Keeping(self, self._journal), wired(self, loaded, self._journal, paths.state)
        self._watch = ClockWatch(self.clock, self._clock_news, self._clock_leapt)
        self.building = Building(
            loaded,
            Neighbours(
                self.clock, self._wished, self._known, witness.knx, self._alarm,
                self.say_of_building, partial(self._journal.log, ""), self.alarm_of_building, self._watch.look,
                paths.state, self.energy.sensed,
            ),
        )  # fmt: skip
        self.bus = self.building.bus
        self._witness = witness.ocpp
        self._trace = TraceBook(self._utc)
        self._keeper = self._certified(loaded, paths.state)
        self._tls = authority.context(loaded.bridge, self._keeper)
        self.alarms = Alarms(
            AlarmBook(self._journal, asyncio.get_running_loop().call_later),
            self.clock.moment,
            lambda update: self.bus.offer(None, update),
            Sources(lambda: self.service.loaded.chargers, self._name),
        )
        self._journal.on_trouble(self._disk_news)
        self._journal.take_along(self.alarms.take)
        failures = FailureBook(self._utc)
        self.ocpp = CentralSystem(
            loaded.bridge.ocpp,
            self._admit,
            self._deliver,
            self._fresh,
            self._trace if witness.ocpp is None else self._heard,
            tls=self._tls,
            root=None if self._keeper is None else self._keeper.root_pem,
            failures=failures,
            utc=self._utc,
        )
        history = History(self._journal)
        self.people = People(loaded, self._means(history))
        self.roster = Roster(self.people.merged(loaded), self._journal, self._ports(), self._journal.rejected())
        self.accounting = accounting.Accounting(
            loaded,
            self._journal,
            accounting.Means(self.clock.moment, self._charger, self.bus.offer, asyncio.get_running_loop().call_later),
        )
        self._door, self._signing = Door(self.roster), Signing(self._keeper, self._deliver)
        learning, erased = Learning(self.people), self.accounting.read_again
        cards = CardOffice(self.people, learning, self._journal, self._deliver_to_all, erased)
        self.access = AccessOffice(self._journal, self.clock.moment, asyncio.get_running_loop().call_later)
        books = Books(
            failures, self._trace, self._journal, history, self.alarms, self.accounting, cards, self._keeper,
            self.access, self.energy,
        )  # fmt: skip
        self.service = Service(
            loaded, self, Surroundings(books, environ, Editor(paths.state), paths.state, paths.again)
        )
        self.ask_for_certificates()
        self._control = ControlServer(paths.socket, self.service.handle)
        self._stop = asyncio.Event()

    def _certified(self, loaded: Loaded, state: Path) -> Keeper | None:
        """Our certificates; without them the journal is free for whoever tries next."""
        try:
            return authority.opened(loaded.bridge, state, self._utc)
        except PkiError:
            self._journal.close()
            raise

    def _opened(self, path: Path) -> Journal:
        """The journal, by whose newest entry the clock is judged."""
        journal = Journal(path, self._utc)
        journal.open()
        self.clock.not_before(journal.newest_entry())
        return journal

    def _chores(self, edges: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """What is looked after now and then, while chargers are served."""
        self.accounting.tell()
        clock, people = self.clock, self.people
        terms = Terms(clock.moment, clock.synchronised, BUILD_DATE, self._retention, people.knows, people.seen.forget)
        chores = (Upkeep(self._journal, terms).run(), self.service.workshop.run())
        return [*map(edges.create_task, chores), *self._pages(edges)]

    def _pages(self, edges: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """The site, where one is wanted; what it needs is loaded then."""
        web = self.service.loaded.bridge.web
        if web is None:
            return []
        from knx_ocpp_bridge.daemon import website

        return [edges.create_task(website.Site(self, web, self._keeper).run(), name="pages")]

    def _retention(self) -> Retention:
        return self.service.loaded.bridge.storage.retention

    def _utc(self) -> datetime:
        return self.clock.moment().utc

    def stop(self, *, comes_back: bool = False) -> None:
        """End orderly: connections are aborted, transactions go on; `comes_back`: another bridge follows here."""
        self._comes_back = comes_back
        self._stop.set()

    async def run(self) -> None:
        """Serves until `stop`.

        Raises:
            ExceptionGroup: of what cannot be helped from within (disk, port in use): systemd restarts the service.
        """
        notifier = Notifier(self._environ)
        try:
            async with asyncio.TaskGroup() as group:
                writing = group.create_task(self._journal.run(), name="journal")
                async with asyncio.TaskGroup() as edges:
                    tasks = [
                        edges.create_task(self._watch.run(), name="clock"),
                        edges.create_task(self.ocpp.run(), name="ocpp"),
                        edges.create_task(self.building.run(), name="knx"),
                        edges.create_task(self._control.run(), name="control"),
                        edges.create_task(self.people.run(), name="people"),
                        edges.create_task(self.energy.run(), name="energy"),
                        edges.create_task(self.energy.watch.run(), name="prices"),
                    ]
                    if self._keeper is not None:
                        tasks.append(edges.create_task(self._keeper.run(), name="certificates"))
                    interval_s = watchdog_interval_s(self._environ)
                    if interval_s is not None:
                        tasks.append(edges.create_task(watchdog.feed(notifier, self.roster, interval_s)))
                    await self.ocpp.listening.wait()
                    self.say_bridge_objects()
                    schemes = " or ".join(f"{scheme}://" for scheme in self.ocpp.schemes)
                    _log.info("ready: chargers dial %s…:%d/<id>", schemes, self.ocpp.port)
                    tasks += self._chores(edges)
                    notifier.ready(self.service.summary())
                    self.service.notifier = notifier
                    garbage.resume()
                    await self._stop.wait()
                    (notifier.reloading if self._comes_back else notifier.stopping)()
                    for task in tasks:
                        task.cancel()
                # Last, so that everything the edges still said is on disk.
                self._write_what_waits()
                writing.cancel()
        finally:
            self.accounting.stop()
            for actor in self.roster.actors.values():
                actor.retire()
            notifier.close()

    def _write_what_waits(self) -> None:
        self.alarms.write()
        self.people.seen.write()
        self.access.audit.write()

    def _name(self, id_tag: IdTag) -> str:
        return self.people.name(id_tag)

    def _have_cards(self, loaded: Loaded) -> None:
        self.roster.have_cards(loaded)
        self.accounting.tell()

    def _clock_news(self, news: ClockNews, text: str) -> None:
        if text:
            _log.warning("%s", text)
            self._journal.log("", Note(Level.WARNING, None, text, "time"))
        if news is ClockNews.JUMPED:
            self.alarms.told(AlarmKind.CLOCK, text)
        else:
            self.alarms.own(AlarmKind.CLOCK, text, over=news is ClockNews.SANE)

    def say_of_building(self, charger_id: ChargerId | None, note: Note) -> None:
        """A sentence for the log; of a charger maybe an alarm as well."""
        if charger_id is not None:
            self._keeping.note(charger_id, note)
            return
        _log.log(note.level.value, "%s", note.text)
        self._journal.log("", note)

    def alarm_of_building(self, charger_id: ChargerId | None, note: Note) -> None:
        """Of the list of alarms alone."""
        if charger_id is not None:
            self.alarms.hear(charger_id, note)
        elif note.alarm is not None:
            self.alarms.own(note.alarm, note.text, over=note.over)

    def _disk_news(self, trouble: str | None) -> None:
        self.alarms.own(AlarmKind.STORAGE, trouble or "", over=trouble is None)

    def _alarm(self, kind: AlarmKind, text: str = "", *, over: bool = False) -> None:
        self.alarms.own(kind, text, over=over)

    def _clock_leapt(self) -> None:
        """What waited for a time of day looks again."""
        self.accounting.tell()
        self.building.clock_leapt()
        self.energy.clock_leapt()
        for charger_id in tuple(self.roster.actors):
            self.roster.post(charger_id, Woken())

    def _charger(self, charger_id: ChargerId) -> Charger | None:
        actor = self.roster.actors.get(charger_id)
        return None if actor is None else actor.charger

    def _means(self, history: History) -> Means:
        return Means(
            PeopleBook(self._journal),
            history,
            self.clock.moment,
            lambda: (actor.charger for actor in self.roster.actors.values()),
            self._have_cards,
        )

    def _ports(self) -> Ports:
        loop = asyncio.get_running_loop()
        return Ports(
            moment=self.clock.moment,
            record=self._keeping.record,
            answer=self.ocpp.answer,
            call=self.ocpp.call,
            hang_up=self.ocpp.close_link,
            offer=self._offer,
            note=self._keeping.note,
            charge=self.alarms.charge,
            verdict=self._verdict,
            sample=self._keeping.sample,
            card=self._keeping.card,
            sign=self._sign,
            call_at=loop.call_at,
            turned=self.energy.turned,
        )

    def _wished(self, charger_id: ChargerId | None, wished: Wished) -> None:
        if wished.key == accounting.RESET:
            self.accounting.heard(charger_id, wished)
        elif charger_id is not None:
            self._deliver(charger_id, wished)

    def _known(self, key: ObjectKey) -> Value | None:
        return self.service.known(key)

    def _deliver(self, charger_id: ChargerId, event: Event) -> None:
        self.roster.post(charger_id, event)

    def _deliver_to_all(self, event: Event) -> None:
        if isinstance(event, CardForgotten):
            self.accounting.forget(event.id_tags)
        for charger_id in tuple(self.roster.actors):
            self._deliver(charger_id, event)

    def _fresh(self) -> TransactionId:
        return self.roster.fresh()

    def _admit(self, attempt: Attempt) -> ChargerId | Refusal:
        return self._door.admit(attempt)

    def ask_for_certificates(self) -> None:
        """Chargers are asked for a client certificate from now on, if one of them needs one."""
        authority.ask(self._tls, (actor.charger for actor in self.roster.actors.values()))

    def _heard(self, charger_id: ChargerId, direction: str, text: str) -> None:
        self._trace(charger_id, direction, text)
        if self._witness is not None:
            self._witness(charger_id, direction, text)

    def _offer(self, charger_id: ChargerId, update: Update) -> None:
        if charger_id not in self.service.loaded.chargers:
            return
        self.bus.offer(charger_id, update)
        self.alarms.see(charger_id, update)
        if update.key == "online" and update.connector == CHARGE_POINT:
            self._say_chargers_online()
            self.accounting.moved(charger_id)

    def say_bridge_objects(self) -> None:
        """The objects of the bridge itself have their present values; only news goes on the bus."""
        if self._journal.trouble is None:
            self._disk_news(None)  # it may have stood when the bridge was stopped
        self.alarms.configured()
        self.alarms.say()
        self.bus.offer(None, Update(CHARGE_POINT, "heartbeat", value=True))
        self._say_chargers_online()

    def _say_chargers_online(self) -> None:
        self.bus.offer(None, Update(CHARGE_POINT, "chargers_online", value=self.roster.online()))

    def _sign(self, charger_id: ChargerId, csr: str) -> None:
        settings = self.roster.charger(charger_id).settings
        self._signing.sign(charger_id, settings.client_certificate or charger_id, csr)

    def _verdict(self, verdict: Verdict) -> None:
        self.service.verdict(verdict)
