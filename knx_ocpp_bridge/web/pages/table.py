"""Every page there is."""

from typing import Final

from knx_ocpp_bridge.web.pages import charger, home
from knx_ocpp_bridge.web.visit import Page

PAGES: Final[tuple[Page, ...]] = (
    *home.PAGES,
    *charger.PAGES,
)
