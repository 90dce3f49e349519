"""Which mode a connector charges in: chosen by a person, by the card of the session, or configured."""

from typing import Final

from knx_ocpp_bridge.core.facts import Wishes
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.settings import ConnectorSettings
from knx_ocpp_bridge.core.status import NEEDS_LOAD_MANAGEMENT, ChargeMode

MANAGED: Final = NEEDS_LOAD_MANAGEMENT
"""The energy of the site decides how much flows, and when; the owner allows fast current."""
BY_KEY: Final = {
    "surplus_mode": ChargeMode.SURPLUS,
    "minimum_and_surplus_mode": ChargeMode.MINIMUM_AND_SURPLUS,
    "scheduled_mode": ChargeMode.SCHEDULED,
}
"""The objects that choose one mode."""


def mode_of(settings: ConnectorSettings, wishes: Wishes) -> ChargeMode:
    """The mode that is wanted; `OFF` while it is paused, whatever it goes on with."""
    return ChargeMode.OFF if wishes.paused else going_on_in(settings, wishes)


def going_on_in(settings: ConnectorSettings, wishes: Wishes) -> ChargeMode:
    """The mode that it has, or will have when a pause is over."""
    if wishes.session_mode is not None:
        return wishes.session_mode
    chosen = wishes.mode
    if chosen is None or chosen is ChargeMode.NORMAL:
        if wishes.fast:
            return ChargeMode.FAST
        return settings.mode if chosen is None else chosen
    return chosen


def going_on(settings: ConnectorSettings, wishes: Wishes) -> Wishes:
    """The wishes of somebody who wants it to go on; where `OFF` is configured it goes on normally."""
    wishes = replace(wishes, paused=False)
    return choosing(wishes, ChargeMode.NORMAL) if going_on_in(settings, wishes) is ChargeMode.OFF else wishes


def choosing(wishes: Wishes, mode: ChargeMode) -> Wishes:
    """The wishes of somebody who chooses this mode, not `OFF`: a received limit and the mode of a card are over."""
    fast = mode is ChargeMode.FAST
    chosen = ChargeMode.NORMAL if fast else mode
    return replace(wishes, mode=chosen, session_mode=None, fast=fast, paused=False, limit_a=None)


def without_session(wishes: Wishes) -> Wishes:
    """The wishes once the cable has been pulled: what was of that session is over."""
    return replace(
        wishes,
        session_mode=None,
        session_limit_wh=None,
        session_limit_s=None,
        session_limit_soc=None,
        session_limit_cost=None,
        goal_wh=None,
        goal_soc=None,
        goal_minute=None,
    )
