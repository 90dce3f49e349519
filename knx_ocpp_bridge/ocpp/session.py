"""Our calls on one link: one in flight, the others in line, each ending exactly once. Pure; takes the time."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from knx_ocpp_bridge.core.commands import Command, SetProfile
from knx_ocpp_bridge.core.events import Outcome, Replied
from knx_ocpp_bridge.core.values import LinkNumber
from knx_ocpp_bridge.ocpp import frames
from knx_ocpp_bridge.ocpp.v16 import replies

if TYPE_CHECKING:
    from knx_ocpp_bridge.ocpp.v16.commands import Sendable

MAX_QUEUED: Final = 64
SETTLE_S: Final = 2.0
"""From the first message that we answered to our first call (row B3)."""
SILENCE_S: Final = 10.0
"""A charger that says nothing after it connected is called after this long (row B1)."""
ZOMBIE_TIMEOUTS: Final = 3


@dataclass(frozen=True, slots=True)
class _Waiting:
    command: Command
    call: "Sendable"


@dataclass(frozen=True, slots=True)
class InFlight:
    """The call that waits for its answer."""

    id: str
    """JSON text, as an answer will quote it."""
    command: Command
    action: str
    sent_s: float
    deadline_s: float


class Session:
    """The calls of one link. Every accepted command ends in exactly one `Replied`; a late limit may end once more."""

    __slots__ = (
        "_count",
        "_hold_until_s",
        "_id_prefix",
        "_in_flight",
        "_late",
        "_link",
        "_queue",
        "_response_timeout_s",
        "_settled",
        "_timeouts",
    )

    def __init__(self, link: LinkNumber, id_prefix: str, response_timeout_s: float, now_s: float) -> None:
        self._link = link
        self._id_prefix = id_prefix
        self._response_timeout_s = response_timeout_s
        self._count = 0
        self._queue: list[_Waiting] = []
        self._in_flight: InFlight | None = None
        self._late: InFlight | None = None
        """The last call, if its time ran out: a limit that is accepted late is in force all the same."""
        self._hold_until_s = now_s + SILENCE_S
        self._settled = False
        self._timeouts = 0

    @property
    def in_flight(self) -> InFlight | None:
        """The call that waits for its answer."""
        return self._in_flight

    @property
    def zombie(self) -> bool:
        """True after three calls in a row without an answer (row C29)."""
        return self._timeouts >= ZOMBIE_TIMEOUTS

    @property
    def deadline_s(self) -> float | None:
        """When `expire` or `next_call` has something to do; None: not before something else happens."""
        if self._in_flight is not None:
            return self._in_flight.deadline_s
        return self._hold_until_s if self._queue else None

    def enqueue(self, command: Command) -> Replied | None:
        """Put a command in line, or give its end at once: it cannot be said, or the line is too long."""
        # The official schemas take long to import; chargers can dial before they are there (`CentralSystem.run`).
        from knx_ocpp_bridge.ocpp.v16 import commands

        call = commands.encode(command)
        if isinstance(call, commands.Refused):
            return Replied(self._link, command, Outcome.FAILED, detail=f"not sent: {call.reason}")
        if len(self._queue) >= MAX_QUEUED:
            return Replied(self._link, command, Outcome.LOST, detail=f"not sent: {MAX_QUEUED} calls are waiting")
        self._queue.append(_Waiting(command, call))
        return None

    def answered_first(self, now_s: float) -> None:
        """Note that the link has had its first answer from us."""
        if not self._settled:
            self._settled = True
            self._hold_until_s = min(self._hold_until_s, now_s + SETTLE_S)

    def next_call(self, now_s: float) -> str | None:
        """Give the text to send now, if a call may leave now; its time runs from here."""
        if self._in_flight is not None or not self._queue or now_s < self._hold_until_s:
            return None
        waiting = self._queue.pop(0)
        self._count += 1
        message_id = f"{self._id_prefix}{self._count}"
        self._in_flight = InFlight(
            f'"{message_id}"', waiting.command, waiting.call.action, now_s, now_s + self._response_timeout_s
        )
        return frames.call(message_id, waiting.call.action, waiting.call.payload)

    def receive(self, answer: frames.Result | frames.Error | frames.Unreadable) -> Replied | None:
        """Give the end of the call that this answers; None: it answers none that still counts (row F12)."""
        asked = self._in_flight
        if asked is None or answer.id != asked.id:
            return self._too_late(answer)
        self._in_flight = None
        self._timeouts = 0
        match answer:
            case frames.Result():
                ended = replies.answered(self._link, asked.command, answer.payload)
                # What was cut off may have been the status.
                cut = answer.repaired and ended.outcome is Outcome.FAILED
                return replace(ended, outcome=Outcome.TIMED_OUT) if cut else ended
            case frames.Error():
                return replies.refused(self._link, asked.command, answer.code, answer.description)
            case frames.Unreadable():
                detail = f"the answer cannot be read: {answer.reason}"
                return Replied(self._link, asked.command, Outcome.TIMED_OUT, detail=detail)

    def expire(self, now_s: float) -> Replied | None:
        """Give the end of the call whose answer is overdue."""
        asked = self._in_flight
        if asked is None or now_s < asked.deadline_s:
            return None
        self._in_flight = None
        self._late = asked if isinstance(asked.command, SetProfile) else None
        self._timeouts += 1
        detail = f"no answer within {self._response_timeout_s:g} s"
        return Replied(self._link, asked.command, Outcome.TIMED_OUT, detail=detail)

    def _too_late(self, answer: frames.Result | frames.Error | frames.Unreadable) -> Replied | None:
        """A limit that the charger has taken after all is told, a second end of that call; all else is over."""
        asked = self._late
        if asked is None or answer.id != asked.id or not isinstance(answer, frames.Result):
            return None
        self._late = None
        self._timeouts = 0
        return replies.answered(self._link, asked.command, answer.payload)

    def close(self, reason: str) -> list[Replied]:
        """Give the end of all calls that are left."""
        left = [self._in_flight.command] if self._in_flight is not None else []
        left += [waiting.command for waiting in self._queue]
        self._in_flight = None
        self._queue.clear()
        return [Replied(self._link, command, Outcome.LOST, detail=reason) for command in left]
