"""One charge point: what it is, what it can do, and how it stands."""

from typing import Final

from starlette.responses import Response

from knx_ocpp_bridge.web.pages.charger_frame import charger_page
from knx_ocpp_bridge.web.visit import Page, Visit

_TAB: Final = "/chargers/{charger}"


async def _overview(visit: Visit) -> Response:
    return await charger_page(visit, _TAB, "charger_overview.html")


PAGES: Final = (Page(_TAB, _overview),)
