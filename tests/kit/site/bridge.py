"""The bridge without its edges: the core of each charger, the rules of the site, and a disk that outlives them."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from knx_ocpp_bridge.core.charger import Charger, advance, begin, deadline
from knx_ocpp_bridge.core.commands import Command
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.energy.ruling import Decision, EvidenceRow
from knx_ocpp_bridge.core.energy.scene import OutletView, PriceSlot, Scene
from knx_ocpp_bridge.core.energy.terms import SiteTerms
from knx_ocpp_bridge.core.events import Capped, Event, LinkClosed, LinkOpened, Outcome, Replied, Woken
from knx_ocpp_bridge.core.inputs import InputBook, InputTerms
from knx_ocpp_bridge.core.settings import ChargerSettings
from knx_ocpp_bridge.core.step import Note, Payload
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, IdTag, LinkNumber, Moment
from tests.kit.memory import Memory

Look = Callable[[Charger, Connector, Moment], OutletView]
"""`core.energy.view.view`"""
Steering = Callable[[SiteTerms, Sequence[EvidenceRow]], Callable[[Scene], Decision]]
"""Begins to steer this site, with the log of the grid operator's orders; what it returns is asked for each scene."""

_ANSWERED_WITHIN_S: Final = 30.0
_TOO_OFTEN: Final = 200
_WHILE_ANYTHING_FLOWS_S: Final = 5.0
"""As the daemon does: nothing may have told of a lease that has ended, or of a reading that is old."""
OWN_TAG: Final = IdTag("B0B1B2B3B4B5B6")


