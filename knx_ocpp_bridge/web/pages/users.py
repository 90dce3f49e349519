"""Users, tokens, and what everybody did: for installers."""

from typing import Final
from urllib.parse import quote

from starlette.responses import Response

from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.web.deeds import deed
from knx_ocpp_bridge.web.outlet import of
from knx_ocpp_bridge.web.pages.chargers import picture
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit

USERS: Final = "/users"
AUDIT: Final = "/audit"
_ROWS: Final = 50
_PICTURES: Final = 20
"""More would make the page large; the address to copy is there of all."""


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


ROLES: Final = {
    "viewer": _("Viewer"),
    "operator": _("Operator"),
    "installer": _("Installer"),
}
"""In words, by the role's name."""
MAY: Final = {
    "viewer": _("sees states, values and totals; no cards, no names of persons"),
    "operator": _("starts, stops, pauses, unlocks and limits as well; sees who charged"),
    "installer": _("may everything"),
}
"""What each role may, beyond what those before it may."""


async def _users(visit: Visit) -> Response:
    return await _shown(visit, {})


async def _shown(visit: Visit, wrong: dict[str, str], typed: dict[str, str] | None = None) -> Response:
    context = {
        "users": (await visit.look("users")).rows,
        "tokens": (await visit.look("tokens")).rows,
        "roles": ROLES,
        "may": MAY,
        "wrong": {"user": "", "token": "", **wrong},
        "typed": {"name": "", "role": "viewer", **(typed or {})},
    }
    return visit.page("access_users.html", context, 422 if wrong else 200)


async def _add(visit: Visit) -> Response:
    sent = await visit.form()
    name, password = sent.get("name", "").strip(), sent.get("password", "")
    if password != sent.get("again", ""):
        return await _shown(visit, {"user": visit.say("The two passwords differ.")}, sent)
    managed = await visit.manage("user_add", name=name, role=sent.get("role", ""), password=password)
    if not managed.done:
        return await _shown(visit, {"user": _why(visit, managed)}, sent)
    return visit.back(USERS, visit.say("%(name)s can log in from now on.") % {"name": name})


async def _change(visit: Visit) -> Response:
    """A button says what: a new role, a new password, or that somebody is no user any more."""
    sent = await visit.form()
    name = sent.get("name", "")
    match sent.get("do"):
        case "role":
            managed = await visit.manage("user_role", name=name, role=sent.get("role", ""))
            good = visit.say("%(name)s has a new role.")
        case "password":
            if sent.get("password", "") != sent.get("again", ""):
                return visit.back(USERS, visit.say("The two passwords differ."), good=False)
            managed = await visit.manage("password_set", name=name, password=sent.get("password", ""))
            good = visit.say("%(name)s has a new password and has to log in again.")
        case _:
            managed = await visit.manage("user_remove", name=name)
            good = visit.say("%(name)s cannot log in any more.")
    return visit.back(USERS, good % {"name": name} if managed.done else _why(visit, managed), good=managed.done)


async def _token(visit: Visit) -> Response:
    sent = await visit.form()
    name, role = sent.get("name", "").strip(), sent.get("role", "")
    managed = await visit.manage("token_create", name=name, role=role, kiosk="kiosk" in sent)
    if not managed.done or managed.row is None:
        return await _shown(visit, {"token": _why(visit, managed)}, sent)
    screens = await _screens(visit, managed.row["token"]) if "kiosk" in sent else []
    context = {"token": managed.row, "kiosk": "kiosk" in sent, "roles": ROLES, "screens": screens}
    return visit.page("access_token.html", context)


async def _screens(visit: Visit, token: str) -> list[dict[str, str]]:
    """The address of each connector's card with this token in it, by the name under which this page was opened."""
    here = str(visit.request.base_url).rstrip("/")
    found: list[dict[str, str]] = []
    for charger in (await visit.status()).chargers:
        for connector in of(charger) if charger["configured"] else ():
            url = f"{here}/embed/{quote(charger['id'], safe='')}/{connector['id']}?token={quote(token)}"
            name = f"{charger['name'] or charger['id']}/{connector['id']}"
            found.append({"name": name, "url": url, "picture": picture(url) if len(found) < _PICTURES else ""})
    return found


async def _revoke(visit: Visit) -> Response:
    name = (await visit.form()).get("name", "")
    managed = await visit.manage("token_revoke", name=name)
    good = visit.say("%(name)s is good for nothing any more.") % {"name": name}
    return visit.back(USERS, good if managed.done else _why(visit, managed), good=managed.done)


async def _audit(visit: Visit) -> Response:
    query = visit.request.query_params
    sought = {name: query.get(name, "").strip() for name in ("who", "what", "charger")}
    before = int(text) if (text := query.get("before", "")).isdecimal() and len(text) < 16 else 0
    listing = await visit.look(
        "audit", sought["charger"], who=sought["who"], what=sought["what"], before=before, limit=_ROWS, newest=True
    )
    rows = tuple(reversed(listing.rows))
    older = rows[-1]["number"] if len(rows) == _ROWS else 0
    return visit.page("access_audit.html", {"rows": rows, "sought": sought, "older": older, "deed": deed})


def _why(visit: Visit, managed: Managed) -> str:
    return " ".join(visit.say(message) for message in managed.messages)


PAGES: Final = (
    Page(USERS, _users, Role.INSTALLER),
    Page("/users/add", _add, Role.INSTALLER, "POST"),
    Page("/users/change", _change, Role.INSTALLER, "POST"),
    Page("/users/tokens", _token, Role.INSTALLER, "POST"),
    Page("/users/tokens/revoke", _revoke, Role.INSTALLER, "POST"),
    Page(AUDIT, _audit, Role.INSTALLER),
)
