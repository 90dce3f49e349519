"""Limits on their way into the charger: what is sent when, and what the charger has confirmed.

A profile is never sent twice within a minute, a new value not within five seconds of the last, except that
0 A goes at once; what was refused or not answered is tried again ever more seldom, and what is kept in flash memory
not at all without news (rows S4, S5, S7, S9-S15, S19, S21).
"""

from math import inf
from typing import Final, assert_never

from knx_ocpp_bridge.core import abilities, holding, limits, stopping, ways
from knx_ocpp_bridge.core.commands import (
    ChangeAvailability,
    ChangeConfiguration,
    GetConfiguration,
    ProfilePurpose,
    RateUnit,
    SetProfile,
)
from knx_ocpp_bridge.core.connector import Connector, LimitCommand, Reminder, Slot
from knx_ocpp_bridge.core.events import Outcome, Replied
from knx_ocpp_bridge.core.obedience import watched
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.state import Charger, Question
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.turn import Turn, with_reminder

_RESUMED_WITHIN_S: Final = 60.0
_FIRST_REST_S: Final = 60.0
_LONGEST_REST_S: Final = 900.0
_MOST_LASTING_TRIES: Final = 5
_DROPS: Final = 3
_LONGEST_ANSWER: Final = 120
_LEFT_ALONE_FOR_S: Final = 600.0
_SILENCES: Final = frozenset({Outcome.TIMED_OUT, Outcome.LOST})
_DONE: Final = frozenset({"Accepted", "Scheduled"})
LIMIT_BY: Final = "limit_by"
RATE_UNIT: Final = "rate_unit"
TX_PROFILE: Final = "tx_profile"
_NONE: Final = "none"


def wanted(charger: Charger, connector: Connector) -> limits.Limit:
    """The current that this connector is to have, as far as this charger knows it, and why."""
    return holding.held(connector, limits.wanted(connector.settings, connector.wishes, charger.flags))


def wanted_a(charger: Charger, connector: Connector) -> float:
    """The current that this connector is to have, as far as this charger knows it, in A."""
    return wanted(charger, connector).current_a


def is_settled(charger: Charger, connector: Connector) -> bool:
    """True if the charger has confirmed exactly what is wanted, for the next transaction and for the open one."""
    limit_a = wanted_a(charger, connector)
    takes_tx = ways.takes_tx(charger, connector, limit_a)
    return _holds(connector.default, limit_a) and (not takes_tx or _holds(connector.tx, limit_a))


def send_what_differs(turn: Turn, connector: Connector) -> None:
    """Each limit that is not as wanted becomes one command, that of the open transaction first."""
    charger = turn.charger
    way = ways.way_of(charger)
    if way is None or is_settled(charger, connector) or (charger.settings.quiet and connector.limit is None):
        return
    if connector.limit is None and charger.unlimited_until_s > turn.now.monotonic_s:
        if connector.reminders.get(Reminder.PROFILE) != charger.unlimited_until_s:
            due = with_reminder(connector.reminders, Reminder.PROFILE, charger.unlimited_until_s)
            turn.put(replace(connector, reminders=due))
        return
    limit_a = wanted_a(charger, connector)
    waits: list[float] = []
    tx, default = connector.tx, connector.default
    if ways.takes_tx(charger, connector, limit_a):
        tx = _sent(turn, tx, ways.tx_command(turn, connector, limit_a), limit_a, waits)
    default = _sent(turn, default, ways.default_command(turn, connector, way, limit_a), limit_a, waits)
    reminders = with_reminder(connector.reminders, Reminder.PROFILE, min(waits)) if waits else connector.reminders
    if tx is not connector.tx or default is not connector.default or reminders != connector.reminders:
        turn.put(replace(connector, tx=tx, default=default, reminders=reminders))


def tell_what_is_settled(turn: Turn, connector: Connector) -> None:
    """Tell whoever wished for the limit, once all that was wanted is confirmed, or once it never can be."""
    wish = connector.limit
    if wish is None:
        return
    if not ways.can_limit(turn.charger):
        _fail(turn, connector, CommandResult.NOT_SUPPORTED, "the charger cannot be limited", keep=False)
        return
    if not is_settled(turn.charger, connector):
        return
    turn.put(replace(connector, limit=None))
    limit = limits.wanted(connector.settings, connector.wishes, turn.charger.flags)
    if limits.wanted(connector.settings, wish.before, turn.charger.flags).current_a == limit.current_a:
        turn.again.add((connector.id, wish.key))
    turn.succeed(connector.id, wish.number, f"{limit.current_a:g} A is in force ({limit.words})")


