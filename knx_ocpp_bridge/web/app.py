"""The application: every page and every route of the API behind the same door, with the same headers."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from knx_ocpp_bridge.web.access.guard import Guard
from knx_ocpp_bridge.web.api.app import Api
from knx_ocpp_bridge.web.api.problems import answered, as_problem
from knx_ocpp_bridge.web.api.table import PREFIX
from knx_ocpp_bridge.web.feeds import watched
from knx_ocpp_bridge.web.pages.login import LOGIN, WELCOME
from knx_ocpp_bridge.web.pages.table import PAGES
from knx_ocpp_bridge.web.pages.users import ROLES
from knx_ocpp_bridge.web.rendering import STATIC
from knx_ocpp_bridge.web.roles import NOBODY, Role
from knx_ocpp_bridge.web.visit import Page, Visit
from knx_ocpp_bridge.web.website import Website

Endpoint = Callable[[Request], Awaitable[Response]]


def application(website: Website) -> ASGIApp:
    """The ASGI application of this site."""
    app = Starlette(
        routes=[
            *(_route(website, page) for page in PAGES),
            *Api(website).mounts(),
            Mount(f"/static/{website.version}", StaticFiles(directory=STATIC), name="static"),
        ],
        exception_handlers={HTTPException: _refusals(website)},  # type: ignore[dict-item] # of this very exception
    )
    small = GZipMiddleware(app, minimum_size=1000, compresslevel=6, thread_minimum_size=32 * 1024)
    return Guard(small, website)


def _route(website: Website, page: Page) -> BaseRoute:
    async def endpoint(request: Request) -> Response:
        visitor = await website.doorkeeper.visitor(request)
        visit = Visit(request, website, visitor)
        if visit.may(page.role):
            if page.method == "GET" and visit.may(Role.VIEWER):
                await _look_for_trouble(visit)
            return await page.answer(visit)
        if visitor.role is Role.NOBODY and page.method == "GET":
            return RedirectResponse(WELCOME if website.gate.is_new else f"{LOGIN}?next={_here(request)}", 303)
        request.state.needed = page.role.name.lower()
        raise HTTPException(403)

    return Route(page.path, endpoint, methods=[page.method], max_body_size=page.largest_body)


async def _look_for_trouble(visit: Visit) -> None:
    """The stream of a page tells it later; this is for whoever has no scripts, and for the first second."""
    shown = await visit.website.live.shown(watched("frame"), visit.language, visit.visitor.role)
    visit.trouble = shown.html["trouble"]


def _here(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(f"{request.url.path}{query}", safe="/")


def _refusals(website: Website) -> Callable[[Request, HTTPException], Awaitable[Response]]:
    async def refused(request: Request, error: HTTPException) -> Response:
        if request.url.path.startswith(PREFIX):
            return answered(as_problem(error))
        try:
            visitor = await website.doorkeeper.visitor(request)
        except HTTPException:
            visitor = NOBODY
        visit = Visit(request, website, visitor)
        phrase = HTTPStatus(error.status_code).phrase
        why = "" if error.detail == phrase else error.detail
        needed = getattr(request.state, "needed", "")
        context = {"status": error.status_code, "phrase": phrase, "why": why, "needed": needed, "roles": ROLES}
        answer = visit.page("refused.html", context, error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    return refused
