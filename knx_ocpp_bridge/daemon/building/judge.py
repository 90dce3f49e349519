"""What the file of the ETS and the keyring say of the group objects: worked out beside the loop, and kept a while."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.daemon.building.project_file import ProjectFileError, read_project
from knx_ocpp_bridge.knx.aside import aside

if TYPE_CHECKING:
    from knx_ocpp_bridge.ets.check import Finding
    from knx_ocpp_bridge.ets.project import Project

FORGOTTEN_S: Final = 900.0
"""A judgement that nobody has asked for so long is let go: a large project takes some 50 MB."""
_AGAIN_S: Final = 5.0
"""Whether the files have changed is looked at so often."""
_MOST_GROUPS: Final = 40
_MOST_WARNINGS: Final = 50

Stamp = tuple[int, int] | None
"""When a file was written, and how large it is; None: there is none."""


@dataclass(frozen=True, slots=True)
class Secured:
    """What the keyring means for the bridge."""

    facts: Mapping[str, Any] | None = None
    """As `knx.secure.coverage.heading`; None: there is no keyring, or it cannot be used."""
    rows: tuple[Mapping[str, Any], ...] = ()
    """As `knx.secure.coverage.rows`."""
    troubles: tuple[str, ...] = ()
    """What keeps the bridge off the bus."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything that is known without the bus."""

    loaded: Loaded
    files: tuple[Stamp, Stamp]
    """Of the project and the keyring."""
    at: str
    project: "Project | None" = None
    """None: the configuration names none, or it cannot be read."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Of the project: file, origin, style, group_addresses, with_dpt, unfiltered, secured, links, main_groups."""
    trouble: str = ""
    """Why the project cannot be read."""
    findings: "tuple[Finding, ...]" = ()
    warnings: tuple[str, ...] = ()
    """What was left out of the project."""
    secured: Secured = field(default_factory=Secured)


class Judge:
    """Reads both files when it is asked, one reading at a time, and again once one of them or the objects changed."""

    def __init__(self, loaded: Callable[[], Loaded], utc: Callable[[], datetime]) -> None:
        """`loaded` is the configuration in force."""
        self._loaded = loaded
        self._utc = utc
        self._work: asyncio.Task[Judgement] | None = None
        self._forget: asyncio.TimerHandle | None = None
        self._looked_s = 0.0
        self.latest: Judgement | None = None
        """The last one, should it still be kept."""

    @property
    def at_work(self) -> bool:
        """How it stands now is not known yet."""
        return self.latest is None or self.latest.loaded is not self._loaded()

    def want(self) -> None:
        """It will be known in a while; who looks every second costs no more than who looks seldom."""
        if self._work is None and (self.at_work or time.monotonic() - self._looked_s > _AGAIN_S):
            self._begin()

    async def judged(self, within_s: float) -> Judgement | None:
        """How it stands now; None: that takes longer than this, and will be known later."""
        work = self._work or self._begin()
        try:
            async with asyncio.timeout(within_s):
                return await asyncio.shield(work)
        except TimeoutError:
            return None

    def _begin(self) -> asyncio.Task[Judgement]:
        self._work = asyncio.create_task(self._judged(), name="judge the group objects")
        self._work.add_done_callback(self._done)
        return self._work

    async def _judged(self) -> Judgement:
        loaded, before = self._loaded(), self.latest
        at = self._utc().astimezone(UTC).isoformat(timespec="seconds")
        self.latest = await aside(lambda: _judgement(loaded, before, at), "ets check")
        self._looked_s = time.monotonic()
        if self._forget is not None:
            self._forget.cancel()
        self._forget = asyncio.get_running_loop().call_later(FORGOTTEN_S, self._let_go)
        return self.latest

    def _done(self, _task: asyncio.Task[Judgement]) -> None:
        self._work = None

    def _let_go(self) -> None:
        self.latest = self._forget = None


def _judgement(loaded: Loaded, before: Judgement | None, at: str) -> Judgement:
    knx = loaded.bridge.knx
    files = (_stamp(knx.project), _stamp(knx.keyring))
    if before is not None and before.loaded is loaded and before.files == files:
        return before
    secured = _secured(loaded)
    try:
        project = read_project(knx, links=True)
    except ProjectFileError as error:
        return Judgement(loaded, files, at, trouble=str(error), secured=secured)
    if project is None:
        return Judgement(loaded, files, at, secured=secured)
    project = replace(project, file=Path(project.file).name)
    from knx_ocpp_bridge.ets.check import findings, ours

    return Judgement(
        loaded, files, at, project, facts_of(project), "", findings(ours(loaded), project),
        project.warnings[:_MOST_WARNINGS], secured,
    )  # fmt: skip


def _stamp(path: Path | None) -> Stamp:
    try:
        told = None if path is None else path.stat()
    except OSError:
        return None
    return None if told is None else (told.st_mtime_ns, told.st_size)


def _secured(loaded: Loaded) -> Secured:
    from knx_ocpp_bridge.knx.secure.coverage import coverage, heading, rows
    from knx_ocpp_bridge.knx.secure.keyring import KeyringError

    knx = loaded.bridge.knx
    try:
        told = coverage(knx, loaded.objects)
    except KeyringError as error:
        return Secured(troubles=(str(error),))
    if told is None:
        return Secured()
    troubles = tuple(f"knx.{each.key}: {each.reason}; {each.remedy}" for each in told.troubles)
    return Secured(heading(knx, told), tuple(rows(loaded.objects, told, knx.style)), troubles, told.warnings)


def facts_of(project: "Project") -> dict[str, Any]:
    """A file of the ETS in a few numbers, as JSON values."""
    known = project.addresses.values()
    return {
        "file": project.file,
        "origin": project.origin.value,
        "style": None if project.style is None else project.style.value,
        "group_addresses": len(known),
        "with_dpt": sum(each.dpt is not None for each in known),
        "unfiltered": sum(each.unfiltered for each in known),
        "secured": sum(each.secured is True for each in known),
        "links": project.links is not None,
        "main_groups": _groups(each.ranges[0] for each in known if each.ranges),
    }


def _groups(names: Iterable[str]) -> list[dict[str, Any]]:
    return [{"name": name, "group_addresses": count} for name, count in Counter(names).most_common(_MOST_GROUPS)]
