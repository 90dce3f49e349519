"""A charger that does not obey is pressed by one means after the other, each stronger than the last (rows S4, S5, S10).

Each has `disobeyed_s` to work and is judged by what is measured then. What is at 0 A, stopped or Inoperative stays so
until the car is unplugged or somebody commands it; Inoperative is remembered on disk, because it has to be undone.
What a person has made Inoperative is never undone here.
"""

from collections.abc import Callable
from typing import Final

from knx_ocpp_bridge.core import stopping, ways
from knx_ocpp_bridge.core.ceilings import ceilings
from knx_ocpp_bridge.core.commands import ChangeAvailability, ClearProfile, ProfilePurpose
from knx_ocpp_bridge.core.connector import Connector, Reminder, Slot
from knx_ocpp_bridge.core.events import Outcome, Replied
from knx_ocpp_bridge.core.obedience import is_above, is_disobeyed
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import ConnectorStatus, LimitReason, StopReason
from knx_ocpp_bridge.core.step import AlarmKind, Level
from knx_ocpp_bridge.core.turn import Turn, with_reminder
from knx_ocpp_bridge.core.values import CHARGE_POINT
from knx_ocpp_bridge.core.watch import UNPRESSED, Means, Pressure
from knx_ocpp_bridge.core.ways import Way

_DONE: Final = frozenset({"Accepted", "Scheduled"})
_AGAIN_AFTER_S: Final = 60.0
_LONGEST_REST_S: Final = 900.0
_MUST_HOLD: Final = frozenset(
    {
        LimitReason.CIRCUIT,
        LimitReason.WAITING,
        LimitReason.PEAK,
        LimitReason.UNBALANCED,
        LimitReason.FAIL_SAFE,
        LimitReason.GRID_OPERATOR,
    }
)
_WORDS: Final = {
    Means.TX_PROFILE: "its transaction is sent a profile of its own",
    Means.ANEW: "its profiles are cleared and set again",
    Means.OTHER_PURPOSE: "it is sent the limit as another kind of profile",
    Means.ZERO: "it is held at 0 A until the car is unplugged or charging is commanded again",
    Means.STOP: "its transaction is stopped",
    Means.SHUT: "it is made Inoperative until the car is unplugged, or charging or availability is set to 1",
}


# What follows


def is_to_be_pressed(connector: Connector) -> bool:
    """By the configuration; or more flows, as far as anybody knows, than the grid operator has ordered."""
    drawn_a = connector.watch.drawn_a
    return connector.settings.escalates or any(
        cap.kind is LimitReason.GRID_OPERATOR and (drawn_a is None or is_above(drawn_a, cap.current_a))
        for cap in connector.caps
    )


def next_means(charger: Charger, connector: Connector) -> Means | None:
    """The next stronger means that this charger could understand; None: all were tried.

    Where a fuse or an order is exceeded, only what helps at once is tried once before the transaction is stopped.
    """
    presses = _is_exceeded(charger, connector)
    possible = {
        Means.TX_PROFILE: _has_only_the_default(charger, connector) and not presses,
        Means.ANEW: _is_told_by_profile(charger),
        Means.OTHER_PURPOSE: _other_way(charger, connector.pressure) is not None,
        Means.ZERO: ways.can_limit(charger),
        Means.STOP: connector.transaction is not None and connector.stop is None,
        Means.SHUT: True,
    }
    known = connector.pressure.means
    if presses and known is not Means.NONE:
        known = max(known, Means.ZERO)
    if known is Means.OTHER_PURPOSE and possible[known]:
        return known
    return next((means for means, fits in possible.items() if means > known and fits), None)


