"""The frame of every page about one charge point: its name, how it stands, and the bar of its tabs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response

from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Tab:
    """One page about a charge point; `{charger}` in `path` is its id, percent-encoded. `label` is translated."""

    path: str
    label: str
    role: Role = Role.VIEWER
    """The least that sees it, as that of its page."""


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


TABS: Final = (
    Tab("/chargers/{charger}", _("Overview")),
    Tab("/chargers/{charger}/limits", _("Limits")),
    Tab("/chargers/{charger}/measurands", _("Measurands")),
    Tab("/chargers/{charger}/profiles", _("Smart charging"), Role.INSTALLER),
    Tab("/chargers/{charger}/objects", _("Group objects"), Role.INSTALLER),
    Tab("/chargers/{charger}/keys", _("Configuration keys"), Role.INSTALLER),
    Tab("/chargers/{charger}/maintenance", _("Maintenance"), Role.INSTALLER),
    Tab("/chargers/{charger}/selftest", _("Self-test"), Role.INSTALLER),
    Tab("/chargers/{charger}/trace", _("Trace"), Role.INSTALLER),
    Tab("/sessions?charger={charger}", _("Sessions")),
)
"""From left to right; whoever adds a page to a charge point adds its line here."""


def address(path: str, charger: str) -> str:
    """The path of a tab with this charger in it."""
    return path.replace("{charger}", quote(charger, safe=""))


def charger_id(visit: Visit) -> str:
    """The charger that the path names, as it was written there."""
    return str(visit.request.path_params["charger"])


async def charger_page(visit: Visit, tab: str, template: str, context: Mapping[str, Any] | None = None) -> Response:
    """The template, which extends `charger.html`, as the tab whose path in `TABS` is `tab`.

    It knows `charger`, the row of the topic of that name.

    Raises:
        HTTPException: 404, there is no such charger.
    """
    (row,) = (await visit.look("charger", charger_id(visit))).rows
    return visit.page(template, {**frame(visit, row, tab), **(context or {})})


def frame(visit: Visit, row: Mapping[str, Any], tab: str) -> dict[str, Any]:
    """What `charger.html` shows."""
    tabs = [
        {"href": address(each.path, row["id"]), "label": each.label, "here": each.path == tab}
        for each in TABS
        if visit.may(each.role)
    ]
    return {"charger": row, "tabs": tabs}
