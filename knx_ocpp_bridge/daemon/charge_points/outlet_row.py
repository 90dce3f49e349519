"""What can be done at a connector, and within which limits: so that nothing is offered that cannot be."""

from datetime import timedelta
from typing import Any

from knx_ocpp_bridge.core.abilities import NO, RESERVATION, UNLOCK
from knx_ocpp_bridge.core.connector import Connector, Reminder, StartStage
from knx_ocpp_bridge.core.modes import mode_of
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


def energy(connector: Connector) -> Json:
    """How it is charged, and what somebody wants of its session."""
    settings, wishes = connector.settings, connector.wishes
    minute = wishes.goal_minute
    goal = {
        "energy_wh": wishes.goal_wh,
        "soc": wishes.goal_soc,
        "ready_by": None if minute is None else f"{minute // 60:02}:{minute % 60:02}",
    }
    limits = {
        "energy_wh": wishes.session_limit_wh,
        "duration_s": wishes.session_limit_s,
        "soc": wishes.session_limit_soc,
        "cost": wishes.session_limit_cost,
    }
    return {
        "mode": mode_of(settings, wishes).name.lower(),
        "session_mode": None if wishes.session_mode is None else wishes.session_mode.name.lower(),
        "configured_mode": settings.mode.name.lower(),
        "circuit": settings.circuit,
        "goal": goal if any(each is not None for each in goal.values()) else None,
        "session_limits": limits if any(each is not None for each in limits.values()) else None,
    }


def armed_until(connector: Connector, now: Moment) -> str | None:
    """Until when a start waits for the cable, in whole seconds of UTC; None: none does."""
    ends_s = connector.reminders.get(Reminder.START_ENDS)
    if connector.start is None or connector.start.stage is not StartStage.ARMED or ends_s is None:
        return None
    until = now.utc + timedelta(seconds=ends_s - now.monotonic_s + 0.5)
    return until.isoformat(timespec="seconds").replace("+00:00", "Z")