def press(turn: Turn, connector: Connector) -> None:
    """A connector that still does not obey is pressed harder, once the last means has had its time."""
    charger, pressure = turn.charger, connector.pressure
    if not connector.disobeys or not is_to_be_pressed(connector) or charger.settings.quiet:
        return
    if not charger.registered or charger.link is None or charger.ready_at_s is not None or _is_told(turn, connector):
        return
    at_s = connector.watch.measured_at_s
    if at_s is None or not is_disobeyed(connector.watch, at_s, connector.settings.disobeyed_s, pressure.taken_at_s):
        return
    means = next_means(charger, connector)
    if means is not None:
        _take(turn, connector, means)


def stop_or_shut(turn: Turn, connector: Connector) -> None:
    """A connector that cannot be told its limit is stopped; where that has had its time, or nothing is open, shut."""
    stops = connector.transaction is not None and connector.stop is None and connector.pressure.means < Means.STOP
    if connector.pressure.means < Means.SHUT:
        _take(turn, connector, Means.STOP if stops else Means.SHUT)


def follow(turn: Turn, before: Connector | None, connector: Connector) -> None:
    """What was done is undone when the car is gone; what was begun goes on, also after a start of the bridge."""
    shut = connector.wishes.shut
    if shut and connector.pressure.means < Means.SHUT and not connector.pressure.opening:
        connector = replace(connector, pressure=replace(connector.pressure, means=Means.SHUT))
        turn.put(connector)
    if connector.pressure.means is Means.NONE and not shut:
        return
    pressure, said_at_s = connector.pressure, connector.tx.sent_at_s
    if pressure.pending and said_at_s >= pressure.taken_at_s:
        connector = replace(connector, pressure=replace(pressure, pending=False, taken_at_s=said_at_s))
        turn.put(connector)
    connector = _in_the_usual_way(turn, connector)
    if connector.plugged is False or _left(turn, before, connector):
        release(turn, connector, "the car is gone")
    elif connector.pressure.means is Means.STOP and connector.transaction is None:
        _take(turn, connector, Means.SHUT)
    _ask(turn, turn.connector(connector.id))


def abandon(turn: Turn, connector: Connector) -> None:
    """A connector that is not configured any more is left as it was found: Operative."""
    if connector.wishes.shut:
        release(turn, connector, "it is not configured any more")
        _ask(turn, turn.connector(connector.id))


def release(turn: Turn, connector: Connector, why: str) -> None:
    """Nobody is pressed any more; one that was made Inoperative is to be Operative again."""
    if connector.pressure.opening:
        return
    if connector.pressure.means >= Means.ZERO or connector.disobeys:
        turn.alarm(AlarmKind.LIMIT_DISOBEYED, connector.id, f"{why}: it is not held back any more", over=True)
    after = Pressure(opening=True) if connector.wishes.shut else UNPRESSED
    # It is judged anew, by what is measured from now on.
    watch = replace(connector.watch, above_since_s=None, unheeded_since_s=None, unheeded=False)
    turn.put(replace(connector, pressure=after, disobeys=False, watch=watch))


def commanded(turn: Turn, connector: Connector, *, operative: bool | None = None) -> Connector:
    """Somebody wants it to charge, or says whether it is available: from now on that counts, and not what was shut."""
    targets = turn.outlets() if connector.id == CHARGE_POINT else [connector]
    for one in targets:
        if one.pressure.means is Means.NONE and not one.wishes.shut:
            continue
        release(turn, one, "somebody commands it")
        if operative is not None:  # who said that makes it so
            opened = turn.connector(one.id)
            turn.keep(replace(opened, wishes=replace(opened.wishes, shut=False), pressure=UNPRESSED))
    return turn.connector(connector.id)


