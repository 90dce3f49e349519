"""What the building sees: each object's value as a function of the charger's state, and only the news of it."""

from typing import Final

from knx_ocpp_bridge.core import session_wishes
from knx_ocpp_bridge.core.connector import Connector, Reminder
from knx_ocpp_bridge.core.leases import rests
from knx_ocpp_bridge.core.metering import Reading
from knx_ocpp_bridge.core.modes import BY_KEY, going_on_in, mode_of
from knx_ocpp_bridge.core.profiles import judged, phases_in_force
from knx_ocpp_bridge.core.registers import lifetime_wh, running_wh
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.state import Charger, Presence
from knx_ocpp_bridge.core.status import MEANING, ChargeMode, ConnectorStatus, LimitReason
from knx_ocpp_bridge.core.step import Update
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.values import CHARGE_POINT, Clock, Value
from knx_ocpp_bridge.core.ways import can_limit

_CURRENTS: Final = ("current_l1", "current_l2", "current_l3")
_VOLTAGES: Final = ("voltage_l1", "voltage_l2", "voltage_l3")
_NONE_KNOWN: Final = (None, None, None)
_MEASUREMENTS: Final = ("current", "power", "session_energy", "meter", *_CURRENTS, *_VOLTAGES, "soc")
_TIMES: Final = frozenset({"start_time", "end_time"})
_OFFLINE: Final = {"online": False, "availability": False, "status": int(ConnectorStatus.UNAVAILABLE)}
_OUT_OF_SERVICE: Final = frozenset({ConnectorStatus.UNAVAILABLE, ConnectorStatus.FAULTED})

Sight = dict[str, Value | None]
"""Object -> value. An object that is not in it keeps what was said; None withdraws it."""


def publish(turn: Turn, before: Charger) -> None:
    """Every value that differs from the last one said becomes an Update; and those that are said again."""
    charger = turn.charger
    everything = turn.everything or before.presence is not charger.presence or before.clock is not charger.clock
    for number, connector in charger.connectors.items():
        if everything or turn.again or connector is not before.connectors.get(number):
            _publish_connector(turn, connector)
    for number, result in turn.results.items():
        turn.updates.append(Update(number, "command_result", int(result), again=True))


def publish_flow(turn: Turn, before: Charger) -> None:
    """The same for measurements alone, when nothing else can have changed."""
    if turn.charger.presence is not Presence.ONLINE:
        return
    for number, connector in turn.charger.connectors.items():
        known = before.connectors.get(number)
        if connector is not known:
            seen: Sight = {}
            _see_measurements(seen, connector)
            _see_details(seen, connector.reading, None if known is None else known.reading)
            _say(turn, connector, seen)


def sight(charger: Charger, connector: Connector) -> Sight:
    """What the building is to see of this connector now."""
    seen: Sight = {}
    match charger.presence:
        case Presence.UNKNOWN:
            return seen
        case Presence.OFFLINE:
            seen.update(_OFFLINE)
            if charger.settings.offline_is_fault:
                seen.update(fault=True, error_text="offline")
            if connector.id != CHARGE_POINT:
                seen.update(dict.fromkeys(_MEASUREMENTS))
        case Presence.ONLINE:
            seen["online"] = True
            _see_state(seen, charger, connector)
            if connector.id != CHARGE_POINT:
                _see_measurements(seen, connector)
                _see_details(seen, connector.reading, None)
    if connector.id != CHARGE_POINT:
        _see_charging(seen, charger, connector)
        _see_limits(seen, charger, connector)
    return seen


def _publish_connector(turn: Turn, connector: Connector) -> None:
    before = connector.said
    seen = sight(turn.charger, connector)
    if turn.everything:
        # What cannot be seen at this moment is still what was said last.
        seen = {**before, **seen}
    _say(turn, connector, seen)
    for asked, key in sorted(turn.again):
        if asked == connector.id and key in before and not (key in _TIMES and key not in seen):
            turn.updates.append(Update(connector.id, key, before[key], again=True))


def _say(turn: Turn, connector: Connector, seen: Sight) -> None:
    number, before = connector.id, connector.said
    said = None
    only_news = not turn.again and not turn.everything
    for key, value in seen.items():
        known = before.get(key)
        if value == known and (only_news or value is None):
            continue
        again = not only_news and (number, key) in turn.again
        if value != known or turn.everything or again:
            turn.updates.append(Update(number, key, value, again))
        if again:
            turn.again.discard((number, key))
        if value != known:
            said = dict(before) if said is None else said
            if value is None:
                del said[key]
            else:
                said[key] = value
    if said is not None:
        turn.put(replace(connector, said=said))


