"""Diagnostics, logs and firmware as they go on in time: what is told, and when the charger restarts for it.

Nothing is fetched and nothing is sent: an address that could be used succeeds, any other fails.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

from knx_ocpp_bridge.ocpp.simulator.wire import Json

IDLE: Final = "Idle"
_SCHEMES: Final = frozenset({"ftp", "ftps", "sftp", "http", "https"})


class Kind(Enum):
    """What goes on; the value is the action that tells of it."""

    DIAGNOSTICS = "DiagnosticsStatusNotification"
    LOG = "LogStatusNotification"
    FIRMWARE = "FirmwareStatusNotification"
    SIGNED_FIRMWARE = "SignedFirmwareStatusNotification"


@dataclass(frozen=True, slots=True)
class Stage:
    """One step: what is told, and what happens with it."""

    status: str = ""
    """Empty: nothing is told."""
    idle: bool = False
    """It waits until no car charges."""
    restart: bool = False
    event: str = ""
    """A security event of the white paper that goes with it."""


UPLOAD: Final = (Stage("Uploading"), Stage("Uploaded"))
UPLOAD_FAILED: Final = (Stage("Uploading"), Stage("UploadFailed"))
DOWNLOAD_FAILED: Final = (Stage("Downloading"), Stage("DownloadFailed"))
_INSTALL: Final = (Stage("Installing", idle=True), Stage(restart=True), Stage("Installed", event="FirmwareUpdated"))
FIRMWARE: Final = (Stage("Downloading"), Stage("Downloaded"), *_INSTALL)
SIGNED_FIRMWARE: Final = (Stage("Downloading"), Stage("Downloaded"), Stage("SignatureVerified"), *_INSTALL)
BAD_SIGNATURE: Final = (
    Stage("Downloading"),
    Stage("Downloaded"),
    Stage("InvalidSignature", event="InvalidFirmwareSignature"),
)


@dataclass(slots=True)
class Job:
    """One of these under way."""

    kind: Kind
    stages: deque[Stage]
    due: datetime
    request: int | None = None
    firmware: str = ""
    """What runs once it is installed."""
    status: str = IDLE

    def payload(self) -> Json:
        """What its notification says now."""
        numbered = self.status != IDLE and self.request is not None
        return {"status": self.status} | ({"requestId": self.request} if numbered else {})


@dataclass(slots=True)
class Maintenance:
    """At most one job of each kind."""

    step_s: float = 2.0
    jobs: dict[Kind, Job] = field(default_factory=dict)

    def start(self, kind: Kind, stages: Iterable[Stage], due: datetime, request: int | None, firmware: str) -> bool:
        """Begin at `due`; True: another of this kind was given up for it."""
        replaced = self.going_on(kind)
        self.jobs[kind] = Job(kind, deque(stages), due, request, firmware)
        return replaced

    def going_on(self, kind: Kind) -> bool:
        """Whether one of this kind has something left to do."""
        return kind in self.jobs and bool(self.jobs[kind].stages)

    def payload(self, kind: Kind) -> Json:
        """What the notification of this kind says now."""
        return self.jobs[kind].payload() if self.going_on(kind) else {"status": IDLE}

    def due(self, now: datetime, *, online: bool, idle: bool) -> Iterator[tuple[Job, Stage]]:
        """The steps that are to be taken now; what has to be told waits for the link."""
        for job in list(self.jobs.values()):
            if not job.stages or now < job.due:
                continue
            stage = job.stages[0]
            if (stage.status and not online) or (stage.idle and not idle):
                continue
            job.stages.popleft()
            job.due = now + timedelta(seconds=self.step_s)
            job.status = stage.status or job.status
            yield job, stage


def usable(location: str) -> bool:
    """Whether a file could be fetched from there or put there."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return False
    return parts.scheme in _SCHEMES and bool(parts.netloc)


def firmware_of(location: str) -> str:
    """The version that a file carries in its name, at most 50 characters, as BootNotification has it."""
    name = location.rstrip("/").rsplit("/", 1)[-1]
    return name.removesuffix(".bin")[:50]
