"""The API as an application of its own under /api/v1: JSON in, JSON out, problems in words."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from typing import Any, Final, assert_never

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.routing import Route as Path

from knx_ocpp_bridge.control.caller import Caller
from knx_ocpp_bridge.control.protocol import Request as Asking
from knx_ocpp_bridge.control.protocol import Response as Answer
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.web.api import acting, files, looking, problems
from knx_ocpp_bridge.web.api.events import Events
from knx_ocpp_bridge.web.api.monitoring import Monitoring
from knx_ocpp_bridge.web.api.openapi import document
from knx_ocpp_bridge.web.api.problems import ProblemError
from knx_ocpp_bridge.web.api.rights import must_be
from knx_ocpp_bridge.web.api.table import (
    PREFIX,
    Act,
    AnyCall,
    Document,
    Fetch,
    Look,
    ReadAgain,
    Route,
    Send,
    State,
    Stream,
    Want,
    routes,
)
from knx_ocpp_bridge.web.api.throttle import Throttle
from knx_ocpp_bridge.web.roles import Visitor
from knx_ocpp_bridge.web.website import Website

_log = logging.getLogger(__name__)
_LONGEST_NAME: Final = 255
Endpoint = Callable[[Request], Awaitable[Response]]


class Api:
    """The routes over one site."""

    def __init__(self, website: Website) -> None:
        self._website = website
        self._throttle = Throttle()
        self._events = Events(website)
        self._requests = 0
        self._under_way = set[asyncio.Task[Answer]]()
        self.routes = routes(website.catalogue)
        self._document: dict[str, Any] | None = None

    def mounts(self) -> list[BaseRoute]:
        """To be put beside the pages."""
        return [Mount(PREFIX, self._application()), *Monitoring(self._website, self.counted).routes()]

    def counted(self) -> Mapping[str, int]:
        """Since the start, and the streams of this moment."""
        return {"requests": self._requests, "refused": self._throttle.refused, "streams": self._events.open}

    def _application(self) -> Starlette:
        paths: dict[str, dict[str, Route]] = {}
        for route in self.routes:
            paths.setdefault(route.path, {})[route.method] = route
        told: Mapping[Any, Callable[[Request, Any], Awaitable[Response]]] = {
            ProblemError: _told,
            HTTPException: _refused,
            Exception: _broken,
        }
        return Starlette(
            routes=[Path(path, self._endpoint(methods), methods=list(methods)) for path, methods in paths.items()],
            exception_handlers=told,
        )

    def _endpoint(self, methods: Mapping[str, Route]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            route = methods["GET" if request.method == "HEAD" else request.method]
            self._requests += 1
            visitor = await self._website.doorkeeper.visitor(request)
            must_be(visitor, route.role)
            if request.method == "HEAD" and isinstance(route.asks, Fetch):
                raise HTTPException(405, headers={"allow": "GET"})  # whoever only looks must not take it away
            place = _place(request.path_params)
            caller = Caller(Origin.API, visitor.name, request.client.host if request.client else "")
            if not route.commands:
                return await self._read(route, request, place, (visitor, caller))
            with ExitStack() as held:
                held.enter_context(self._throttle.command(f"{caller}"))
                return await self._act(route, request, place, (caller, held))

        return endpoint

    async def _read(
        self, route: Route, request: Request, place: Mapping[str, Any], who: tuple[Visitor, Caller]
    ) -> Response:
        match route.asks:
            case State(part):
                return await looking.state(self._website, part, place, who)
            case Look() as look:
                return await looking.topic(self._website, look, request, place.get("charger", ""), who)
            case Stream():
                return await self._events.stream(request, who[0])
            case Document():
                self._document = self._document or document(self.routes, self._website.version)
                return looking.json_answer(self._document)
            case Fetch():
                return await files.fetched(self._website, place["file"])
            case Act() | Want() | AnyCall() | ReadAgain() | Send():
                raise TypeError(f"{route.path} is not read")
            case _:
                assert_never(route.asks)

    async def _act(
        self, route: Route, request: Request, place: Mapping[str, Any], who: tuple[Caller, ExitStack]
    ) -> Response:
        asked: Asking
        match route.asks:
            case Act() as act:
                asked = await acting.verb(act, request, place)
            case Want(row):
                asked = await acting.want(row, request, place)
            case AnyCall():
                asked = await acting.call(request, place)
            case ReadAgain():
                asked = await acting.reload(request)
            case Send():
                return await files.sent(self._website, request)
            case State() | Look() | Stream() | Document() | Fetch():
                raise TypeError(f"{route.path} is only read")
            case _:
                assert_never(route.asks)
        caller, held = who
        wait_s = acting.patience_s(request)
        if wait_s is None:
            answer = await self._website.ask(asked, caller)
        else:
            asking = asyncio.create_task(self._asked(asked, caller), name="a command of the API")
            done, _ = await asyncio.wait({asking}, timeout=wait_s)
            if not done:
                left = held.pop_all()  # it counts among those that are under way until it has ended
                self._under_way.add(asking)
                asking.add_done_callback(self._under_way.discard)
                asking.add_done_callback(lambda _: left.close())
                return acting.under_way()
            answer = asking.result()
        return acting.outcome(acting.without_path(route.asks, answer))

    async def _asked(self, asked: Asking, caller: Caller) -> Answer:
        return await self._website.ask(asked, caller)


def _place(parts: Mapping[str, Any]) -> dict[str, Any]:
    """What the path names: charger, connector, action."""
    place = dict(parts)
    for name in ("charger", "action"):
        if name in place and not (0 < len(place[name]) <= _LONGEST_NAME and place[name].isprintable()):
            raise ProblemError(problems.MISSING, f"there is no such {name}", f"path: {name}")
    if "connector" in place:
        written = place["connector"]
        if not (written.isascii() and written.isdecimal() and len(written) <= 3 and int(written) <= 255):
            raise ProblemError(problems.MISSING, "connector is a number from 0 to 255", "path: connector")
        place["connector"] = int(written)
    return place


async def _told(_request: Request, problem: ProblemError) -> Response:
    return problems.answered(problem)


async def _refused(request: Request, error: HTTPException) -> Response:
    problem = problems.as_problem(error)
    words = {
        problems.MISSING: f"there is no {request.url.path[:200]}: GET {PREFIX}/openapi.json has all addresses",
        problems.METHOD: f"{request.method} is not for this address",
    }
    problem.detail = words.get(problem.kind, problem.detail)
    return problems.answered(problem)


async def _broken(request: Request, error: Exception) -> Response:
    _log.error("%s %s: %r", request.method, request.url.path, error)
    return problems.answered(ProblemError(problems.BROKEN, "a mistake of ours: see the log of the bridge"))
