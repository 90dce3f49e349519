"""The ways in which a limit can get into a charger, and the command that each of them takes."""

import math
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Final

from knx_ocpp_bridge.core import limits
from knx_ocpp_bridge.core.commands import (
    ChangeAvailability,
    ChangeConfiguration,
    GetConfiguration,
    ProfilePurpose,
    RateUnit,
    SetProfile,
)
from knx_ocpp_bridge.core.connector import Connector, LimitCommand, Slot
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.values import CHARGE_POINT, ConnectorId

_SAME_AGAIN_AFTER_S: Final = 60.0
_NEXT_VALUE_AFTER_S: Final = 5.0
_KEY_WRITTEN_AGAIN_AFTER_S: Final = 60.0
"""Configuration keys are kept in flash memory (row S15)."""
STARTED_AGO: Final = timedelta(seconds=60)
"""Chargers want the start of a schedule in the past (row S3)."""
_NO_WAY: Final = "none"
_OUTLETS_AND_CHARGE_POINT: Final = 2


@dataclass(frozen=True, slots=True)
class Way:
    """One way of limiting a charger when no transaction is open. Without a purpose: by a configuration key."""

    name: str
    purpose: ProfilePurpose | None
    on_charge_point: bool


WAYS: Final = (
    Way("tx_default", ProfilePurpose.TX_DEFAULT, on_charge_point=False),
    Way("charge_point_max", ProfilePurpose.CHARGE_POINT_MAX, on_charge_point=True),
    Way("tx_default_0", ProfilePurpose.TX_DEFAULT, on_charge_point=True),
)
_BY_KEY: Final = Way("limit_key", None, on_charge_point=True)


def order(charger: Charger) -> tuple[Way, ...]:
    """The ways that this charger could understand, the one to be tried first in front (rows S2, S4, S6, S15).

    One on the charge point cannot tell two outlets apart, so it is used only where there is one.
    """
    flags = charger.flags
    return _order(flags.limit_by, bool(flags.limit_key), len(charger.connectors) > _OUTLETS_AND_CHARGE_POINT)


@cache
def _order(limit_by: str, by_key: bool, shared: bool) -> tuple[Way, ...]:  # noqa: FBT001  a key of the cache
    if limit_by == _NO_WAY:
        return ()
    if by_key:
        return () if shared else (_BY_KEY,)
    first = sorted(WAYS, key=lambda way: way.name != limit_by)
    return tuple(way for way in first if not (shared and way.on_charge_point))


def way_of(charger: Charger) -> Way | None:
    """The way in use; None: none works."""
    ways = order(charger)
    return ways[charger.way] if charger.way < len(ways) else None


def can_limit(charger: Charger) -> bool:
    """False once a charger has refused every way."""
    return way_of(charger) is not None


def form(charger: Charger) -> str:
    """How a limit is said: the way and the unit."""
    way = way_of(charger)
    return "" if way is None else f"{way.name} {charger.flags.rate_unit}"


def refuses_zero(charger: Charger, connector: Connector, slot: Slot) -> bool:
    """0 A was refused as it would be said now; what the default refuses is not asked of the transaction's profile."""
    said = form(charger)
    return bool(said) and said in {slot.no_zero, connector.default.no_zero}


def as_taken(charger: Charger, connector: Connector, slot: Slot, limit_a: float) -> float:
    """The current that this profile is to have: the least one instead of a 0 A that is refused (row S10)."""
    if limit_a > 0.0 or not refuses_zero(charger, connector, slot):
        return limit_a
    return limits.least_a(connector.settings, charger.flags)


def takes_tx(charger: Charger, connector: Connector, wanted_a: float) -> bool:
    """A transaction is open that can have a profile of its own; one that is delivered late is over already."""
    tx = connector.tx
    if connector.transaction is None or connector.hidden:
        return False
    if tx.refused and not (tx.doubtful and tx.sent_a != wanted_a):
        return False
    flags = charger.flags
    by_inoperative = flags.zero_by_inoperative and wanted_a == 0.0
    return flags.tx_profile and not flags.limit_key and not by_inoperative


def is_lasting(command: LimitCommand | None) -> bool:
    """It is kept in the charger's flash memory, which wears out: never repeated without news."""
    if isinstance(command, SetProfile):
        return command.purpose is ProfilePurpose.CHARGE_POINT_MAX
    return isinstance(command, ChangeConfiguration)