def _see_state(seen: Sight, charger: Charger, connector: Connector) -> None:
    status = connector.status
    if status is None:
        # Never heard of: what was said of it while the charger was offline does not hold any more.
        seen["status"] = None
        seen["availability"] = True if connector.id == CHARGE_POINT else None
        seen["fault"] = False if connector.id == CHARGE_POINT else None
        seen["error_text"] = "" if connector.id == CHARGE_POINT else None
        return
    if not connector.fresh:
        return
    seen["status"] = int(status)
    seen["availability"] = status not in _OUT_OF_SERVICE
    seen["fault"] = status is ConnectorStatus.FAULTED
    seen["error_code"] = int(connector.error_code)
    seen["error_text"] = connector.error_text
    if connector.id != CHARGE_POINT and status not in _OUT_OF_SERVICE:
        unknown = status is ConnectorStatus.AVAILABLE and not charger.flags.trust_available
        seen["cable_connected"] = None if unknown else MEANING[status].plugged


def _see_measurements(seen: Sight, connector: Connector) -> None:
    reading = connector.reading
    if reading.current_a is not None:
        seen["current"] = reading.current_a
    if reading.power_w is not None:
        seen["power"] = reading.power_w
    if connector.meter is not None:
        seen["meter"] = lifetime_wh(connector.meter)
    if connector.session_closed_wh is not None and not connector.hidden:
        seen["session_energy"] = connector.session_closed_wh + running_wh(connector)


def _see_details(seen: Sight, reading: Reading, before: Reading | None) -> None:
    """Phases and battery, as far as they differ from `before`: they stand still most of the time."""
    if before is None or reading.currents_a != before.currents_a:
        seen.update(zip(_CURRENTS, reading.currents_a or _NONE_KNOWN, strict=True))
    if before is None or reading.voltages_v != before.voltages_v:
        seen.update(zip(_VOLTAGES, reading.voltages_v or _NONE_KNOWN, strict=True))
    if before is None or reading.soc != before.soc:
        seen["soc"] = reading.soc


def _see_charging(seen: Sight, charger: Charger, connector: Connector) -> None:
    transaction = connector.transaction
    if transaction is not None and not connector.hidden:
        shown = transaction.accepted or (connector.active and Reminder.ENFORCE not in connector.reminders)
        seen["charging"] = shown and not _paused(charger, connector)
    elif connector.fresh and charger.presence is Presence.ONLINE:
        by_status = connector.active and not connector.opens_transactions
        seen["charging"] = by_status and not _paused(charger, connector)
    if charger.clock is Clock.SANE:
        if connector.last_start is not None:
            seen["start_time"] = connector.last_start
        if connector.last_end is not None:
            seen["end_time"] = connector.last_end
    if connector.last_energy_wh is not None:
        seen["transaction_energy"] = connector.last_energy_wh


def _see_limits(seen: Sight, charger: Charger, connector: Connector) -> None:
    # One that refuses every way need not hold what it took before.
    seen["max_current"] = connector.in_force_a if can_limit(charger) else None
    told = seen["max_current"] is not None
    limit, settled = judged(charger, connector)
    if not told:
        seen["limit_reason"] = None
    elif rests(charger, connector, limit.current_a):
        seen["limit_reason"] = int(LimitReason.FAIL_SAFE)
    if settled:
        _see_mode(seen, connector)
        if told and "limit_reason" not in seen:
            seen["limit_reason"] = int(limit.reason)
    there = charger.presence is Presence.ONLINE
    seen["waiting"] = there and limit.reason is LimitReason.WAITING and _wants_to_charge(connector)
    if there:
        seen["phases"] = phases_in_force(connector) or connector.settings.phases
    seen.update(session_wishes.said(connector.wishes))


def _see_mode(seen: Sight, connector: Connector) -> None:
    mode = mode_of(connector.settings, connector.wishes)
    going_on = going_on_in(connector.settings, connector.wishes)
    seen["charge_mode"] = int(mode)
    seen["pause"] = mode is ChargeMode.OFF
    seen["fast_charging"] = going_on is ChargeMode.FAST
    for key, managed in BY_KEY.items():
        seen[key] = mode is managed


def _wants_to_charge(connector: Connector) -> bool:
    return connector.transaction is not None or bool(connector.plugged)


def _paused(charger: Charger, connector: Connector) -> bool:
    """Stopped by 0 A: the state is 0 while the charger confirms it, and as long as it takes limits at all."""
    return can_limit(charger) and connector.stops_by_pause and connector.wishes.paused and connector.in_force_a == 0.0
