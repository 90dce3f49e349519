"""One outlet as the rules about energy see it, made of what its charger's core knows."""

from datetime import datetime

from knx_ocpp_bridge.core import ceilings, leases, limits, promises
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.energy.scene import NO_GOAL, Goal, OutletView
from knx_ocpp_bridge.core.energy.terms import NO_LIMITS, SessionLimits
from knx_ocpp_bridge.core.facts import Wishes
from knx_ocpp_bridge.core.modes import mode_of
from knx_ocpp_bridge.core.profiles import phases_in_force
from knx_ocpp_bridge.core.registers import running_wh
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.values import Moment
from knx_ocpp_bridge.core.ways import can_limit


def view(charger: Charger, connector: Connector, now: Moment) -> OutletView:
    """The outlet as it is now. Cheap: it is asked for each outlet of the site once a second."""
    settings, wishes, reading = connector.settings, connector.wishes, connector.reading
    transaction, limitable = connector.transaction, can_limit(charger) and not charger.settings.quiet
    begun = _begun(charger, connector)
    card = ceilings.tag_limit(charger, connector)
    return OutletView(
        key=(charger.settings.id, connector.id),
        online=charger.link is not None and charger.registered and connector.fresh,
        status=connector.status,
        plugged=transaction is not None or bool(connector.plugged),
        charging=(transaction is not None and not connector.hidden) or connector.charges_freely,
        mode=mode_of(settings, wishes),
        base_a=limits.wanted(settings, wishes, charger.flags).current_a,
        in_force_a=connector.in_force_a if limitable else None,
        promised_a=promises.promised_a(charger, connector, now.monotonic_s),
        resting_a=promises.resting_a(connector) if limitable else None,
        leases=limitable and leases.leases(charger, connector),
        can_limit=limitable,
        disobeys=connector.disobeys,
        current_a=reading.current_a,
        currents_a=reading.currents_a,
        measured_at_s=connector.watch.measured_at_s,
        power_w=reading.power_w,
        session=connector.session,
        session_wh=(connector.session_closed_wh or 0) + running_wh(connector),
        session_s=0.0 if begun is None else max(0.0, (now.utc - begun).total_seconds()),
        soc=reading.soc,
        limits=_limits(wishes),
        goal=_goal(wishes),
        tag_limit_a=None if card is None else card.current_a,
        phases_in_force=phases_in_force(connector),
        since=begun,
    )


def _begun(charger: Charger, connector: Connector) -> datetime | None:
    """When the session began to charge, as far as it is remembered; None: it has not."""
    transaction, session = connector.transaction, connector.session
    begins = [] if transaction is None else [transaction.started_at]
    if session is not None and (transaction is None or transaction.id != session):
        begins += [one.started_at for one in charger.ended if session in {one.id, one.session}]
    return min(begins, default=None)


def _limits(wishes: Wishes) -> SessionLimits:
    told = (wishes.session_limit_wh, wishes.session_limit_s, wishes.session_limit_soc, wishes.session_limit_cost)
    return NO_LIMITS if told == (None, None, None, None) else SessionLimits(*told)


def _goal(wishes: Wishes) -> Goal:
    told = (wishes.goal_wh, wishes.goal_soc, wishes.goal_minute)
    return NO_GOAL if told == (None, None, None) else Goal(*told)
