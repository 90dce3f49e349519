"""Charging profiles: how a limit gets into the charger, which ways are tried, and what it has confirmed.

A profile is never sent twice within a minute, a new value not within five seconds of the last, except that
0 A goes at once (rows S4, S5, S7, S9-S14, S19, S21).
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from knx_ocpp_bridge.core import limits
from knx_ocpp_bridge.core.commands import GetConfiguration, ProfilePurpose, RateUnit, RemoteStop, SetProfile
from knx_ocpp_bridge.core.connector import Alarm, Connector, Slot, StopWish
from knx_ocpp_bridge.core.events import Outcome, Replied
from knx_ocpp_bridge.core.facts import AbilityLearned
from knx_ocpp_bridge.core.settings import StopMode
from knx_ocpp_bridge.core.state import Charger, Question
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.transactions import STOP_AWAITED_FOR_S
from knx_ocpp_bridge.core.turn import Turn, with_alarm
from knx_ocpp_bridge.core.values import CHARGE_POINT

_SAME_AGAIN_AFTER_S: Final = 60.0
_NEXT_VALUE_AFTER_S: Final = 5.0
_OBEYED_WITHIN_S: Final = 30.0
_RESUMED_WITHIN_S: Final = 60.0
_STARTED_AGO: Final = timedelta(seconds=60)
"""Chargers want the start of a schedule in the past (row S3)."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of limiting a charger when no transaction is open."""

    purpose: ProfilePurpose
    on_charge_point: bool


WAYS: Final = (
    Way(ProfilePurpose.TX_DEFAULT, on_charge_point=False),
    Way(ProfilePurpose.CHARGE_POINT_MAX, on_charge_point=True),
    Way(ProfilePurpose.TX_DEFAULT, on_charge_point=True),
)
"""Tried in this order; those on the charge point only where it has one connector."""

PROFILE_WAY: Final = "profile_way"
RATE_UNIT: Final = "rate_unit"


def can_limit(charger: Charger) -> bool:
    """False once a charger has refused every way."""
    return _way(charger) < len(WAYS)


def is_settled(connector: Connector) -> bool:
    """True if the charger has confirmed exactly what is wanted, for the next transaction and for the open one."""
    wanted_a = limits.wanted(connector.settings, connector.wishes).current_a
    if connector.default.doubtful or connector.default.confirmed_a != wanted_a:
        return False
    if connector.transaction is None or connector.tx.refused:
        return True
    return connector.tx.confirmed_a == wanted_a and not connector.tx.doubtful


def send_what_differs(turn: Turn, connector: Connector) -> None:
    """Each profile that is not as wanted becomes one SetChargingProfile, the open transaction's first."""
    if not can_limit(turn.charger):
        return
    wanted_a = limits.wanted(connector.settings, connector.wishes).current_a
    waits: list[float] = []
    tx, default = connector.tx, connector.default
    if connector.transaction is not None and not tx.refused:
        tx = _sent(turn, connector, tx, ProfilePurpose.TX, wanted_a, waits)
    default = _sent(turn, connector, default, WAYS[_way(turn.charger)].purpose, wanted_a, waits)
    alarms = with_alarm(connector.alarms, Alarm.PROFILE, min(waits)) if waits else connector.alarms
    if tx is not connector.tx or default is not connector.default or alarms != connector.alarms:
        turn.put(replace(connector, tx=tx, default=default, alarms=alarms))


def answered(turn: Turn, event: Replied, command: SetProfile) -> None:
    """The charger's word on a profile: in force, or the next way, or told that it cannot."""
    for connector in turn.outlets():
        slot = _slot_of(turn.charger, connector, command)
        if slot is None:
            continue
        if event.outcome is Outcome.ANSWERED and event.status == "Accepted":
            _accepted(turn, connector, command, slot)
        elif event.outcome in {Outcome.TIMED_OUT, Outcome.LOST}:
            _timed_out(turn, connector, command, slot)
        elif command.purpose is ProfilePurpose.TX:
            turn.note(Level.INFO, connector.id, "the charger takes no TxProfile; its default holds")
            _finish(turn, replace(connector, tx=replace(slot, asked_a=None, refused=True)))
        else:
            _refused(turn, connector, slot, event)
        return


