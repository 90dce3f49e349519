"""What outlives a link but not the process: answers to repeat, and what was already said in the log. Pure."""

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from knx_ocpp_bridge.core.values import LinkNumber

MAX_ANSWERS: Final = 64
ANSWERS_KEPT_S: Final = 900.0
MAX_REPORTS: Final = 128
ZOMBIE_PAUSE_S: Final = 600.0

Key = tuple[str, str, bytes]
"""Message id, action and digest of the payload: what makes a request the same request."""


def key(message_id: str, action: str, payload: bytes) -> Key:
    """Give what a repeated request is recognised by (row F10)."""
    return message_id, action, blake2b(payload, digest_size=16).digest()


@dataclass(slots=True)
class Memory:
    """One charger's. Each of its parts is bounded."""

    _answers: OrderedDict[Key, tuple[str, float]] = field(default_factory=OrderedDict)
    _awaited: OrderedDict[tuple[LinkNumber, str], Key] = field(default_factory=OrderedDict)
    _reported: set[str] = field(default_factory=set)
    _aborted_at_s: float | None = None

    def answer(self, request: Key, now_s: float) -> str | None:
        """Give the very text with which this request was answered in the last 15 minutes."""
        text, said_at_s = self._answers.get(request, ("", 0.0))
        return text if text and now_s - said_at_s <= ANSWERS_KEPT_S else None

    def answered(self, request: Key, text: str, now_s: float) -> None:
        """Remember the answer; the oldest of 64 is forgotten."""
        self._answers[request] = (text, now_s)
        self._answers.move_to_end(request)
        if len(self._answers) > MAX_ANSWERS:
            self._answers.popitem(last=False)

    def await_answer(self, link: LinkNumber, request: Key) -> None:
        """Note that the link closed before the answer to this request was there."""
        self._awaited[link, request[0]] = request
        if len(self._awaited) > MAX_ANSWERS:
            self._awaited.popitem(last=False)

    def awaited(self, link: LinkNumber, message_id: str) -> Key | None:
        """Give, once, the request of a closed link whose answer has come now."""
        return self._awaited.pop((link, message_id), None)

    def is_news(self, report: str) -> bool:
        """True the first time that a mistake of this charger is seen."""
        if report in self._reported or len(self._reported) >= MAX_REPORTS:
            return False
        self._reported.add(report)
        return True

    def may_abort(self, now_s: float) -> bool:
        """True at most once per 10 minutes: a charger that never answers must not be thrown out all the time."""
        if self._aborted_at_s is not None and now_s - self._aborted_at_s < ZOMBIE_PAUSE_S:
            return False
        self._aborted_at_s = now_s
        return True
