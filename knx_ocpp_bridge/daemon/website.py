"""The pages and the API, wired to the daemon; loaded only where the configuration wants them."""

from typing import Protocol
from zoneinfo import ZoneInfo

from knx_ocpp_bridge import __version__
from knx_ocpp_bridge.config.models import Web
from knx_ocpp_bridge.daemon.access.office import AccessOffice
from knx_ocpp_bridge.daemon.clock import WallClock
from knx_ocpp_bridge.daemon.manage import VERBS
from knx_ocpp_bridge.daemon.queries import TOPICS
from knx_ocpp_bridge.daemon.service import Service
from knx_ocpp_bridge.daemon.system.tray import Tray
from knx_ocpp_bridge.web.access.doorkeeper import Doorkeeper
from knx_ocpp_bridge.web.app import application
from knx_ocpp_bridge.web.server import WebServer
from knx_ocpp_bridge.web.website import Asked, Catalogue, Website


class Parts(Protocol):
    """What of the bridge the site is made of."""

    clock: WallClock
    service: Service
    access: AccessOffice


def opened(parts: Parts, web: Web) -> WebServer:
    """The server of this bridge's site; `run` it."""
    service = parts.service

    def settings() -> Web:
        return service.loaded.bridge.web or web

    website = Website(
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
    return WebServer(application(website), web.listen)
