"""The failure book: who tried to connect, or broke off, why, and what to do about it; the last hundred.

No secret is in it: no header but the user agent, no query, no user name out of a URL.
"""

import re
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final

MAX_FAILURES: Final = 100
MAX_PER_PEER: Final = 25
"""One address that is up to mischief does not push the others out."""
MAX_TEXT_CHARS: Final = 240
_UNPRINTABLE: Final = re.compile(r"[^\x20-\x7e\xa0-\U0010ffff]")
_CREDENTIALS: Final = re.compile(r"//[^/@]*@")


class Kind(Enum):
    """What a failure is about."""

    TLS = "tls"
    PROTOCOL_VERSION = "protocol_version"
    UNAUTHORIZED = "unauthorized"
    PATH = "path"
    MALFORMED = "malformed"
    TOO_MANY = "too_many"
    FRAME_TOO_LARGE = "frame_too_large"
    WEBSOCKET = "websocket"
    TIMEOUT = "timeout"
    CLOSED = "closed"
    REFUSED = "refused"
    ODD = "odd"
    """Let in all the same."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong, and what somebody who stands before the charger can do."""

    kind: Kind
    reason: str
    remedy: str = ""
    cause: str = ""
    """A word for the reason, finer than the kind, that stays the same; empty: the kind's."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """What is known of whoever dialled; nothing of it need be there."""

    path: str = ""
    """As dialled, without query; of a connection that was let in, the charger's id."""
    user_agent: str = ""
    offered: str = ""
    """Subprotocols, or versions of TLS."""


UNKNOWN: Final = Dialled()


@dataclass(frozen=True, slots=True)
class Failure:
    """One kind of failure of one peer; `number` and `at` are those of the last of `times`."""

    number: int
    at: datetime
    peer: str
    user_agent: str
    path: str
    offered: str
    kind: Kind
    cause: str
    reason: str
    remedy: str
    times: int = 1


class FailureBook:
    """Keeps the last 100 failures, each string cut; what a peer does again is counted, not repeated."""

    def __init__(self, utc: Callable[[], datetime]) -> None:
        self._utc = utc
        self._last_number = 0
        self._failures: OrderedDict[tuple[str, str, Kind, str], Failure] = OrderedDict()
        self._per_peer: Counter[str] = Counter()

    def add(self, peer: str, trouble: Trouble, dialled: Dialled = UNKNOWN) -> Failure:
        """Enter a failure; one that is there already gets a new number and time."""
        self._last_number += 1
        failure = Failure(
            number=self._last_number,
            at=self._utc(),
            peer=printable(peer),
            user_agent=printable(dialled.user_agent),
            path=shown_path(dialled.path),
            offered=printable(dialled.offered),
            kind=trouble.kind,
            cause=trouble.cause or trouble.kind.value,
            reason=printable(trouble.reason),
            remedy=printable(trouble.remedy),
        )
        key = (failure.peer, failure.path, failure.kind, failure.reason)
        before = self._failures.pop(key, None)
        if before is None:
            self._make_room(failure.peer)
            self._per_peer[failure.peer] += 1
        else:
            failure = replace(failure, times=before.times + 1)
        self._failures[key] = failure
        return failure

    def rows(self, after: int = 0) -> list[dict[str, str | int]]:
        """The failures whose number is above `after`, the oldest first, as JSON has them."""
        return [
            {
                "number": one.number,
                "at": one.at.isoformat(timespec="seconds"),
                "peer": one.peer,
                "user_agent": one.user_agent,
                "path": one.path,
                "offered": one.offered,
                "kind": one.kind.value,
                "cause": one.cause,
                "reason": one.reason,
                "remedy": one.remedy,
                "times": one.times,
            }
            for one in self._failures.values()
            if one.number > after
        ]

    def _make_room(self, peer: str) -> None:
        if self._per_peer[peer] >= MAX_PER_PEER:
            self._strike(next(key for key in self._failures if key[0] == peer))
        elif len(self._failures) >= MAX_FAILURES:
            self._strike(next(iter(self._failures)))

    def _strike(self, key: tuple[str, str, Kind, str]) -> None:
        del self._failures[key]
        self._per_peer[key[0]] -= 1
        if not self._per_peer[key[0]]:
            del self._per_peer[key[0]]


def printable(text: str) -> str:
    """The text in one line of at most 240 characters; what cannot be shown is a question mark."""
    return _UNPRINTABLE.sub("?", text[:MAX_TEXT_CHARS])


def shown_path(path: str) -> str:
    """A dialled path without what may be secret: its query, its fragment, a user and password in it."""
    return printable(_CREDENTIALS.sub("//", re.split(r"[?#]", path[: 4 * MAX_TEXT_CHARS], maxsplit=1)[0]))
