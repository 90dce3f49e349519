"""Names and types of foreign group addresses: what is kept of the project of the ETS."""

import asyncio
from collections.abc import Callable

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.daemon.building.project_file import ProjectFileError, read_project
from knx_ocpp_bridge.ets.project import Project
from knx_ocpp_bridge.knx.aside import aside
from knx_ocpp_bridge.knx.monitor.address_book import NO_NAMES, ProjectNames, project_dpt, project_name


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
            names = await aside(lambda: names_of(read_project(knx)), "project")
        except ProjectFileError as error:
            self._complain(f"{error}; until then the group monitor knows the bridge's own names alone")
            names = NO_NAMES
        if self._knx is knx:
            self._take(names)