def phases_told(charger: Charger, connector: Connector) -> int:
    """The `numberPhases` of its profiles; 0: it is left out (row S8)."""
    chosen = connector.phase_change.phases if connector.settings.can_switch_phases else None
    return charger.flags.number_phases if chosen is None else chosen


def tx_command(turn: Turn, connector: Connector, limit_a: float, lease_s: float | None) -> SetProfile:
    """The profile of the open transaction, which ends by itself after `lease_s`."""
    told = _profile(turn, connector, ProfilePurpose.TX, connector.id, limit_a)
    if lease_s is None:
        return told
    ago_s = 0.0 if told.start is None else STARTED_AGO.total_seconds()
    return replace(told, duration_s=math.floor(lease_s + ago_s))


def default_command(turn: Turn, connector: Connector, way: Way, limit_a: float) -> LimitCommand:
    """What makes this limit that of the next transaction, or the next step towards it."""
    flags, slot = turn.charger.flags, connector.default
    if flags.zero_by_inoperative:
        if limit_a == 0.0:
            return ChangeAvailability(connector.id, operative=False)
        wished = connector.limit is not None and connector.status is ConnectorStatus.UNAVAILABLE
        if slot.inoperative or (wished and not isinstance(slot.sent, ChangeAvailability)):
            return ChangeAvailability(connector.id, operative=True)
    if way.purpose is not None:
        return _profile(turn, connector, way.purpose, CHARGE_POINT if way.on_charge_point else connector.id, limit_a)
    if slot.confirmed_a is None and not isinstance(slot.sent, GetConfiguration):
        # What is in flash memory already need not be written.
        return GetConfiguration((flags.limit_key,))
    written = math.floor(round(limit_a * flags.limit_key_factor, 3))
    return ChangeConfiguration(flags.limit_key, str(written))


def goes_at_s(slot: Slot, command: LimitCommand, wanted_a: float, *, urgent: bool = False) -> float:
    """The earliest moment for this command: the same not within a minute, a new value not within five seconds.

    0 A goes at once, and so does what is urgent, and any profile once after a boot; a key is written at most once in a
    minute (rows S15, S21).
    """
    rests_s = slot.rests_until_s if slot.sent is not None and slot.sent_a == wanted_a else 0.0
    if isinstance(command, ChangeConfiguration):
        return max(rests_s, slot.written_at_s + _KEY_WRITTEN_AGAIN_AFTER_S)
    if slot.booted and isinstance(command, SetProfile):
        return rests_s
    return max(rests_s, slot.sent_at_s + _gap_s(slot.sent, command, urgent=urgent))


def _gap_s(last: LimitCommand | None, following: LimitCommand, *, urgent: bool) -> float:
    if isinstance(last, SetProfile) and isinstance(following, SetProfile):
        if (last.purpose, last.connector) != (following.purpose, following.connector):
            return 0.0
        if _said_of(last) == _said_of(following):
            return _SAME_AGAIN_AFTER_S
        return _NEXT_VALUE_AFTER_S if following.limit > 0 and not urgent else 0.0
    return _SAME_AGAIN_AFTER_S if last == following else 0.0


def _said_of(one: SetProfile) -> tuple[object, ...]:
    return one.limit, one.unit, one.transaction, one.number_phases, one.duration_s is None


def _profile(
    turn: Turn, connector: Connector, purpose: ProfilePurpose, where: ConnectorId, limit_a: float
) -> SetProfile:
    flags, transaction = turn.charger.flags, connector.transaction
    unit = RateUnit.WATT if flags.rate_unit == RateUnit.WATT.value else RateUnit.AMPERE
    told = phases_told(turn.charger, connector)
    phases = told or connector.settings.phases
    return SetProfile(
        connector=where,
        purpose=purpose,
        limit=limit_a if unit is RateUnit.AMPERE else limits.in_watts(limit_a, phases),
        unit=unit,
        transaction=transaction.id if purpose is ProfilePurpose.TX and transaction is not None else None,
        start=None if flags.relative_schedule else turn.now.utc.replace(microsecond=0) - STARTED_AGO,
        stack_level=flags.stack_level,
        number_phases=told,
    )
