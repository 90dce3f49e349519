"""After each event: is every connector obedient, awake, and on the phases that are wanted of it?"""

from knx_ocpp_bridge.core import escalation, obedience
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.values import CHARGE_POINT


def look_after(turn: Turn, before: Charger) -> None:
    """What is not as it should be is told, and becomes another limit or a command."""
    for number, connector in list(turn.charger.connectors.items()):
        if number == CHARGE_POINT or number not in turn.charger.settings.connectors:
            continue
        turn.put(obedience.look(turn, connector))
        escalation.press(turn, turn.connector(number))
        escalation.follow(turn, before.connectors.get(number), turn.connector(number))
