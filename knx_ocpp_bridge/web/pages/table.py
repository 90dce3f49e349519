"""Every page there is."""

from typing import Final

from knx_ocpp_bridge.web.pages import charger, home, login, look
from knx_ocpp_bridge.web.visit import Page

PAGES: Final[tuple[Page, ...]] = (
    *login.PAGES,
    *home.PAGES,
    *look.PAGES,
    *charger.PAGES,
)