def answered(turn: Turn, event: Replied, command: LimitCommand) -> bool:
    """The charger's word on a limit: in force, or the next way, or told that it cannot. False: it is on no limit.

    One that comes too late still counts if the charger has taken the limit (row F12).
    """
    late = event.outcome is Outcome.ANSWERED and event.status in _DONE
    for connector in turn.outlets():
        is_tx = isinstance(command, SetProfile) and command.purpose is ProfilePurpose.TX
        slot = connector.tx if is_tx else connector.default
        if slot.sent != command or not (slot.awaited or late):
            continue
        said = event.status or event.detail or event.outcome.value
        slot = replace(slot, awaited=False, answer=said[:_LONGEST_ANSWER])
        turn.charger = replace(turn.charger, dropped=0)
        match command:
            case GetConfiguration():
                _key_read(turn, connector, slot, event)
            case SetProfile() | ChangeConfiguration() | ChangeAvailability():
                _told(turn, connector, slot, event, is_tx=is_tx)
            case _:
                assert_never(command)
        return True
    return False


def unit_answered(turn: Turn, event: Replied) -> None:
    """ChargingScheduleAllowedChargingRateUnit: a charger that wants W alone gets W (row S7)."""
    value, _ = abilities.configuration(event.detail).get(Question.RATE_UNIT.value.casefold(), ("", True))
    units = {word[:1] for word in abilities.words(value)}
    if units not in ({"p"}, {"w"}):
        return
    abilities.learn(turn, RATE_UNIT, RateUnit.WATT.value)
    begin_anew(turn)


def begin_anew(turn: Turn) -> None:
    """The charger is told its limits in another form from now on: whatever it has confirmed is doubtful."""
    turn.charger = replace(turn.charger, way=0)
    for connector in turn.outlets():
        default, tx = connector.default, connector.tx
        default = replace(default, awaited=False, doubtful=True, rests_until_s=0.0, tries=0)
        tx = replace(tx, awaited=False, refused=False, doubtful=tx.confirmed_a is not None, rests_until_s=0.0)
        turn.put(replace(connector, default=default, tx=tx))


def doubted(slot: Slot) -> Slot:
    """The limit after the charger has started anew: profiles may be lost, a configuration key is not (row S19)."""
    kept = slot.sent is not None and not isinstance(slot.sent, SetProfile)
    doubtful = slot.doubtful or (not kept and slot.confirmed_a is not None)
    return replace(slot, doubtful=doubtful, awaited=False, rests_until_s=0.0, tries=0)


def dropped(turn: Turn) -> None:
    """Row O4: a charger that drops the connection each time it is sent a profile is left alone for a while."""
    charger = turn.charger
    asked = [one.default.sent for one in charger.connectors.values() if one.default.awaited]
    if charger.abilities.get(LIMIT_BY) or not any(isinstance(one, SetProfile) for one in asked):
        return
    turn.charger = replace(charger, dropped=charger.dropped + 1)
    if turn.charger.dropped >= _DROPS:
        until_s = turn.now.monotonic_s + _LEFT_ALONE_FOR_S
        turn.charger = replace(turn.charger, dropped=0, unlimited_until_s=until_s)
        text = (
            f"it dropped the connection {_DROPS} times when it was sent a limit; if it takes none: flags.limit_by none"
        )
        turn.note(Level.WARNING, None, text)


def _known_to_work(charger: Charger) -> bool:
    way = ways.way_of(charger)
    return way is not None and charger.abilities.get(LIMIT_BY) == way.name


def _holds(slot: Slot, limit_a: float) -> bool:
    return slot.confirmed_a == limit_a and not slot.doubtful and not slot.awaited


def _sent(turn: Turn, slot: Slot, command: LimitCommand, limit_a: float, waits: list[float]) -> Slot:
    if slot.awaited or _holds(slot, limit_a):
        return slot
    now_s = turn.now.monotonic_s
    goes_s = ways.goes_at_s(slot, command, limit_a)
    if goes_s > now_s:
        waits += [goes_s] if goes_s < inf else []
        return slot
    turn.commands.append(command)
    written_at_s = now_s if isinstance(command, ChangeConfiguration) else slot.written_at_s
    tries = slot.tries if slot.sent_a == limit_a else 0
    return replace(
        slot,
        sent=command,
        sent_a=limit_a,
        sent_at_s=now_s,
        written_at_s=written_at_s,
        awaited=True,
        tries=tries,
        refused=False,
    )


def _told(turn: Turn, connector: Connector, slot: Slot, event: Replied, *, is_tx: bool) -> None:
    if event.outcome is Outcome.ANSWERED and event.status in _DONE:
        _accepted(turn, connector, slot, event, is_tx=is_tx)
    elif event.outcome in _SILENCES:
        _timed_out(turn, connector, slot, is_tx=is_tx)
    elif is_tx:
        _tx_refused(turn, connector, slot, event)
    elif isinstance(slot.sent, SetProfile):
        _refused(turn, connector, slot, event)
    else:
        _value_refused(turn, replace(connector, default=slot), slot, event)