def unit_answered(turn: Turn, event: Replied) -> None:
    """ChargingScheduleAllowedChargingRateUnit: a charger that wants W alone gets W (row S7)."""
    words = event.detail.casefold()
    if "power" not in words and '"w"' not in words:
        return
    if "current" in words or '"a"' in words:
        return
    turn.facts.append(AbilityLearned(RATE_UNIT, RateUnit.WATT.value))
    turn.charger = replace(turn.charger, abilities={**turn.charger.abilities, RATE_UNIT: RateUnit.WATT.value}, way=0)
    for connector in turn.outlets():
        turn.put(replace(connector, default=_forgotten(connector.default), tx=_forgotten(connector.tx)))


def obey(turn: Turn, connector: Connector) -> None:
    """Half a minute after a limit was accepted, the current must be below it."""
    limit_a, current_a = connector.in_force_a, connector.reading.current_a
    if limit_a is None or current_a is None or connector.transaction is None:
        return
    if current_a > limit_a + max(1.0, limit_a * 0.1):
        text = f"the charger accepted {limit_a:g} A, but {current_a:.1f} A flow: it does not obey the limit"
        turn.note(Level.WARNING, connector.id, text)


def _way(charger: Charger) -> int:
    learned = charger.abilities.get(PROFILE_WAY, "")
    return max(charger.way, int(learned) if learned.isdigit() else 0)


def _sent(
    turn: Turn, connector: Connector, slot: Slot, purpose: ProfilePurpose, wanted_a: float, waits: list[float]
) -> Slot:
    if slot.asked_a is not None or (slot.confirmed_a == wanted_a and not slot.doubtful):
        return slot
    now_s = turn.now.monotonic_s
    if slot.sent_a is not None:
        gap_s = _SAME_AGAIN_AFTER_S if slot.sent_a == wanted_a else _NEXT_VALUE_AFTER_S * (wanted_a > 0)
        if slot.sent_at_s + gap_s > now_s:
            waits.append(slot.sent_at_s + gap_s)
            return slot
    turn.commands.append(_profile(turn, connector, purpose, wanted_a))
    return replace(slot, asked_a=wanted_a, sent_a=wanted_a, sent_at_s=now_s)


def _profile(turn: Turn, connector: Connector, purpose: ProfilePurpose, limit_a: float) -> SetProfile:
    unit = RateUnit(turn.charger.abilities.get(RATE_UNIT) or RateUnit.AMPERE.value)
    on_charge_point = purpose is not ProfilePurpose.TX and WAYS[_way(turn.charger)].on_charge_point
    transaction = connector.transaction
    return SetProfile(
        connector=CHARGE_POINT if on_charge_point else connector.id,
        purpose=purpose,
        limit=limit_a if unit is RateUnit.AMPERE else limits.in_watts(limit_a, connector.settings.phases),
        unit=unit,
        transaction=transaction.id if purpose is ProfilePurpose.TX and transaction is not None else None,
        start=turn.now.utc.replace(microsecond=0) - _STARTED_AGO,
    )


def _slot_of(charger: Charger, connector: Connector, command: SetProfile) -> Slot | None:
    if command.purpose is ProfilePurpose.TX:
        mine = connector.tx.transaction == command.transaction and connector.tx.asked_a is not None
        return connector.tx if mine else None
    if command.connector not in {CHARGE_POINT, connector.id} or connector.default.asked_a is None:
        return None
    return connector.default if command.purpose is WAYS[min(_way(charger), len(WAYS) - 1)].purpose else None


def _accepted(turn: Turn, connector: Connector, command: SetProfile, slot: Slot) -> None:
    before_a = connector.in_force_a
    confirmed = replace(slot, confirmed_a=slot.asked_a, asked_a=None, doubtful=False)
    if command.purpose is ProfilePurpose.TX:
        after = replace(connector, tx=confirmed)
    else:
        after = replace(connector, default=confirmed)
        way = str(_way(turn.charger))
        if turn.charger.abilities.get(PROFILE_WAY) != way:
            turn.facts.append(AbilityLearned(PROFILE_WAY, way))
            turn.charger = replace(turn.charger, abilities={**turn.charger.abilities, PROFILE_WAY: way})
    if after.transaction is not None and after.in_force_a != before_a:
        alarms = with_alarm(after.alarms, Alarm.OBEY, turn.now.monotonic_s + _OBEYED_WITHIN_S)
        if before_a == 0.0:
            alarms[Alarm.RESUME] = turn.now.monotonic_s + _RESUMED_WITHIN_S
        after = replace(after, alarms=alarms)
    _finish(turn, after)


