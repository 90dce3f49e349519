"""Whether what flows keeps to the limit that the charger has accepted."""

from typing import Final

from knx_ocpp_bridge.core import metering
from knx_ocpp_bridge.core.connector import Connector, Reminder
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.step import AlarmKind, Level
from knx_ocpp_bridge.core.turn import Turn, with_reminder

_OBEYED_WITHIN_S: Final = 30.0
_UNIT: Final = "unit of power"


def watched(turn: Turn, connector: Connector) -> Connector:
    """The connector whose current is looked at in half a minute."""
    return replace(
        connector, reminders=with_reminder(connector.reminders, Reminder.OBEY, turn.now.monotonic_s + _OBEYED_WITHIN_S)
    )


def obey(turn: Turn, connector: Connector) -> None:
    """From half a minute after a limit was accepted the current must be below it; if not, it is told once."""
    limit_a, current_a = connector.in_force_a, connector.reading.current_a
    if limit_a is None or connector.transaction is None:
        return
    if current_a is not None and current_a > limit_a + max(1.0, limit_a * 0.1):
        if not connector.disobeys:
            text = f"the charger accepted {limit_a:g} A, but {current_a:.1f} A flow: it does not obey the limit"
            turn.alarm(AlarmKind.LIMIT_DISOBEYED, connector.id, text)
        turn.put(watched(turn, replace(connector, disobeys=True)))
        return
    odd = metering.oddity(connector.reading)
    if odd and _UNIT not in turn.charger.hinted:
        turn.charger = replace(turn.charger, hinted=turn.charger.hinted | {_UNIT})
        turn.note(Level.WARNING, connector.id, odd)
    turn.put(watched(turn, over(turn, connector)))


def over(turn: Turn, connector: Connector) -> Connector:
    """The connector that obeys, or has nothing to obey any more."""
    if not connector.disobeys:
        return connector
    turn.alarm(AlarmKind.LIMIT_DISOBEYED, connector.id, "what flows keeps to the limit again", over=True)
    return replace(connector, disobeys=False)
