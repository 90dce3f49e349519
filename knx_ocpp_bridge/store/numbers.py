"""How far the numbers of transactions may have been given, in a file beside the database.

A number that a charger has learned is never given again, even if the database is lost, torn, or older than it was. The
file is written in its place, which needs no free space, and once for many numbers.
"""

import logging
import os
import zlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

_LOG = logging.getLogger(__name__)
AHEAD: Final = 64
"""So many numbers are passed over at most by a start after a power cut."""
_SUFFIX: Final = ".numbers"
FOREIGN_FROM: Final = 2**30
"""Numbers from here on were not given by us: some chargers make up their own, anywhere below 2^31."""
_FIRST_DAY: Final = datetime(2020, 1, 1, tzinfo=UTC)


def beyond_all(now: datetime) -> int:
    """A number that no bridge can have come to by this time: one a minute since 2020."""
    return max(0, (now - _FIRST_DAY) // timedelta(minutes=1))


class Numbers:
    """`given` is the highest number that may have been given out, as far as this file knows; 0: it knows nothing."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}{_SUFFIX}")
        self.given = 0

    def load(self) -> None:
        """What the file knows counts from now on."""
        self.given = _read(self._path)

    def reach(self, number: int) -> None:
        """Numbers up to this one may be given out now: that is on disk, some more along with it.

        Never raises: where the file cannot be written, the numbers are kept by the database alone.
        """
        if number > self.given:
            self._write(number + AHEAD)

    def settle(self, number: int) -> None:
        """No number beyond this one was given out: an orderly end passes over none."""
        if number != self.given:
            self._write(number)

    def _write(self, number: int) -> None:
        # Known as given even if it cannot be written: a disk that refuses is not asked again for every number.
        self.given = number
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.pwrite(descriptor, _line(number), 0)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            _LOG.debug("%s cannot be written (%s)", self._path, error.strerror)


def _read(path: Path) -> int:
    with suppress(OSError, ValueError):
        line = path.read_bytes()
        number = int(line[:10])
        if line == _line(number) and number < FOREIGN_FROM:
            return number
    return 0


def _line(number: int) -> bytes:
    """Always as long, well within one sector: a power cut leaves the old line or the new one."""
    digits = b"%010d" % number
    return b"%s %08x\n" % (digits, zlib.crc32(digits))
