"""In which language and in which colours somebody sees the pages: kept in their browser."""

from typing import Final

from starlette.responses import Response

from knx_ocpp_bridge.web.access.next_page import next_page
from knx_ocpp_bridge.web.languages import Language
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import FROM_STRANGERS_BYTES, LANGUAGE_COOKIE, Page, Visit

THEME_COOKIE: Final = "theme"
_COOKIES: Final = {
    "language": (LANGUAGE_COOKIE, frozenset(each.value for each in Language)),
    "theme": (THEME_COOKIE, frozenset({"", "light", "dark"})),
}
_YEAR_S: Final = 365 * 24 * 3600


async def _look(visit: Visit) -> Response:
    form = await visit.form()
    answer = visit.back(next_page(form.get("next", "")))
    for field, (cookie, values) in _COOKIES.items():
        if form.get(field) in values:
            answer.set_cookie(cookie, form[field], max_age=_YEAR_S, httponly=True, samesite="lax")
    return answer


PAGES: Final = (Page("/look", _look, Role.NOBODY, "POST", FROM_STRANGERS_BYTES),)
