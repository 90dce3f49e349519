"""The bridge of a chaos charger: the real Central System, actor and core; journal, bus and clock are models."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from knx_ocpp_bridge.actor import Actor, Ports
from knx_ocpp_bridge.config.models import Ocpp
from knx_ocpp_bridge.core.charger import begin
from knx_ocpp_bridge.core.events import CertificateIssued, Event
from knx_ocpp_bridge.core.facts import Fact
from knx_ocpp_bridge.core.settings import ChargerSettings
from knx_ocpp_bridge.core.step import Update, Verdict
from knx_ocpp_bridge.core.values import ChargerId, Clock, ConnectorId, Moment, TransactionId, Value
from knx_ocpp_bridge.ocpp.server import CentralSystem
from tests.kit.dialler import HandTimer, HandTimers
from tests.kit.life import NOON, OWN_TAG
from tests.kit.memory import Memory

COMMIT_S: Final = 0.01
"""How long the disk takes."""


@dataclass(frozen=True, slots=True)
class _Process:
    """The timers of one process: when it is killed, none of them rings any more."""

    clock: HandTimers
    lives: Callable[[], bool]

    def time(self) -> float:
        return self.clock.time()

    def call_at(self, when: float, callback: Callable[[], object], /) -> HandTimer:
        return self.clock.call_at(when, lambda: callback() if self.lives() else None)

    def call_soon(self, callback: Callable[..., object], /, *args: object) -> HandTimer:
        return self.call_at(self.clock.time(), partial(callback, *args))


@dataclass(slots=True)
class ChaosBridge:
    """One bridge, one charger. `bus` is what the building was told last, `verdicts` what became of wishes."""

    settings: ChargerSettings
    ocpp: Ocpp = field(default_factory=Ocpp)
    timers: HandTimers = field(default_factory=HandTimers)
    memory: Memory = field(default_factory=Memory)
    bus: dict[tuple[ConnectorId, str], Value] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    lives: int = 0
    system: CentralSystem = field(init=False)
    actor: Actor = field(init=False)
    writing: int = 0
    """Commits that the disk has not finished."""
    _given: int = 0

    def __post_init__(self) -> None:
        self.start()

    @property
    def id(self) -> ChargerId:
        return self.settings.id

    @property
    def utc(self) -> datetime:
        """What the clock on the wall says."""
        return NOON + timedelta(seconds=self.timers.now_s - 1000)

    def start(self) -> None:
        """The process begins: all that it knows is what was on disk."""
        self.lives += 1
        self.writing = self._given = 0
        self.bus.clear()
        life = self.lives
        process = _Process(self.timers, lambda: self.lives == life)
        self.system = CentralSystem(self.ocpp, self._admit, self._post, self._fresh, timers=process)
        ports = Ports(
            moment=self._moment,
            record=partial(self._record, process),
            answer=self.system.answer,
            call=self.system.call,
            hang_up=self.system.close_link,
            offer=self._offer,
            note=lambda _, note: self.notes.append(note.text),
            charge=lambda _, note: None,
            verdict=self._verdict,
            sample=lambda _charger, sampled: self.memory.draw(sampled),
            card=lambda _charger, _shown: None,
            sign=partial(self._sign, process),
            call_at=process.call_at,
        )
        remembered = self.memory.remembered()
        charger = begin(self.settings, remembered, remembered.own_tag or OWN_TAG, self._moment())
        self.actor = Actor(charger, ports)

    def kill(self) -> None:
        """A power cut: what is not on disk yet never was, and nothing that was planned happens."""
        self.start()

    def happens(self, event: Event) -> None:
        """Something that did not come from the charger: a telegram, a person at a prompt."""
        self.actor.post(event)

    def _admit(self, *_: object) -> ChargerId:
        return self.id

    def _fresh(self) -> TransactionId:
        self._given = max(self._given, max(self.memory.transactions, default=0)) + 1
        return TransactionId(self._given)

    def _moment(self) -> Moment:
        return Moment(self.timers.now_s, self.utc.astimezone(UTC), Clock.SANE)

    def _post(self, _: ChargerId, event: Event) -> None:
        self.actor.post(event)

    def _record(self, process: _Process, _: ChargerId, facts: tuple[Fact, ...], done: Callable[[], None]) -> None:
        def committed() -> None:
            self.writing -= 1
            for fact in facts:
                self.memory.keep(fact)
            done()

        self.writing += 1
        process.call_at(self.timers.now_s + COMMIT_S, committed)

    def _sign(self, process: _Process, _: ChargerId, __: str) -> None:
        process.call_soon(self.happens, CertificateIssued("", "no authority here"))

    def _offer(self, _: ChargerId, update: Update) -> None:
        if update.value is None:
            self.bus.pop((update.connector, update.key), None)
        else:
            self.bus[update.connector, update.key] = update.value

    def _verdict(self, verdict: Verdict) -> None:
        assert verdict.number not in self.verdicts, f"a second verdict on wish {verdict.number}"
        self.verdicts[verdict.number] = verdict