def _accepted(turn: Turn, connector: Connector, slot: Slot, event: Replied, *, is_tx: bool) -> None:
    if isinstance(slot.sent, ChangeAvailability):
        _operated(turn, connector, slot, slot.sent, event)
        return
    before_a = connector.in_force_a
    confirmed = replace(slot, confirmed_a=slot.sent_a, doubtful=False, rests_until_s=0.0, tries=0)
    if is_tx:
        after = replace(connector, tx=confirmed)
    else:
        after = replace(connector, default=confirmed)
        way = ways.way_of(turn.charger)
        if way is not None and way.purpose is not None:
            abilities.learn(turn, LIMIT_BY, way.name)
            # What works comes first in the order from now on.
            turn.charger = replace(turn.charger, way=ways.order(turn.charger).index(way))
    if after.transaction is not None:
        after = watched(turn, after)
        if before_a == 0.0 and after.in_force_a != before_a:
            resumed_s = turn.now.monotonic_s + _RESUMED_WITHIN_S
            after = replace(after, reminders=with_reminder(after.reminders, Reminder.RESUME, resumed_s))
    turn.put(after)


def _operated(turn: Turn, connector: Connector, slot: Slot, sent: ChangeAvailability, event: Replied) -> None:
    """Row S10: 0 A is in force when the connector is Inoperative; a transaction that goes on is stopped."""
    if sent.operative:
        turn.put(replace(connector, default=replace(slot, inoperative=False, confirmed_a=None, tries=0)))
        return
    held = replace(slot, inoperative=True, confirmed_a=0.0, doubtful=False, tries=0)
    after = replace(connector, default=held, tx=Slot(transaction=connector.tx.transaction))
    transaction = connector.transaction
    if transaction is not None and event.status == "Scheduled" and connector.stop is None:
        after = stopping.wanting_a_stop(turn, after, transaction.id)
    turn.put(after)


def _key_read(turn: Turn, connector: Connector, slot: Slot, event: Replied) -> None:
    """What the key holds already; if that cannot be read it is written all the same (rows K3, S15)."""
    if event.outcome in _SILENCES:
        _timed_out(turn, connector, slot, is_tx=False)
        return
    flags = turn.charger.flags
    text, readonly = abilities.configuration(event.detail).get(flags.limit_key.casefold(), ("", False))
    if readonly:
        turn.charger = replace(turn.charger, way=turn.charger.way + 1)
        turn.put(replace(connector, default=slot))
        turn.note(Level.WARNING, connector.id, f"{flags.limit_key} cannot be written: the charger cannot be limited")
        return
    try:
        held_a: float | None = round(float(text) / flags.limit_key_factor, 1)
    except (ValueError, OverflowError):
        held_a = None
    if held_a is not None and 0.0 <= held_a < inf:
        slot = replace(slot, confirmed_a=held_a, doubtful=False, tries=0)
    turn.put(replace(connector, default=slot))


def _timed_out(turn: Turn, connector: Connector, slot: Slot, *, is_tx: bool) -> None:
    unsure = replace(slot, doubtful=slot.confirmed_a is not None)
    now_s = turn.now.monotonic_s
    if is_tx:
        # It may hold what it was told: the next value is for this profile too.
        tx = replace(_rested(unsure, now_s), refused=slot.confirmed_a is None, doubtful=True)
        after = replace(connector, tx=tx)
    elif not isinstance(slot.sent, SetProfile):
        # It may have been written: it is read before it is written again.
        lost = replace(_rested(unsure, now_s), confirmed_a=None)
        after = replace(connector, default=lost)
    elif _known_to_work(turn.charger):
        after = replace(connector, default=_rested(unsure, now_s))
    else:
        way = turn.charger.way + 1
        after = replace(connector, default=unsure)
        if way >= len(ways.order(turn.charger)):
            # Silence is no refusal: after the last way the first one is tried again, but not at once.
            way = 0
            after = replace(connector, default=_rested(unsure, now_s))
        turn.charger = replace(turn.charger, way=way)
    _fail(turn, after, CommandResult.TIMED_OUT, "the charger did not answer the limit", keep=True)


def _rested(slot: Slot, now_s: float, *, refused: bool = False) -> Slot:
    """The same value once more, but later each time; what goes to flash memory not without news."""
    tries = slot.tries + 1
    lasting = ways.is_lasting(slot.sent) and (refused or tries >= _MOST_LASTING_TRIES)
    rest_s = inf if lasting else min(_FIRST_REST_S * 2.0 ** min(tries - 1, 8), _LONGEST_REST_S)
    return replace(slot, rests_until_s=now_s + rest_s, tries=tries)