@dataclass(slots=True)
class Bridge:
    """One process after the other. It decides at most once a tick, and only when there is a reason, as the daemon."""

    terms: SiteTerms
    settings: Mapping[ChargerId, ChargerSettings]
    look: Look
    steering: Steering
    inputs: Mapping[str, float] = field(default_factory=dict)
    """Inputs of the building that are bound, with their timeout in s."""
    prices: tuple[PriceSlot, ...] = ()
    alive: bool = False
    chargers: dict[ChargerId, Charger] = field(default_factory=dict)
    memories: dict[ChargerId, Memory] = field(default_factory=dict)
    """What is on disk of chargers, and ..."""
    evidence: list[EvidenceRow] = field(default_factory=list)
    """... of orders of the grid operator."""
    decision: Decision = field(default_factory=Decision)
    """The last one."""
    decisions: int = 0
    notes: list[tuple[float, ChargerId | None, Note | str]] = field(default_factory=list)
    to_send: dict[ChargerId, deque[Command]] = field(default_factory=dict)
    """Commands that are to leave."""
    _waiting: dict[ChargerId, deque[tuple[float, Command]]] = field(default_factory=dict)
    _book: InputBook = field(default_factory=InputBook)
    _steer: Callable[[Scene], Decision] | None = None
    _started_at_s: float = 0.0
    _decides_at_s: float = 0.0
    _links: int = 0

    def start(self, now: Moment) -> None:
        """A new process: all that it knows is on disk."""
        self.alive, self._started_at_s = True, now.monotonic_s
        self.chargers, self._waiting, self.to_send = {}, {}, {}
        for name, settings in self.settings.items():
            memory = self.memories.setdefault(name, Memory())
            self.chargers[name] = begin(settings, memory.remembered(), memory.own_tag or OWN_TAG, now)
            self._waiting[name], self.to_send[name] = deque(), deque()
        self._book = InputBook()
        self._book.configure(
            [
                InputTerms((None, CHARGE_POINT, key), (number,), "", timeout_s=timeout_s)
                for number, (key, timeout_s) in enumerate(self.inputs.items())
            ],
            now,
        )
        self._steer = self.steering(self.terms, self.evidence)
        self._decides_at_s = now.monotonic_s

    def kill(self) -> None:
        """The power of its computer is gone, or somebody killed it."""
        self.alive = False
        self.chargers.clear()

    def opened(self, name: ChargerId, now: Moment) -> LinkNumber:
        """A charger dials in."""
        self._links += 1
        link = LinkNumber(self._links)
        self._waiting[name].clear()
        self.to_send[name].clear()
        self.happens(name, LinkOpened(link, "192.0.2.7"), now)
        return link

    def closed(self, name: ChargerId, link: LinkNumber, now: Moment) -> None:
        """The line of a charger is gone, and this is known."""
        self._waiting[name].clear()
        self.to_send[name].clear()
        self.happens(name, LinkClosed(link, "gone"), now)

    def heard(self, key: str, value: float | bool, now: Moment) -> None:
        """A telegram of the building."""
        if key in self.inputs:
            self._book.heard((None, CHARGE_POINT, key), value, "1.1.9", now)
            self._decides_at_s = now.monotonic_s

    def happens(self, name: ChargerId, event: Event, now: Moment) -> Payload | None:
        """One event of one charger; returns the answer to it, if it is a request."""
        waiting = self._waiting[name]
        if not isinstance(event, Capped | Woken):
            self._decides_at_s = now.monotonic_s
        if isinstance(event, Replied):
            for each in waiting:
                if each[1] is event.command:
                    waiting.remove(each)
                    break
        self.chargers[name], step = advance(self.chargers[name], event, now)
        memory = self.memories[name]
        for fact in step.facts:
            memory.keep(fact)
        for sampled in step.samples:
            memory.draw(sampled)
        for command in step.commands:
            after_s = max(now.monotonic_s, waiting[-1][0] - _ANSWERED_WITHIN_S if waiting else 0.0)
            waiting.append((after_s + _ANSWERED_WITHIN_S, command))
            self.to_send[name].append(command)
        self.notes += [(now.monotonic_s, name, note) for note in step.notes]
        return None if step.answer is None else step.answer.payload

    def tick(self, now: Moment) -> None:
        """Deadlines, time-outs, and the site."""
        for name in self.chargers:
            waiting = self._waiting[name]
            while waiting and waiting[0][0] <= now.monotonic_s:
                _, command = waiting[0]
                link = self.chargers[name].link
                if link is None:
                    waiting.clear()
                    break
                self.happens(name, Replied(link, command, Outcome.TIMED_OUT), now)
            for _ in range(_TOO_OFTEN):
                due_s = deadline(self.chargers[name])
                if due_s is None or due_s > now.monotonic_s:
                    break
                self.happens(name, Woken(), now)
            else:
                raise AssertionError(f"{name} wants to be woken without end")
        stale = self._book.passed(now)
        if stale or now.monotonic_s >= self._decides_at_s:
            self._decide(now)

    def scene(self, now: Moment) -> Scene:
        """What the rules see."""
        readings = {reading.terms.key: reading for reading in self._book.readings(now)}
        outlets = {
            (name, number): self.look(charger, charger.connectors[number], now)
            for name, charger in self.chargers.items()
            for number in charger.settings.connectors
        }
        return Scene(now, outlets, readings, self.prices, self._started_at_s)

    def _decide(self, now: Moment) -> None:
        assert self._steer is not None
        scene = self.scene(now)
        self.decision = self._steer(scene)
        self.decisions += 1
        self.evidence += self.decision.evidence
        self.notes += [(now.monotonic_s, None, note.text) for note in self.decision.notes]
        wakes_s = self.decision.wake_at_s
        flows = self.decision.report.settling or any(view.charging for view in scene.outlets.values())
        next_s = now.monotonic_s + _WHILE_ANYTHING_FLOWS_S if flows else float("inf")
        self._decides_at_s = next_s if wakes_s is None else min(next_s, wakes_s)
        for grant in self.decision.grants:
            name, number = grant.outlet
            self.happens(name, Capped(number, grant.caps, grant.phases, grant.urgent), now)
