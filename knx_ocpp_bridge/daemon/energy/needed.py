"""Whether anything of this site needs the rules about energy. Loads none of them."""

from collections.abc import Iterable
from typing import Final

from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.energy.terms import NO_LIMITS
from knx_ocpp_bridge.core.facts import Wishes
from knx_ocpp_bridge.core.settings import ChargerSettings
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import NEEDS_LOAD_MANAGEMENT

ORDERS: Final = frozenset(
    {"release", "grid_limit", "grid_limit_power", *(f"grid_limit_contact_{number}" for number in (1, 2, 3, 4))}
)
"""Inputs that hold chargers back: nothing may wait when one of them is told."""
_SHOWN: Final = frozenset(
    {
        "charging_power", "surplus_power", "price_now", "chargers_charging", "chargers_waiting",
        *(f"{key}_l{phase}" for key in ("charging_current", "free_current") for phase in (1, 2, 3)),
        "waiting", "car_full", "next_start", "plan_reachable",
    }
)  # fmt: skip
"""Group objects that nobody else has a value for."""


def by_configuration(loaded: Loaded) -> bool:
    """The file asks for it: circuits, a managed mode, a plan, a limit of sessions, an input or an object of it."""
    terms = loaded.site_terms
    return bool(
        terms.circuits
        or any(each.row.key in ORDERS | _SHOWN for each in loaded.objects)
        or any(each.plans or each.session_limits != NO_LIMITS for each in terms.outlets.values())
        or any(map(_is_managed, loaded.chargers.values()))
    )


def by_wishes(chargers: Iterable[Charger]) -> bool:
    """Somebody asks for it: by a mode, a goal or a limit of a session, or by a card with a current of its own."""
    return any(
        _asks(connector.wishes) or _is_limited_by_card(charger, connector)
        for charger in chargers
        if charger.settings.configured
        for connector in charger.connectors.values()
    )


def _is_managed(settings: ChargerSettings) -> bool:
    return any(each.mode in NEEDS_LOAD_MANAGEMENT for each in settings.connectors.values())


def _asks(wishes: Wishes) -> bool:
    managed = wishes.mode in NEEDS_LOAD_MANAGEMENT or wishes.session_mode in NEEDS_LOAD_MANAGEMENT
    limits = (wishes.session_limit_wh, wishes.session_limit_s, wishes.session_limit_soc, wishes.session_limit_cost)
    return managed or any(each is not None for each in (*limits, wishes.goal_wh, wishes.goal_soc, wishes.goal_minute))


def _is_limited_by_card(charger: Charger, connector: Connector) -> bool:
    """Maybe: who has found a card in the book in whatever spelling says more."""
    tags = charger.settings.tag_book.tags.values()
    return connector.transaction is not None and any(tag.max_current_a is not None for tag in tags)