def answered(turn: Turn, event: Replied, command: ChangeAvailability) -> bool:
    """The charger's word on being Inoperative, or Operative again. False: it is not about that."""
    connector = turn.charger.connectors.get(command.connector)
    if connector is None or not _awaits(turn, connector, command):
        return False
    pressure = connector.pressure
    if event.outcome is Outcome.ANSWERED and event.status in _DONE:
        if pressure.opening:
            turn.note(Level.INFO, connector.id, "it is Operative again")
            turn.keep(replace(connector, wishes=replace(connector.wishes, shut=False), pressure=UNPRESSED))
        else:
            turn.put(replace(connector, pressure=replace(pressure, awaited=False)))
        return True
    rests_s = min(_AGAIN_AFTER_S * 2.0 ** min(pressure.tries, 8), _LONGEST_REST_S)
    again_s = turn.now.monotonic_s + rests_s
    reminders = with_reminder(connector.reminders, Reminder.SHUT, again_s)
    asked = replace(pressure, awaited=False, asked_on=None, rests_until_s=again_s, tries=pressure.tries + 1)
    turn.put(replace(connector, pressure=asked, reminders=reminders))
    word = "Operative" if command.operative else "Inoperative"
    said = event.status or event.detail or event.outcome.value
    turn.note(Level.WARNING, connector.id, f"it does not become {word} ({said}); it is asked again in {rests_s:g} s")
    return True


def _awaits(turn: Turn, connector: Connector, command: ChangeAvailability) -> bool:
    pressure = connector.pressure
    asked = pressure.awaited and pressure.asked_on == turn.charger.link
    return asked and command.operative == pressure.opening


def _ask(turn: Turn, connector: Connector) -> None:
    """Inoperative, or Operative again: asked once on each connection, and again a minute after a refusal."""
    charger, pressure = turn.charger, connector.pressure
    if not connector.wishes.shut or pressure.asked_on == charger.link:
        return
    if charger.settings.quiet and not pressure.opening:
        return
    if charger.link is None or not charger.registered or charger.ready_at_s is not None:
        return
    if pressure.rests_until_s > turn.now.monotonic_s:
        return
    if pressure.opening and connector.fresh and connector.status is ConnectorStatus.AVAILABLE:
        turn.keep(replace(connector, wishes=replace(connector.wishes, shut=False), pressure=UNPRESSED))
        return
    turn.commands.append(ChangeAvailability(connector.id, operative=pressure.opening))
    turn.put(replace(connector, pressure=replace(pressure, asked_on=charger.link, awaited=True)))


def _in_the_usual_way(turn: Turn, connector: Connector) -> Connector:
    """The limit goes as it did before where it was not taken as another kind of profile."""
    tried, default, now = connector.pressure.tried, connector.default, ways.way_of(turn.charger)
    if not tried or default.awaited or default.sent is None or (now is not None and now.name == tried[0]):
        return connector
    if now is not None and default.confirmed_a is not None and not default.tries:
        return connector
    order = ways.order(turn.charger)
    first = next((place for place, way in enumerate(order) if way.name == tried[0]), 0)
    turn.charger = replace(turn.charger, way=first)
    after = replace(connector, default=_forgotten(default))
    turn.put(after)
    return after


def _left(turn: Turn, before: Connector | None, connector: Connector) -> bool:
    """Its transaction has ended because the car was unplugged: an Inoperative connector may say so in no other way."""
    gone = None if before is None or connector.transaction is not None else before.transaction
    if gone is None:
        return False
    ended = next((one for one in turn.charger.ended if one.id == gone.id), None)
    return ended is not None and ended.reason is StopReason.EV_DISCONNECTED and not ended.assumed


# The means


def _take(turn: Turn, connector: Connector, means: Means) -> None:
    waits = means is Means.TX_PROFILE
    pressure = replace(connector.pressure, means=means, taken_at_s=turn.now.monotonic_s, pending=waits)
    pressed = replace(connector, pressure=pressure)
    turn.put(pressed)
    turn.note(Level.WARNING, connector.id, f"it does not obey: {_WORDS[means]}")
    _MEANS[means](turn, pressed)


def _tx_profile(turn: Turn, connector: Connector) -> None:
    tx = replace(connector.tx, refused=False, doubtful=False, rests_until_s=0.0, tries=0)
    turn.put(replace(connector, tx=tx))


