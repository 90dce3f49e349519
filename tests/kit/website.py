"""The site without sockets: the real application before the real topics and verbs of a `FrontDesk`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import httpx
from starlette.requests import HTTPConnection

from knx_ocpp_bridge.config.models import Web
from knx_ocpp_bridge.control.caller import Caller
from knx_ocpp_bridge.control.options import AskError, MissingError, MisuseError
from knx_ocpp_bridge.control.protocol import Failed, Manage, Query, Reload, Request, Response, Snapshot, Status
from knx_ocpp_bridge.daemon import snapshot
from knx_ocpp_bridge.daemon.manage import VERBS, manage
from knx_ocpp_bridge.daemon.queries import TOPICS, look
from knx_ocpp_bridge.daemon.system.tray import Tray
from knx_ocpp_bridge.web.app import application
from knx_ocpp_bridge.web.roles import Role, Visitor
from knx_ocpp_bridge.web.website import Asked, Catalogue, Website
from tests.kit.front_desk import FrontDesk

ADDRESS: Final = "http://bridge.test"


@dataclass(frozen=True, slots=True)
class _Doorkeeper:
    """Knows everybody."""

    guest: Visitor

    async def visitor(self, _connection: HTTPConnection) -> Visitor:
        return self.guest


class Site:
    """The building of `desk`, and its pages. `answers` replaces what a topic, verb or kind of request gives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.desk = FrontDesk(folder)
        self.answers: dict[str, Response] = {}
        self.asked: list[Request] = []
        """All that was asked of the daemon, in order."""
        self.callers: list[Caller] = []

    def visit(self, role: Role, name: str = "lodger", language: str = "en") -> httpx.AsyncClient:
        """The browser of somebody with this role, on a page of ours; it follows no redirection by itself."""
        headers = {"accept-language": language, "origin": ADDRESS, "sec-fetch-site": "same-origin"}
        app = application(self._website(Visitor(role, name if role is not Role.NOBODY else "")))
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS, headers=headers)

    async def ask(self, request: Request, caller: Caller) -> Response:
        """As the daemon answers."""
        self.asked.append(request)
        self.callers.append(caller)
        if (name := _name(request)) in self.answers:
            return self.answers[name]
        try:
            match request:
                case Query(topic, charger, options):
                    return look(self.desk.sources, topic, charger, options)
                case Manage(act, charger, options):
                    return await manage(self.desk.desk, act, charger, options, caller.origin, caller.name)
                case Status():
                    return self.snapshot()
                case Reload():
                    return self.desk.reload()
                case _:
                    return Failed(f"put an answer for {name!r} into `answers`")
        except AskError as error:
            return Failed(str(error), isinstance(error, MisuseError), isinstance(error, MissingError))

    def snapshot(self) -> Snapshot:
        """How everything stands."""
        knx, ocpp = {"connected": True}, {"listen": "0.0.0.0:8016", "connected": 0, "configured": 1}
        values = self.desk.accounting.values
        bridge = {
            **snapshot.bridge(self.desk.loaded.bridge.site.name, self.desk.moment(), knx, ocpp),
            "clock_source": "system",
            "inputs": self.desk.building.inputs.summary(),
            "window": self.desk.window.state(),
            "values": values(None),
            "alarms": self.desk.alarms.standing(),
        }
        chargers = (actor.charger for actor in self.desk.roster.actors.values())
        return Snapshot(bridge, tuple(snapshot.charger(one, self.desk.moment(), values) for one in chargers))

    def _website(self, guest: Visitor) -> Website:
        return Website(
            ask=self.ask,
            doorkeeper=_Doorkeeper(guest),
            gate=self.desk.desk.books.access,
            settings=Web,
            name=lambda: self.desk.loaded.bridge.site.name,
            zone=lambda: ZoneInfo("Europe/Amsterdam"),
            utc=lambda: self.desk.moment().utc,
            version="1.2.3",
            tray=Tray(self.folder).place,
            catalogue=Catalogue(
                {name: Asked(topic.options, topic.charger) for name, topic in TOPICS.items()},
                {name: Asked(verb.options, verb.charger) for name, verb in VERBS.items()},
            ),
        )


def _name(request: Request) -> str:
    match request:
        case Query(topic):
            return topic
        case Manage(act):
            return act
        case _:
            return type(request).__name__.lower()
