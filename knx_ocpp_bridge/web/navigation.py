"""The rail on a desk, the bar at the bottom of a phone."""

from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.web.roles import Role


@dataclass(frozen=True, slots=True)
class Entry:
    """One place to go to. `label` is translated where it is shown."""

    path: str
    label: str
    icon: str
    role: Role


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


ENTRIES: Final = (
    Entry("/", _("Home"), "home", Role.VIEWER),
    Entry("/chargers", _("Charge points"), "charger", Role.VIEWER),
    Entry("/load", _("Energy"), "bolt", Role.VIEWER),
    Entry("/knx", _("KNX"), "knx", Role.INSTALLER),
    Entry("/sessions", _("Sessions"), "sessions", Role.VIEWER),
    Entry("/statistics", _("Statistics"), "statistics", Role.VIEWER),
    Entry("/tags", _("Cards and reports"), "card", Role.OPERATOR),
    Entry("/alarms", _("Alarms and log"), "alarm", Role.VIEWER),
    Entry("/settings", _("Settings"), "settings", Role.INSTALLER),
    Entry("/system", _("System"), "system", Role.INSTALLER),
)
