"""A car that fell asleep in a pause of ours is woken: 0 A for some seconds, and then the limit again (row S12).

At most twice in a session, and never one that has stopped of its own accord: that one is full, or waits for its own
time. Where the transaction has ended in the pause, by the charger or because it takes no 0 A, it is started again with
the same card.
"""

from typing import Final

from knx_ocpp_bridge.core.connector import Connector, Reminder, StartStage, StartWish
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.profiles import wanted_a
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import MEANING, ConnectorStatus, StopReason
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.turn import Turn, with_reminder, without
from knx_ocpp_bridge.core.watch import AWAKE, Means

_MOST_WAKES: Final = 2
_FALLS_ASLEEP_AFTER_S: Final = 30.0
_NAP_S: Final = 10.0
_NAP_CONFIRMED_WITHIN_S: Final = 40.0
_FLOWS_FROM_A: Final = 1.0


def look(turn: Turn, before: Connector | None, connector: Connector) -> Connector:
    """The connector, of which is known whether its car may sleep."""
    if connector.waking is AWAKE and connector.transaction is None and (before is None or before.transaction is None):
        return connector
    if connector.plugged is False or not connector.settings.wakes:
        reminders = without(connector.reminders, Reminder.WAKE)
        return replace(connector, waking=AWAKE, reminders=reminders) if connector.waking != AWAKE else connector
    if connector.transaction is None:
        return _start_again(turn, _ended(turn, before, connector))
    if connector.waking.ended not in {None, connector.transaction.id}:
        connector = replace(connector, waking=replace(connector.waking, ended=None))  # somebody has begun another one
    return _napping(_paused(turn, before, connector))


def resume(turn: Turn, connector: Connector) -> None:
    """It was given current again a minute ago, and the car takes none."""
    waking = connector.waking
    flows = (connector.reading.current_a or 0.0) > _FLOWS_FROM_A
    if not waking.may_sleep or flows or turn.charger.settings.quiet or connector.transaction is None:
        return
    if waking.wakes >= _MOST_WAKES:
        turn.note(Level.INFO, connector.id, "the car takes nothing although it was woken; it is full, or wants to wait")
        turn.put(replace(connector, waking=replace(waking, may_sleep=False)))
        return
    turn.note(Level.INFO, connector.id, "the car does not go on after the pause: it is woken by a moment of 0 A")
    reminders = with_reminder(connector.reminders, Reminder.WAKE, turn.now.monotonic_s + _NAP_CONFIRMED_WITHIN_S)
    woken = replace(waking, napping=True, wakes=waking.wakes + 1)
    turn.put(replace(connector, waking=woken, reminders=reminders))


def nap_ends(turn: Turn, connector: Connector) -> None:
    """The limit is given again."""
    turn.put(replace(connector, waking=replace(connector.waking, napping=False)))


def _paused(turn: Turn, before: Connector | None, connector: Connector) -> Connector:
    waking, limit_a = connector.waking, connector.watch.limit_a
    if limit_a is None or waking.napping:
        return connector
    if limit_a > 0:
        charges = connector.status is ConnectorStatus.CHARGING and (connector.watch.drawn_a or 0.0) > _FLOWS_FROM_A
        if waking.paused_at_s is not None:
            long = turn.now.monotonic_s - waking.paused_at_s >= _FALLS_ASLEEP_AFTER_S
            waking = replace(waking, paused_at_s=None, may_sleep=long or waking.may_sleep)
        elif charges and waking.may_sleep:
            waking = replace(waking, may_sleep=False)
    elif _begins(before) and (waking.may_sleep or connector.status is not ConnectorStatus.SUSPENDED_EV):
        waking = replace(waking, paused_at_s=turn.now.monotonic_s)
    return connector if waking is connector.waking else replace(connector, waking=waking)


def _begins(before: Connector | None) -> bool:
    """The pause is new: a car that takes nothing by then does so of its own accord."""
    return before is None or before.transaction is None or before.watch.limit_a != 0.0


def _napping(connector: Connector) -> Connector:
    """The nap is as long as it has to be once 0 A is confirmed."""
    watch, due_s = connector.watch, connector.reminders.get(Reminder.WAKE)
    if not connector.waking.napping or watch.limit_a != 0.0 or due_s is None or due_s <= watch.since_s + _NAP_S:
        return connector
    return replace(connector, reminders=with_reminder(connector.reminders, Reminder.WAKE, watch.since_s + _NAP_S))


def _ended(turn: Turn, before: Connector | None, connector: Connector) -> Connector:
    """The charger has ended it while it was paused, for no reason of the car or of a person: it is remembered."""
    waking = replace(connector.waking, napping=False, paused_at_s=None, may_sleep=False)
    gone = None if before is None else before.transaction
    if before is not None and gone is not None and gone.accepted and not gone.late:
        ended = next((one for one in turn.charger.ended if one.id == gone.id), None)
        by_itself = ended is not None and ended.reason is StopReason.OTHER and not ended.assumed
        if by_itself and before.watch.limit_a == 0.0 and before.stop is None and before.pressure.means is Means.NONE:
            waking = replace(waking, ended=gone.id)
    return connector if waking == connector.waking else replace(connector, waking=waking)


def _start_again(turn: Turn, connector: Connector) -> Connector:
    """Current is wanted again and no transaction is open: it is started as it was before."""
    waking, status = connector.waking, connector.status
    if waking.ended is None or connector.start is not None or waking.wakes >= _MOST_WAKES:
        return connector
    if not connector.fresh or status is None or not MEANING[status].startable or not MEANING[status].plugged:
        return connector
    ended = next((one for one in turn.charger.ended if one.id == waking.ended), None)
    if ended is None or turn.charger.settings.quiet or not wanted_a(turn.charger, connector):
        return connector
    turn.note(Level.INFO, connector.id, "the transaction has ended in the pause: it is started again")
    wish = StartWish(0, ended.id_tag or turn.charger.tag, StartStage.ARMED, Origin.BRIDGE)
    ends_s = turn.now.monotonic_s + connector.settings.start_window_s
    reminders = with_reminder(connector.reminders, Reminder.START_ENDS, ends_s)
    woken = replace(waking, ended=None, wakes=waking.wakes + 1)
    return replace(connector, start=wish, waking=woken, reminders=reminders)
