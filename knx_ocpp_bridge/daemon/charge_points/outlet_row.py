"""What can be done at a connector, and within which limits: so that nothing is offered that cannot be."""

from datetime import timedelta
from typing import Any

from knx_ocpp_bridge.core.abilities import NO, RESERVATION, UNLOCK
from knx_ocpp_bridge.core.connector import Connector, Reminder, StartStage
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.values import Moment
from knx_ocpp_bridge.core.ways import can_limit

Json = dict[str, Any]


def can(charger: Charger, connector: Connector) -> dict[str, bool]:
    """What this charger does as far as is known: False where it has refused for good, or nothing may be wished."""
    configured = connector.id in charger.settings.connectors
    limits = configured and can_limit(charger)
    settings = connector.settings
    return {
        "start": configured,
        "limit": limits,
        "pause": limits,
        "fast": limits and settings.fast_current_a != settings.normal_current_a,
        "unlock": configured and charger.abilities.get(UNLOCK) != NO,
        "reserve": configured and charger.abilities.get(RESERVATION) != NO,
    }


def currents(connector: Connector) -> Json:
    """The currents of the configuration, in A per phase."""
    settings = connector.settings
    return {
        "min_a": settings.min_current_a,
        "normal_a": settings.normal_current_a,
        "fast_a": settings.fast_current_a,
        "max_a": settings.max_current_a,
        "phases": settings.phases,
    }


def armed_until(connector: Connector, now: Moment) -> str | None:
    """Until when a start waits for the cable, in whole seconds of UTC; None: none does."""
    ends_s = connector.reminders.get(Reminder.START_ENDS)
    if connector.start is None or connector.start.stage is not StartStage.ARMED or ends_s is None:
        return None
    until = now.utc + timedelta(seconds=ends_s - now.monotonic_s + 0.5)
    return until.isoformat(timespec="seconds").replace("+00:00", "Z")
