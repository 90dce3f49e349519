"""The notes of self-tests on disk, one file for each connector: what to put back after a restart, and the result."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

import msgspec

from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.selftest import Run
from knx_ocpp_bridge.whole_file import replacing

_log = logging.getLogger(__name__)

FOLDER: Final = "selftests"
_MOST_FILES: Final = 1000


@dataclass(frozen=True, slots=True)
class SelfTest:
    """One self-test and what it was made of: charger, building and bridge as they were when it began."""

    charger: str
    name: str
    site: str
    vendor: str
    model: str
    serial: str
    firmware: str
    version: str
    by: str
    origin: Origin
    run: Run
    ended: datetime | None = None


_DECODER: Final = msgspec.json.Decoder(SelfTest)


class Notes(Protocol):
    """What a self-test writes down."""

    async def keep(self, test: SelfTest) -> None:
        """It outlives a power cut from now on.

        Raises:
            OSError: it does not.
        """

    async def kept(self) -> list[SelfTest]:
        """All that were kept, the newest of each connector."""


class NotesOnDisk:
    """Owns the folder; what waits for the disk does so beside the loop."""

    def __init__(self, state: Path) -> None:
        self._folder = state / FOLDER

    async def keep(self, test: SelfTest) -> None:
        """As `Notes.keep`."""
        await asyncio.to_thread(self._write, test)

    async def kept(self) -> list[SelfTest]:
        """All that can be read; what cannot is told in the log."""
        return await asyncio.to_thread(self._read)

    def _write(self, test: SelfTest) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        kept = replace(test, run=replace(test.run, answer=None))
        name = sha256(f"{test.charger.casefold()}/{test.run.connector}".encode()).hexdigest()[:24]
        with replacing(self._folder / f"{name}.json") as file:
            file.write(msgspec.json.encode(kept))

    def _read(self) -> list[SelfTest]:
        found = []
        for path in sorted(self._folder.glob("*.json"))[:_MOST_FILES]:
            try:
                found.append(_DECODER.decode(path.read_bytes()))
            except (OSError, msgspec.DecodeError) as error:
                _log.warning("%s cannot be read, so nothing is put back from it: %s", path, error)
        return found
