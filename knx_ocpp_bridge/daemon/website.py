"""The pages and the API, wired to the daemon; loaded only where the configuration wants them."""

import asyncio
import logging
import ssl
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from knx_ocpp_bridge import __version__
from knx_ocpp_bridge.config.models import Web
from knx_ocpp_bridge.core.step import AlarmKind
from knx_ocpp_bridge.daemon import authority
from knx_ocpp_bridge.daemon.access.office import AccessOffice
from knx_ocpp_bridge.daemon.alarms import Alarms
from knx_ocpp_bridge.daemon.announcing import Announcer
from knx_ocpp_bridge.daemon.clock import WallClock
from knx_ocpp_bridge.daemon.manage import VERBS
from knx_ocpp_bridge.daemon.queries import TOPICS
from knx_ocpp_bridge.daemon.service import Service
from knx_ocpp_bridge.daemon.system.tray import Tray
from knx_ocpp_bridge.ocpp.server import CentralSystem
from knx_ocpp_bridge.pki.keeper import Keeper
from knx_ocpp_bridge.pki.names import of_this_machine
from knx_ocpp_bridge.web.access.doorkeeper import Doorkeeper
from knx_ocpp_bridge.web.app import application
from knx_ocpp_bridge.web.rendering import STATIC
from knx_ocpp_bridge.web.server import WebServer
from knx_ocpp_bridge.web.website import Asked, Catalogue, Website

_log = logging.getLogger(__name__)
VENDOR: Final = STATIC / "vendor"
"""Browser code of others, which is fetched when the program is built."""


class Parts(Protocol):
    """What of the bridge the site is made of."""

    clock: WallClock
    service: Service
    access: AccessOffice
    alarms: Alarms
    ocpp: CentralSystem


class Site:
    """The server of this bridge's pages, and what keeps its certificate where the chargers' edge does not.

    `keeper` is theirs; None: they have none.
    """

    def __init__(self, parts: Parts, web: Web, keeper: Keeper | None) -> None:
        self._parts = parts
        self._web = web
        self._keeper = keeper
        self._tasks: asyncio.TaskGroup | None = None
        self._server = WebServer(application(_website(parts, web)), web.listen, self._encryption, self._told)

    async def run(self) -> None:
        """Serves until cancelled."""
        if not VENDOR.is_dir():
            _log.error("%s is missing: pages work, but are not live; build it by `make web`", VENDOR)
        async with asyncio.TaskGroup() as self._tasks:
            self._tasks.create_task(self._server.run(), name="pages")
            await self._server.listening.wait()
            if self._web.mdns and not _is_loopback(self._web.listen.host):
                facts = {"version": __version__, "ocpp": str(self._parts.ocpp.port)}
                announcer = Announcer(of_this_machine, lambda: self._server.port, facts)
                self._tasks.create_task(announcer.run(), name="announcements")

    def _told(self, trouble: str | None) -> None:
        self._parts.alarms.own(AlarmKind.PAGES, trouble or "", over=trouble is None)

    def _encryption(self) -> ssl.SSLContext | None:
        if self._web.tls == "off":
            return None
        if self._keeper is None:
            settings, utc = self._parts.service.loaded.bridge, lambda: self._parts.clock.moment().utc
            self._keeper = authority.made(settings, self._parts.service.machine.state, utc)
            if self._tasks is not None:
                self._tasks.create_task(self._keeper.run(), name="certificate of the pages")
        return self._keeper.context()


def _is_loopback(host: str) -> bool:
    return host == "localhost" or host.startswith("127.") or host == "::1"


def _website(parts: Parts, web: Web) -> Website:
    service = parts.service

    def settings() -> Web:
        return service.loaded.bridge.web or web

    return Website(
        ask=service.handle,
        doorkeeper=Doorkeeper(parts.access, settings),
        gate=parts.access,
        settings=settings,
        name=lambda: service.loaded.bridge.site.name,
        zone=lambda: ZoneInfo(service.loaded.bridge.site.timezone),
        utc=lambda: parts.clock.moment().utc,
        version=__version__,
        tray=Tray(service.machine.state).place,
        catalogue=Catalogue(
            {name: Asked(topic.options, topic.charger) for name, topic in TOPICS.items()},
            {name: Asked(verb.options, verb.charger) for name, verb in VERBS.items()},
        ),
    )
