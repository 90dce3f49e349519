"""Limits on their way into the charger: what is sent when, and what the charger has confirmed.

A profile is never sent twice within a minute, a new value not within five seconds of the last, except that 0 A goes at
once, and everything after a boot; what was refused or not answered is tried again ever more seldom, and what is kept in
flash memory not at all without news (rows S4, S5, S7, S9-S15, S19, S21).
"""

from math import inf
from typing import Final, assert_never

from knx_ocpp_bridge.core import abilities, holding, leases, limits, refusals, stopping, ways
from knx_ocpp_bridge.core.ceilings import ceilings
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
from knx_ocpp_bridge.core.leases import LEASES, Aim
from knx_ocpp_bridge.core.obedience import watched
from knx_ocpp_bridge.core.refusals import LIMIT_BY
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.state import Charger, Question
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.turn import Turn, with_reminder, without

_RESUMED_WITHIN_S: Final = 60.0
_DROPS: Final = 3
_LONGEST_ANSWER: Final = 120
_LEFT_ALONE_FOR_S: Final = 600.0
_SILENCES: Final = frozenset({Outcome.TIMED_OUT, Outcome.LOST})
_DONE: Final = frozenset({"Accepted", "Scheduled"})
RATE_UNIT: Final = "rate_unit"


def wanted(charger: Charger, connector: Connector) -> limits.Limit:
    """The current that this connector is to have, as far as this charger knows it, and why."""
    caps = ceilings(charger, connector)
    return holding.held(connector, limits.wanted(connector.settings, connector.wishes, charger.flags, caps))


def wanted_a(charger: Charger, connector: Connector) -> float:
    """The current that this connector is to have, as far as this charger knows it, in A."""
    return wanted(charger, connector).current_a


def is_settled(charger: Charger, connector: Connector) -> bool:
    """True if the charger has confirmed exactly what is wanted, for the next transaction and for the open one.

    Where limits end by themselves it is to hold its resting limit for the next one.
    """
    return _is_settled(charger, connector, leases.aim(charger, connector, wanted_a(charger, connector)))


def phases_in_force(connector: Connector) -> int | None:
    """The `numberPhases` that is confirmed for what flows; None: it charges as it is wired."""
    if not connector.settings.can_switch_phases:
        return None
    slot = connector.default if connector.tx.confirmed_a is None else connector.tx
    return (slot.phases or None) if slot.confirmed_a is not None else None


def judged(charger: Charger, connector: Connector) -> tuple[limits.Limit, bool]:
    """`wanted` and `is_settled` at the cost of one of them."""
    limit = wanted(charger, connector)
    return limit, _is_settled(charger, connector, leases.aim(charger, connector, limit.current_a))


def in_words(charger: Charger, connector: Connector) -> str:
    """What is in force once everything is settled."""
    limit, in_force_a = wanted(charger, connector), connector.in_force_a
    if in_force_a is None or in_force_a == limit.current_a:
        return f"{limit.current_a:g} A is in force ({limit.words})"
    return f"{limit.current_a:g} A for the next charge ({limit.words}); {in_force_a:g} A until it begins (fail-safe)"


def send_what_differs(turn: Turn, connector: Connector) -> None:
    """Each limit that is not as wanted, or is to be renewed, becomes one command, that of the transaction first."""
    charger, now_s = turn.charger, turn.now.monotonic_s
    way = ways.way_of(charger)
    if way is None or (charger.settings.quiet and connector.limit is None):
        return
    aim = leases.aim(charger, connector, wanted_a(charger, connector))
    settled = _is_settled(charger, connector, aim)
    renewal_s = None if aim.lease_s is None else leases.renewal_at_s(connector)
    if settled and (renewal_s is None or renewal_s > now_s):
        _nothing_to_send(turn, connector, renewal_s)
        return
    if connector.limit is None and charger.unlimited_until_s > now_s:
        _look_again(turn, connector, charger.unlimited_until_s)
        return
    waits: list[float] = []
    tx, default = connector.tx, connector.default
    if ways.takes_tx(charger, connector, aim.tx_a):
        command = ways.tx_command(turn, connector, aim.tx_a, aim.lease_s)
        if settled or not (_holds(turn.charger, connector, tx, aim.tx_a) and leases.ends_as_meant(tx, aim)):
            tx = _sent(turn, connector, tx, command, aim.tx_a, waits)
    if not _holds(charger, connector, default, aim.default_a):
        standing = ways.default_command(turn, connector, way, aim.default_a)
        default = _sent(turn, connector, default, standing, aim.default_a, waits)
    if tx is not connector.tx or default is not connector.default:
        connector = replace(connector, tx=tx, default=default)
        turn.put(connector)
    if waits:
        _look_again(turn, connector, min(waits))


def tell_what_is_settled(turn: Turn, connector: Connector) -> None:
    """Tell whoever wished for the limit, once all that was wanted is confirmed, or once it never can be."""
    wish = connector.limit
    if wish is None:
        return
    if not ways.can_limit(turn.charger):
        refusals.fail(turn, connector, CommandResult.NOT_SUPPORTED, "the charger cannot be limited", keep=False)
        return
    if not is_settled(turn.charger, connector):
        return
    turn.put(replace(connector, limit=None))
    if wanted_a(turn.charger, replace(connector, wishes=wish.before)) == wanted_a(turn.charger, connector):
        turn.again.add((connector.id, wish.key))
    turn.succeed(connector.id, wish.number, in_words(turn.charger, connector))


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
    anew = replace(slot, doubtful=doubtful, awaited=False, rests_until_s=0.0, tries=0)
    return anew if kept or slot.sent is None else replace(anew, feared_a=inf, feared_until_s=inf)


