"""Stands before every page and every route: what comes from elsewhere is refused before it is read."""

from http import HTTPStatus
from typing import Final

from starlette.datastructures import URL, Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from knx_ocpp_bridge.web.access.headers import headers_of
from knx_ocpp_bridge.web.access.hosts import is_ours
from knx_ocpp_bridge.web.access.origin import refusal
from knx_ocpp_bridge.web.website import Website

_MISDIRECTED: Final = HTTPStatus.MISDIRECTED_REQUEST
_PROGRAMS: Final = "/api/"


class Guard:
    """The application behind its walls."""

    def __init__(self, inner: ASGIApp, website: Website) -> None:
        self._inner = inner
        self._website = website

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or lets the application answer; every answer has the headers."""

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                frames = self._website.settings().frames
                for name, value in headers_of(scope["path"], message["status"], frames, scope["scheme"]).items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._refused(scope)
        await (self._inner if answer is None else answer)(scope, receive, headed)

    def _refused(self, scope: Scope) -> Response | None:
        headers, settings = Headers(scope=scope), self._website.settings()
        host = headers.get("host", "")
        if not is_ours(host, settings.names):
            told = "this bridge is not known by that name: open it by its address, or add the name to web.names"
            return _told(scope, _MISDIRECTED, told)
        if settings.tls == "on" and scope["scheme"] == "http":
            return RedirectResponse(str(URL(scope=scope).replace(scheme="https")), 308)
        why = refusal(scope["method"], headers, scope["scheme"])
        return _told(scope, HTTPStatus.FORBIDDEN, f"this was not done: {why}") if why else None


def _told(scope: Scope, status: HTTPStatus, why: str) -> Response:
    """To programs as RFC 9457 has it."""
    if not scope["path"].startswith(_PROGRAMS):
        return PlainTextResponse(f"{why}\n", status)
    problem = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": why}
    return JSONResponse(problem, status, media_type="application/problem+json")
