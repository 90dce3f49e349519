"""The sequence numbers of KNX Data Secure: ours never goes back, and those of others are remembered.

Ours begins with the milliseconds since 2018-01-05, as ETS's own programs do (Falcon), or with what was kept on disk if
that is higher; it then counts telegrams, which are far fewer than milliseconds. What is kept is written ahead by
`STEP`, so that it stands for hours of telegrams: after a power cut the next number is above every one that was sent,
whatever the clock says.

The numbers of others are kept every `KEEP_S` and at the end, and `SOON_S` after a command was heard. After a power cut
telegrams of the time since could be repeated by somebody who has recorded them, until their sender has spoken again.
A new keyring begins with the numbers that stand in it: a device that was replaced or reset counts from the beginning,
and would be refused for ever.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from xknx.telegram import IndividualAddress

from knx_ocpp_bridge.core.values import Clock, Moment
from knx_ocpp_bridge.knx.secure import sequence_file
from knx_ocpp_bridge.knx.secure.sequence_file import HIGHEST, Kept, SequenceFileError

_LOG = logging.getLogger(__name__)

STEP: Final = 100_000
"""Numbers reserved by one write: 2.8 h at 10 telegrams a second. As time it is 100 s, by which a restart runs ahead."""
KEEP_S: Final = 900.0
SOON_S: Final = 2.0
LOST_MARGIN: Final = 86_400_000
"""A day in ms: by so much the time is exceeded when the file was damaged, for all restarts that have run ahead."""
_EPOCH: Final = datetime(2018, 1, 5, tzinfo=UTC)
LOOK_S: Final = 1.0
_SETTLED_WITHIN_S: Final = 2.0


def of_time(utc: datetime) -> int:
    """The number that a sender begins with at this time; at least 1."""
    return max(1, int((utc - _EPOCH).total_seconds() * 1000))


class SequenceNumbers:
    """In memory while the bridge runs; `run` writes them to `path` (None: nowhere, they end with the process)."""

    def __init__(self, path: Path | None, moment: Callable[[], Moment]) -> None:
        """Nothing is read before `begin`."""
        self._path = path
        self._moment = moment
        self._keyring = ""
        self._next = self._reserved = self._margin = 0
        self._written: dict[int, int] = {}
        self._begun = asyncio.Event()
        self._settled = asyncio.Event()
        self._trouble = False
        self._commanded = asyncio.Event()
        self.received: dict[IndividualAddress, int] = {}
        """The last number accepted, of each sender that may be heard; others are refused."""
        self.ready = False
        """The clock was sane once: there is a number to send with."""

    async def begin(self, keyring: str, senders: dict[IndividualAddress, int]) -> None:
        """From now on these senders are heard, from the numbers of this keyring on or the kept ones if they are higher.

        A file that cannot be believed is told, moved aside and done without.
        """
        if not self._begun.is_set():
            kept = await asyncio.to_thread(self._read)
            if kept is not None:
                self._next, self._keyring, self._written = kept.sending, kept.keyring, dict(kept.received)
        now = {each.raw: number for each, number in self.received.items()}
        known = {**self._written, **now} if self._keyring == keyring else {}
        self.received = {each: max(number, known.get(each.raw, 0)) for each, number in senders.items()}
        self._keyring = keyring
        self._begun.set()

    @property
    def is_used_up(self) -> bool:
        """There is no number to send with any more. What others send is heard all the same."""
        return self._next > HIGHEST

    def take(self) -> int | None:
        """The number of the next telegram, above all before; None: none is left. Not to be called before `ready`."""
        if self.is_used_up:
            return None
        number = self._next
        self._next += 1
        return number

    def commanded(self) -> None:
        """A command was let in: nobody must be able to repeat it after a power cut, so it is kept soon."""
        self._commanded.set()

    async def run(self) -> None:
        """Wait for a sane clock, then keep the numbers on disk until cancelled; at the end they are kept exactly."""
        await self._begun.wait()
        try:
            await self.start()
            while True:
                await self._pause()
                await self.keep()
        finally:
            self.close()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(KEEP_S):
                await self._commanded.wait()
                await asyncio.sleep(SOON_S)  # several commands at once are kept by one write
        self._commanded.clear()

    async def start(self) -> None:
        """There is a number to send with, and it is reserved on disk: `ready`. Waits until the clock is sane."""
        self._next = max(self._next, of_time(await self._time()) + self._margin)
        await asyncio.to_thread(self._keep, self._next + STEP)
        if self.is_used_up:
            _LOG.error(
                "no sequence number of KNX Data Secure is left, so nothing is sent on secured group addresses: stop "
                "the bridge, give it another tunnel in ETS and export the keyring again, and remove %s",
                self._path,
            )  # fmt: skip
        self.ready = True
        self._settled.set()

    async def settled(self) -> None:
        """It is known whether the clock is sane, and if so they are `ready`; or that takes longer than 2 s."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_SETTLED_WITHIN_S):
                await self._settled.wait()

    async def keep(self) -> None:
        """What is on disk is enough for the next `KEEP_S`; it is written only if there is something to write."""
        if self._reserved < min(self._next + STEP // 2, HIGHEST) or self._is_news():
            await asyncio.to_thread(self._keep, self._next + STEP)

    def close(self) -> None:
        """All is on disk as it is now, with nothing reserved."""
        if self.ready:
            self._keep(self._next)

    async def _time(self) -> datetime:
        """UTC, once the clock is sane."""
        waiting = False
        while True:
            now = self._moment()
            if now.clock is Clock.SANE:
                if waiting:
                    _LOG.info("KNX Data Secure begins: the clock is set")
                return now.utc
            if not waiting:
                _LOG.warning(
                    "KNX Data Secure waits until the clock is set: nothing is sent on secured group addresses, and "
                    "nothing obeyed there (is a time server reachable?)"
                )
            waiting = True
            self._settled.set()
            await asyncio.sleep(LOOK_S)

    def _is_news(self) -> bool:
        return any(self._written.get(each.raw, 0) != number for each, number in self.received.items())

    def _read(self) -> Kept | None:
        if self._path is None:
            return None
        try:
            return sequence_file.read(self._path)
        except SequenceFileError as error:
            self._margin = LOST_MARGIN
            aside = self._move_aside(self._path)
            _LOG.error(
                "the sequence numbers of KNX Data Secure in %s are lost: %s%s; sending goes on with a number above all "
                "before, and telegrams of others that were recorded could be repeated until their senders have spoken",
                self._path, error, aside,
            )  # fmt: skip
            return None

    def _move_aside(self, path: Path) -> str:
        aside = path.with_name(f"{path.name}.damaged")
        try:
            path.replace(aside)
        except OSError:
            return ""
        return f" (it is now {aside.name})"

    def _keep(self, sending: int) -> None:
        """Write what is known; a disk that does not take it is told once, and sending goes on."""
        received = {each.raw: number for each, number in self.received.items()}
        sending = min(sending, HIGHEST + 1)
        if self._path is not None:
            try:
                sequence_file.write(self._path, Kept(sending, self._keyring, received))
            except OSError as error:
                if not self._trouble:
                    _LOG.warning(
                        "the sequence numbers of KNX Data Secure cannot be written to %s (%s): after a restart with a "
                        "wrong clock devices may refuse what the bridge sends; make room, or the disk writable",
                        self._path, error.strerror or error,
                    )  # fmt: skip
                self._trouble = True
                return
        self._trouble = False
        self._reserved, self._written = sending, received
