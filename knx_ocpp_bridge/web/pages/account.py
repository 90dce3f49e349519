"""One's own account: the password, and the browsers in which one is logged in."""

from typing import Final

from starlette.responses import Response

from knx_ocpp_bridge.web.access import cookies
from knx_ocpp_bridge.web.access.doorkeeper import whence
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit

ACCOUNT: Final = "/account"
_WRONG: Final = 422


async def _account(visit: Visit) -> Response:
    return await _shown(visit)


async def _shown(visit: Visit, why: str = "", status: int = 200) -> Response:
    name = "" if visit.visitor.token else visit.visitor.name
    sessions = (await visit.look("web_sessions", user=name)).rows if name else ()
    mine = visit.website.gate.session_id(cookies.session_key(visit.request))
    context = {"name": name, "sessions": sessions, "mine": mine, "why": why}
    return visit.page("access_account.html", context, status)


async def _password(visit: Visit) -> Response:
    sent, name = await visit.form(), visit.visitor.name
    password = sent.get("password", "")
    if not name or visit.visitor.token:
        return visit.back(ACCOUNT)
    if password != sent.get("again", ""):
        return await _shown(visit, visit.say("The two passwords differ."), _WRONG)
    refused = await visit.website.gate.prove(name, sent.get("old", ""), whence(visit.request))
    if refused is not None:
        return await _shown(visit, visit.say(refused.why) % refused.facts, _WRONG)
    key = cookies.session_key(visit.request)
    managed = await visit.manage("password_set", name=name, password=password, session=key)
    if not managed.done:
        return await _shown(visit, visit.say(" ".join(managed.messages)), _WRONG)
    return visit.back(ACCOUNT, visit.say("You have a new password. Your other sessions have ended."))


async def _end(visit: Visit) -> Response:
    sent, name = await visit.form(), visit.visitor.name
    if not name or visit.visitor.token:
        return visit.back(ACCOUNT)
    if "others" in sent:
        key = cookies.session_key(visit.request)
        managed = await visit.manage("session_end", user=name, session=key)
    else:
        managed = await visit.manage("session_end", id=sent.get("id", "") or "-", user=name)
    good = visit.say("Ended: whoever used it has to log in again.")
    return visit.back(ACCOUNT, good if managed.done else " ".join(managed.messages), good=managed.done)


PAGES: Final = (
    Page(ACCOUNT, _account),
    Page("/account/password", _password, Role.VIEWER, "POST"),
    Page("/account/sessions", _end, Role.VIEWER, "POST"),
)
