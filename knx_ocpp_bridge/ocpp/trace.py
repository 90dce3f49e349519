"""The last 48 hours of frames of every charger, in RAM alone: recorded in passing, understood only when looked at.

A ring is blocks of compressed frames and one open block. The number of a frame goes up by one within its charger and
is never given again, so that whoever follows knows where to go on. Passwords are taken out when a block is closed or a
frame is shown, whichever comes first (in passing it would cost every frame, and nearly none holds one); cards (idTags)
when it is shown.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any, Final

import msgspec

from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.ocpp import exchanges
from knx_ocpp_bridge.ocpp.exchange import Exchange, Frame
from knx_ocpp_bridge.ocpp.exchanges import Found, Wanted
from knx_ocpp_bridge.ocpp.masking import may_hold_passwords, without_passwords

KEPT_FOR: Final = timedelta(hours=48)
LONGEST_FRAME: Final = 8 * 1024
"""Characters; what is longer is cut."""
MOST_PER_CHARGER: Final = 512 * 1024
"""Bytes, the open block included."""
MOST_FOR_ALL: Final = 16 * 1024 * 1024
MOST_CHARGERS: Final = 512
MOST_ROWS: Final = 500
OPEN_BYTES: Final = 32 * 1024
"""A block is compressed when it has grown to this: zlib looks no further back."""
PER_FRAME: Final = 192
"""Bytes that a frame takes in the open block besides its text: a tuple, a time, the head of a string."""
_PER_BLOCK: Final = 256
_LEVEL: Final = 1
"""A fifth of the time of the usual level, for a quarter more bytes."""
_WIDEST: Final = 4
"""Bytes of a character in a string that is not ASCII, at most."""
_LOOKED_BACK: Final = 8
"""Blocks: what takes longer to unpack is not looked for."""
_LONGEST_HEAD: Final = 400
"""Characters before the payload of a call."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_Heard = tuple[datetime, bool, str]
"""When, whether it is ours, text."""
_Written = tuple[int, bool, str]
"""Microseconds since 1970, whether it is ours, text."""
_DECODER: Final = msgspec.msgpack.Decoder(list[_Written])


@dataclass(frozen=True, slots=True)
class _Block:
    first: int
    """Number of its first frame."""
    frames: int
    ended_at: datetime
    packed: bytes

    @property
    def size(self) -> int:
        return len(self.packed) + _PER_BLOCK

    @property
    def following(self) -> int:
        return self.first + self.frames

    def written(self) -> list[_Written]:
        return _DECODER.decode(zlib.decompress(self.packed))


@dataclass(slots=True)
class _Ring:
    first: int
    """Number of the first frame of the open block."""
    blocks: list[_Block] = field(default_factory=list)
    """A few dozen at most; an empty deque would take 700 bytes for each charger."""
    packed_size: int = 0
    open: list[_Heard] = field(default_factory=list)
    open_size: int = 0

    @property
    def size(self) -> int:
        return self.packed_size + self.open_size

    @property
    def following(self) -> int:
        """Number of the frame that comes next."""
        return self.first + len(self.open)

    @property
    def last_at(self) -> datetime:
        if self.open:
            return self.open[-1][0]
        return self.blocks[-1].ended_at if self.blocks else _EPOCH

    def close(self) -> None:
        """Compress the open block."""
        written = [(_microseconds(at), ours, text) for at, ours, text in _without_passwords(self.open)]
        packed = zlib.compress(msgspec.msgpack.encode(written), _LEVEL)
        block = _Block(self.first, len(written), self.open[-1][0], packed)
        self.blocks.append(block)
        self.packed_size += block.size
        self._empty()

    def drop_oldest(self) -> None:
        """Let go of the oldest block; of the open one, if there is no other."""
        if self.blocks:
            self.packed_size -= self.blocks.pop(0).size
        else:
            self._empty()

    def _empty(self) -> None:
        self.first += len(self.open)
        self.open.clear()
        self.open_size = 0

    def frames(self, after: int) -> Iterator[Frame]:
        """From one block before the frame `after` on, so that answers meet their calls."""
        blocks = list(self.blocks)
        wanted = next((place for place, block in enumerate(blocks) if block.following > after + 1), len(blocks))
        for block in blocks[max(0, wanted - 1) :]:
            for place, (at_us, ours, text) in enumerate(block.written()):
                yield Frame(block.first + place, at_us, ours, text)
        for place, (at, ours, text) in enumerate(_without_passwords(self.open)):
            yield Frame(self.first + place, _microseconds(at), ours, text)

    def backwards(self, most_blocks: int) -> Iterator[_Written]:
        """The newest frames first: those of the open block, and of so many before it."""
        for at, ours, text in reversed(self.open):
            yield _microseconds(at), ours, text
        for block in reversed(self.blocks[-most_blocks:]):
            yield from reversed(block.written())

    def frames_back(self, below: int) -> Iterator[Frame]:
        """The newest first, those with a number below this one; from one block behind it on, as answers come later."""
        for place, (at, ours, text) in reversed(list(enumerate(_without_passwords(self.open)))):
            yield Frame(self.first + place, _microseconds(at), ours, text)
        blocks = list(self.blocks)
        first = next((place for place, block in enumerate(blocks) if block.following >= below), len(blocks) - 1)
        for block in reversed(blocks[: first + 2]):
            for place, (at_us, ours, text) in reversed(list(enumerate(block.written()))):
                yield Frame(block.first + place, at_us, ours, text)


