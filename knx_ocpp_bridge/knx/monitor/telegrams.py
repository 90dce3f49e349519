"""The group telegrams of the last hours, as a group monitor shows them: kept packed, read when looked at."""

import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import islice
from typing import Final

from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.knx.datapoints import Payload
from knx_ocpp_bridge.knx.monitor.patterns import Pattern

KEPT_FOR: Final = timedelta(hours=48)
_KEPT_S: Final = int(KEPT_FOR.total_seconds())
MOST: Final = 5000
"""Telegrams; a line that is full carries as many in two minutes, a quiet house in days."""
_LONGEST_FAILURE: Final = 120
_LONGEST_PAYLOAD: Final = 255
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_HEAD: Final = struct.Struct(">IqHHBB")
"""Seconds of the monotonic clock; microseconds since 1970, source, destination, flags, octets of the payload; the
payload and a failure follow.
"""
_OURS: Final = 0x10
_CARRIES: Final = 0x20
"""It has a payload."""
_SMALL: Final = 0x40
"""Of up to six bits, within the octet of the service."""
_SERVICE: Final = 0x03


class Service(Enum):
    """What a group telegram is (KNX Application Layer 03.03.07)."""

    WRITE = "write"
    READ = "read"
    RESPONSE = "response"


_SERVICES: Final = tuple(Service)


@dataclass(frozen=True, slots=True)
class Passed:
    """One group telegram that was heard or sent."""

    at: datetime
    """UTC, by the bridge's clock."""
    source: str
    """Individual address of the sender, e.g. `1.1.5`; empty: ours, and no address is known."""
    destination: int
    service: Service
    payload: Payload | None
    """None: a read carries nothing."""
    ours: bool = False
    failure: str = ""
    """Why one of ours did not arrive; empty: it did."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which telegrams are wanted; what is empty lets all through."""

    destinations: tuple[Pattern, ...] = ()
    """Group addresses; one of them has to fit."""
    source: Pattern | None = None
    among: Callable[[int], bool] | None = None
    """Whether this group address is one of those that count."""

    def fits(self, packed: bytes) -> bool:
        """Whether this telegram is wanted."""
        _, _, source, destination, _, _ = _HEAD.unpack_from(packed)
        if self.destinations and not any(each.fits(destination) for each in self.destinations):
            return False
        if self.source is not None and not self.source.fits(source):
            return False
        return self.among is None or self.among(destination)


EVERYTHING: Final = Sought()


class TelegramBook:
    """A ring of the newest telegrams, some 70 bytes each; neither its number nor its age grows past the bounds.

    The number of a telegram goes up by one and is never given again, so that whoever follows knows where to go on.
    They age by the monotonic clock: a wall clock that is set loses none of them.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, *, most: int = MOST) -> None:
        self._monotonic = monotonic
        self._most = most
        self._ring: deque[bytes] = deque()
        self._first = 1
        """Number of the oldest that is kept."""

    @property
    def last(self) -> int:
        """Number of the newest telegram; 0: there was none."""
        return self._first + len(self._ring) - 1

    def tell(self, passed: Passed) -> int:
        """Keep a telegram; its number."""
        now_s = int(self._monotonic())
        self._ring.append(_packed(passed, now_s))
        while len(self._ring) > self._most or _at_s(self._ring[0]) < now_s - _KEPT_S:
            self._ring.popleft()
            self._first += 1
        return self.last

    def find(
        self, after: int, limit: int, sought: Sought = EVERYTHING, *, newest: bool = False
    ) -> tuple[list[tuple[int, Passed]], int]:
        """At most `limit` telegrams with numbers above `after`, oldest first, and the number to go on after.

        `newest`: all but the last ones are left out. An `after` that was never reached (the bridge was started again)
        is taken for the beginning.
        """
        last = self.last
        after = 0 if after > last else max(after, self._first - 1)
        oldest_s = int(self._monotonic()) - _KEPT_S
        found: list[tuple[int, Passed]] = []
        kept = zip(range(self._first, last + 1), self._ring, strict=True)
        candidates = reversed(list(kept)) if newest else islice(kept, after + 1 - self._first, None)
        for number, packed in candidates:
            if number <= after or len(found) == limit:
                break
            if _at_s(packed) >= oldest_s and sought.fits(packed):
                found.append((number, _unpacked(packed)))
        if newest:
            return found[::-1], last
        return found, found[-1][0] if len(found) == limit else last


def _packed(passed: Passed, now_s: int) -> bytes:
    flags, octets = _SERVICES.index(passed.service) | (_OURS if passed.ours else 0), b""
    match passed.payload:
        case DPTBinary(value=small):
            flags |= _CARRIES | _SMALL
            octets = bytes((small,))
        case DPTArray(value=values):
            flags |= _CARRIES
            octets = bytes(values[:_LONGEST_PAYLOAD])
        case None:
            pass
    head = _HEAD.pack(now_s, _microseconds(passed.at), _raw(passed.source), passed.destination, flags, len(octets))
    return head + octets + passed.failure[:_LONGEST_FAILURE].encode()


def _unpacked(packed: bytes) -> Passed:
    _, at_us, source, destination, flags, length = _HEAD.unpack_from(packed)
    octets = packed[_HEAD.size : _HEAD.size + length]
    payload: Payload | None = None
    if flags & _CARRIES:
        payload = DPTBinary(octets[0]) if flags & _SMALL else DPTArray(tuple(octets))
    return Passed(
        _EPOCH + at_us * _MICROSECOND,
        f"{source >> 12}.{source >> 8 & 0xF}.{source & 0xFF}" if source or not flags & _OURS else "",
        destination,
        _SERVICES[flags & _SERVICE],
        payload,
        ours=bool(flags & _OURS),
        failure=packed[_HEAD.size + length :].decode(),
    )


def _at_s(packed: bytes) -> int:
    return int.from_bytes(packed[:4])


def _raw(source: str) -> int:
    """The individual address as it is on the line; 0: none."""
    if not source:
        return 0
    area, line, device = map(int, source.split("."))
    return area << 12 | line << 8 | device


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
