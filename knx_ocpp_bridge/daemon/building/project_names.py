"""Names and types of foreign group addresses, from the file of the ETS that the configuration names."""

import asyncio
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.ets.project import EtsError, Project
from knx_ocpp_bridge.knx.address_book import NO_NAMES, ProjectNames, project_dpt, project_name

_LONGEST: Final = 128 * 1024 * 1024
"""Bytes; what is longer is refused before it is read, and a reader has bounds of its own."""


class ProjectFileError(Exception):
    """The file of `knx.project` gives no names: what, why, and what to do."""


def read_project(knx: Knx) -> Project | None:
    """The project that `knx.project` names; None: it names none. Takes seconds for a large one, so not in the loop.

    Raises:
        ProjectFileError: the file cannot be read, or is none of the ETS's.
    """
    path = knx.project
    if path is None:
        return None
    try:
        data = _content(path)
        # Loaded by those alone who have a project.
        read: Callable[..., Project] = import_module("knx_ocpp_bridge.ets.reading").read
        return read(data, str(path), knx.project_password, links=False)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ProjectFileError(f"{path} (knx.project): {why}; the service's user has to be able to read it") from error
    except EtsError as error:
        raise ProjectFileError(f"knx.project: {error}") from error


def names_of(project: Project | None) -> ProjectNames:
    """What is kept of a project."""
    if project is None:
        return NO_NAMES
    addresses = project.addresses.values()
    return ProjectNames(
        {each.address: project_name(each.name) for each in addresses},
        {each.address: project_dpt(each.dpt) for each in addresses if each.dpt},
    )


class NameReader:
    """Reads the file in a thread of its own, at the start and whenever it is `wanted`; the newest wish counts."""

    def __init__(self, take: Callable[[ProjectNames], None], complain: Callable[[str], None]) -> None:
        """`take` is given the names, none where the file has none; `complain` hears why."""
        self._take = take
        self._complain = complain
        self._wanted = asyncio.Event()
        self._knx: Knx | None = None

    def want(self, knx: Knx) -> None:
        """Read what this section names, as soon as `run` can."""
        self._knx = knx
        self._wanted.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            if self._knx is not None:
                await self._read(self._knx)

    async def _read(self, knx: Knx) -> None:
        try:
            names = await asyncio.to_thread(lambda: names_of(read_project(knx)))
        except ProjectFileError as error:
            self._complain(f"{error}; the group monitor shows the bridge's own names alone")
            names = NO_NAMES
        if self._knx is knx:
            self._take(names)


def _content(path: Path) -> bytes:
    size = path.stat().st_size
    if not path.is_file():
        raise ProjectFileError(f"{path} (knx.project) is no file; name a file that the ETS has exported")
    if size > _LONGEST:
        raise ProjectFileError(f"{path} (knx.project): the file has {size >> 20} MB, more than {_LONGEST >> 20}")
    return path.read_bytes()
