"""The wall clock of another process, in the hands of a test: libfaketime (Debian's package `faketime`), loaded into it.

The monotonic clock of that process stays the machine's own, as it does on a Raspberry Pi whose time is set.
"""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path


class FakeTime:
    """Right until it is told otherwise; it goes on from what it shows."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "faketime"
        self.is_off(timedelta())

    @property
    def environment(self) -> dict[str, str]:
        """What the process has to be started with.

        Raises:
            FileNotFoundError: the library is not on this machine; `tests/tools` installs it.
        """
        library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
        if library is None:
            raise FileNotFoundError("libfaketime is not installed: tests/tools does it")
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def is_off(self, error: timedelta) -> None:
        """From now on the clock is off by this much."""
        beside = self._file.with_suffix(".new")
        beside.write_text(f"{error.total_seconds():+.0f}\n")
        beside.replace(self._file)

    def shows(self, utc: datetime) -> None:
        """From now on the clock goes on from this time."""
        self.is_off(utc - datetime.fromtimestamp(time.time(), UTC))
