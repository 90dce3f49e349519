"""One charger alive: its events one after the other, each Step performed in the order it demands.

An actor has no task and no queue of its own as long as nothing is waited for: an event is decided and
answered within the call that brings it. Only facts are waited for, and what comes meanwhile keeps its order.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from knx_ocpp_bridge.core.charger import Charger, advance, deadline
from knx_ocpp_bridge.core.commands import Command
from knx_ocpp_bridge.core.events import Event, LinkClosed, Woken
from knx_ocpp_bridge.core.facts import Fact
from knx_ocpp_bridge.core.step import Answer, CardShown, Note, Sampled, Step, Update, Verdict
from knx_ocpp_bridge.core.values import ChargerId, Moment

_MOST_WAITING: Final = 1024
"""Events kept while the disk is waited for; a charger that sends more is hung up on and will send again."""


def _nobody(_charger: ChargerId) -> None:
    return


class Timer(Protocol):
    """What `call_at` gives back."""

    def cancel(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """The ways out of an actor; none of them waits."""

    moment: Callable[[], Moment]
    record: Callable[[ChargerId, tuple[Fact, ...], Callable[[], None]], None]
    """Keep the facts, and call back once they are on disk."""
    answer: Callable[[ChargerId, Answer], None]
    call: Callable[[ChargerId, Command], None]
    hang_up: Callable[[ChargerId], None]
    offer: Callable[[ChargerId, Update], None]
    note: Callable[[ChargerId, Note], None]
    charge: Callable[[ChargerId, Note], None]
    """A note about a transaction, before its record is kept: what is kept of it goes to the disk with the record."""
    verdict: Callable[[Verdict], None]
    sample: Callable[[ChargerId, Sampled], None]
    card: Callable[[ChargerId, CardShown], None]
    sign: Callable[[ChargerId, str], None]
    """Sign this certificate request and send the certificate, both in the background."""
    call_at: Callable[[float, Callable[[], None]], Timer]
    """Call back at this monotonic time in s."""
    turned: Callable[[ChargerId], None] = _nobody
    """It has come or gone, or something of a connector is not as it was."""


class Actor:
    """Owns one charger. Everything that happens to it comes by `post`."""

    __slots__ = ("_armed_s", "_busy", "_inbox", "_ports", "_timer", "charger", "turns")

    def __init__(self, charger: Charger, ports: Ports) -> None:
        self.charger = charger
        self.turns = 0
        """Events worked on so far: the watchdog's proof of progress."""
        self._ports = ports
        self._inbox: deque[Event] = deque()
        self._busy = False
        self._timer: Timer | None = None
        self._armed_s = 0.0
        self._arm()

    def post(self, event: Event) -> None:
        """The event is decided and its Step performed now, or, while the disk is waited for, in its turn."""
        if len(self._inbox) >= _MOST_WAITING and not isinstance(event, LinkClosed):
            self._ports.hang_up(self.charger.settings.id)
            return
        self._inbox.append(event)
        if not self._busy:
            self._work()

    def retire(self) -> None:
        """Nothing will wake this actor any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _work(self) -> None:
        self._busy = True
        before, waiting = self.charger, False
        try:
            while self._inbox and not waiting:
                event = self._inbox.popleft()
                self.turns += 1
                self.charger, step = advance(self.charger, event, self._ports.moment())
                for sample in step.samples:  # before the facts: a record takes its curve along to the disk
                    self._ports.sample(self.charger.settings.id, sample)
                for note in step.notes:
                    if note.transaction is not None:
                        self._ports.charge(self.charger.settings.id, note)
                if step.facts:
                    waiting = True
                    self._ports.record(self.charger.settings.id, step.facts, partial(self._recorded, step))
                else:
                    self._perform(step)
        finally:
            # A defect in what decides must not leave the charger unserved for ever.
            self._busy = waiting
        after = self.charger
        if after.connectors is not before.connectors or after.presence is not before.presence:
            self._ports.turned(after.settings.id)
        if not waiting:
            self._arm()

    def _recorded(self, step: Step) -> None:
        self._perform(step)
        self._work()

    def _perform(self, step: Step) -> None:
        ports, charger_id = self._ports, self.charger.settings.id
        if step.answer is not None:
            ports.answer(charger_id, step.answer)
        for update in step.updates:
            ports.offer(charger_id, update)
        for command in step.commands:
            ports.call(charger_id, command)
        for note in step.notes:
            ports.note(charger_id, note)
        for verdict in step.verdicts:
            ports.verdict(verdict)
        for card in step.cards:
            ports.card(charger_id, card)
        if step.sign:
            ports.sign(charger_id, step.sign)

    def _arm(self) -> None:
        """A timer at the deadline; one that is too early is left to ring and be set again, which is cheaper."""
        wanted_s = deadline(self.charger)
        if wanted_s is None or (self._timer is not None and self._armed_s <= wanted_s):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed_s = wanted_s
        self._timer = self._ports.call_at(wanted_s, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self.post(Woken())
