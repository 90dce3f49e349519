"""A charger that cannot be told its limit: it refuses it in every form, gives no answer, or takes no 0 A (row S10).

What is to flow and is not confirmed is waited for, each for its own time. Then 0 A that are refused become the end of
the transaction; any other limit becomes an alarm, the end of the transaction, and Inoperative (`core.escalation`).
"""

from typing import Final

from knx_ocpp_bridge.core import escalation, obedience, profiles, stopping, ways
from knx_ocpp_bridge.core.connector import Connector, Reminder
from knx_ocpp_bridge.core.limits import Limit
from knx_ocpp_bridge.core.obedience import is_above
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import ConnectorStatus, LimitReason
from knx_ocpp_bridge.core.step import AlarmKind, Level
from knx_ocpp_bridge.core.turn import Turn, with_reminder, without
from knx_ocpp_bridge.core.watch import Means

_SLOW_S: Final = 30.0
"""So much longer a charger that gives no answer is waited for: a lost one is no refusal."""
_KNOWN_FOR_S: Final = 120.0
_ANSWERED_WITHIN_S: Final = 10.0
_SOON_S: Final = 0.1
_FOR_A_MOMENT: Final = frozenset({LimitReason.WAKING, LimitReason.SWITCHING_PHASES})
"""0 A for a while, of which nothing depends."""


def look(turn: Turn, connector: Connector) -> None:
    """The connector that may draw more than it is to have is waited for, and then kept from it by other means."""
    charger, watch = turn.charger, connector.watch
    if connector.transaction is None and not connector.charges_freely and watch.unheeded_since_s is None:
        return
    limit = profiles.wanted(charger, connector)
    if not _may_be_told(charger) or not _is_open(connector) or _is_heeded(charger, connector, limit):
        _forget(turn, connector, keep=not _may_be_told(charger))
        return
    since_s = watch.unheeded_since_s
    if since_s is None or (watch.limit_a is not None and watch.since_s > since_s):
        since_s = turn.now.monotonic_s if since_s is None else watch.since_s  # it has taken another one meanwhile
        connector = replace(connector, watch=replace(watch, unheeded_since_s=since_s))
    due_s = _due_s(charger, connector, since_s)
    if turn.now.monotonic_s < due_s:
        _wait(turn, connector, due_s)
    elif not _knows(connector) and _asks(turn, connector):
        return
    elif not _flows(turn, connector, limit):
        _nothing_flows(turn, connector)
    else:
        _act(turn, connector, limit)


def _may_be_told(charger: Charger) -> bool:
    return charger.link is not None and charger.registered and charger.ready_at_s is None and not charger.settings.quiet


def _is_open(connector: Connector) -> bool:
    return (connector.transaction is not None and not connector.hidden) or connector.charges_freely


def _is_heeded(charger: Charger, connector: Connector, limit: Limit) -> bool:
    """It is known to allow no more than it is to have, or nothing follows from it."""
    if limit.reason in _FOR_A_MOMENT or limit.current_a >= connector.settings.max_current_a:
        return True
    held_a = connector.in_force_a if ways.can_limit(charger) else None
    if held_a is not None and held_a <= limit.current_a:
        return True
    return not (_takes_no_zero(charger, connector, limit) or escalation.is_to_be_pressed(connector))


def _takes_no_zero(charger: Charger, connector: Connector, limit: Limit) -> bool:
    if limit.current_a > 0.0 or connector.in_force_a is None:
        return False
    return any(ways.refuses_zero(charger, connector, slot) for slot in (connector.default, connector.tx))


def _forget(turn: Turn, connector: Connector, *, keep: bool) -> None:
    watch = replace(connector.watch, unheeded_since_s=None, unheeded=connector.watch.unheeded and keep)
    if watch != connector.watch:
        turn.put(replace(connector, watch=watch, reminders=without(connector.reminders, Reminder.HEED)))


def _due_s(charger: Charger, connector: Connector, since_s: float) -> float:
    """Since then it has had its time: that of a refusal, of an answer, or of the last means."""
    pressure, watch, now = connector.pressure, connector.watch, connector.settings.disobeyed_s
    if pressure.means >= Means.STOP:
        return max(since_s, pressure.taken_at_s) + now
    waits = ways.can_limit(charger) and not _stops_for_zero(charger, connector)
    waits = waits or (connector.transaction is not None and watch.stopped == connector.transaction.id)
    return since_s + now + (_SLOW_S if waits else 0.0)


