"""After each event: whatever is wanted, not confirmed and not yet asked for becomes a command."""

from dataclasses import replace

from knx_ocpp_bridge.core import profiles, starting
from knx_ocpp_bridge.core.connector import Alarm, Connector
from knx_ocpp_bridge.core.state import Errand
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.wishes import reserve_now


def reconcile(turn: Turn) -> None:
    """Nothing is asked of a charger that is not there, or that nobody configured."""
    if not turn.charger.reachable or not turn.charger.settings.configured:
        return
    for connector in turn.outlets():
        if connector.id in turn.charger.settings.connectors:
            profiles.send_what_differs(turn, connector)
            _reserve_again(turn, turn.connector(connector.id))
            starting.ask_when_ready(turn, turn.connector(connector.id))


def _reserve_again(turn: Turn, connector: Connector) -> None:
    """A reservation that is wanted and that the charger has dropped (it booted, or it let it expire)."""
    if not connector.wishes.reserved or connector.reserved or Alarm.RENEW in connector.alarms:
        return
    if not connector.fresh or connector.status is not ConnectorStatus.AVAILABLE:
        return
    if any(errand.key == "reservation" and errand.connector == connector.id for errand in turn.charger.errands):
        return
    command = reserve_now(turn, connector)
    turn.charger = replace(
        turn.charger, errands=(*turn.charger.errands, Errand(connector.id, "reservation", 0, command))
    )
    turn.commands.append(command)