def booted(slot: Slot) -> Slot:
    """The limit after a boot: what may be lost is said again at once, and as often as the charger boots."""
    return replace(doubted(slot), booted=isinstance(slot.sent, SetProfile))


def unanswered(connector: Connector, slot: Slot) -> Slot:
    """The limit when the connection is gone: what was asked on it will not be answered."""
    if not slot.awaited:
        return slot
    lost = refusals.feared(slot)
    other = connector.settings.fail_safe_a is not None and slot.sent_a != slot.confirmed_a
    return replace(lost, doubtful=slot.doubtful or (other and slot.confirmed_a is not None))


def told_again(connector: Connector) -> Connector:
    """The connector of a charger that has just come back: in a circuit it is told its limits before all else."""
    if connector.settings.fail_safe_a is None:
        return connector
    default, tx = connector.default, connector.tx
    if default.confirmed_a is not None and isinstance(default.sent, SetProfile):
        default = replace(default, doubtful=True)
    if tx.confirmed_a is not None:
        tx = replace(tx, doubtful=True)
    return (
        connector if (default, tx) == (connector.default, connector.tx) else replace(connector, default=default, tx=tx)
    )


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


def _is_settled(charger: Charger, connector: Connector, aim: Aim) -> bool:
    if not _holds(charger, connector, connector.default, aim.default_a):
        return False
    if not ways.takes_tx(charger, connector, aim.tx_a):
        return True
    return _holds(charger, connector, connector.tx, aim.tx_a) and leases.ends_as_meant(connector.tx, aim)


def _holds(charger: Charger, connector: Connector, slot: Slot, limit_a: float) -> bool:
    if slot.confirmed_a != limit_a or slot.doubtful:
        return False
    if isinstance(slot.sent, SetProfile) and slot.phases != ways.phases_told(charger, connector):
        return False
    renews = slot.ends_at_s < inf and slot.sent_a == limit_a
    return not slot.awaited or renews


def _nothing_to_send(turn: Turn, connector: Connector, renewal_s: float | None) -> None:
    if connector.urgent:
        connector = replace(connector, urgent=False)
        turn.put(connector)
    if renewal_s is not None:
        _look_again(turn, connector, renewal_s)


def _look_again(turn: Turn, connector: Connector, at_s: float) -> None:
    if connector.reminders.get(Reminder.PROFILE) != at_s:
        turn.put(replace(connector, reminders=with_reminder(connector.reminders, Reminder.PROFILE, at_s)))


def _sent(
    turn: Turn, connector: Connector, slot: Slot, command: LimitCommand, limit_a: float, waits: list[float]
) -> Slot:
    if slot.awaited:
        return slot
    now_s = turn.now.monotonic_s
    goes_s = ways.goes_at_s(slot, command, limit_a, urgent=connector.urgent)
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
        booted=False,
        tries=tries,
        refused=False,
    )


def _told(turn: Turn, connector: Connector, slot: Slot, event: Replied, *, is_tx: bool) -> None:
    if event.outcome is Outcome.ANSWERED and event.status in _DONE:
        _accepted(turn, connector, slot, event, is_tx=is_tx)
    elif event.outcome in _SILENCES:
        refusals.timed_out(turn, connector, slot, is_tx=is_tx)
    elif is_tx:
        refusals.tx_refused(turn, connector, slot, event)
    elif isinstance(slot.sent, SetProfile):
        refusals.refused(turn, connector, slot, event)
    else:
        refusals.value_refused(turn, replace(connector, default=slot), slot, event)


def _accepted(turn: Turn, connector: Connector, slot: Slot, event: Replied, *, is_tx: bool) -> None:
    if isinstance(slot.sent, ChangeAvailability):
        _operated(turn, connector, slot, slot.sent, event)
        return
    before_a = connector.in_force_a
    confirmed = replace(
        slot,
        confirmed_a=slot.sent_a,
        doubtful=False,
        rests_until_s=0.0,
        tries=0,
        ends_at_s=leases.ends_at_s(slot),
        phases=slot.sent.number_phases if isinstance(slot.sent, SetProfile) else 0,
        feared_a=0.0,
        feared_until_s=-inf,
    )
    if is_tx:
        after = _leased(turn, connector, confirmed)
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


def _leased(turn: Turn, connector: Connector, tx: Slot) -> Connector:
    """The profile of the transaction is confirmed: whether it ends by itself is known of this firmware from now on."""
    if tx.ends_at_s < inf:
        abilities.learn(turn, LEASES, abilities.YES)
        return replace(connector, tx=tx, reminders=with_reminder(connector.reminders, Reminder.LEASE, tx.ends_at_s))
    if tx.plain:
        abilities.learn(turn, LEASES, abilities.NO)
    return replace(connector, tx=tx, reminders=without(connector.reminders, Reminder.LEASE))


def lease_ends(turn: Turn, connector: Connector) -> None:
    """A limit that ends by itself was not renewed: the resting limit is in force from now on."""
    tx = connector.tx
    if tx.ends_at_s > turn.now.monotonic_s or tx.confirmed_a is None:
        return
    turn.put(replace(connector, tx=replace(tx, confirmed_a=None, doubtful=False, ends_at_s=inf)))
    rest_a = connector.default.confirmed_a
    left = "its resting limit" if rest_a is None else f"{rest_a:g} A"
    turn.note(Level.WARNING, connector.id, f"{tx.confirmed_a:g} A could not be renewed: {left} until it is")


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
        refusals.timed_out(turn, connector, slot, is_tx=False)
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