def _finish(turn: Turn, connector: Connector) -> None:
    """Tell whoever wished for the limit, once all that was wanted is confirmed."""
    wish = connector.limit
    if wish is None or not is_settled(connector):
        turn.put(connector)
        return
    turn.put(replace(connector, limit=None))
    limit = limits.wanted(connector.settings, connector.wishes)
    before_a = limits.wanted(connector.settings, wish.before).current_a
    if before_a == limit.current_a:
        turn.again.add((connector.id, wish.key))
    turn.succeed(connector.id, wish.number, f"{limit.current_a:g} A is in force ({limit.reason})")


def _timed_out(turn: Turn, connector: Connector, command: SetProfile, slot: Slot) -> None:
    unsure = replace(slot, asked_a=None, doubtful=slot.confirmed_a is not None)
    if command.purpose is ProfilePurpose.TX:
        after = replace(connector, tx=replace(unsure, refused=slot.confirmed_a is None))
    else:
        after = replace(connector, default=unsure)
        if PROFILE_WAY not in turn.charger.abilities:
            turn.charger = replace(turn.charger, way=_way(turn.charger) + 1)
    _fail(turn, after, CommandResult.TIMED_OUT, "the charger did not answer the limit", keep=True)


def _refused(turn: Turn, connector: Connector, slot: Slot, event: Replied) -> None:
    after = replace(connector, default=_forgotten(slot))
    if event.outcome is Outcome.NOT_SUPPORTED:
        turn.charger = replace(turn.charger, way=len(WAYS))
        reason = "this charger has no smart charging; it cannot be limited"
        _fail(turn, after, CommandResult.NOT_SUPPORTED, reason, keep=False)
        return
    if slot.asked_a == 0.0 and slot.confirmed_a is not None:
        _no_pause(turn, replace(connector, default=replace(slot, asked_a=None)))
        return
    if Question.RATE_UNIT not in turn.charger.asked:
        turn.charger = replace(turn.charger, asked=turn.charger.asked | {Question.RATE_UNIT})
        turn.commands.append(GetConfiguration((Question.RATE_UNIT.value,)))
    way = _way(turn.charger) + 1
    if way < len(WAYS) and WAYS[way].on_charge_point and len(turn.outlets()) > 1:
        way = len(WAYS)
    turn.charger = replace(turn.charger, way=way)
    turn.note(Level.INFO, connector.id, f"the charger refused a charging profile ({event.status or event.detail})")
    if way < len(WAYS):
        turn.put(after)
    else:
        reason = "the charger refused the limit in every form"
        _fail(turn, after, CommandResult.REJECTED, reason, keep=False)


def _no_pause(turn: Turn, connector: Connector) -> None:
    """0 A is refused although limits are taken (row S10): a stop by pause becomes a real stop."""
    transaction = connector.transaction
    if connector.settings.stop_mode is StopMode.PAUSE and connector.wishes.paused and transaction is not None:
        number = connector.limit.number if connector.limit is not None else 0
        alarms = with_alarm(connector.alarms, Alarm.STOP_ENDS, turn.now.monotonic_s + STOP_AWAITED_FOR_S)
        wishes = replace(connector.wishes, paused=False)
        stop = StopWish(number, transaction.id)
        turn.keep(replace(connector, wishes=wishes, limit=None, stop=stop, alarms=alarms))
        turn.commands.append(RemoteStop(transaction.id))
        turn.note(Level.WARNING, connector.id, "the charger refused 0 A: the transaction is stopped instead")
    else:
        _fail(turn, connector, CommandResult.REJECTED, "the charger refuses 0 A", keep=False)


def _fail(turn: Turn, connector: Connector, result: CommandResult, reason: str, *, keep: bool) -> None:
    wish = connector.limit
    if wish is None:
        turn.put(connector)
        turn.note(Level.WARNING, connector.id, f"max_current: {reason}")
        return
    wishes = connector.wishes if keep else wish.before
    turn.keep(replace(connector, limit=None, wishes=wishes))
    turn.fail(connector.id, wish.key, wish.number, result, reason)


def _forgotten(slot: Slot) -> Slot:
    return replace(slot, asked_a=None, sent_a=None, refused=False)
