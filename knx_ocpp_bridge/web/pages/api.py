"""The API for people: every route with its role, its options and a line for the shell."""

from typing import Final

from starlette.responses import Response

from knx_ocpp_bridge.web.api.events import KINDS as EVENTS
from knx_ocpp_bridge.web.api.manual import groups, lines, shell
from knx_ocpp_bridge.web.api.problems import KINDS
from knx_ocpp_bridge.web.api.schemas import OUTCOMES
from knx_ocpp_bridge.web.api.table import PREFIX, routes
from knx_ocpp_bridge.web.visit import Page, Visit

PATH: Final = "/api"


async def _api(visit: Visit) -> Response:
    url = visit.request.url
    context = {
        "groups": groups(routes(visit.website.catalogue)),
        "lines": lines,
        "shell": shell,
        "origin": f"{url.scheme}://{url.netloc}",
        "document": f"{PREFIX}/openapi.json",
        "problems": KINDS,
        "outcomes": OUTCOMES,
        "events": EVENTS,
    }
    return visit.page("api.html", context)


PAGES: Final = (Page(PATH, _api),)
