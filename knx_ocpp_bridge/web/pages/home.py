"""Home: a card for each connector."""

from typing import Final

from starlette.responses import Response

from knx_ocpp_bridge.web.visit import Page, Visit


async def _home(visit: Visit) -> Response:
    snapshot = await visit.status()
    return visit.page("home.html", {"chargers": snapshot.chargers, "bridge": snapshot.bridge})


PAGES: Final = (Page("/", _home),)
