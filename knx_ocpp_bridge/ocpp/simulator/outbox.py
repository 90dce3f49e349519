"""What the charger has to say, in order: one request in flight, and transactions that outlive a lost link.

OCPP 1.6 ed. 2 sections 3.7 (offline) and 3.7.1 (transaction-related messages).
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from knx_ocpp_bridge.ocpp.simulator.connector import Transaction
from knx_ocpp_bridge.ocpp.simulator.wire import Json, Request

MAX_WAITING: Final = 1000
"""More is not kept: readings of a long time offline give way, oldest first."""

Then = Callable[[Json, datetime], None]


@dataclass(slots=True)
class Letter:
    """One request that waits or is in flight."""

    action: str
    payload: Json
    then: Then | None = None
    """What the answer does; not called for a CALLERROR or none."""
    transaction: Transaction | None = None
    """Part of this transaction: kept until delivered, and its number is filled in when it leaves."""
    status_of: int | None = None
    """The connector whose status this tells."""
    attempts: int = 0
    not_before: datetime | None = None

    def request(self) -> Request:
        """What leaves now."""
        if self.transaction is None or self.action == "StartTransaction":
            return Request(self.action, self.payload)
        number = -1 if self.transaction.id is None else self.transaction.id
        return Request(self.action, {"transactionId": number} | self.payload)


@dataclass(slots=True)
class Outbox:
    """The queue of one charger."""

    waiting: deque[Letter] = field(default_factory=deque)
    in_flight: Letter | None = None

    def put(self, letter: Letter) -> None:
        """Queue behind all that waits."""
        readings = [letter for letter in self.waiting if letter.action == "MeterValues"]
        if len(self.waiting) >= MAX_WAITING and readings:
            self.waiting.remove(readings[0])
        self.waiting.append(letter)

    def take(self, now: datetime, *, boot_only: bool) -> Request | None:
        """The next request, if nothing is in flight; before the boot is accepted only BootNotification leaves."""
        if self.in_flight is not None:
            return None
        for letter in self.waiting:
            if boot_only and letter.action != "BootNotification":
                continue
            if letter.not_before is not None and now < letter.not_before:
                return None
            self.waiting.remove(letter)
            self.in_flight = letter
            return letter.request()
        return None

    def answered(self, payload: Json, now: datetime) -> None:
        """The request in flight has its CALLRESULT."""
        letter, self.in_flight = self.in_flight, None
        if letter is not None and letter.then is not None:
            letter.then(payload, now)

    def failed(self, attempts: int, retry_s: int, now: datetime) -> None:
        """The request in flight got a CALLERROR or nothing: what belongs to a transaction is tried again."""
        letter, self.in_flight = self.in_flight, None
        if letter is None or letter.transaction is None:
            return
        letter.attempts += 1
        if letter.attempts < attempts:
            letter.not_before = now + timedelta(seconds=retry_s * letter.attempts)
            self.waiting.appendleft(letter)

    def link_lost(self) -> frozenset[int]:
        """Keep what belongs to a transaction; the connectors whose status was not told."""
        letters = [self.in_flight] if self.in_flight is not None else []
        letters += self.waiting
        self.in_flight = None
        self.waiting = deque(letter for letter in letters if letter.transaction is not None)
        return frozenset(letter.status_of for letter in letters if letter.status_of is not None)

    @property
    def empty(self) -> bool:
        """Nothing waits and nothing is in flight."""
        return self.in_flight is None and not self.waiting
