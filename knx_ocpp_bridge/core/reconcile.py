"""After each event: whatever is wanted, not confirmed and not yet asked for becomes a command."""

from typing import Final

from knx_ocpp_bridge.core import local_list, profiles, starting, stopping
from knx_ocpp_bridge.core.connector import Connector, Reminder
from knx_ocpp_bridge.core.flags import NO_FLAGS
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.state import Charger, Errand
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.values import CHARGE_POINT, ConnectorId
from knx_ocpp_bridge.core.wishes import reserve_now

_RESERVABLE: Final = frozenset({ConnectorStatus.AVAILABLE, ConnectorStatus.RESERVED})


def reconcile(turn: Turn) -> None:
    """Nothing is asked of a charger that is not there; what nobody configured is only stopped, never steered."""
    charger = turn.charger
    if charger.link is None or not charger.registered:
        return
    limits_first = any(one.fail_safe_a is not None for one in charger.settings.connectors.values())
    if not limits_first and (charger.ready_at_s is None or charger.flags.settle_s == NO_FLAGS.settle_s):
        _run_errands(turn)
    if charger.ready_at_s is not None:
        return
    if limits_first:
        _limit(turn)
        _run_errands(turn)
    for connector_id in charger.connectors:
        stop = turn.connector(connector_id).stop
        if stop is not None and not stop.asked:
            stopping.ask_to_stop(turn, turn.connector(connector_id))
        if _is_steered(charger, connector_id):
            profiles.send_what_differs(turn, turn.connector(connector_id))
            profiles.tell_what_is_settled(turn, turn.connector(connector_id))
            _reserve_again(turn, turn.connector(connector_id))
            starting.ask_when_ready(turn, turn.connector(connector_id))
    local_list.in_step(turn)


def _limit(turn: Turn) -> None:
    """In a circuit limits come before anything that may let a car draw current."""
    for connector_id in turn.charger.connectors:
        if _is_steered(turn.charger, connector_id):
            profiles.send_what_differs(turn, turn.connector(connector_id))


def _is_steered(charger: Charger, connector_id: ConnectorId) -> bool:
    return connector_id != CHARGE_POINT and connector_id in charger.settings.connectors


def _run_errands(turn: Turn) -> None:
    """Somebody waits for these: they go as soon as the charger is admitted, in the order of the wishes."""
    unsent = [errand for errand in turn.charger.errands if not errand.sent]
    if unsent:
        turn.commands += [errand.command for errand in unsent]
        errands = tuple(errand if errand.sent else replace(errand, sent=True) for errand in turn.charger.errands)
        turn.charger = replace(turn.charger, errands=errands)


def _reserve_again(turn: Turn, connector: Connector) -> None:
    """A reservation that is wanted and that the charger has dropped (it booted, or it let it expire)."""
    if not connector.wishes.reserved or connector.reserved or Reminder.RENEW in connector.reminders:
        return
    if turn.charger.settings.quiet:
        return
    if not connector.fresh or connector.status not in _RESERVABLE:
        return
    if any(errand.key == "reservation" and errand.connector == connector.id for errand in turn.charger.errands):
        return
    errand = Errand(connector.id, "reservation", reserve_now(turn, connector), sent=True)
    turn.charger = replace(turn.charger, errands=(*turn.charger.errands, errand))
    turn.commands.append(errand.command)
