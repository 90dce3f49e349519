"""Whether what flows keeps to the limit that the charger has accepted.

A car takes seconds to follow, and a meter value may be a minute old: what was measured before the limit was confirmed
says nothing, and what is below a limit that was in force `disobeyed_s` ago is no disobedience yet.
"""

from collections.abc import Iterable
from math import isfinite
from typing import Final

from knx_ocpp_bridge.core import metering, sampling
from knx_ocpp_bridge.core.connector import Connector, Reminder
from knx_ocpp_bridge.core.events import MeterReading
from knx_ocpp_bridge.core.limits import NOMINAL_VOLTAGE_V
from knx_ocpp_bridge.core.metering import Reading
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.step import AlarmKind, Level
from knx_ocpp_bridge.core.turn import Turn, with_reminder
from knx_ocpp_bridge.core.watch import Means, Watch

_UNIT: Final = "unit of power"
_MOST_PAST: Final = 8
_ANSWERED_WITHIN_S: Final = 10.0
_SOON_S: Final = 0.1
_CURRENT_OFFERED: Final = "Current.Offered"
_POWER_OFFERED: Final = "Power.Offered"


def watched(turn: Turn, connector: Connector) -> Connector:
    """The connector whose current is looked at when `disobeyed_s` have passed; sooner if it is too high already."""
    due_s = turn.now.monotonic_s + connector.settings.disobeyed_s
    if connector.watch.above_since_s is not None:
        due_s = min(due_s, connector.reminders.get(Reminder.OBEY, due_s))
    return replace(connector, reminders=with_reminder(connector.reminders, Reminder.OBEY, due_s))


# What was measured and what is in force


def in_force(watch: Watch, limit_a: float | None, now_s: float, disobeyed_s: float) -> Watch:
    """The watch after the charger has confirmed another limit, in A per phase; None: it holds none that is known."""
    if limit_a == watch.limit_a:
        return watch
    if limit_a is None:
        return replace(watch, limit_a=None, since_s=now_s, past=(), above_since_s=None)
    before = () if watch.limit_a is None else ((watch.limit_a, now_s),)
    past = [one for one in (*watch.past, *before) if one[0] > limit_a and one[1] > now_s - disobeyed_s]
    if len(past) > _MOST_PAST:
        past.remove(min(past, key=lambda one: one[1]))
    above = watch.drawn_a is not None and is_above(watch.drawn_a, limit_a)
    since_s = watch.above_since_s if watch.above_since_s is not None else now_s
    return replace(watch, limit_a=limit_a, since_s=now_s, past=tuple(past), above_since_s=since_s if above else None)


def measured(watch: Watch, drawn_a: float, at_s: float, disobeyed_s: float) -> Watch:
    """The watch after a current was measured at that time; what is older than the newest changes nothing."""
    if watch.measured_at_s is not None and at_s < watch.measured_at_s:
        return watch
    after = replace(watch, drawn_a=drawn_a, measured_at_s=at_s)
    if watch.limit_a is None or at_s < watch.since_s:
        return after
    if not is_above(drawn_a, watch.limit_a):
        return replace(after, above_since_s=None)
    if not is_above(drawn_a, _allowed_a(watch, at_s, disobeyed_s)):
        return replace(after, above_since_s=watch.since_s)  # it keeps to what was in force before
    return after if watch.above_since_s is not None else replace(after, above_since_s=at_s)


def is_disobeyed(watch: Watch, at_s: float, disobeyed_s: float, not_before_s: float = 0.0) -> bool:
    """More than allowed was drawn, as far as `at_s` tells, for `disobeyed_s` and since `not_before_s`."""
    if watch.limit_a is None or watch.above_since_s is None or watch.measured_at_s is None or watch.drawn_a is None:
        return False
    measured_s = watch.measured_at_s
    if measured_s < watch.since_s or not is_above(watch.drawn_a, _allowed_a(watch, measured_s, disobeyed_s)):
        return False
    return measured_s >= not_before_s and at_s - max(watch.above_since_s, not_before_s) >= disobeyed_s


