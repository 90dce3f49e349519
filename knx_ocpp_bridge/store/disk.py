"""What is told about a disk that refuses: once in the log when it begins, once when it is over, and to whoever asks."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from knx_ocpp_bridge.store.backlog import Lost
from knx_ocpp_bridge.store.writer import Trouble

_LOG = logging.getLogger(__name__)


class Disk:
    """How things stand with the disk of this database. On the event loop's thread."""

    def __init__(self, path: Path, utc: Callable[[], datetime]) -> None:
        self._path = path
        self._utc = utc
        self._trouble: Trouble | None = None
        self._since: datetime | None = None
        self.listener: Callable[[str | None], None] | None = None
        """Is given a sentence when trouble begins, and None when everything is on disk again."""

    @property
    def trouble(self) -> str | None:
        """Since when the disk refuses, why, and how much waits; None: all is on disk."""
        if self._trouble is None or self._since is None:
            return None
        lost = f", {_words(self._trouble.lost)} lost" if self._trouble.lost != Lost() else ""
        since = self._since.isoformat(sep=" ", timespec="seconds")
        return f"since {since} the disk refuses ({self._trouble.why}); entries that wait: {self._trouble.waiting}{lost}"

    def hear(self, trouble: Trouble | None) -> None:
        """The writer says how things stand."""
        before, self._trouble = self._trouble, trouble
        if trouble is None:
            self._over(before)
        elif before is None:
            self._begin(trouble)
        elif trouble.lost.entries and not before.lost.entries:
            _LOG.critical(
                "%s: too much waits for the disk (%s): the oldest facts are being lost now; free space or replace the "
                "disk",
                self._path,
                trouble.why,
            )

    def _begin(self, trouble: Trouble) -> None:
        self._since = self._utc()
        said = (
            f"the disk refuses ({trouble.why}): charging goes on, and transactions wait in memory, where a power cut "
            "or restart would lose them; free space (df), look at dmesg"
        )
        _LOG.error("%s: %s; it is tried again every 10 s", self._path, said)
        self._tell(said)

    def _over(self, before: Trouble | None) -> None:
        if before is None:
            return
        self._since = None
        if before.lost == Lost():
            _LOG.warning("%s: everything is on the disk again", self._path)
        else:
            _LOG.error("%s: the disk takes everything again; %s are lost", self._path, _words(before.lost))
        self._tell(None)

    def _tell(self, said: str | None) -> None:
        if self.listener is not None:
            self.listener(said)


def _words(lost: Lost) -> str:
    return f"{lost.entries} entries with facts and {lost.history} lines and points of curves"