def _anew(turn: Turn, connector: Connector) -> None:
    way = ways.way_of(turn.charger)
    if way is None or way.purpose is None:
        return
    if connector.tx.confirmed_a is not None:
        turn.commands.append(ClearProfile(connector.id, ProfilePurpose.TX))
    turn.commands.append(ClearProfile(CHARGE_POINT if way.on_charge_point else connector.id, way.purpose))
    turn.put(replace(connector, tx=_forgotten(connector.tx), default=_forgotten(connector.default)))


def _other_purpose(turn: Turn, connector: Connector) -> None:
    now, other = ways.way_of(turn.charger), _other_way(turn.charger, connector.pressure)
    if now is None or other is None:
        return
    if now.purpose is not None:
        turn.commands.append(ClearProfile(CHARGE_POINT if now.on_charge_point else connector.id, now.purpose))
    tried = (*(connector.pressure.tried or (now.name,)), other.name)
    pressure = replace(connector.pressure, tried=tried)
    turn.charger = replace(turn.charger, way=ways.order(turn.charger).index(other))
    turn.put(replace(connector, default=_forgotten(connector.default), pressure=pressure))


def _zero(turn: Turn, connector: Connector) -> None:
    """What is wanted is 0 A from now on (`core.holding`), and reconciliation says it."""
    tx, default = (replace(slot, rests_until_s=0.0, tries=0) for slot in (connector.tx, connector.default))
    turn.put(replace(connector, tx=tx, default=default))


def _stop(turn: Turn, connector: Connector) -> None:
    if connector.transaction is not None:
        turn.put(stopping.wanting_a_stop(turn, connector, connector.transaction.id))


def _shut(turn: Turn, connector: Connector) -> None:
    turn.keep(replace(connector, wishes=replace(connector.wishes, shut=True)))


_MEANS: Final[dict[Means, Callable[[Turn, Connector], None]]] = {
    Means.TX_PROFILE: _tx_profile,
    Means.ANEW: _anew,
    Means.OTHER_PURPOSE: _other_purpose,
    Means.ZERO: _zero,
    Means.STOP: _stop,
    Means.SHUT: _shut,
}


def _forgotten(slot: Slot) -> Slot:
    """What was sent is not in the charger any more; what it has confirmed may still hold."""
    return replace(slot, sent=None, awaited=False, doubtful=slot.confirmed_a is not None, rests_until_s=0.0, tries=0)


def _is_exceeded(charger: Charger, connector: Connector) -> bool:
    """More flows than a fuse can bear, or than somebody outside has ordered."""
    drawn_a = connector.watch.drawn_a
    if drawn_a is None:
        return False
    return any(cap.kind in _MUST_HOLD and is_above(drawn_a, cap.current_a) for cap in ceilings(charger, connector))


def _has_only_the_default(charger: Charger, connector: Connector) -> bool:
    takes = charger.flags.tx_profile and not charger.flags.limit_key
    return takes and connector.transaction is not None and connector.tx.confirmed_a is None and connector.tx.refused


def _other_way(charger: Charger, pressure: Pressure) -> Way | None:
    """Another kind of profile that has not been tried on it in this session."""
    now = ways.way_of(charger)
    if now is None or now.purpose is None:
        return None
    tried = {now.name, *pressure.tried}
    return next((way for way in ways.order(charger) if way.name not in tried), None)


def _is_told_by_profile(charger: Charger) -> bool:
    way = ways.way_of(charger)
    return way is not None and way.purpose is not None


def _is_told(turn: Turn, connector: Connector) -> bool:
    """Something of ours is on its way, or will be as soon as it may: it is judged when that is answered."""
    waits = connector.pressure.pending and turn.now.monotonic_s < connector.pressure.taken_at_s + _AGAIN_AFTER_S
    return waits or connector.tx.awaited or connector.default.awaited
