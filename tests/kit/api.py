"""The API without sockets: the real application, and tokens whose names are their roles."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp

from knx_ocpp_bridge.control.caller import Caller
from knx_ocpp_bridge.control.options import AskError, MissingError
from knx_ocpp_bridge.control.protocol import Call, Called, Ended, Failed, Request, Response, Wish
from knx_ocpp_bridge.core.commands import Call as CallCommand
from knx_ocpp_bridge.core.events import CallAsked, Wished
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.daemon.sources import found
from knx_ocpp_bridge.web.api.table import PREFIX
from knx_ocpp_bridge.web.app import application
from knx_ocpp_bridge.web.roles import NOBODY, Role, Visitor
from tests.kit.website import ADDRESS, Site

WITHIN_S: Final = 0.05
"""A charger that has not answered by then never will."""
ROLES: Final[Mapping[str, Role]] = {role.name.lower(): role for role in Role if role is not Role.NOBODY}


@dataclass(frozen=True, slots=True)
class _ByToken:
    """The token of a role is its name."""

    async def visitor(self, connection: HTTPConnection) -> Visitor:
        shown = connection.headers.get("authorization", "")
        if not shown:
            return NOBODY
        role = ROLES.get(shown.removeprefix("Bearer "))
        if role is None:
            raise HTTPException(401, "this token is not known", {"www-authenticate": "Bearer"})
        return Visitor(role, f"the {role.name.lower()}'s token", token=True)


class ApiSite(Site):
    """The building of `desk`; wishes and calls get to its chargers as well."""

    def app(self) -> ASGIApp:
        """The whole application."""
        return application(replace(self._website(NOBODY), doorkeeper=_ByToken()))

    def client(self, role: Role | None) -> httpx.AsyncClient:
        """A program with a token of this role; None: a page of ours that nobody has logged in at."""
        headers = {"origin": ADDRESS} if role is None else {"authorization": f"Bearer {role.name.lower()}"}
        transport = httpx.ASGITransport(self.app())
        return httpx.AsyncClient(transport=transport, base_url=f"{ADDRESS}{PREFIX}/", headers=headers)

    async def ask(self, request: Request, caller: Caller) -> Response:
        """As the daemon answers."""
        name = type(request).__name__.lower()
        if isinstance(request, Wish | Call) and name not in self.answers:
            self.asked.append(request)
            self.callers.append(caller)
            try:
                return await self._command(request, caller)
            except AskError as error:
                return Failed(str(error), missing=isinstance(error, MissingError))
        return await super().ask(request, caller)

    async def _command(self, request: Wish | Call, caller: Caller) -> Response:
        charger = found(self.desk.roster, request.charger)
        if isinstance(request, Wish):
            wished = Wished(request.connector, request.key, request.value, caller.origin, id_tag=request.id_tag)
            verdict = await self.desk.asking.ask(charger, lambda number: replace(wished, number=number), WITHIN_S)
            return Ended(verdict.result, verdict.reason)
        command = CallCommand(request.action, "{}")
        verdict = await self.desk.asking.ask(
            charger, lambda number: CallAsked(command, caller.origin, number), WITHIN_S
        )
        return Called(verdict.result, verdict.reason, {} if verdict.result is CommandResult.ACCEPTED else None)


def site(folder: Path, kind: type[ApiSite] = ApiSite) -> ApiSite:
    """GARAGE is in the configuration and online, STREET has only dialled in."""
    made = kind(folder)
    made.desk.arrives("GARAGE")
    made.desk.arrives("STREET", link=2)
    return made