def _allowed_a(watch: Watch, at_s: float, disobeyed_s: float) -> float:
    """The highest limit that was in force within `disobeyed_s` before."""
    past = [limit_a for limit_a, until_s in watch.past if until_s > at_s - disobeyed_s]
    return max([watch.limit_a or 0.0, *past])


def is_above(drawn_a: float, limit_a: float) -> bool:
    """More flows than can be an error of the meter."""
    return drawn_a > limit_a + max(1.0, limit_a * 0.1)


# In the life of a charger


def heard(turn: Turn, connector: Connector, readings: tuple[MeterReading, ...], said: Reading) -> Connector:
    """The connector after its meter values; the turn looks further if they judge it."""
    watch = connector.watch
    offered_a = _offered_a(readings, connector.settings.phases)
    if offered_a is not None and watch.limit_a is not None and not watch.offers_follow:
        below = watch.limit_a < connector.settings.max_current_a and offered_a > 0.0
        watch = replace(watch, offers_follow=below and not is_above(offered_a, watch.limit_a))
    told = [one for one in (said.current_a, offered_a if watch.offers_follow else None) if one is not None]
    if not told or connector.hidden:
        return connector if watch is connector.watch else replace(connector, watch=watch)
    watch = measured(watch, max(told), _measured_at_s(turn, readings), connector.settings.disobeyed_s)
    if (watch.above_since_s is not None) != (connector.watch.above_since_s is not None) or connector.disobeys:
        turn.flows_only = False
    elif watch.above_since_s is not None:
        turn.flows_only = turn.flows_only and not _judged(connector, watch)
    return replace(connector, watch=watch)


def look(turn: Turn, connector: Connector) -> Connector:
    """The connector, as obedient as the newest measurement says; its watch knows what is in force."""
    now_s, disobeyed_s = turn.now.monotonic_s, connector.settings.disobeyed_s
    watch = in_force(connector.watch, connector.in_force_a, now_s, disobeyed_s)
    rests = connector.transaction is None or (connector.fresh and connector.status is not ConnectorStatus.CHARGING)
    if rests and watch.drawn_a and connector.reading.current_a == 0.0:
        watch = measured(watch, 0.0, now_s, disobeyed_s)  # row M11: what stood there before does not flow any more
    if watch is not connector.watch:
        connector = replace(connector, watch=watch)
    if watch.above_since_s is None:
        return over(turn, connector) if _is_over(connector) else connector
    if Reminder.OBEY not in connector.reminders:
        connector = watched(turn, connector)
    return _disobeying(turn, connector) if _judged(connector, watch) else connector


def obey(turn: Turn, connector: Connector) -> None:
    """`disobeyed_s` after a limit was accepted: the newest is asked for; if nothing comes, what was told counts."""
    watch, now_s = connector.watch, turn.now.monotonic_s
    odd = metering.oddity(connector.reading)
    if odd and _UNIT not in turn.charger.hinted:
        turn.charger = replace(turn.charger, hinted=turn.charger.hinted | {_UNIT})
        turn.note(Level.WARNING, connector.id, odd)
    if connector.in_force_a is None or (connector.transaction is None and watch.above_since_s is None):
        return
    connector = watched(turn, connector)
    if watch.above_since_s is None:
        turn.put(_asked(turn, connector) if _is_unknown(connector) else connector)
        return
    due_s = max(watch.above_since_s, connector.pressure.taken_at_s) + connector.settings.disobeyed_s
    if now_s < due_s:
        reminders = with_reminder(connector.reminders, Reminder.OBEY, due_s)
        turn.put(replace(connector, reminders=reminders))
    elif Reminder.METER in connector.reminders and watch.asked_at_s < due_s:
        asked = _asked(turn, connector)
        reminders = with_reminder(asked.reminders, Reminder.OBEY, now_s + _ANSWERED_WITHIN_S)
        turn.put(replace(asked, reminders=reminders))
    elif is_disobeyed(watch, now_s, connector.settings.disobeyed_s):
        turn.put(_disobeying(turn, connector))
    else:
        turn.put(connector)


