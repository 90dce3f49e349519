"""One request of a person at a page: who it is, what the bridge is asked for, and how the answer is shown."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from knx_ocpp_bridge.control.caller import Caller
from knx_ocpp_bridge.control.protocol import (
    Call,
    Called,
    Ended,
    Failed,
    Listing,
    Manage,
    Managed,
    Query,
    Reload,
    Reloaded,
    Snapshot,
    Status,
    Wish,
)
from knx_ocpp_bridge.control.protocol import Response as Answer
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag
from knx_ocpp_bridge.web.languages import Language, wanted
from knx_ocpp_bridge.web.manners import Writer
from knx_ocpp_bridge.web.navigation import ENTRIES
from knx_ocpp_bridge.web.rendering import render, translations
from knx_ocpp_bridge.web.roles import Role, Visitor
from knx_ocpp_bridge.web.website import Website

LANGUAGE_COOKIE: Final = "language"


class Visit:
    """What the answer to one request is made with."""

    def __init__(self, request: Request, website: Website, visitor: Visitor) -> None:
        self.request = request
        self.website = website
        self.visitor = visitor
        self.language = _language(request)
        self.say = translations(self.language).gettext
        """Translates a sentence of ours; English is the key."""
        self.writer = Writer(self.language, website.zone())
        self.trouble = ""
        """The banner of what is wrong with the bridge, as HTML."""

    @property
    def caller(self) -> Caller:
        """For the log and the audit."""
        peer = self.request.client.host if self.request.client else ""
        return Caller(Origin.PAGE, self.visitor.name, peer)

    def may(self, role: Role) -> bool:
        """Whether the visitor has this role, or one above it."""
        return self.visitor.role >= role

    # What the bridge is asked for

    async def status(self) -> Snapshot:
        """The state of everything."""
        answer = await self.website.ask(Status(), self.caller)
        return answer if isinstance(answer, Snapshot) else _not_there(answer)

    async def look(self, topic: str, charger: str = "", /, **options: object) -> Listing:
        """The rows of a topic.

        Raises:
            HTTPException: 404, there is no such charger or the like.
        """
        answer = await self.website.ask(Query(topic, charger, options), self.caller)
        return answer if isinstance(answer, Listing) else _not_there(answer)

    async def manage(self, act: str, charger: str = "", /, **options: object) -> Managed:
        """What was done, or why not; a request that makes no sense is not done, with the reason in words."""
        answer = await self.website.ask(Manage(act, charger, options), self.caller)
        if isinstance(answer, Failed):
            return Managed(done=False, messages=(answer.error,))
        return answer if isinstance(answer, Managed) else _not_there(answer)

    async def wish(
        self,
        charger: str,
        connector: int,
        key: str,
        value: bool | float,  # noqa: FBT001 - a wish is a bool or a number
        id_tag: str | None = None,
    ) -> Ended | Failed:
        """How a command to a connector ended (object `key` of the catalogue)."""
        tag = None if id_tag is None else IdTag(id_tag)
        wish = Wish(ChargerId(charger), ConnectorId(connector), key, value, tag)
        answer = await self.website.ask(wish, self.caller)
        return answer if isinstance(answer, Ended | Failed) else _not_there(answer)

    async def call(self, charger: str, action: str, payload: Mapping[str, Any]) -> Called | Failed:
        """What a charger answers to any operation of OCPP."""
        answer = await self.website.ask(Call(ChargerId(charger), action, payload), self.caller)
        return answer if isinstance(answer, Called | Failed) else _not_there(answer)

    async def reload(self) -> Reloaded | Failed:
        """The configuration read again, or why not."""
        answer = await self.website.ask(Reload(), self.caller)
        return answer if isinstance(answer, Reloaded | Failed) else _not_there(answer)

    # What was sent

    async def form(self) -> dict[str, str]:
        """The fields of the form that were sent; a field sent twice counts once, the last; files are not among them."""
        sent = await self.request.form(max_files=1, max_fields=200)
        return {key: value for key, value in sent.multi_items() if isinstance(value, str)}

    async def upload(self, field: str, most_bytes: int) -> bytes | None:
        """The content of the one file of this field; None: none was chosen.

        Raises:
            HTTPException: 413, it is larger.
        """
        sent = (await self.request.form(max_files=1, max_fields=200)).get(field)
        if not isinstance(sent, UploadFile) or not sent.filename:
            return None
        try:
            content = await sent.read(most_bytes + 1)
        finally:
            await sent.close()
        if len(content) > most_bytes:
            raise HTTPException(413, f"a file has at most {most_bytes // 1024} KiB here")
        return content

    # What is shown

    @property
    def is_fragment(self) -> bool:
        """A part of a page is asked for by htmx, not a whole one."""
        return "HX-Request" in self.request.headers

    def page(self, template: str, context: Mapping[str, Any] | None = None, status: int = 200) -> HTMLResponse:
        """The template with what every page has (base.html), and this context."""
        return HTMLResponse(self.text(template, context), status)

    def text(self, template: str, context: Mapping[str, Any] | None = None) -> str:
        """The template filled in, for a part of a page."""
        return render(template, self.language, {**self._common(), **(context or {})})

    def back(self, path: str, *messages: str, good: bool = True) -> Response:
        """Shows that page again with what was said: after a form was sent (RFC 9110 section 15.4.4)."""
        if messages:
            key = self.website.said.keep(tuple((message, good) for message in messages))
            path = f"{path}{'&' if '?' in path else '?'}said={key}"
        return RedirectResponse(path, 303)

    def _common(self) -> dict[str, Any]:
        query = self.request.query_params
        return {
            "visit": self,
            "visitor": self.visitor,
            "Role": Role,
            "language": self.language.value,
            "write": self.writer,
            "site_name": self.website.name(),
            "version": self.website.version,
            "path": self.request.url.path,
            "query": query,
            "navigation": [each for each in ENTRIES if self.may(each.role)],
            "said": self.website.said.take(query.get("said", "")),
        }


def _language(request: Request) -> Language:
    chosen = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in {each.value for each in Language}:
        return Language(chosen)
    return wanted(request.headers.get("accept-language", ""))


def _not_there(answer: Answer) -> Any:  # noqa: ANN401 - it never returns
    raise HTTPException(404, answer.error if isinstance(answer, Failed) else "the bridge gives another answer")


FROM_STRANGERS_BYTES: Final = 8 * 1024
"""The largest form of somebody who need not have logged in."""


@dataclass(frozen=True, slots=True)
class Page:
    """One address of the site that people open or send a form to."""

    path: str
    answer: Callable[[Visit], Awaitable[Response]]
    role: Role = Role.VIEWER
    """The least that may."""
    method: str = "GET"
    largest_body: int = 256 * 1024
    """Bytes; a page that takes files says how large."""
