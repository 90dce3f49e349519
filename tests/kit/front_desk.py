"""The daemon's queries and commands without sockets: a real roster and real cores, books and a file in memory."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from knx_ocpp_bridge.actor import Ports
from knx_ocpp_bridge.config.load import Loaded, load, load_text
from knx_ocpp_bridge.control.protocol import Listing, Managed, Reloaded
from knx_ocpp_bridge.core.commands import Call, Command
from knx_ocpp_bridge.core.events import BootNotified, Event, Identity, LinkOpened, Origin, Outcome, Replied, Wished
from knx_ocpp_bridge.core.facts import Fact, Remembered
from knx_ocpp_bridge.core.inputs import Reading
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.step import Answer, BootAnswer, Note, Update, Verdict
from knx_ocpp_bridge.core.values import ChargerId, LinkNumber, Moment, TransactionId
from knx_ocpp_bridge.daemon.access.office import AccessOffice
from knx_ocpp_bridge.daemon.accounts.accounting import Accounting, Means
from knx_ocpp_bridge.daemon.adoption.adopting import Adopting, File
from knx_ocpp_bridge.daemon.adoption.window import Window
from knx_ocpp_bridge.daemon.alarms import Alarms
from knx_ocpp_bridge.daemon.alarms import Sources as AlarmSources
from knx_ocpp_bridge.daemon.asking import Asking
from knx_ocpp_bridge.daemon.books import Books
from knx_ocpp_bridge.daemon.building.building import Building, Neighbours
from knx_ocpp_bridge.daemon.cards.card_office import CardOffice
from knx_ocpp_bridge.daemon.cards.learning import Learning
from knx_ocpp_bridge.daemon.cards.people import Means as PeopleMeans
from knx_ocpp_bridge.daemon.cards.people import People
from knx_ocpp_bridge.daemon.clock import WallClock
from knx_ocpp_bridge.daemon.desk import Desk
from knx_ocpp_bridge.daemon.energy.energy import Energy
from knx_ocpp_bridge.daemon.energy.means import Means as EnergyMeans
from knx_ocpp_bridge.daemon.manage import manage
from knx_ocpp_bridge.daemon.queries import look
from knx_ocpp_bridge.daemon.roster import Roster
from knx_ocpp_bridge.daemon.sources import Sources
from knx_ocpp_bridge.daemon.system.machine import Machine
from knx_ocpp_bridge.daemon.upkeep.workshop import Around, Workshop
from knx_ocpp_bridge.ocpp.trace import TraceBook
from knx_ocpp_bridge.store.alarms import AlarmBook
from knx_ocpp_bridge.store.cells import Cell, Statement
from knx_ocpp_bridge.store.grid_evidence import GridEvidence
from knx_ocpp_bridge.store.history import History
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.people import PeopleBook
from knx_ocpp_bridge.store.points import Point
from tests.kit.caller import Caller
from tests.kit.shelf import Shelf

BOX = Identity(vendor="ACME", model="Box", serial="S1", firmware="1.2", iccid="8931", imsi="2041", meter_serial="M7")


@dataclass
class Memory:
    """A journal, and the general log with it."""

    facts: list[tuple[str, Fact]] = field(default_factory=list)
    rejected: set[str] = field(default_factory=set)
    forgotten: list[str] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    charged: Journal | None = None
    """Where the history is read; None: there is none."""
    trouble: str | None = None

    def remembered(self, _charger: ChargerId) -> Remembered:
        return Remembered()

    def append(self, charger: ChargerId, facts: tuple[Fact, ...], _done: object = None) -> None:
        self.facts += [(charger, fact) for fact in facts]

    def last_transaction_id(self) -> TransactionId:
        return TransactionId(0)

    def log(self, charger: str, note: Note) -> None:
        number = len(self.lines) + 1
        self.lines.append({"number": number, "charger": charger, "about": note.about, "text": note.text})

    def read(self, sql: str, cells: tuple[Cell, ...] = ()) -> list[tuple[Any, ...]]:
        return [] if self.charged is None else self.charged.read(sql, cells)

    def write(self, *statements: Statement, done: Callable[[], None] | None = None) -> None:
        if self.charged is not None:
            self.charged.write(*statements, done=done)
        elif done is not None:
            done()

    def points(self, charger: str, transaction: int) -> list[Point]:
        return [] if self.charged is None else self.charged.points(charger, transaction)

    def log_rows(
        self,
        charger: str | None = None,
        about: str | None = None,
        after: int = 0,
        limit: int = 1000,
        *,
        newest: bool,
        before: int = 0,
    ) -> list[dict[str, Any]]:
        rows = [
            row
            for row in self.lines
            if after < row["number"] < (before or math.inf)
            and charger in {None, row["charger"]}
            and about in {None, row["about"]}
        ]
        return rows[-limit:] if newest else rows[:limit]

    def set_rejected(self, charger: str, *, rejected: bool) -> None:
        (self.rejected.add if rejected else self.rejected.discard)(charger)

    def forget(self, charger: str) -> None:
        self.forgotten.append(charger)


@dataclass
class Failures:
    """A failure book that says what it was given."""

    entries: list[dict[str, Any]] = field(default_factory=list)

    def rows(self, after: int = 0) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry["number"] > after]


@dataclass
class Papers:
    """A certificate authority without certificates."""

    did: list[str] = field(default_factory=list)
    until: dict[str, str] = field(default_factory=dict)
    """When those end that are looked at by their end: `root`, `own` and `imported`, days as in ISO 8601."""

    def facts(self) -> Mapping[str, Any]:
        ends = {name: {"file": f"{name}.pem", "not_after": f"{day}T00:00:00+00:00"} for name, day in self.until.items()}
        return {"served": "own"} | ends | ({"own": [ends["own"]]} if "own" in ends else {})

    def root_pem(self) -> bytes:
        return b"-----BEGIN CERTIFICATE-----\n"

    async def renew(self) -> None:
        self.did.append("renew")

    def import_leaf(self, chain_pem: str, key_pem: str) -> None:
        self.did.append(f"import {chain_pem} {key_pem}")

    def remove_imported(self) -> bool:
        self.did.append("remove")
        return len(self.did) == 1

    def sign(self, csr: str, charger_id: str) -> str:
        return f"{csr} signed for {charger_id}"


class PlainEditor:
    """Adds a charger at the end of the file, as text."""

    trouble: Exception | None = None

    def adopt(self, text: str, charger_id: str, name: str, connectors: int) -> str:
        ids = ", ".join(f"{{id: {number + 1}}}" for number in range(connectors))
        return f'{text}  - {{id: {charger_id}, name: "{name}", connectors: [{ids}]}}\n'

    def write(self, path: Path, new_text: str, environ: Mapping[str, str]) -> None:
        if self.trouble is not None:
            raise self.trouble
        load_text(new_text, path, environ)
        path.write_text(new_text)


class _Alarm:
    def cancel(self) -> None:
        """Nothing rings here."""


Reply = Callable[[Command], str | None]


class FrontDesk:
    """A building with GARAGE configured. `replies` gives the status (or, for a `Call`, the JSON) of each answer."""

    def __init__(self, folder: Path, *, tls: bool = True) -> None:
        self.path = folder / "bridge.yaml"
        self.path.write_text("# ours\nchargers:\n  - {id: GARAGE, connectors: [{id: 1}]}\n")
        self.now_s = 1000.0
        self.memory = Memory()
        self.failures = Failures()
        self.papers = Papers()
        self.editor = PlainEditor()
        self.sent: list[Command] = []
        self.boots: list[str] = []
        self._unwritten: list[Callable[[], None]] = []
        self.replies: Reply = lambda command: "{}" if isinstance(command, Call) else "Accepted"
        self.trace = TraceBook(lambda: self.moment().utc)
        ports = Ports(
            moment=self.moment,
            record=self._record,
            answer=self._answer,
            call=self._call,
            hang_up=lambda _charger: None,
            offer=_ignore,
            note=_ignore_note,
            charge=_ignore_note,
            verdict=self._verdict,
            sample=lambda _charger, _sampled: None,
            card=lambda _charger, _shown: None,
            sign=_ignore_text,
            call_at=lambda _at, _what: _Alarm(),
        )
        self.loaded: Loaded = load(self.path, {})
        self.shelf = Shelf()
        self.people = People(
            self.loaded,
            PeopleMeans(
                PeopleBook(self.shelf),
                History(self.memory),
                self.moment,
                lambda: (actor.charger for actor in self.roster.actors.values()),
                self._have_cards,
            ),
        )
        merged = self.people.merged(self.loaded)
        self.roster = Roster(merged, self.memory, ports)  # type: ignore[arg-type]  # a journal in memory
        self.asking = Asking(self.post)
        self.alarms = Alarms(
            AlarmBook(Shelf(), lambda _seconds, _call: None),
            self.moment,
            lambda _update: None,
            AlarmSources(lambda: self.loaded.chargers, lambda _card: ""),
        )
        self.accounting = Accounting(
            self.loaded,
            self.memory,
            Means(self.moment, self._charger, lambda _charger, _update: None, lambda _seconds, _call: _Alarm()),
        )
        books = Books(
            self.failures,
            self.trace,
            self.memory,
            History(self.memory),
            self.alarms,
            self.accounting,
            CardOffice(self.people, Learning(self.people), self.shelf, self._post_to_all, self.accounting.read_again),
            self.papers if tls else None,
            AccessOffice(self.shelf, self.moment, lambda _seconds, _call: None),
            self._energy(),
        )
        clock = WallClock(None, 0.0, utc=lambda: self.moment().utc, monotonic=lambda: self.now_s)
        self.building = Building(self.loaded, Neighbours(clock, self._wished, lambda _key: None, None, self.alarms.own))
        file = File(lambda: self.path, self.editor, {}, self._reload)
        adopting = Adopting(self.roster, self.asking, file)
        self.window = Window(lambda: self.now_s, self._adopt)
        self.roster.booted = self.window.booted
        self.refused: tuple[str, ...] = ()
        machine = Machine(folder, clock, lambda: self.loaded, lambda: self.refused)
        around = Around(self.moment, lambda: self.loaded.bridge.site.name, folder)
        self.workshop = Workshop(self.roster, self.trace, self.asking, around)
        rest = (self.building, machine, self.workshop)
        self.desk = Desk(self.roster, books, self.window, self.asking, adopting, self.post, *rest)
        self.sources = Sources(self.roster, books, self.window, lambda: self.loaded.bridge.site, *rest)

    def _readings(self) -> tuple[Reading, ...]:
        return self.building.inputs.readings()

    def _energy(self) -> Energy:
        means = EnergyMeans(
            self.moment,
            lambda: tuple(actor.charger for actor in self.roster.actors.values()),
            self._charger,
            self._readings,
            self.post,
            lambda _charger, _update: None,
            lambda _charger, _note: None,
            lambda: self.alarms,
            GridEvidence(self.shelf),
        )
        self.energy = Energy(self.loaded, means)
        return self.energy

    def _have_cards(self, loaded: Loaded) -> None:
        self.roster.have_cards(loaded)

    def _post_to_all(self, event: Event) -> None:
        for charger in tuple(self.roster.actors):
            self.post(charger, event)

    def _charger(self, charger: ChargerId) -> Charger | None:
        actor = self.roster.actors.get(charger)
        return None if actor is None else actor.charger

    def moment(self) -> Moment:
        return Moment(self.now_s, datetime(2026, 11, 21, 12, tzinfo=UTC) + timedelta(seconds=self.now_s - 1000))

    def reload(self) -> Reloaded:
        self.loaded = load(self.path, {})
        self.roster.configure(self.people.merged(self.loaded))
        self.building.configure(self.loaded)
        self.accounting.configure(self.loaded)
        self.energy.configure(self.loaded)
        return Reloaded(reloaded=True)

    async def _reload(self) -> Reloaded:
        return self.reload()

    async def does(self, act: str, charger: str = "", **options: object) -> Managed:
        return await manage(self.desk, act, charger, options, Origin.CLI)

    def shows(self, topic: str, charger: str = "", **options: object) -> Listing:
        return look(self.sources, topic, charger, options)

    def arrives(self, identity: str, link: int = 1, *, boots: bool = True) -> None:
        """It dials in, is admitted and boots."""
        charger = self.roster.admit(Caller(identity, "10.0.0.9", "box/1"))
        assert charger is not None
        self.post(charger, LinkOpened(LinkNumber(link), "10.0.0.9"))
        if boots:
            self.post(charger, BootNotified(LinkNumber(link), "1", BOX))

    def post(self, charger: ChargerId, event: Event) -> None:
        """Something happens to it, and the disk has answered."""
        self.roster.post(charger, event)
        while self._unwritten:
            self._unwritten.pop(0)()

    def _wished(self, charger: ChargerId | None, wished: Wished) -> None:
        if charger is not None:
            self.post(charger, wished)

    async def _adopt(self, stranger: ChargerId) -> bool:
        return (await self.desk.adopting.adopt(stranger)).done

    def _record(self, charger: ChargerId, facts: tuple[Fact, ...], done: Callable[[], None]) -> None:
        self.memory.append(charger, facts)
        self._unwritten.append(done)

    def _answer(self, _charger: ChargerId, answer: Answer) -> None:
        if isinstance(answer.payload, BootAnswer):
            self.boots.append(answer.payload.registration.value)

    def _call(self, charger: ChargerId, command: Command) -> None:
        self.sent.append(command)
        said = self.replies(command)
        link = self.roster.charger(charger).link
        if said is None or link is None:
            return
        if isinstance(command, Call):
            status = str(json.loads(said).get("status", ""))
            event: Event = Replied(link, command, Outcome.ANSWERED, status, said)
        else:
            event = Replied(link, command, Outcome.ANSWERED, said)
        self.roster.post(charger, event)

    def _verdict(self, verdict: Verdict) -> None:
        self.asking.verdict(verdict)


def _ignore(_charger: ChargerId, _update: Update) -> None:
    """Nobody listens to the bus here."""


def _ignore_note(_charger: ChargerId, _note: Note) -> None:
    """Nobody reads the log here."""


def _ignore_text(_charger: ChargerId, _text: str) -> None:
    """Nobody signs here."""
