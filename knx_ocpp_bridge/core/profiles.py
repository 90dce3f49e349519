"""Charging profiles: how a limit gets into the charger, which ways are tried, and what it has confirmed.

A profile is never sent twice within a minute, a new value not within five seconds of the last, except that
0 A goes at once (rows S4, S5, S7, S9-S14, S19, S21).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from knx_ocpp_bridge.core import limits, stopping
from knx_ocpp_bridge.core.commands import GetConfiguration, ProfilePurpose, RateUnit, SetProfile
from knx_ocpp_bridge.core.connector import Alarm, Connector, Slot
from knx_ocpp_bridge.core.events import Outcome, Replied
from knx_ocpp_bridge.core.facts import AbilityLearned
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.state import Charger, Question
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import Level
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
    return _holds(connector.default, wanted_a) and (not _takes_tx(connector) or _holds(connector.tx, wanted_a))


def send_what_differs(turn: Turn, connector: Connector) -> None:
    """Each profile that is not as wanted becomes one SetChargingProfile, the open transaction's first."""
    if is_settled(connector) or not can_limit(turn.charger):
        return
    wanted_a = limits.wanted(connector.settings, connector.wishes).current_a
    waits: list[float] = []
    tx, default = connector.tx, connector.default
    if _takes_tx(connector):
        tx = _sent(turn, connector, tx, ProfilePurpose.TX, wanted_a, waits)
    default = _sent(turn, connector, default, WAYS[_way(turn.charger)].purpose, wanted_a, waits)
    alarms = with_alarm(connector.alarms, Alarm.PROFILE, min(waits)) if waits else connector.alarms
    if tx is not connector.tx or default is not connector.default or alarms != connector.alarms:
        turn.put(replace(connector, tx=tx, default=default, alarms=alarms))


def tell_what_is_settled(turn: Turn, connector: Connector) -> None:
    """Tell whoever wished for the limit, once all that was wanted is confirmed, or once it never can be."""
    wish = connector.limit
    if wish is None:
        return
    if not can_limit(turn.charger):
        _fail(turn, connector, CommandResult.NOT_SUPPORTED, "the charger cannot be limited", keep=False)
        return
    if not is_settled(connector):
        return
    turn.put(replace(connector, limit=None))
    limit = limits.wanted(connector.settings, connector.wishes)
    if limits.wanted(connector.settings, wish.before).current_a == limit.current_a:
        turn.again.add((connector.id, wish.key))
    turn.succeed(connector.id, wish.number, f"{limit.current_a:g} A is in force ({limit.reason})")


def answered(turn: Turn, event: Replied, command: SetProfile) -> None:
    """The charger's word on a profile: in force, or the next way, or told that it cannot."""
    for connector in turn.outlets():
        is_tx = command.purpose is ProfilePurpose.TX
        slot = connector.tx if is_tx else connector.default
        if not slot.awaited or slot.sent != command:
            continue
        slot = replace(slot, awaited=False)
        if event.outcome is Outcome.ANSWERED and event.status == "Accepted":
            _accepted(turn, connector, slot, is_tx=is_tx)
        elif event.outcome in {Outcome.TIMED_OUT, Outcome.LOST}:
            _timed_out(turn, connector, slot, is_tx=is_tx)
        elif is_tx:
            _tx_refused(turn, connector, slot, event)
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
    _learn(turn, RATE_UNIT, RateUnit.WATT.value)
    turn.charger = replace(turn.charger, way=0)
    for connector in turn.outlets():
        default = replace(connector.default, awaited=False, doubtful=True)
        turn.put(replace(connector, default=default, tx=replace(connector.tx, awaited=False, refused=False)))


def obey(turn: Turn, connector: Connector) -> None:
    """From half a minute after a limit was accepted the current must be below it; if not, it is told once."""
    limit_a, current_a = connector.in_force_a, connector.reading.current_a
    if limit_a is None or connector.transaction is None:
        return
    if current_a is not None and current_a > limit_a + max(1.0, limit_a * 0.1):
        text = f"the charger accepted {limit_a:g} A, but {current_a:.1f} A flow: it does not obey the limit"
        turn.note(Level.WARNING, connector.id, text)
    else:
        turn.put(_watched(turn, connector))


def _watched(turn: Turn, connector: Connector) -> Connector:
    return replace(connector, alarms=with_alarm(connector.alarms, Alarm.OBEY, turn.now.monotonic_s + _OBEYED_WITHIN_S))


def _way(charger: Charger) -> int:
    """Which way is used; `len(WAYS)` if none works. One on the charge point cannot tell two outlets apart."""
    shared = len(charger.connectors) > 2  # connector 0 and more than one outlet
    way = max(charger.way, _learned_way(charger, shared=shared))
    return len(WAYS) if way >= len(WAYS) or (shared and WAYS[way].on_charge_point) else way


def _learned_way(charger: Charger, *, shared: bool) -> int:
    learned = charger.abilities.get(PROFILE_WAY, "")
    way = next((index for index in range(len(WAYS)) if str(index) == learned), 0)
    return 0 if shared and WAYS[way].on_charge_point else way


def _takes_tx(connector: Connector) -> bool:
    """A transaction is open that can have a profile of its own; one that is delivered late is over already."""
    return connector.transaction is not None and not connector.hidden and not connector.tx.refused


def _holds(slot: Slot, limit_a: float) -> bool:
    return slot.confirmed_a == limit_a and not slot.doubtful and not slot.awaited


