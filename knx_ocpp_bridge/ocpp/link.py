"""One charger's WebSocket in OCPP's words: requests to events, answers and calls to text. Never waits.

Everything is in place before an event is posted, since the core may answer from inside of `post`.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from knx_ocpp_bridge.core.commands import Command
from knx_ocpp_bridge.core.events import Event, LinkClosed, Outcome, Replied
from knx_ocpp_bridge.core.step import Answer
from knx_ocpp_bridge.core.values import ChargerId, LinkNumber, TransactionId
from knx_ocpp_bridge.ocpp import frames, memory
from knx_ocpp_bridge.ocpp.session import Session
from knx_ocpp_bridge.ocpp.tally import OTHER, Tally
from knx_ocpp_bridge.ocpp.v16.answers import confirmation
from knx_ocpp_bridge.ocpp.v16.notices import NOTICES, notified
from knx_ocpp_bridge.ocpp.v16.requests import REPEATABLE, TRANSLATORS
from knx_ocpp_bridge.ocpp.websocket import Cancellable, Timers

MAX_UNANSWERED: Final = 32
"""Requests that the core has not answered yet; beyond it the charger is not read from."""

_LOG: Final = logging.getLogger("knx_ocpp_bridge.ocpp")

Post = Callable[[ChargerId, Event], None]
Trace = Callable[[ChargerId, str, str], None]


class Line(Protocol):
    """The part of a WebSocket that a link needs."""

    def send(self, payload: bytes) -> None: ...
    def drop(self, reason: str) -> None: ...
    def hold(self, *, reading: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Bridge:
    """What all links share."""

    post: Post
    fresh: Callable[[], TransactionId]
    trace: Trace | None
    timers: Timers
    response_timeout_s: float
    max_frame_bytes: int
    id_prefix: str
    """Begins all message ids of this process, so that answers to an earlier one are not taken for ours."""
    tally: Tally = field(default_factory=Tally)


@dataclass(slots=True)
class _Asked:
    """A request that waits for its answer, and how often it was sent."""

    key: memory.Key | None
    times: int = 1


_ORDINARY: Final = _Asked(None)
"""Stands for every request that is not recognised when it is sent again: one object for all, never changed."""


class Link:
    """One connection of one charger, until `end`."""

    __slots__ = (
        "_answered",
        "_bridge",
        "_held",
        "_line",
        "_memory",
        "_pending",
        "_session",
        "_timer",
        "_unanswered",
        "charger",
        "number",
    )

    def __init__(
        self, number: LinkNumber, charger: ChargerId, line: Line, bridge: Bridge, recall: memory.Memory
    ) -> None:
        self.number = number
        self.charger = charger
        self._line = line
        self._bridge = bridge
        self._memory = recall
        self._session = Session(
            number, f"{bridge.id_prefix}-{number}-", bridge.response_timeout_s, bridge.timers.time()
        )
        self._pending: dict[str, list[_Asked]] = {}
        self._unanswered = 0
        self._held = self._answered = False
        self._timer: Cancellable | None = None

    def receive(self, data: bytes) -> None:
        """Take one message, whatever it holds."""
        if self._bridge.trace is not None:
            self._bridge.trace(self.charger, "in", data.decode("utf-8", "replace"))
        message = frames.read(data, self._bridge.max_frame_bytes)
        match message:
            case frames.Call():
                self._request(message)
            case frames.Unreadable():
                self._report(f"a frame that cannot be read: {message.reason}")
                if message.kind == 2 and message.id is not None:
                    self._bridge.tally.heard(OTHER, "error")
                    self._answer(frames.error(message.id, frames.ErrorCode.FORMATION_VIOLATION, message.reason))
                self._reply(message)
            case frames.Result() | frames.Error():
                if message.repaired:
                    self._report("an answer whose JSON had to be repaired")
                self._reply(message)

    def answer(self, answer: Answer) -> None:
        """Send the answer to a request of this link; one that nobody asked for is left out."""
        waiting = self._pending.get(answer.request)
        if not waiting:
            _LOG.debug("%s: an answer to no request: %s", self.charger, answer.request)
            return
        asked = waiting.pop(0)
        if not waiting:
            del self._pending[answer.request]
        text = frames.result(answer.request, confirmation(answer.payload))
        if asked.key is not None:
            self._memory.answered(asked.key, text, self._bridge.timers.time())
        for _ in range(asked.times):
            self._answer(text)
        self._unanswered -= asked.times
        if self._held and self._unanswered <= MAX_UNANSWERED // 2:
            self._held = False
            self._line.hold(reading=True)

    def call(self, command: Command) -> None:
        """Send a command when its turn comes; its end is posted, never from inside of this."""
        ended = self._session.enqueue(command)
        if ended is not None:
            self._bridge.timers.call_soon(self._bridge.post, self.charger, ended)
        self._pump()

    def end(self, reason: str) -> None:
        """Tell the core that the link and all calls on it are lost."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for waiting in self._pending.values():
            for asked in waiting:
                if asked.key is not None:
                    self._memory.await_answer(self.number, asked.key)
        self._pending.clear()
        if self._session.in_flight is not None:
            self._bridge.tally.ended(self._session.in_flight.action, Outcome.LOST.value, None)
        for replied in self._session.close(reason):
            self._bridge.post(self.charger, replied)
        self._bridge.post(self.charger, LinkClosed(self.number, reason))

    # Requests

    def _request(self, call: frames.Call) -> None:
        if call.repaired:
            self._report(f"{call.action} whose JSON had to be repaired")
        asked = _ORDINARY
        if call.action in REPEATABLE:
            key = memory.key(call.id, call.action, call.payload)
            if self._repeated(key):
                self._bridge.tally.heard(call.action, "repeated")
                return
            asked = _Asked(key)
        translate = TRANSLATORS.get(call.action)
        if translate is None:
            self._notice(call, asked.key)
            return
        self._bridge.tally.heard(call.action, "answered")
        event = translate(call.payload, self.number, call.id, self._bridge.fresh, self._report)
        self._pending.setdefault(call.id, []).append(asked)
        self._count_unanswered()
        self._bridge.post(self.charger, event)

    def _repeated(self, key: memory.Key) -> bool:
        """Answer a request that was sent again by the same words, or by none before the first has its answer."""
        said = self._memory.answer(key, self._bridge.timers.time())
        if said is not None:
            self._answer(said)
            return True
        for asked in self._pending.get(key[0], ()):
            if asked.key == key:
                asked.times += 1
                self._count_unanswered()
                return True
        return False

    def _notice(self, call: frames.Call, key: memory.Key | None) -> None:
        notice = NOTICES.get(call.action)
        if notice is None:
            self._report(f"{call.action!r}, which is no request of OCPP 1.6")
            self._bridge.tally.heard(OTHER, "error")
            self._answer(frames.error(call.id, frames.ErrorCode.NOT_IMPLEMENTED, "no such request here"))
            return
        self._bridge.tally.heard(call.action, "answered")
        text = frames.result(call.id, notice.answer)
        if key is not None:
            self._memory.answered(key, text, self._bridge.timers.time())
        self._answer(text)
        self._bridge.post(self.charger, notified(notice, call.action, call.payload, self.number, self._report))

    def _count_unanswered(self) -> None:
        self._unanswered += 1
        if self._unanswered >= MAX_UNANSWERED and not self._held:
            self._held = True
            self._line.hold(reading=False)

    def _answer(self, text: str) -> None:
        self._send(text)
        if not self._answered:
            self._answered = True
            self._session.answered_first(self._bridge.timers.time())
            self._pump()

    # Our calls

    def _reply(self, message: frames.Result | frames.Error | frames.Unreadable) -> None:
        asked = self._session.in_flight
        replied = self._session.receive(message)
        if replied is not None and asked is not None and self._session.in_flight is None:
            seconds_s = self._bridge.timers.time() - asked.sent_s
            self._bridge.tally.ended(asked.action, replied.outcome.value, seconds_s)
        if replied is not None:
            self._post_and_go_on(replied)
        elif not isinstance(message, frames.Unreadable):
            _LOG.debug("%s: an answer to no call that is waited for: %s", self.charger, message.id)

    def _post_and_go_on(self, replied: Replied) -> None:
        self._bridge.post(self.charger, replied)
        self._pump()

    def _tick(self) -> None:
        self._timer = None
        now_s = self._bridge.timers.time()
        asked = self._session.in_flight
        replied = self._session.expire(now_s)
        if asked is None or replied is None:
            self._pump()
            return
        self._bridge.tally.ended(asked.action, replied.outcome.value, None)
        zombie = self._session.zombie and self._memory.may_abort(now_s)
        self._post_and_go_on(replied)
        if zombie:
            self._line.drop("it has not answered three calls in a row")

    def _pump(self) -> None:
        """Send the next call if its time has come, else be back when it has."""
        text = self._session.next_call(self._bridge.timers.time())
        if text is not None:
            self._send(text)
        if self._timer is not None:
            self._timer.cancel()
        deadline_s = self._session.deadline_s
        self._timer = None if deadline_s is None else self._bridge.timers.call_at(deadline_s, self._tick)

    def _send(self, text: str) -> None:
        if self._bridge.trace is not None:
            self._bridge.trace(self.charger, "out", text)
        self._line.send(text.encode())

    def _report(self, mistake: str) -> None:
        if self._memory.is_news(mistake):
            _LOG.warning("%s sends %s; coped with, and not said again", self.charger, mistake)
