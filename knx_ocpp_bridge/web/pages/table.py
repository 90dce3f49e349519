"""Every page there is."""

from typing import Final

from knx_ocpp_bridge.web.pages import (
    alarms,
    cards,
    charger,
    charger_limits,
    charger_measurands,
    charger_objects,
    chargers,
    home,
    knx,
    knx_ets,
    knx_monitor,
    knx_objects,
    login,
    look,
    reports,
    root_certificate,
    sessions,
    settings,
    settings_file,
    stream,
    system,
)
from knx_ocpp_bridge.web.visit import Page

PAGES: Final[tuple[Page, ...]] = (
    *home.PAGES,
    *login.PAGES,
    *look.PAGES,
    *stream.PAGES,
    *chargers.PAGES,
    *root_certificate.PAGES,
    *charger.PAGES,
    *charger_limits.PAGES,
    *charger_measurands.PAGES,
    *charger_objects.PAGES,
    *knx.PAGES,
    *knx_monitor.PAGES,
    *knx_objects.PAGES,
    *knx_ets.PAGES,
    *sessions.PAGES,
    *cards.PAGES,
    *reports.PAGES,
    *alarms.PAGES,
    *system.PAGES,
    *settings_file.PAGES,
    *settings.PAGES,
)