def _sent(
    turn: Turn, connector: Connector, slot: Slot, purpose: ProfilePurpose, wanted_a: float, waits: list[float]
) -> Slot:
    if slot.awaited or _holds(slot, wanted_a):
        return slot
    now_s = turn.now.monotonic_s
    profile = _profile(turn, connector, purpose, wanted_a)
    goes_s = max(slot.rests_until_s, slot.sent_at_s + _gap_s(slot.sent, profile))
    if goes_s > now_s:
        waits.append(goes_s)
        return slot
    turn.commands.append(profile)
    return replace(slot, sent=profile, sent_a=wanted_a, sent_at_s=now_s, awaited=True)


def _gap_s(last: SetProfile | None, following: SetProfile) -> float:
    if last is None or (last.purpose, last.connector) != (following.purpose, following.connector):
        return 0.0
    if (last.limit, last.unit, last.transaction) == (following.limit, following.unit, following.transaction):
        return _SAME_AGAIN_AFTER_S
    return _NEXT_VALUE_AFTER_S if following.limit > 0 else 0.0


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


def _accepted(turn: Turn, connector: Connector, slot: Slot, *, is_tx: bool) -> None:
    before_a = connector.in_force_a
    confirmed = replace(slot, confirmed_a=slot.sent_a, doubtful=False)
    if is_tx:
        after = replace(connector, tx=confirmed)
    else:
        after = replace(connector, default=confirmed)
        _learn(turn, PROFILE_WAY, str(_way(turn.charger)))
    if after.transaction is not None:
        after = _watched(turn, after)
        if before_a == 0.0 and after.in_force_a != before_a:
            resumed_s = turn.now.monotonic_s + _RESUMED_WITHIN_S
            after = replace(after, alarms=with_alarm(after.alarms, Alarm.RESUME, resumed_s))
    turn.put(after)


def _timed_out(turn: Turn, connector: Connector, slot: Slot, *, is_tx: bool) -> None:
    unsure = replace(slot, doubtful=slot.confirmed_a is not None)
    if is_tx:
        after = replace(connector, tx=replace(unsure, refused=slot.confirmed_a is None))
    else:
        after = replace(connector, default=unsure)
        if PROFILE_WAY not in turn.charger.abilities:
            way = _way_after(turn.charger)
            if way >= len(WAYS):
                # Silence is no refusal: after the last way the first one is tried again, but not at once.
                way = 0
                after = replace(connector, default=_rested(unsure, turn.now.monotonic_s))
            turn.charger = replace(turn.charger, way=way)
    _fail(turn, after, CommandResult.TIMED_OUT, "the charger did not answer the limit", keep=True)


def _rested(slot: Slot, now_s: float) -> Slot:
    return replace(slot, rests_until_s=now_s + _SAME_AGAIN_AFTER_S)


def _tx_refused(turn: Turn, connector: Connector, slot: Slot, event: Replied) -> None:
    if slot.confirmed_a is None:
        turn.note(Level.INFO, connector.id, "the charger takes no TxProfile; its default holds")
        turn.put(_watched(turn, replace(connector, tx=replace(slot, refused=True))))
    else:
        _value_refused(turn, replace(connector, tx=slot), slot, event)


def _refused(turn: Turn, connector: Connector, slot: Slot, event: Replied) -> None:
    after = replace(connector, default=slot)
    if event.outcome is Outcome.NOT_SUPPORTED:
        turn.charger = replace(turn.charger, way=len(WAYS))
        reason = "this charger has no smart charging; it cannot be limited"
        _fail(turn, after, CommandResult.NOT_SUPPORTED, reason, keep=False)
        return
    if slot.confirmed_a is not None or PROFILE_WAY in turn.charger.abilities:
        _value_refused(turn, after, slot, event)
        return
    if Question.RATE_UNIT not in turn.charger.asked:
        turn.charger = replace(turn.charger, asked=turn.charger.asked | {Question.RATE_UNIT})
        turn.commands.append(GetConfiguration((Question.RATE_UNIT.value,)))
    turn.charger = replace(turn.charger, way=_way_after(turn.charger))
    turn.note(Level.INFO, connector.id, f"the charger refused a charging profile ({event.status or event.detail})")
    if can_limit(turn.charger):
        turn.put(after)
    else:
        result = CommandResult.NOT_SUPPORTED if event.status == "NotSupported" else CommandResult.REJECTED
        _fail(turn, after, result, "the charger refused the limit in every form", keep=False)


def _value_refused(turn: Turn, connector: Connector, slot: Slot, event: Replied) -> None:
    """A charger that takes limits refuses this one: what held before holds again."""
    if slot.sent_a == 0.0 and _stops_the_car(connector):
        _stop_instead(turn, connector)
        return
    reason = f"the charger refuses {slot.sent_a:g} A ({event.status or event.detail})"
    _fail(turn, connector, CommandResult.REJECTED, reason, keep=False)


def _way_after(charger: Charger) -> int:
    """The next way that this charger could understand."""
    way = _way(charger) + 1
    shared = len(charger.connectors) > 2
    return len(WAYS) if shared and way < len(WAYS) and WAYS[way].on_charge_point else way


def _learn(turn: Turn, name: str, value: str) -> None:
    if turn.charger.abilities.get(name) != value:
        turn.facts.append(AbilityLearned(name, value))
        turn.charger = replace(turn.charger, abilities={**turn.charger.abilities, name: value})


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
    wishes = connector.wishes if keep else wish.before
    turn.keep(replace(connector, limit=None, wishes=wishes))
    turn.fail(connector.id, wish.key, wish.number, result, reason)