def _is_unknown(connector: Connector) -> bool:
    """A fuse may depend on it, and nothing was measured since the limit is in force."""
    watch, charges = connector.watch, connector.status is ConnectorStatus.CHARGING
    if not (charges and connector.settings.escalates and Reminder.METER in connector.reminders):
        return False
    return watch.asked_at_s < watch.since_s and (watch.measured_at_s or 0.0) < watch.since_s


def _asked(turn: Turn, connector: Connector) -> Connector:
    """The connector that is asked for its meter values at once."""
    reminders = with_reminder(connector.reminders, Reminder.METER, turn.now.monotonic_s + _SOON_S)
    watch = replace(connector.watch, asked_at_s=turn.now.monotonic_s)
    return replace(connector, watch=watch, reminders=reminders, meter_seen=connector.reading)


def over(turn: Turn, connector: Connector, why: str = "what flows keeps to the limit again") -> Connector:
    """The connector that obeys, or has nothing to obey any more."""
    if not connector.disobeys:
        return connector
    if connector.pressure.means < Means.ZERO:
        turn.alarm(AlarmKind.LIMIT_DISOBEYED, connector.id, why, over=True)
    else:
        turn.note(Level.WARNING, connector.id, f"{why}; it stays without current")
    return replace(connector, disobeys=False, watch=replace(connector.watch, unheeded=False))


def _is_over(connector: Connector) -> bool:
    """What was measured since the limit is in force keeps to it; or nothing charges, so that nothing has to."""
    watch = connector.watch
    if connector.transaction is None and not connector.charges_freely:
        return True
    if watch.unheeded or watch.limit_a is None or watch.drawn_a is None or watch.measured_at_s is None:
        return False
    if watch.measured_at_s < watch.since_s or is_above(watch.drawn_a, watch.limit_a):
        return False
    # At the same moment it may have been measured before; but what does not flow any more has ended by that.
    return watch.measured_at_s > watch.since_s or watch.drawn_a == 0.0


def _disobeying(turn: Turn, connector: Connector) -> Connector:
    if connector.disobeys:
        return connector
    watch = connector.watch
    text = f"the charger accepted {watch.limit_a:g} A, but {watch.drawn_a:.1f} A flow: it does not obey the limit"
    if connector.pressure.means < Means.ZERO:
        turn.alarm(AlarmKind.LIMIT_DISOBEYED, connector.id, text)
    else:
        turn.note(Level.WARNING, connector.id, text)
    return replace(connector, disobeys=True)


def _judged(connector: Connector, watch: Watch) -> bool:
    """The newest measurement itself tells that it does not obey."""
    at_s = watch.measured_at_s
    return at_s is not None and is_disobeyed(watch, at_s, connector.settings.disobeyed_s)


def _measured_at_s(turn: Turn, readings: tuple[MeterReading, ...]) -> float:
    """By the charger's own clock where that can be believed, else now."""
    now, at = turn.now, readings[-1].at
    if at is None or not sampling.plausible(at, now) or sampling.is_behind(turn, at):
        return now.monotonic_s
    return now.monotonic_s - max(0.0, (now.utc - at).total_seconds())


def _offered_a(readings: Iterable[MeterReading], phases: int) -> float | None:
    """What the charger says to offer to the car, per phase; None: it does not say."""
    offered = None
    for reading in readings:
        for sample in reading.samples:
            if not isfinite(sample.value):
                continue
            if sample.measurand == _CURRENT_OFFERED:
                offered = sample.value if sample.phase is None else max(sample.value, offered or 0.0)
            elif sample.measurand == _POWER_OFFERED:
                offered = sample.value / (NOMINAL_VOLTAGE_V * phases) if offered is None else offered
    return offered