def _tx_refused(turn: Turn, connector: Connector, slot: Slot, event: Replied) -> None:
    if slot.confirmed_a is not None:
        _value_refused(turn, replace(connector, tx=slot), slot, event)
        return
    if event.outcome is Outcome.NOT_SUPPORTED or event.status == "NotSupported":
        abilities.learn(turn, TX_PROFILE, abilities.NO)
    turn.note(Level.INFO, connector.id, "the charger takes no TxProfile; its default holds")
    turn.put(watched(turn, replace(connector, tx=replace(slot, refused=True))))


def _refused(turn: Turn, connector: Connector, slot: Slot, event: Replied) -> None:
    after = replace(connector, default=slot)
    charger = turn.charger
    if event.outcome is Outcome.NOT_SUPPORTED:
        abilities.learn(turn, LIMIT_BY, _NONE)
        turn.charger = replace(turn.charger, way=len(ways.WAYS))
        if _stops_the_car(after):
            _stop_instead(turn, after)
            return
        reason = "this charger has no smart charging; it cannot be limited"
        _fail(turn, after, CommandResult.NOT_SUPPORTED, reason, keep=False)
        return
    if slot.confirmed_a is not None or _known_to_work(charger):
        _value_refused(turn, after, slot, event)
        return
    if Question.RATE_UNIT not in charger.asked and charger.flags.rate_unit == "auto" and not charger.settings.quiet:
        turn.charger = replace(charger, asked=charger.asked | {Question.RATE_UNIT})
        turn.commands.append(GetConfiguration((Question.RATE_UNIT.value,)))
    turn.charger = replace(turn.charger, way=charger.way + 1)
    turn.note(Level.INFO, connector.id, f"the charger refused a charging profile ({event.status or event.detail})")
    if ways.can_limit(turn.charger):
        turn.put(after)
    else:
        result = CommandResult.NOT_SUPPORTED if event.status == "NotSupported" else CommandResult.REJECTED
        _fail(turn, after, result, "the charger refused the limit in every form", keep=False)


def _value_refused(turn: Turn, connector: Connector, slot: Slot, event: Replied) -> None:
    """A charger that takes limits refuses this one: what held before holds again."""
    if slot.sent_a == 0.0 and _stops_the_car(connector):
        _stop_instead(turn, connector)
        return
    rested = _rested(slot, turn.now.monotonic_s, refused=True)
    if event.status == "RebootRequired":
        # It is written and does not act yet: after the restart it is read.
        reason = f"{slot.sent_a:g} A come into force only when the charger is restarted"
        after = replace(connector, default=replace(rested, confirmed_a=None))
        _fail(turn, after, CommandResult.REJECTED, reason, keep=True)
        return
    is_tx = isinstance(slot.sent, SetProfile) and slot.sent.purpose is ProfilePurpose.TX
    if slot.doubtful and slot.sent_a == slot.confirmed_a and not is_tx:
        # It took this before, and after a boot or a silence it does not: nobody knows what holds.
        rested = replace(rested, confirmed_a=None)
    after = replace(connector, tx=rested) if is_tx else replace(connector, default=rested)
    reason = f"the charger refuses {slot.sent_a:g} A ({event.status or event.detail})"
    _fail(turn, after, CommandResult.REJECTED, reason, keep=False)


def _stops_the_car(connector: Connector) -> bool:
    """0 A stands for a stop that somebody wished for by `charging`."""
    by_charging = connector.limit is not None and connector.limit.key == "charging"
    return by_charging and connector.wishes.paused and connector.transaction is not None


def _stop_instead(turn: Turn, connector: Connector) -> None:
    """0 A is refused although limits are taken (row S10): a stop by pause becomes a real stop."""
    transaction, wish = connector.transaction, connector.limit
    if transaction is None or wish is None:
        return
    unpaused = replace(connector, wishes=replace(connector.wishes, paused=False), limit=None)
    turn.keep(stopping.wanting_a_stop(turn, unpaused, transaction.id, wish.number))
    turn.note(Level.WARNING, connector.id, "the charger refused 0 A: the transaction is stopped instead")


def _fail(turn: Turn, connector: Connector, result: CommandResult, reason: str, *, keep: bool) -> None:
    wish = connector.limit
    if wish is None:
        turn.put(connector)
        turn.note(Level.WARNING, connector.id, f"max_current: {reason}")
        return
    if not keep:
        connector = replace(connector, wishes=wish.before, wishers=wish.before_by)
    turn.keep(replace(connector, limit=None))
    turn.fail(connector.id, wish.key, wish.number, result, reason)