class TraceBook:
    """What was said on the sockets. The bounds (in bytes) hold at any time: what is too much pushes the oldest out.

    `utc` is the bridge's wall clock. Of several chargers that together take too much, the one with the most loses.
    """

    def __init__(
        self, utc: Callable[[], datetime], *, per_charger: int = MOST_PER_CHARGER, for_all: int = MOST_FOR_ALL
    ) -> None:
        self._utc = utc
        self._per_charger = per_charger
        self._for_all = for_all
        self._open_bytes = min(OPEN_BYTES, per_charger // 2)
        self._rings: dict[str, _Ring] = {}
        self._size = 0
        self._highest = 0
        """No frame of a ring that was let go has a higher number."""

    @property
    def size(self) -> int:
        """Bytes in use."""
        return self._size

    def size_of(self, charger: str) -> int:
        """Bytes in use for one charger."""
        name = self._name(charger)
        return 0 if name is None else self._rings[name].size

    def __call__(self, charger: ChargerId, direction: str, text: str) -> None:
        """Keep a frame; `direction` is `in` from the charger, `out` to it."""
        ring = self._rings.get(charger) or self._begin(charger)
        if len(text) > LONGEST_FRAME:
            text = without_passwords(text)  # before a cut makes it unreadable
            text = f"{text[:LONGEST_FRAME]}… (cut, it has {len(text)} characters)"
        size = PER_FRAME + len(text) * (1 if text.isascii() else _WIDEST)
        ring.open.append((self._utc(), direction == "out", text))
        ring.open_size += size
        self._size += size
        if ring.open_size >= self._open_bytes:
            self._close(ring)
        while self._size > self._for_all:
            self._shrink()

    def rows(
        self, charger: str, after: int, limit: int, *, tags: bool = False, newest: bool = False
    ) -> tuple[list[dict[str, Any]], int]:
        """At most `limit` frames with numbers above `after`, oldest first, and where to go on.

        The fields are those of `Exchange.row`. `tags` shows cards as they are; `newest` leaves out all but the last
        ones. An `after` that was never reached (the bridge was started again) is taken for the beginning.
        """
        name = self._name(charger)
        if name is None:
            return [], 0
        ring = self._rings[name]
        limit = max(1, min(limit, MOST_ROWS))
        if after >= ring.following:
            after = 0
        if newest:
            after = max(after, ring.following - 1 - limit)
        exchange = Exchange(tags=tags)
        oldest_us = _microseconds(self._utc() - KEPT_FOR)
        found: list[dict[str, Any]] = []
        for frame in ring.frames(after):
            row = exchange.row(frame)
            if frame.number > after and frame.at_us >= oldest_us:
                found.append(row)
            if len(found) == limit:
                break
        return found, found[-1]["number"] if found else after

    def newest_calls(self, charger: str, action: str, most: int) -> Iterator[tuple[datetime, str]]:
        """When and how the charger called for this last, the newest first: to be read, not to be shown.

        It looks back over the last quarter of a megabyte at most.
        """
        name = self._name(charger)
        if name is None:
            return
        oldest_us = _microseconds(self._utc() - KEPT_FOR)
        word = f'"{action}"'
        left = most
        for at_us, ours, text in self._rings[name].backwards(_LOOKED_BACK):
            if not left or at_us < oldest_us:
                return
            if not ours and word in text[:_LONGEST_HEAD]:
                left -= 1
                yield _EPOCH + at_us * _MICROSECOND, text

    def last_at(self, charger: str) -> datetime | None:
        """When the last frame went to or fro; None: none has since the bridge was started."""
        name = self._name(charger)
        return None if name is None or self._rings[name].last_at == _EPOCH else self._rings[name].last_at

    def exchanges(self, charger: str, wanted: Wanted, limit: int, *, tags: bool = False) -> Found:
        """Calls with their answers, the newest first, as `exchanges.found` gives them."""
        name = self._name(charger)
        if name is None:
            return Found((), 0)
        ring = self._rings[name]
        below = wanted.below or ring.following + 1
        oldest_us = _microseconds(self._utc() - KEPT_FOR)
        frames = takewhile(lambda frame: frame.at_us >= oldest_us, ring.frames_back(below))
        return exchanges.found(frames, replace(wanted, below=below), max(1, min(limit, MOST_ROWS)), tags=tags)

    def forget(self, charger: str) -> None:
        """Of this charger nothing is kept any more."""
        name = self._name(charger)
        if name is not None:
            self._drop(name)

    def _name(self, charger: str) -> str | None:
        folded = charger.casefold()
        return next((name for name in self._rings if name.casefold() == folded), None)

    def _begin(self, charger: ChargerId) -> _Ring:
        if len(self._rings) >= MOST_CHARGERS:
            # The shortest: hundreds of invented ids that say one word each do not push a charger's two days out.
            self._drop(min(self._rings, key=lambda name: (self._rings[name].size, self._rings[name].last_at)))
        ring = self._rings[charger] = _Ring(self._highest + 1)
        return ring

    def _drop(self, name: str) -> None:
        ring = self._rings.pop(name)
        self._highest = max(self._highest, ring.following - 1)
        self._size -= ring.size

    def _close(self, ring: _Ring) -> None:
        before = ring.size
        ring.close()
        oldest = ring.blocks[-1].ended_at - KEPT_FOR
        most = self._per_charger - self._open_bytes
        while ring.blocks and (ring.size > most or ring.blocks[0].ended_at < oldest):
            ring.drop_oldest()
        self._size += ring.size - before

    def _shrink(self) -> None:
        largest = max(self._rings.values(), key=lambda one: one.size)
        before = largest.size
        largest.drop_oldest()
        self._size += largest.size - before


def _without_passwords(heard: list[_Heard]) -> list[_Heard]:
    """All at once first: a block that holds a password is rare."""
    if not may_hold_passwords("\n".join([text for _, _, text in heard])):
        return heard
    return [(at, ours, without_passwords(text)) for at, ours, text in heard]


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
