"""What the building sees: each object's value as a function of the charger's state, and only the news of it."""

from dataclasses import replace
from typing import Final

from knx_ocpp_bridge.core.connector import Alarm, Connector
from knx_ocpp_bridge.core.profiles import is_settled
from knx_ocpp_bridge.core.settings import StopMode
from knx_ocpp_bridge.core.state import Charger, Presence
from knx_ocpp_bridge.core.status import MEANING, ConnectorStatus
from knx_ocpp_bridge.core.step import Update
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.values import CHARGE_POINT, Value

_MEASUREMENTS: Final = ("current", "power", "session_energy", "meter")
_OUT_OF_SERVICE: Final = frozenset({ConnectorStatus.UNAVAILABLE, ConnectorStatus.FAULTED})

Sight = dict[str, Value | None]
"""Object -> value. An object that is not in it keeps what was said; None withdraws it."""


def publish(turn: Turn, before: Charger) -> None:
    """Every value that differs from the last one said becomes an Update; and those that are said again."""
    charger = turn.charger
    everything = before.presence is not charger.presence
    for number, connector in list(charger.connectors.items()):
        if everything or connector is not before.connectors.get(number) or turn.again or number in turn.results:
            _publish_connector(turn, connector)
    for number, result in turn.results.items():
        turn.updates.append(Update(number, "command_result", int(result), again=True))


def sight(charger: Charger, connector: Connector) -> Sight:
    """What the building is to see of this connector now."""
    seen: Sight = {}
    match charger.presence:
        case Presence.UNKNOWN:
            return seen
        case Presence.OFFLINE:
            seen |= {"online": False, "availability": False, "status": int(ConnectorStatus.UNAVAILABLE)}
            if connector.id != CHARGE_POINT:
                seen |= dict.fromkeys(_MEASUREMENTS)
        case Presence.ONLINE:
            seen["online"] = True
            _see_state(seen, connector)
            if connector.id != CHARGE_POINT:
                _see_measurements(seen, connector)
    if connector.id != CHARGE_POINT:
        _see_charging(seen, charger, connector)
        _see_limits(seen, connector)
    return seen


def _publish_connector(turn: Turn, connector: Connector) -> None:
    said = dict(connector.said)
    for key, value in sight(turn.charger, connector).items():
        if value is None:
            if said.pop(key, None) is not None:
                turn.updates.append(Update(connector.id, key, None))
        elif said.get(key) != value:
            said[key] = value
            again = (connector.id, key) in turn.again
            turn.again.discard((connector.id, key))
            turn.updates.append(Update(connector.id, key, value, again))
    for number, key in sorted(turn.again):
        if number == connector.id and key in said:
            turn.updates.append(Update(number, key, said[key], again=True))
    if said != connector.said:
        turn.put(replace(connector, said=said))


def _see_state(seen: Sight, connector: Connector) -> None:
    status = connector.status
    if not connector.fresh or status is None:
        return
    seen["status"] = int(status)
    seen["availability"] = status not in _OUT_OF_SERVICE
    seen["fault"] = status is ConnectorStatus.FAULTED
    seen["error_code"] = int(connector.error_code)
    seen["error_text"] = connector.error_text
    if connector.id != CHARGE_POINT and status not in _OUT_OF_SERVICE:
        seen["cable_connected"] = MEANING[status].plugged


def _see_measurements(seen: Sight, connector: Connector) -> None:
    reading = connector.reading
    if reading.current_a is not None:
        seen["current"] = reading.current_a
    if reading.power_w is not None:
        seen["power"] = reading.power_w
    if connector.meter is not None:
        seen["meter"] = connector.meter.offset_wh + connector.meter.register_wh
    if connector.session_closed_wh is not None:
        seen["session_energy"] = connector.session_closed_wh + _running_wh(connector)


def _running_wh(connector: Connector) -> int:
    transaction, register = connector.transaction, connector.reading.energy_wh
    if transaction is None or register is None:
        return 0
    start = transaction.meter_start_wh if connector.base_wh is None else connector.base_wh
    return max(0, register - start)


def _see_charging(seen: Sight, charger: Charger, connector: Connector) -> None:
    transaction = connector.transaction
    if transaction is not None:
        shown = transaction.accepted or (connector.active and Alarm.ENFORCE not in connector.alarms)
        seen["charging"] = shown and not connector.hidden and not _paused(connector)
    elif connector.fresh and charger.presence is Presence.ONLINE:
        by_status = connector.active and not connector.opens_transactions
        seen["charging"] = by_status and not _paused(connector)
    if connector.last_start is not None:
        seen["start_time"] = connector.last_start
    if connector.last_end is not None:
        seen["end_time"] = connector.last_end
    if connector.last_energy_wh is not None:
        seen["transaction_energy"] = connector.last_energy_wh


def _see_limits(seen: Sight, connector: Connector) -> None:
    if connector.in_force_a is not None:
        seen["max_current"] = connector.in_force_a
    if is_settled(connector):
        seen["fast_charging"] = connector.wishes.fast
        seen["pause"] = connector.wishes.paused


def _paused(connector: Connector) -> bool:
    """Stopped by 0 A: the state is 0 while the charger confirms it."""
    by_pause = connector.settings.stop_mode is StopMode.PAUSE or not connector.opens_transactions
    return by_pause and connector.wishes.paused and connector.in_force_a == 0.0
