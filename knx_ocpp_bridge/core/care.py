"""After each event: is every connector obedient, its car awake, and on the phases that are wanted of it?"""

from knx_ocpp_bridge.core import escalation, obedience, phase_switching, unheeded, waking
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.values import CHARGE_POINT


def look_after(turn: Turn, before: Charger) -> None:
    """What is not as it should be is told, and becomes another limit or a command."""
    for number in list(turn.charger.connectors):
        if number == CHARGE_POINT:
            continue
        if number not in turn.charger.settings.connectors:
            escalation.abandon(turn, turn.connector(number))
            continue
        known = before.connectors.get(number)
        turn.put(obedience.look(turn, turn.connector(number)))
        unheeded.look(turn, turn.connector(number))
        escalation.press(turn, turn.connector(number))
        escalation.follow(turn, known, turn.connector(number))
        turn.put(waking.look(turn, known, turn.connector(number)))
        turn.put(phase_switching.look(turn, turn.connector(number)))