def _stops_for_zero(charger: Charger, connector: Connector) -> bool:
    return _takes_no_zero(charger, connector, profiles.wanted(charger, connector))


def _wait(turn: Turn, connector: Connector, until_s: float) -> None:
    if connector.reminders.get(Reminder.HEED) != until_s:
        connector = replace(connector, reminders=with_reminder(connector.reminders, Reminder.HEED, until_s))
    turn.put(connector)


def _knows(connector: Connector) -> bool:
    """What flows was measured since it should have been less."""
    watch = connector.watch
    return watch.measured_at_s is not None and watch.measured_at_s >= (watch.unheeded_since_s or 0.0)


def _asks(turn: Turn, connector: Connector) -> bool:
    """It is asked for its meter values, once; False: it was, or cannot be."""
    watch, now_s = connector.watch, turn.now.monotonic_s
    if Reminder.METER not in connector.reminders:
        return False
    if watch.asked_at_s >= (watch.unheeded_since_s or 0.0):
        if now_s < watch.asked_at_s + _ANSWERED_WITHIN_S:
            _wait(turn, connector, watch.asked_at_s + _ANSWERED_WITHIN_S)
            return True
        return False
    reminders = with_reminder(connector.reminders, Reminder.METER, now_s + _SOON_S)
    reminders = with_reminder(reminders, Reminder.HEED, now_s + _ANSWERED_WITHIN_S)
    asked = replace(watch, asked_at_s=now_s)
    turn.put(replace(connector, watch=asked, reminders=reminders, meter_seen=connector.reading))
    return True


def _flows(turn: Turn, connector: Connector, limit: Limit) -> bool:
    """More than it is to have, as was measured not long ago; or nobody knows, and it says that it charges."""
    watch = connector.watch
    known = watch.measured_at_s is not None and turn.now.monotonic_s - watch.measured_at_s <= _KNOWN_FOR_S
    if known and watch.drawn_a is not None:
        return is_above(watch.drawn_a, limit.current_a)
    return not connector.fresh or connector.status in {None, ConnectorStatus.CHARGING}


def _nothing_flows(turn: Turn, connector: Connector) -> None:
    if connector.watch.unheeded and _knows(connector):
        connector = obedience.over(turn, connector)
    _wait(turn, connector, turn.now.monotonic_s + connector.settings.disobeyed_s)


def _act(turn: Turn, connector: Connector, limit: Limit) -> None:
    charger, transaction = turn.charger, connector.transaction
    zero = _takes_no_zero(charger, connector, limit) and transaction is not None
    if zero and transaction is not None and connector.watch.stopped != transaction.id:
        watch = replace(connector.watch, stopped=transaction.id, unheeded_since_s=turn.now.monotonic_s)
        waking = replace(connector.waking, ended=transaction.id)
        after = replace(connector, watch=watch, waking=waking)
        if connector.stop is None:
            after = stopping.wanting_a_stop(turn, after, transaction.id)
        turn.note(Level.WARNING, connector.id, f"it takes no 0 A ({limit.words}): its transaction is stopped instead")
        _wait(turn, after, turn.now.monotonic_s + connector.settings.disobeyed_s + _SLOW_S)
        return
    if not escalation.is_to_be_pressed(connector):
        _wait(turn, connector, turn.now.monotonic_s + connector.settings.disobeyed_s + _SLOW_S)
        return
    _wait(turn, _told(turn, connector, limit), turn.now.monotonic_s + connector.settings.disobeyed_s)
    escalation.stop_or_shut(turn, turn.connector(connector.id))


def _told(turn: Turn, connector: Connector, limit: Limit) -> Connector:
    """People are told, once; what it really draws counts from now on."""
    watch = connector.watch
    if not connector.disobeys:
        why = "refuses every limit" if not ways.can_limit(turn.charger) else "has not confirmed its limit"
        flows = "nobody knows what flows" if watch.drawn_a is None else f"{watch.drawn_a:.1f} A flow"
        text = f"the charger {why}: it is to have {limit.current_a:g} A ({limit.words}), and {flows}"
        turn.alarm(AlarmKind.LIMIT_DISOBEYED, connector.id, text)
    return replace(connector, disobeys=True, watch=replace(watch, unheeded=True))
