"""To log in and out, and the first password of all."""

from typing import Final

from starlette.responses import RedirectResponse, Response

from knx_ocpp_bridge.web.access import cookies
from knx_ocpp_bridge.web.access.doorkeeper import whence
from knx_ocpp_bridge.web.access.gate import TurnedAway
from knx_ocpp_bridge.web.access.next_page import HOME, next_page
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import FROM_STRANGERS_BYTES, Page, Visit

LOGIN: Final = "/login"
WELCOME: Final = "/welcome"
FIRST_PASSWORD: Final = "/welcome/password"  # noqa: S105 - a path
_LATER: Final = 429
_WRONG: Final = 403


async def _login(visit: Visit) -> Response:
    if visit.website.gate.is_new:
        return RedirectResponse(WELCOME, 303)
    query = visit.request.query_params
    return _form(visit, query.get("next", HOME), restored="restored" in query)


async def _log_in(visit: Visit) -> Response:
    sent = await visit.form()
    name, wanted = sent.get("name", ""), next_page(sent.get("next", HOME))
    entered = await visit.website.gate.enter(name, sent.get("password", ""), whence(visit.request))
    if isinstance(entered, TurnedAway):
        return _form(visit, wanted, entered, name)
    visit.website.gate.leave(cookies.session_key(visit.request), whence(visit.request))
    answer = visit.back(wanted)
    cookies.give(answer, visit.request, entered)
    return answer


async def _log_out(visit: Visit) -> Response:
    visit.website.gate.leave(cookies.session_key(visit.request), whence(visit.request))
    answer = visit.back(LOGIN, visit.say("You have logged out."))
    cookies.take(answer, visit.request)
    answer.headers["clear-site-data"] = '"cache"'
    return answer


async def _first_password_form(visit: Visit) -> Response:
    if not visit.website.gate.is_new:
        return RedirectResponse(LOGIN, 303)
    return _first(visit, "installer")


async def _first_password(visit: Visit) -> Response:
    if not visit.website.gate.is_new:
        return RedirectResponse(LOGIN, 303)
    sent = await visit.form()
    name, password = sent.get("name", "").strip() or "installer", sent.get("password", "")
    if password != sent.get("again", ""):
        return _first(visit, name, visit.say("The two passwords differ."))
    entered = await visit.website.gate.begin(name, password, whence(visit.request))
    if isinstance(entered, TurnedAway):
        return _first(visit, name, _why(visit, entered))
    answer = visit.back(WELCOME)
    cookies.give(answer, visit.request, entered)
    return answer


def _first(visit: Visit, name: str, why: str = "") -> Response:
    context = {"name": name, "why": why, "secure": secure(visit, WELCOME), "wrong": ""}
    return visit.page("welcome_start.html", context, _WRONG if why else 200)


def _why(visit: Visit, refused: TurnedAway | None) -> str:
    return "" if refused is None else visit.say(refused.why) % refused.facts


def secure(visit: Visit, path: str = "") -> str:
    """The same page, or that of `path`, by https, where it is opened by http and there is one."""
    here = visit.request.url
    offered = here.scheme == "http" and visit.website.settings().tls == "both"
    there = here.replace(scheme="https", path=path, query="") if path else here.replace(scheme="https")
    return str(there) if offered else ""


def _form(
    visit: Visit, wanted: str, refused: TurnedAway | None = None, name: str = "", *, restored: bool = False
) -> Response:
    status = 200 if refused is None else _LATER if refused.wait_s else _WRONG
    context = {"next": next_page(wanted), "name": name, "why": _why(visit, refused), "secure": secure(visit),
               "restored": restored}  # fmt: skip
    answer = visit.page("login.html", context, status)
    if refused is not None and refused.wait_s:
        answer.headers["retry-after"] = str(refused.facts["seconds"])
    return answer


PAGES: Final = (
    Page(LOGIN, _login, Role.NOBODY),
    Page(LOGIN, _log_in, Role.NOBODY, "POST", FROM_STRANGERS_BYTES),
    Page("/logout", _log_out, Role.NOBODY, "POST", FROM_STRANGERS_BYTES),
    Page(FIRST_PASSWORD, _first_password_form, Role.NOBODY),
    Page(FIRST_PASSWORD, _first_password, Role.NOBODY, "POST", FROM_STRANGERS_BYTES),
)
